"""Where producers and consumers are made, transacted or not; temporary destinations."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from .. import _native
from .._destinations import Destination
from .._native import AwaitedDelivery as Delivery
from .._options import Seconds
from .._words import Body, To
from ._consuming import Consumer
from ._opening import Closing, Opening
from ._producing import Producer

if TYPE_CHECKING:
    from typing_extensions import Self, Unpack

    from .._options import ProducerOptions, SendOptions, SubscribeOptions

N = TypeVar("N", _native.Connection, _native.Session, _native.Transaction)


class Place(Generic[N]):
    _native: N

    def producer(self, to: To, **options: Unpack[ProducerOptions]) -> Opening[Producer]:
        """As `relaismq.Connection.producer`."""

        async def opened() -> Producer:
            return Producer(await self._native.producer(to, options))

        return Opening(opened)

    def _consumer(self, source: To, options: Any) -> Opening[Consumer]:
        async def opened() -> Consumer:
            return Consumer(await self._native.consumer(source, options))

        return Opening(opened)


class Session(Place[_native.Session]):
    """As `relaismq.Session`."""

    def __init__(self, native: _native.Session) -> None:
        self._native = native

    def consumer(self, source: To, **options: Unpack[SubscribeOptions]) -> Opening[Consumer]:
        """As `relaismq.Session.consumer`."""
        return self._consumer(source, options)

    async def recover(self) -> None:
        """As `relaismq.Session.recover`."""
        await self._native.recover()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        """A session lives as long as anything that was made in it, and closes then."""


class Transaction(Place[_native.Transaction]):
    """As `relaismq.Transaction`."""

    def __init__(self, native: _native.Transaction) -> None:
        self._native = native
        self._consumers: dict[str, Consumer] = {}

    async def send(self, to: To, body: Body, **options: Unpack[SendOptions]) -> None:
        """As `relaismq.Transaction.send`."""
        await self._native.send(to, body, options)

    def consumer(self, source: To, **options: Unpack[SubscribeOptions]) -> Opening[Consumer]:
        """As `relaismq.Transaction.consumer`."""
        return self._consumer(source, options)

    async def receive(self, source: To, timeout: Seconds | None = None) -> Delivery | None:
        """As `relaismq.Transaction.receive`."""
        consumer = self._consumers.get(str(source))
        if consumer is None:
            consumer = self._consumers[str(source)] = await self.consumer(source)
        return await consumer.receive(timeout)

    async def commit(self) -> None:
        """As `relaismq.Transaction.commit`."""
        await self._native.commit()

    async def rollback(self) -> None:
        """As `relaismq.Transaction.rollback`."""
        await self._native.rollback()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if kind is None:
                await self.commit()
            else:
                await self.rollback()
        finally:
            while self._consumers:
                await self._consumers.popitem()[1].close()


class Temporary(Closing):
    """As `relaismq.Temporary`."""

    def __init__(self, native: _native.Temporary) -> None:
        self._native = native

    @property
    def destination(self) -> Destination:
        """Its name, such as for ``reply_to``."""
        return self._native.destination

    async def close(self) -> None:
        """Deletes it, once its consumers are closed."""
        self._native.close()
