"""Consumers, and looking without taking."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from types import TracebackType
from typing import TYPE_CHECKING, cast

from .. import _native
from .._errors import ClosedError
from .._native import AwaitedDelivery as Delivery
from .._options import Seconds
from ._opening import Closing

if TYPE_CHECKING:
    from typing_extensions import Self

_FAIR = 100
"""Messages that an iteration gives out before other tasks have a turn, if it never has to wait."""


class Consumer:
    """As `relaismq.Consumer`: to be used by one task at a time."""

    def __init__(self, native: _native.Consumer) -> None:
        self._native = native

    def __aiter__(self) -> Iteration:
        return Iteration(self._native)

    async def receive(self, timeout: Seconds | None = None) -> Delivery | None:
        """As `relaismq.Consumer.receive`."""
        batch = await self.receive_many(1, timeout)
        return batch[0] if batch else None

    async def receive_many(self, most: int, timeout: Seconds | None = None) -> list[Delivery]:
        """As `relaismq.Consumer.receive_many`."""
        while True:
            # Waiting takes nothing, and nothing waits between this and the return: a cancelled wait
            # cannot lose a message.
            batch = self._native.take(most)
            if batch or not await self._native.ready(timeout):
                return cast("list[Delivery]", batch)

    async def give_back(self, message: Delivery) -> None:
        """As `relaismq.Consumer.give_back`."""
        await self._native.give_back(message)

    async def recover(self) -> None:
        """As `relaismq.Consumer.recover`."""
        await self._native.recover()

    async def close(self) -> None:
        """As `relaismq.Consumer.close`."""
        await self._native.close(True)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._native.close(kind is None)


class Iteration:
    """Decides about each message as the blocking iteration does, when it is dropped or asked for more."""

    __slots__ = ("_given", "_messages", "_native")

    def __init__(self, native: _native.Consumer) -> None:
        self._native = native
        self._messages = native.iterate()
        self._given = 0

    def __aiter__(self) -> Iteration:
        return self

    async def __anext__(self) -> Delivery:
        self._given += 1
        if self._given % _FAIR == 0:
            await asyncio.sleep(0)
        try:
            while (message := self._messages.next_now()) is None:
                await self._native.ready(None)
        except ClosedError:
            if self._messages.is_ended_in_order():
                raise StopAsyncIteration from None
            raise
        return cast("Delivery", message)


class Browser(Closing):
    """As `relaismq.Browser`."""

    def __init__(self, native: _native.Browser) -> None:
        self._native = native

    async def __aiter__(self) -> AsyncIterator[_native.Received]:
        while (message := await self._native.next()) is not None:
            yield message

    async def close(self) -> None:
        """Closes it."""
        await self._native.close()
