"""Where producers and consumers are made, transacted or not; temporary destinations."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING, Generic, TypeVar

from .. import _native
from .._destinations import Destination
from .._native import Delivery
from .._options import Seconds
from .._words import Body, To
from .closing import Closing
from .consuming import Consumer
from .producing import Producer

if TYPE_CHECKING:
    from typing_extensions import Self, Unpack

    from .._options import ProducerOptions, SendOptions, SubscribeOptions

N = TypeVar("N", _native.Connection, _native.Session, _native.Transaction)


class Place(Generic[N]):
    """Where producers and consumers are made."""

    _native: N

    def producer(self, to: To, **options: Unpack[ProducerOptions]) -> Producer:
        """A producer for one destination; its options hold for each send that says nothing else."""
        return Producer(self._native.producer(to, options).wait())


class Session(Place[_native.Session]):
    """Several producers and consumers whose acknowledgements belong together."""

    def __init__(self, native: _native.Session) -> None:
        self._native = native

    def consumer(self, source: To, **options: Unpack[SubscribeOptions]) -> Consumer:
        """A consumer, which acknowledges as the session does."""
        return Consumer(self._native.consumer(source, options).wait())

    def recover(self) -> None:
        """Has everything delivered again that was received and not acknowledged."""
        self._native.recover().wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """A session lives as long as anything that was made in it, and closes then."""


class Transaction(Place[_native.Transaction]):
    """What is sent and received here happens altogether or not at all."""

    def __init__(self, native: _native.Transaction) -> None:
        self._native = native
        self._consumers: dict[str, Consumer] = {}

    def send(self, to: To, body: Body, **options: Unpack[SendOptions]) -> None:
        """Sends as part of the transaction; only the commit confirms it."""
        self._native.send(to, body, options).wait()

    def consumer(self, source: To, **options: Unpack[SubscribeOptions]) -> Consumer:
        """A consumer whose messages are acknowledged by the commit."""
        return Consumer(self._native.consumer(source, options).wait())

    def receive(self, source: To, timeout: Seconds | None = None) -> Delivery | None:
        """Receives as part of the transaction. The first call for a destination opens a consumer."""
        consumer = self._consumers.get(str(source))
        if consumer is None:
            consumer = self._consumers[str(source)] = self.consumer(source)
        return consumer.receive(timeout)

    def commit(self) -> None:
        """Makes everything since the last commit final; the next transaction begins.

        Raises:
            TransactionRolledBackError: Nothing of it happened.
            TransactionInDoubtError: All of it happened or nothing.
        """
        self._native.commit().wait()

    def rollback(self) -> None:
        """Undoes everything since the last commit: what was received comes again."""
        self._native.rollback().wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if kind is None:
                self.commit()
            else:
                self.rollback()
        finally:
            while self._consumers:
                self._consumers.popitem()[1].close()


class Temporary(Closing):
    """A destination that everyone may send to, and only this connection receives from."""

    def __init__(self, native: _native.Temporary) -> None:
        self._native = native

    @property
    def destination(self) -> Destination:
        """Its name, such as for ``reply_to``."""
        return self._native.destination

    def __repr__(self) -> str:
        return f"<Temporary {self.destination}>"

    def close(self) -> None:
        """Deletes it, once its consumers are closed."""
        self._native.close()
