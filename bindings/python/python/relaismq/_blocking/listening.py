"""Handlers in threads of their own."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from .. import _native
from .._errors import Error
from .closing import Closing
from .consuming import Consumer

_logger = logging.getLogger("relaismq")


class Subscription(Closing):
    """A handler at work, from `Connection.listen`. Ends when it or the connection is closed."""

    def __init__(
        self, consumers: list[Consumer], handler: Callable[[_native.Delivery], object]
    ) -> None:
        self._consumers = consumers
        self._handler = handler
        self._lost: list[Error] = []
        self._threads = [
            threading.Thread(
                target=self._work, args=(consumer,), name=f"relaismq-{number}", daemon=True
            )
            for number, consumer in enumerate(consumers)
        ]
        for thread in self._threads:
            thread.start()

    def _work(self, consumer: Consumer) -> None:
        messages = iter(consumer)
        try:
            for message in messages:
                try:
                    self._handler(message)
                except Exception:
                    _logger.exception("the handler gave %r back", message)
                    messages.give_back()
        except Error as error:
            self._lost.append(error)

    def wait(self, timeout: float | None = None) -> None:
        """Waits until all workers have ended. Ctrl-C lets them finish their messages, and ends them.

        Raises:
            Error: A consumer was lost.
        """
        try:
            for thread in self._threads:
                thread.join(timeout)
        except KeyboardInterrupt:
            self.close()
            raise
        if self._lost:
            raise self._lost[0]

    def close(self) -> None:
        """Takes no more messages, and waits for those that are being handled."""
        for consumer in self._consumers:
            consumer._native.stop()
        for thread in self._threads:
            thread.join()
        for consumer in self._consumers:
            consumer.close()
