"""A queue for the moment: what is published while it lives."""

from __future__ import annotations

import threading
from collections.abc import Callable

from .._blocking import Consumer
from .._errors import ClosedError, Error
from ._messages import Payload, incoming


class Subscription:
    """A consumer of a topic, with a thread that takes all that comes."""

    def __init__(
        self,
        consumer: Consumer,
        queue: str,
        arrived: Callable[[Payload], None],
        lost: Callable[[Error], None],
    ) -> None:
        self._consumer = consumer
        self._queue = queue
        self._arrived = arrived
        self._lost = lost
        self._leaving = False
        self._thread = threading.Thread(target=self._run, name=f"relaismq-{queue}", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            while True:
                for message in self._consumer.receive_many(_BATCH):
                    self._arrived(incoming(message, self._queue))
        except ClosedError as error:
            if not self._leaving:
                self._lost(error)
        except Error as error:
            self._lost(error)

    def stop(self) -> None:
        """Takes no more."""
        self._leaving = True
        try:
            self._consumer._native.stop()
        except Error:
            # It belongs to the parent of this process.
            return
        self._thread.join()

    def close(self) -> None:
        self.stop()
        self._consumer.close()


_BATCH = 100
