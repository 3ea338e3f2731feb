"""What has come and waits for the thread that drains events, or for its event loop."""

from __future__ import annotations

import contextlib
import os
import threading
import weakref
from collections import deque
from collections.abc import Callable
from typing import Union

from .._errors import Error
from ._messages import Payload

Arrival = tuple[str, Payload]
"""A message, and the queue that it came from."""


class Inbox:
    """Filled by threads of consumers, emptied by one thread."""

    def __init__(self) -> None:
        self._news: deque[Union[Arrival, Error]] = deque()
        self._changed = threading.Condition()
        self._bell = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._closing = weakref.finalize(self, os.close, self._bell)

    def fileno(self) -> int:
        """Readable while there is something."""
        return self._bell

    def put(self, news: Arrival | Error) -> None:
        """A message, or that no more will come."""
        with self._changed:
            self._news.append(news)
            self._changed.notify()
            if self._closing.alive:
                os.eventfd_write(self._bell, 1)

    def take(self, timeout: float | None) -> Arrival | None:
        """What came first; waits for it. ``None`` if nothing comes within ``timeout``.

        Raises:
            Error: The connection has ended.
        """
        with self._changed:
            if not self._changed.wait_for(lambda: self._news, timeout):
                return None
            news = self._news.popleft()
            if not self._news:
                with contextlib.suppress(BlockingIOError):
                    os.eventfd_read(self._bell)
        if isinstance(news, Error):
            raise news
        return news

    def discard(self, queue: str, keep: Callable[[Payload], None]) -> None:
        """Takes out what has come from one queue."""
        with self._changed:
            for news in list(self._news):
                if isinstance(news, tuple) and news[0] == queue:
                    self._news.remove(news)
                    keep(news[1])

    def close(self) -> None:
        with self._changed:
            self._news.clear()
            self._closing()
