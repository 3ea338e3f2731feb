"""Names of places."""

from __future__ import annotations


class Destination:
    """A queue or topic by name; nothing is sent to the broker, which makes it on first use."""

    __slots__ = ("name",)
    _prefix = "queue://"

    def __init__(self, name: str) -> None:
        if not isinstance(name, str):
            raise TypeError(f"the name of a destination is a str, not a {type(name).__name__}")
        self.name = name

    def __str__(self) -> str:
        return self._prefix + self.name

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name!r})"

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and str(self) == str(other)

    def __hash__(self) -> int:
        return hash(str(self))


class Queue(Destination):
    """Each message goes to one consumer.

    The name may be a composite (``a,b``), a pattern for consumers (``orders.*``, ``orders.>``), and may
    carry options: ``orders?consumer.prefetchSize=1``.
    """

    __slots__ = ()


class Topic(Destination):
    """Each message goes to every subscriber. The name may be as in `Queue`."""

    __slots__ = ()
    _prefix = "topic://"


class TemporaryQueueName(Destination):
    """The name of somebody's temporary queue, such as in ``reply_to``."""

    __slots__ = ()
    _prefix = "temp-queue://"


class TemporaryTopicName(Destination):
    """The name of somebody's temporary topic."""

    __slots__ = ()
    _prefix = "temp-topic://"


def from_text(text: str) -> Destination:
    """The destination that ``str()`` of it gives."""
    for kind in (Queue, Topic, TemporaryQueueName, TemporaryTopicName):
        if text.startswith(kind._prefix):
            return kind(text[len(kind._prefix) :])
    return Queue(text)
