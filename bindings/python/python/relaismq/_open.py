"""Connections that are open, to be closed when the program ends."""

from __future__ import annotations

import atexit
import contextlib
import weakref

from . import _log, _native
from ._errors import Error

_connections: weakref.WeakSet[_native.Connection] = weakref.WeakSet()
_PATIENCE = 2.0
"""Seconds that one connection may take to close at the end of the program."""


def remember(connection: _native.Connection) -> None:
    _connections.add(connection)


def _close_all() -> None:
    for connection in list(_connections):
        # It may belong to the parent process, or its broker may not answer.
        with contextlib.suppress(Error):
            connection.close().wait(_PATIENCE)
    _log.end()


atexit.register(_close_all)
