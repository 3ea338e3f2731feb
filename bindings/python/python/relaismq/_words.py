"""What the blocking and the asynchronous face share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Union

from . import _native
from ._destinations import Destination

To = Union[str, Destination]
"""``"orders"``, ``"topic://prices"``, ``Queue("orders")``, a message's ``reply_to``."""

Body = Union[str, bytes, bytearray, memoryview, _native.Message, _native.Received]
"""Text, bytes, one of the message classes, or a message that was received, to send it on."""

Inject = Callable[[dict[str, str]], object]
"""Puts ``traceparent`` and ``tracestate`` into a dict, as ``opentelemetry.propagate.inject`` does."""

Credential = Union[str, Callable[[], str], None]
"""A text, or who is asked for it at the time of connecting."""


@dataclass(frozen=True)
class State:
    """What a connection is doing.

    Attributes:
        name: ``connecting``, ``connected``, ``reconnecting`` or ``closed``.
        broker: With which broker it is connected.
        reason: Why it has ended, unless this program closed it.
    """

    name: str
    broker: str | None = None
    reason: str | None = None


@dataclass(frozen=True)
class Metrics:
    """What a connection has done since it was made.

    Attributes:
        state: What it is doing now.
        sent: Sends that succeeded.
        failed: Sends that did not.
        received: Messages that the program was given.
        redelivered: Those of them that had perhaps been delivered before.
        interruptions: How often the link was lost.
        outage_seconds: How long there was none, in all.
    """

    state: State
    sent: int
    failed: int
    received: int
    redelivered: int
    interruptions: int
    outage_seconds: float


@dataclass(frozen=True)
class Statistics:
    """What a connection has done since it was made, and what it has at the moment.

    Attributes:
        attempts: Brokers that were tried.
        failed_attempts: Brokers that were tried and could not be used.
        failed_passes: Passes over the whole list of brokers in which none could be used.
        interruptions: Links in use that were lost or left.
        reconnects: Links that were replaced, with everything restored.
        moves: Times it began to leave a broker that served, for another one.
        restored: Sessions, producers, consumers, temporary destinations and transactions
            restored on later links.
        replays: Requests and messages sent again on a later link, because nobody knew whether
            the one before had them.
        consumers_lost: Consumers that were not restored, or that a broker closed.
        sent: Messages handed over to be sent, transactions included.
        confirmed: Messages that the broker has confirmed one by one; those of transactions are
            confirmed by the commit.
        received: Messages that brokers dispatched to consumers, redeliveries included.
        redelivered: Those of them that somebody may have had before.
        duplicates: Those of them that this connection had before, over an earlier link; they
            are delivered and flagged.
        expired: Messages that were given back to the broker because they had expired.
        dead_lettered: Messages that consumers gave up, so that the broker puts them into the
            dead letter queue.
        acknowledged: Messages whose acknowledgement was written, those of transactions
            included.
        stale_acks: Acknowledgements of deliveries whose link was gone: the messages come again.
        refused: Requests that the broker refused.
        timed_out: Requests whose time was over.
        unknown: Sends, acknowledgements and other requests that the broker may have done or
            not.
        in_doubt: Commits that happened or not.
        rolled_back: Commits that ended as rolled back.
        warnings: Warnings among the events.
        outage: Seconds without a broker, in all; what goes on at the moment included. The wait
            for the first one does not count.
        connected: 1 while a broker has accepted the login and confirmed what was restored, else
            0.
        spares: Brokers that are ready to take over at once.
        sessions: Open sessions.
        producers: Open producers.
        consumers: Open consumers and browsers.
        requests: Requests and messages that wait for a broker, or for its answer.
        request_bytes: Bytes of the messages among them.
        prefetch: Messages that brokers may send ahead: the prefetch of all consumers.
        waiting: Messages sent ahead that the application has not taken yet.
        held: Messages that the application has taken and that are not settled.
    """

    attempts: int
    failed_attempts: int
    failed_passes: int
    interruptions: int
    reconnects: int
    moves: int
    restored: int
    replays: int
    consumers_lost: int
    sent: int
    confirmed: int
    received: int
    redelivered: int
    duplicates: int
    expired: int
    dead_lettered: int
    acknowledged: int
    stale_acks: int
    refused: int
    timed_out: int
    unknown: int
    in_doubt: int
    rolled_back: int
    warnings: int
    outage: float
    connected: int
    spares: int
    sessions: int
    producers: int
    consumers: int
    requests: int
    request_bytes: int
    prefetch: int
    waiting: int
    held: int


def state_of(connection: _native.Connection) -> State:
    return State(*connection.state())


def metrics_of(connection: _native.Connection) -> Metrics:
    counts = connection.counts()
    outage = counts.pop("outage_microseconds") / 1e6
    return Metrics(state=state_of(connection), outage_seconds=outage, **counts)


def statistics_of(connection: _native.Connection) -> Statistics:
    return Statistics(**connection.statistics())


def asked(credential: Credential) -> str | None:
    return credential() if callable(credential) else credential


def given(**options: Any) -> dict[str, Any]:
    return options


def answer_options(request: _native.Received, options: dict[str, Any]) -> dict[str, Any]:
    """An answer quotes the request's correlation id, or failing that its message id."""
    quoted = request.correlation_id or request.message_id
    return {"correlation_id": quoted, "persistent": False, **options}


def answer_to(request: _native.Received) -> Destination:
    if request.reply_to is None:
        raise ValueError("nobody waits for an answer to this message: it has no reply_to")
    return request.reply_to
