"""Connections."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import TYPE_CHECKING, cast

from .. import _log, _native, _open
from .._native import Receipt
from .._options import TLS, AckMode, RedeliveryPolicy, Seconds
from .._words import (
    Body,
    Credential,
    Inject,
    Metrics,
    State,
    Statistics,
    To,
    answer_options,
    answer_to,
    asked,
    given,
    metrics_of,
    state_of,
    statistics_of,
)
from ..events import Event
from ._consuming import Browser, Consumer
from ._opening import Closing, Opening
from ._producing import AnonymousProducer
from ._sessions import Place, Session, Temporary, Transaction

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from .._options import ConsumerOptions, ProducerOptions, SendOptions


def connect(
    url: str = "failover:(tcp://localhost:61616)",
    *,
    username: Credential = None,
    password: Credential = None,
    client_id: str | None = None,
    name: str | None = None,
    connect_timeout: Seconds | None = 30.0,
    send_timeout: Seconds | None = None,
    request_timeout: Seconds | None = None,
    close_timeout: Seconds | None = None,
    prefetch: int | None = None,
    compression: bool | None = None,
    redelivery: RedeliveryPolicy | None = None,
    redelivery_for: Mapping[To, RedeliveryPolicy] | None = None,
    tls: TLS | None = None,
    trace_context: Inject | None = None,
) -> Opening[Connection]:
    """As `relaismq.connect`."""

    async def opened() -> Connection:
        options = given(
            username=asked(username),
            password=asked(password),
            client_id=client_id,
            name=name,
            connect_timeout=connect_timeout,
            send_timeout=send_timeout,
            request_timeout=request_timeout,
            close_timeout=close_timeout,
            prefetch=prefetch,
            compression=compression,
            redelivery=redelivery,
            redelivery_for=redelivery_for,
            tls=tls,
            trace_context=trace_context,
        )
        _log.begin()
        native = await _native.connect(url, options, True)
        _open.remember(native)
        return Connection(native)

    return Opening(opened)


class Connection(Place[_native.Connection], Closing):
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

    def anonymous_producer(self, **options: Unpack[ProducerOptions]) -> Opening[AnonymousProducer]:
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

    def statistics(self) -> Statistics:
        """As `relaismq.Connection.statistics`."""
        return statistics_of(self._native)

    async def reconnect_now(self) -> None:
        """Ends the pause between two attempts."""
        await self._native.reconnect_now()

    async def drain(self, timeout: float) -> bool:
        """As `relaismq.Connection.drain`."""
        return await self._native.drain(timeout)

    async def close(self) -> None:
        """Closes in order: what was handed over before is sent first. Closing again is harmless."""
        await self._native.close()


async def _followed(events: _native.Events) -> AsyncIterator[Event]:
    while (event := await events.next()) is not None:
        yield cast(Event, event)
