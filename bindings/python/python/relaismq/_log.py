"""The log of the client, as records of Python's ``logging``."""

from __future__ import annotations

import logging
import os
import threading

from . import _native

_lock = threading.Lock()
_follower: tuple[int, threading.Thread] | None = None

for _name in ("relaismq", "relaismq.broker"):
    logging.getLogger(_name).addHandler(logging.NullHandler())


def begin() -> None:
    """Begins to follow the log, once for each process."""
    global _follower
    with _lock:
        if _follower is not None and _follower[0] == os.getpid():
            return
        _native.begin_log()
        thread = threading.Thread(target=_follow, name="relaismq-log", daemon=True)
        _follower = os.getpid(), thread
        thread.start()


def end() -> None:
    """Passes the last records on, before the interpreter goes."""
    if _follower is not None and _follower[0] == os.getpid():
        _native.end_log()
        _follower[1].join(timeout=1)


def _follow() -> None:
    while records := _native.next_log():
        for level, target, text in records:
            name = "relaismq.broker" if target.startswith("relaismq_broker") else "relaismq"
            logging.getLogger(name).log(level, "%s", text)
