"""Connections."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, cast

from .. import _log, _native, _open
from .._native import Delivery, Receipt
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
from .closing import Closing
from .consuming import Browser, Consumer
from .listening import Subscription
from .producing import AnonymousProducer
from .sessions import Place, Session, Temporary, Transaction

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
) -> Connection:
    """Connects, and returns when a broker has accepted the login.

    What is given here wins over the URI. Times are seconds or a ``timedelta``.

    Args:
        url: The brokers, in ActiveMQ's own words, with its own options:
            ``failover:(ssl://a:61617,ssl://b:61617)?maxReconnectDelay=5000&jms.prefetchPolicy.all=100``.
        username: For the login; a function is asked once, now.
        password: For the login; a function is asked once, now. Never shown.
        client_id: The name that durable subscriptions belong to, unique on the broker.
        name: What the connection is called in spans and metrics; brokers do not hear of it.
        connect_timeout: How long this call may take in all; ``None``: for ever.
        send_timeout: How long a confirmed send may take, the wait for a broker included.
        request_timeout: How long any other request may take, the wait for a broker included.
        close_timeout: How long ``close()`` waits for the broker. Default 15 s.
        prefetch: Messages that the broker may send ahead to each consumer.
        compression: Compresses bodies.
        redelivery: What happens to messages after a rollback or a failed handler.
        redelivery_for: Where that is another policy: ``{"orders.>": RedeliveryPolicy(...)}``. Of several
            patterns that fit the most specific one counts.
        tls: How brokers behind ``ssl://`` are recognised. Default: by the CAs that the system trusts.
        trace_context: Is called with a dict in each send, and puts ``traceparent`` and ``tracestate`` into
            it, which the message then carries: ``opentelemetry.propagate.inject``.

    Raises:
        ConnectError: No broker can be used; its ``brokers`` says why for each.
        ConnectTimeoutError: None accepted the login in time.
        AuthenticationError: User name or password are wrong.
        InvalidUriError: The URI or one of its options is wrong.
    """
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
    native = _native.connect(url, options, False).wait()
    _open.remember(native)
    return Connection(native)


class Connection(Place[_native.Connection], Closing):
    """A connection to one of several brokers, which moves to another one when that fails.

    Safe to use from several threads. Made by `connect`.
    """

    def __init__(self, native: _native.Connection) -> None:
        self._native = native

    def __repr__(self) -> str:
        state = self.state
        return f"<Connection {state.name}{f' to {state.broker}' if state.broker else ''}>"

    def send(self, to: To, body: Body, **options: Unpack[SendOptions]) -> Receipt:
        """Sends a message. A persistent one, which is the default, is safe when this returns.

        A ``str`` becomes a text message, ``bytes`` a bytes message; for others there are `MapMessage`,
        `StreamMessage`, `ObjectMessage` and `Message`.

        Raises:
            Error: Its ``maybe_done`` says whether the broker may have the message nevertheless.
        """
        return self._native.send(to, body, options).wait()

    def consumer(self, source: To, **options: Unpack[ConsumerOptions]) -> Consumer:
        """A consumer, in a session of its own."""
        return Consumer(self._native.consumer(source, options).wait())

    def anonymous_producer(self, **options: Unpack[ProducerOptions]) -> AnonymousProducer:
        """A producer that is told the destination with each message."""
        return AnonymousProducer(self._native.producer(None, options).wait())

    def listen(
        self,
        source: To,
        handler: Callable[[Delivery], object],
        *,
        workers: int = 1,
        **options: Unpack[ConsumerOptions],
    ) -> Subscription:
        """Gives messages to a handler, in threads of its own, one consumer for each.

        When the handler returns, its message is acknowledged; when it raises, the message comes again by
        the redelivery policy and at last goes to the dead letter queue.
        """
        consumers = [self.consumer(source, **options) for _ in range(workers)]
        return Subscription(consumers, handler)

    def request(
        self, to: To, body: Body, *, timeout: Seconds = 30.0, **options: Unpack[SendOptions]
    ) -> _native.Received:
        """Sends a question and waits for its answer, which a temporary queue receives.

        Raises:
            TimeoutError: No answer came in time.
        """
        return self._native.request(to, body, timeout, options).wait()

    def reply(
        self, request: _native.Received, body: Body, **options: Unpack[SendOptions]
    ) -> Receipt:
        """Answers a question, where and as its sender expects it."""
        to, headers = answer_to(request), answer_options(request, dict(options))
        return self._native.send(to, body, headers).wait()

    def browser(self, queue: To, *, selector: str | None = None) -> Browser:
        """Looks at the messages in a queue without taking any."""
        return Browser(self._native.browser(queue, given(selector=selector)).wait())

    def session(self, ack: AckMode = "auto") -> Session:
        """Several producers and consumers whose acknowledgements belong together."""
        return Session(self._native.session(ack).wait())

    def transaction(self) -> Transaction:
        """All or nothing: a ``with`` commits at its end, or rolls back if an exception leaves it."""
        return Transaction(self._native.transaction().wait())

    def temporary_queue(self) -> Temporary:
        """A queue that lives until it or the connection is closed, for answers to requests."""
        return Temporary(self._native.temporary(False).wait())

    def temporary_topic(self) -> Temporary:
        """A topic that lives until it or the connection is closed."""
        return Temporary(self._native.temporary(True).wait())

    def unsubscribe(self, name: str) -> None:
        """Deletes a durable subscription, which must have no consumer."""
        self._native.unsubscribe(name).wait()

    def delete_destination(self, which: To) -> None:
        """Deletes a queue or topic with all its messages."""
        self._native.delete_destination(which).wait()

    def events(self) -> Iterator[Event]:
        """What happens to the connection from here on; ends after `events.Closed`."""
        events = self._native.events()
        return iter(lambda: cast(Event, events.next().wait()), None)

    def on_event(self, call: Callable[[Event], object]) -> None:
        """Calls a function with each event from here on, in a thread of its own."""
        events = self.events()
        name = "relaismq-events"
        threading.Thread(target=_tell, args=(events, call), name=name, daemon=True).start()

    @property
    def state(self) -> State:
        """What it is doing right now."""
        return state_of(self._native)

    def metrics(self) -> Metrics:
        """What it has done so far."""
        return metrics_of(self._native)

    def statistics(self) -> Statistics:
        """What it has done and has, in all figures; also after its end."""
        return statistics_of(self._native)

    def reconnect_now(self) -> None:
        """Ends the pause between two attempts."""
        self._native.reconnect_now().wait()

    def drain(self, timeout: float) -> bool:
        """Ends in good order: consumers get nothing more, and what they have comes to its end.

        Then it closes, after ``timeout`` seconds in any case. True if nothing was left.
        """
        return self._native.drain(timeout).wait()

    def close(self) -> None:
        """Closes in order: what was handed over before is sent first. Closing again is harmless."""
        self._native.close().wait()


def _tell(events: Iterator[Event], call: Callable[[Event], object]) -> None:
    for event in events:
        call(event)
