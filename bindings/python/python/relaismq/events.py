"""What happens to a connection. ``str()`` of an event says it in words."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Event:
    """Something that happened to the connection."""

    text: str = field(repr=False)

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class Connecting(Event):
    """A broker is being tried; ``attempt`` counts from the last success."""

    broker: str
    attempt: int


@dataclass(frozen=True)
class Failed(Event):
    """A broker could not be used."""

    broker: str
    reason: str


@dataclass(frozen=True)
class Waiting(Event):
    """No broker could be used; the next pass begins after ``delay`` seconds."""

    delay: float
    passes: int


@dataclass(frozen=True)
class Connected(Event):
    """The first login was accepted."""

    broker: str


@dataclass(frozen=True)
class Interrupted(Event):
    """The link is gone; reconnecting begins at once."""

    broker: str
    reason: str


@dataclass(frozen=True)
class Restoring(Event):
    """A broker accepted the login again; what is open is being restored."""

    broker: str


@dataclass(frozen=True)
class Resumed(Event):
    """The broker has confirmed what was restored, ``elapsed`` seconds after the interruption."""

    broker: str
    elapsed: float
    attempts: int
    restored: int
    resent: int


@dataclass(frozen=True)
class SpareReady(Event):
    """A socket to this broker is open, and takes over at once when the link is lost."""

    broker: str


@dataclass(frozen=True)
class SpareLost(Event):
    """Such a socket is gone, or could not be had."""

    broker: str
    reason: str


@dataclass(frozen=True)
class Moving(Event):
    """The connection is about to leave ``broker``, which serves, for the broker ``to``.

    Consumers get nothing new until then. `Interrupted` follows, or `Staying`.
    """

    broker: str
    to: str
    reason: str


@dataclass(frozen=True)
class Staying(Event):
    """The connection has not moved after all."""

    broker: str
    reason: str


@dataclass(frozen=True)
class ConsumerLost(Event):
    """A consumer could not be restored, or the broker closed it."""

    destination: str
    reason: str


@dataclass(frozen=True)
class BrokersChanged(Event):
    """The broker, or the file with the broker list, told of other brokers."""

    added: list[str]
    removed: list[str]


@dataclass(frozen=True)
class ListUnread(Event):
    """The file with the broker list cannot be used."""

    file: str
    reason: str


@dataclass(frozen=True)
class Warned(Event):
    """Something that deserves attention."""


@dataclass(frozen=True)
class Closed(Event):
    """The connection has ended; ``reason`` is ``None`` if this program closed it."""

    reason: str | None
