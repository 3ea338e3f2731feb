"""The same words for asyncio: what waits is awaited, and what opens is awaited or entered.

::

    async with relaismq.aio.connect("failover:(tcp://a:61616,tcp://b:61616)") as connection:
        async with connection.consumer("orders") as orders:
            async for order in orders:
                await handle(order)

Every await may be cancelled: nothing is lost, nothing stays open, the connection stays usable.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Generator
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar, cast

from . import _log, _native, _open
from ._destinations import Destination
from ._errors import ClosedError, PipelineError
from ._options import TLS, AckMode, RedeliveryPolicy, Seconds
from ._words import (
    Body,
    Credential,
    Metrics,
    State,
    To,
    answer_options,
    answer_to,
    asked,
    given,
    metrics_of,
    state_of,
)
from .events import Event

if TYPE_CHECKING:
    from typing_extensions import Self, Unpack

    from ._options import ConsumerOptions, ProducerOptions, SendOptions, SubscribeOptions

Delivery = _native.AwaitedDelivery
Receipt = _native.Receipt

__all__ = [
    "AnonymousProducer",
    "Browser",
    "Connection",
    "Consumer",
    "Delivery",
    "Opening",
    "Pipeline",
    "Producer",
    "Receipt",
    "Session",
    "Temporary",
    "Transaction",
    "connect",
]

_FAIR = 100
"""Messages that an iteration gives out before other tasks have a turn, if it never has to wait."""


class _Entered(Protocol):
    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
        /,
    ) -> object: ...


T = TypeVar("T", bound=_Entered)
N = TypeVar("N", _native.Connection, _native.Session, _native.Transaction)


class Opening(Generic[T]):
    """Something that is opened by ``await``, or by ``async with``, which closes it at its end."""

    def __init__(self, opened: Callable[[], Awaitable[T]]) -> None:
        self._open = opened

    def __await__(self) -> Generator[Any, Any, T]:
        return self._open().__await__()

    async def __aenter__(self) -> T:
        self._opened = await self._open()
        return self._opened

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._opened.__aexit__(kind, error, trace)


class _Closing:
    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        raise NotImplementedError


def connect(
    url: str = "failover:(tcp://localhost:61616)",
    *,
    username: Credential = None,
    password: Credential = None,
    client_id: str | None = None,
    connect_timeout: Seconds | None = 30.0,
    send_timeout: Seconds | None = None,
    request_timeout: Seconds | None = None,
    close_timeout: Seconds | None = None,
    prefetch: int | None = None,
    compression: bool | None = None,
    redelivery: RedeliveryPolicy | None = None,
    tls: TLS | None = None,
) -> Opening[Connection]:
    """As `relaismq.connect`."""

    async def opened() -> Connection:
        options = given(
            username=asked(username),
            password=asked(password),
            client_id=client_id,
            connect_timeout=connect_timeout,
            send_timeout=send_timeout,
            request_timeout=request_timeout,
            close_timeout=close_timeout,
            prefetch=prefetch,
            compression=compression,
            redelivery=redelivery,
            tls=tls,
        )
        _log.begin()
        native = await _native.connect(url, options, True)
        _open.remember(native)
        return Connection(native)

    return Opening(opened)


class _Place(Generic[N]):
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


class Connection(_Place[_native.Connection], _Closing):
    """As `relaismq.Connection`."""

    def __init__(self, native: _native.Connection) -> None:
        self._native = native

    def __repr__(self) -> str:
        state = self.state
        return f"<Connection {state.name}{f' to {state.broker}' if state.broker else ''}>"

    async def send(self, to: To, body: Body, **options: Unpack[SendOptions]) -> Receipt:
        """As `relaismq.Connection.send`."""
        return await self._native.send(to, body, options)

    def consumer(self, source: To, **options: Unpack[ConsumerOptions]) -> Opening[Consumer]:
        """As `relaismq.Connection.consumer`."""
        return self._consumer(source, options)

    def anonymous_producer(
        self, **options: Unpack[ProducerOptions]
    ) -> Opening[AnonymousProducer]:
        """As `relaismq.Connection.anonymous_producer`."""

        async def opened() -> AnonymousProducer:
            return AnonymousProducer(await self._native.producer(None, options))

        return Opening(opened)

    async def request(
        self, to: To, body: Body, *, timeout: Seconds = 30.0, **options: Unpack[SendOptions]
    ) -> _native.Received:
        """As `relaismq.Connection.request`."""
        return await self._native.request(to, body, timeout, options)

    async def reply(
        self, request: _native.Received, body: Body, **options: Unpack[SendOptions]
    ) -> Receipt:
        """As `relaismq.Connection.reply`."""
        to, headers = answer_to(request), answer_options(request, dict(options))
        return await self._native.send(to, body, headers)

    def browser(self, queue: To, *, selector: str | None = None) -> Opening[Browser]:
        """As `relaismq.Connection.browser`."""

        async def opened() -> Browser:
            return Browser(await self._native.browser(queue, given(selector=selector)))

        return Opening(opened)

    def session(self, ack: AckMode = "auto") -> Opening[Session]:
        """As `relaismq.Connection.session`."""

        async def opened() -> Session:
            return Session(await self._native.session(ack))

        return Opening(opened)

    def transaction(self) -> Opening[Transaction]:
        """As `relaismq.Connection.transaction`."""

        async def opened() -> Transaction:
            return Transaction(await self._native.transaction())

        return Opening(opened)

    def temporary_queue(self) -> Opening[Temporary]:
        """As `relaismq.Connection.temporary_queue`."""

        async def opened() -> Temporary:
            return Temporary(await self._native.temporary(False))

        return Opening(opened)

    def temporary_topic(self) -> Opening[Temporary]:
        """As `relaismq.Connection.temporary_topic`."""

        async def opened() -> Temporary:
            return Temporary(await self._native.temporary(True))

        return Opening(opened)

    async def unsubscribe(self, name: str) -> None:
        """As `relaismq.Connection.unsubscribe`."""
        await self._native.unsubscribe(name)

    async def delete_destination(self, which: To) -> None:
        """As `relaismq.Connection.delete_destination`."""
        await self._native.delete_destination(which)

    def events(self) -> AsyncIterator[Event]:
        """As `relaismq.Connection.events`."""
        return _followed(self._native.events())

    @property
    def state(self) -> State:
        """What it is doing right now."""
        return state_of(self._native)

    def metrics(self) -> Metrics:
        """What it has done so far."""
        return metrics_of(self._native)

    async def reconnect_now(self) -> None:
        """Ends the pause between two attempts."""
        await self._native.reconnect_now()

    async def close(self) -> None:
        """Closes in order: what was handed over before is sent first. Closing again is harmless."""
        await self._native.close()


async def _followed(events: _native.Events) -> AsyncIterator[Event]:
    while (event := await events.next()) is not None:
        yield cast(Event, event)


class Producer(_Closing):
    """As `relaismq.Producer`."""

    def __init__(self, native: _native.Producer) -> None:
        self._native = native

    async def send(self, body: Body, **options: Unpack[SendOptions]) -> Receipt:
        """As `relaismq.Connection.send`."""
        return await self._native.send(body, options or None)

    def pipeline(self) -> Pipeline:
        """As `relaismq.Producer.pipeline`."""
        return Pipeline(self._native.pipeline())

    async def close(self) -> None:
        """Closes it."""
        await self._native.close()


class AnonymousProducer(_Closing):
    """As `relaismq.AnonymousProducer`."""

    def __init__(self, native: _native.Producer) -> None:
        self._native = native

    async def send(self, to: To, body: Body, **options: Unpack[SendOptions]) -> Receipt:
        """As `relaismq.Connection.send`."""
        return await self._native.send(body, options or None, to)

    async def close(self) -> None:
        """Closes it."""
        await self._native.close()


class Pipeline:
    """As `relaismq.Pipeline`; ``send`` only suspends where there is no room."""

    def __init__(self, native: _native.Pipeline) -> None:
        self._native = native

    async def send(self, body: Body, **options: Unpack[SendOptions]) -> int:
        """As `relaismq.Pipeline.send`."""
        number, waiting = self._native.send(body, options or None)
        if waiting is not None:
            await waiting
        return number

    async def flush(self) -> int:
        """As `relaismq.Pipeline.flush`."""
        confirmed, failures = await self._native.flush()
        if failures:
            raise PipelineError(failures, confirmed)
        return confirmed

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            await self.flush()


class Consumer:
    """As `relaismq.Consumer`: to be used by one task at a time."""

    def __init__(self, native: _native.Consumer) -> None:
        self._native = native

    def __aiter__(self) -> _Iteration:
        return _Iteration(self._native)

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


class _Iteration:
    """Decides about each message as the blocking iteration does, when it is dropped or asked for more."""

    __slots__ = ("_given", "_messages", "_native")

    def __init__(self, native: _native.Consumer) -> None:
        self._native = native
        self._messages = native.iterate()
        self._given = 0

    def __aiter__(self) -> _Iteration:
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


class Browser(_Closing):
    """As `relaismq.Browser`."""

    def __init__(self, native: _native.Browser) -> None:
        self._native = native

    async def __aiter__(self) -> AsyncIterator[_native.Received]:
        while (message := await self._native.next()) is not None:
            yield message

    async def close(self) -> None:
        """Closes it."""
        await self._native.close()


class Session(_Place[_native.Session]):
    """As `relaismq.Session`."""

    def __init__(self, native: _native.Session) -> None:
        self._native = native

    def consumer(self, source: To, **options: Unpack[SubscribeOptions]) -> Opening[Consumer]:
        """As `relaismq.Session.consumer`."""
        return self._consumer(source, options)

    async def recover(self) -> None:
        """As `relaismq.Session.recover`."""
        await self._native.recover()

    async def __aexit__(self, *_: object) -> None:
        """Its producers and consumers close by themselves."""


class Transaction(_Place[_native.Transaction]):
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


class Temporary(_Closing):
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
