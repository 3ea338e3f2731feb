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


def state_of(connection: _native.Connection) -> State:
    return State(*connection.state())


def metrics_of(connection: _native.Connection) -> Metrics:
    counts = connection.counts()
    outage = counts.pop("outage_microseconds") / 1e6
    return Metrics(state=state_of(connection), outage_seconds=outage, **counts)


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
