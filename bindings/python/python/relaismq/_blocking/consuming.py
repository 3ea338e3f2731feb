"""Consumers, and looking without taking."""

from __future__ import annotations

from collections.abc import Iterator
from types import TracebackType
from typing import TYPE_CHECKING, cast

from .. import _native
from .._native import Delivery
from .._options import Seconds
from .closing import Closing

if TYPE_CHECKING:
    from typing_extensions import Self


class Consumer:
    """Receives messages, over reconnects too. To be used by one thread at a time.

    Iterating acknowledges a message when the body of the loop is done with it: when the next one is asked
    for, and by ``break``, ``return`` and the end of the ``with``. Where an exception leaves the body, the
    message comes again. `receive` acknowledges what it returns. With ``ack="client"`` and
    ``"individual"`` only ``ack()`` of a message acknowledges.
    """

    def __init__(self, native: _native.Consumer) -> None:
        self._native = native

    def __iter__(self) -> _native.Iteration[Delivery]:
        return cast("_native.Iteration[Delivery]", self._native.iterate())

    def receive(self, timeout: Seconds | None = None) -> Delivery | None:
        """Waits for a message; ``None`` if none came within ``timeout``, for ever without one."""
        batch = self.receive_many(1, timeout)
        return batch[0] if batch else None

    def receive_many(self, most: int, timeout: Seconds | None = None) -> list[Delivery]:
        """Waits for a message, and takes all that are there, at most so many."""
        while True:
            batch = self._native.take(most)
            if batch or not self._native.ready(timeout).wait():
                return cast("list[Delivery]", batch)

    def give_back(self, message: Delivery) -> None:
        """Has this message delivered again, after the delay of the redelivery policy.

        Of others that were received it says nothing with ``ack="individual"``; with other modes and in
        transactions they come again, too.
        """
        self._native.give_back(message).wait()

    def recover(self) -> None:
        """Has everything delivered again that was received and not acknowledged."""
        self._native.recover().wait()

    def close(self) -> None:
        """Closes it; what an iteration gave out last is acknowledged."""
        self._native.close(True).wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._native.close(kind is None).wait()


class Browser(Closing):
    """The messages in a queue, from the front; ends when all have been seen. Nothing is taken."""

    def __init__(self, native: _native.Browser) -> None:
        self._native = native

    def __iter__(self) -> Iterator[_native.Received]:
        while (message := self._native.next().wait()) is not None:
            yield message

    def close(self) -> None:
        """Closes it."""
        self._native.close().wait()
