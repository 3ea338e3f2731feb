"""The blocking face: every call waits, and other threads go on meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import TYPE_CHECKING, Generic, TypeVar, cast

from . import _log, _native, _open
from ._destinations import Destination
from ._errors import PipelineError
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

    from ._listening import Subscription
    from ._options import ConsumerOptions, ProducerOptions, SendOptions, SubscribeOptions

Delivery = _native.Delivery
Receipt = _native.Receipt
N = TypeVar("N", _native.Connection, _native.Session, _native.Transaction)


class _Closing:
    """Closes itself at the end of a ``with``."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
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
) -> Connection:
    """Connects, and returns when a broker has accepted the login.

    What is given here wins over the URI. Times are seconds or a ``timedelta``.

    Args:
        url: The brokers, in ActiveMQ's own words, with its own options:
            ``failover:(ssl://a:61617,ssl://b:61617)?maxReconnectDelay=5000&jms.prefetchPolicy.all=100``.
        username: For the login; a function is asked once, now.
        password: For the login; a function is asked once, now. Never shown.
        client_id: The name that durable subscriptions belong to, unique on the broker.
        connect_timeout: How long this call may take in all; ``None``: for ever.
        send_timeout: How long a confirmed send may take, the wait for a broker included.
        request_timeout: How long any other request may take, the wait for a broker included.
        close_timeout: How long ``close()`` waits for the broker. Default 15 s.
        prefetch: Messages that the broker may send ahead to each consumer.
        compression: Compresses bodies.
        redelivery: What happens to messages after a rollback or a failed handler.
        tls: How brokers behind ``ssl://`` are recognised. Default: by the CAs that the system trusts.

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
    native = _native.connect(url, options, False).wait()
    _open.remember(native)
    return Connection(native)


class _Place(Generic[N]):
    """Where producers and consumers are made."""

    _native: N

    def producer(self, to: To, **options: Unpack[ProducerOptions]) -> Producer:
        """A producer for one destination; its options hold for each send that says nothing else."""
        return Producer(self._native.producer(to, options).wait())


class Connection(_Place[_native.Connection], _Closing):
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
        from ._listening import Subscription

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

    def reconnect_now(self) -> None:
        """Ends the pause between two attempts."""
        self._native.reconnect_now().wait()

    def close(self) -> None:
        """Closes in order: what was handed over before is sent first. Closing again is harmless."""
        self._native.close().wait()


def _tell(events: Iterator[Event], call: Callable[[Event], object]) -> None:
    for event in events:
        call(event)


class Producer(_Closing):
    """Sends messages to one destination, in the order of its calls."""

    def __init__(self, native: _native.Producer) -> None:
        self._native = native

    def send(self, body: Body, **options: Unpack[SendOptions]) -> Receipt:
        """As `Connection.send`."""
        return self._native.send(body, options or None).wait()

    def pipeline(self) -> Pipeline:
        """Many sends under way at once: each waits only for room, and the end of the ``with`` for all."""
        return Pipeline(self._native.pipeline())

    def close(self) -> None:
        """Closes it."""
        self._native.close().wait()


class AnonymousProducer(_Closing):
    """Sends messages to destinations that are named with each."""

    def __init__(self, native: _native.Producer) -> None:
        self._native = native

    def send(self, to: To, body: Body, **options: Unpack[SendOptions]) -> Receipt:
        """As `Connection.send`."""
        return self._native.send(body, options or None, to).wait()

    def close(self) -> None:
        """Closes it."""
        self._native.close().wait()


class Pipeline:
    """Sends whose confirmations are looked at in batches.

    ::

        with producer.pipeline() as pipeline:
            for line in lines:
                pipeline.send(line)
    """

    def __init__(self, native: _native.Pipeline) -> None:
        self._native = native

    def send(self, body: Body, **options: Unpack[SendOptions]) -> int:
        """Hands a message over, waits only for room, and gives the message's number."""
        number, waiting = self._native.send(body, options or None)
        if waiting is not None:
            waiting.wait()
        return number

    def flush(self) -> int:
        """Waits for all confirmations since the last time, and counts them.

        Raises:
            PipelineError: Some messages were not confirmed; ``failures`` has each with its number.
        """
        confirmed, failures = self._native.flush().wait()
        if failures:
            raise PipelineError(failures, confirmed)
        return confirmed

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            self.flush()


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


class Browser(_Closing):
    """The messages in a queue, from the front; ends when all have been seen. Nothing is taken."""

    def __init__(self, native: _native.Browser) -> None:
        self._native = native

    def __iter__(self) -> Iterator[_native.Received]:
        while (message := self._native.next().wait()) is not None:
            yield message

    def close(self) -> None:
        """Closes it."""
        self._native.close().wait()


class Session(_Place[_native.Session]):
    """Several producers and consumers whose acknowledgements belong together."""

    def __init__(self, native: _native.Session) -> None:
        self._native = native

    def consumer(self, source: To, **options: Unpack[SubscribeOptions]) -> Consumer:
        """A consumer, which acknowledges as the session does."""
        return Consumer(self._native.consumer(source, options).wait())

    def recover(self) -> None:
        """Has everything delivered again that was received and not acknowledged."""
        self._native.recover().wait()


class Transaction(_Place[_native.Transaction]):
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


class Temporary(_Closing):
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
