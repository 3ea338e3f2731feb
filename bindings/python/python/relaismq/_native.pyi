"""The native half of the package. Private: the modules beside it are its face."""

import builtins
from collections.abc import Generator, Mapping
from datetime import datetime
from typing import Any, Generic, TypeVar, final

from typing_extensions import Self, Unpack, disjoint_base

from ._destinations import Destination
from ._errors import Error
from ._options import Headers, Seconds

__all__ = [
    "AwaitedDelivery",
    "Broker",
    "Browser",
    "BytesMessage",
    "Completions",
    "Connection",
    "Consumer",
    "Delivery",
    "Events",
    "Iteration",
    "MapMessage",
    "Message",
    "ObjectMessage",
    "Operation",
    "Pipeline",
    "Producer",
    "Receipt",
    "Received",
    "Session",
    "StreamMessage",
    "Temporary",
    "TextMessage",
    "Transaction",
    "begin_log",
    "connect",
    "end_log",
    "main",
    "next_log",
]

_T = TypeVar("_T")

@final
class Operation(Generic[_T]):
    def wait(self, limit: float | None = None) -> _T: ...
    def now(self) -> tuple[_T] | None: ...
    def start(self, completions: Completions, tag: int) -> None: ...
    def cancel(self) -> None: ...
    def __await__(self) -> Generator[Any, Any, _T]: ...

@final
class Completions:
    def __new__(cls) -> Self: ...
    def fileno(self) -> int: ...
    def drain(self) -> list[tuple[int, Any, BaseException | None]]: ...

@disjoint_base
class Message:
    """A message without body, and what all messages to send have in common."""

    def __new__(cls, **headers: Unpack[Headers]) -> Self: ...

@final
class TextMessage(Message):
    """Text."""

    def __new__(cls, body: str, **headers: Unpack[Headers]) -> Self: ...

@final
class BytesMessage(Message):
    """Bytes."""

    def __new__(cls, body: bytes | bytearray | memoryview, **headers: Unpack[Headers]) -> Self: ...

@final
class MapMessage(Message):
    """Named values."""

    def __new__(cls, body: Mapping[str, Any], **headers: Unpack[Headers]) -> Self: ...

@final
class StreamMessage(Message):
    """Values one after the other."""

    def __new__(cls, body: list[Any] | tuple[Any, ...], **headers: Unpack[Headers]) -> Self: ...

@final
class ObjectMessage(Message):
    """What Java's ``ObjectOutputStream`` wrote."""

    def __new__(cls, body: bytes | bytearray | memoryview, **headers: Unpack[Headers]) -> Self: ...

@disjoint_base
class Received:
    """A message that came from the broker."""

    @builtins.property
    def kind(self) -> str:
        """``text``, ``bytes``, ``map``, ``stream``, ``object`` or ``empty``."""
    @builtins.property
    def body(self) -> Any:
        """The body as what it is: ``str``, ``bytes``, ``dict``, ``list`` or ``None``."""
    @builtins.property
    def text(self) -> str: ...
    @builtins.property
    def bytes(self) -> builtins.bytes: ...
    @builtins.property
    def map(self) -> builtins.dict[str, Any]: ...
    @builtins.property
    def stream(self) -> list[Any]: ...
    @builtins.property
    def object_bytes(self) -> builtins.bytes:
        """A Java object as Java serialized it. It is never instantiated."""
    @builtins.property
    def properties(self) -> dict[str, Any]: ...
    def property(self, name: str, default: Any = None) -> Any:
        """A property, or a header under its name in JMS, such as ``JMSXDeliveryCount``."""
    @builtins.property
    def trace_context(self) -> dict[str, str]:
        """``traceparent`` and ``tracestate``, for ``opentelemetry.propagate.extract``; empty if it has none."""
    @builtins.property
    def message_id(self) -> str | None: ...
    @builtins.property
    def destination(self) -> Destination | None: ...
    @builtins.property
    def original_destination(self) -> Destination | None:
        """Where it was sent first, if the broker moved it, such as to a dead letter queue."""
    @builtins.property
    def reply_to(self) -> Destination | None: ...
    @builtins.property
    def correlation_id(self) -> str | None: ...
    @builtins.property
    def type(self) -> str | None: ...
    @builtins.property
    def priority(self) -> int: ...
    @builtins.property
    def persistent(self) -> bool: ...
    @builtins.property
    def redelivered(self) -> bool:
        """It may have been delivered before, to this or another consumer."""
    @builtins.property
    def delivery_count(self) -> int:
        """Which delivery this is, from 1."""
    @builtins.property
    def timestamp(self) -> datetime | None: ...
    @builtins.property
    def expiration(self) -> datetime | None: ...
    @builtins.property
    def group_id(self) -> str | None: ...
    @builtins.property
    def group_sequence(self) -> int: ...
    @builtins.property
    def user_id(self) -> str | None: ...

@final
class Delivery(Received):
    """A message that a consumer received."""

    def ack(self) -> None:
        """Acknowledges, and waits until the broker has confirmed it.

        With ``ack="individual"`` this covers this message, with ``"client"`` all that the session has
        received so far.
        """

    def reject(self) -> None:
        """Gives the message back: it comes again, by the redelivery policy.

        When that has happened too often, it goes to the dead letter queue.
        """

    def dead_letter(self, cause: str) -> None:
        """Sends the message to the dead letter queue, and waits until the broker has confirmed it."""

@final
class AwaitedDelivery(Received):
    """A message that a consumer received."""

    def ack(self) -> Operation[None]:
        """Acknowledges; to await it waits until the broker has confirmed it."""

    def reject(self) -> Operation[None]:
        """As `relaismq.Delivery.reject`."""

    def dead_letter(self, cause: str) -> Operation[None]:
        """As `relaismq.Delivery.dead_letter`."""

@final
class Receipt:
    """What is known of a message that was sent."""

    @property
    def confirmed(self) -> bool:
        """The broker said that it has the message; a persistent one is safe."""
    @property
    def message_id(self) -> str | None:
        """``JMSMessageID``, where the send waited for the broker."""

@final
class Connection:
    def send(
        self, to: str | Destination, body: object, options: Mapping[str, Any] | None = None
    ) -> Operation[Receipt]: ...
    def request(
        self, to: str | Destination, body: object, timeout: Seconds, options: Mapping[str, Any]
    ) -> Operation[Received]: ...
    def producer(
        self, to: str | Destination | None, options: Mapping[str, Any]
    ) -> Operation[Producer]: ...
    def consumer(
        self, source: str | Destination, options: Mapping[str, Any]
    ) -> Operation[Consumer]: ...
    def browser(
        self, queue: str | Destination, options: Mapping[str, Any]
    ) -> Operation[Browser]: ...
    def session(self, ack: str) -> Operation[Session]: ...
    def transaction(self) -> Operation[Transaction]: ...
    def temporary(self, topic: bool) -> Operation[Temporary]: ...
    def unsubscribe(self, name: str) -> Operation[None]: ...
    def delete_destination(self, which: str | Destination) -> Operation[None]: ...
    def events(self) -> Events: ...
    def state(self) -> tuple[str, str | None, str | None]: ...
    def counts(self) -> dict[str, int]: ...
    def statistics(self) -> dict[str, Any]: ...
    def reconnect_now(self) -> Operation[None]: ...
    def drain(self, timeout: float) -> Operation[bool]: ...
    def close(self) -> Operation[None]: ...

@final
class Session:
    def producer(
        self, to: str | Destination | None, options: Mapping[str, Any]
    ) -> Operation[Producer]: ...
    def consumer(
        self, source: str | Destination, options: Mapping[str, Any]
    ) -> Operation[Consumer]: ...
    def recover(self) -> Operation[None]: ...

@final
class Transaction:
    def send(
        self, to: str | Destination, body: object, options: Mapping[str, Any] | None = None
    ) -> Operation[None]: ...
    def producer(
        self, to: str | Destination, options: Mapping[str, Any]
    ) -> Operation[Producer]: ...
    def consumer(
        self, source: str | Destination, options: Mapping[str, Any]
    ) -> Operation[Consumer]: ...
    def commit(self) -> Operation[None]: ...
    def rollback(self) -> Operation[None]: ...

@final
class Producer:
    def send(
        self,
        body: object,
        options: Mapping[str, Any] | None = None,
        destination: str | Destination | None = None,
    ) -> Operation[Receipt]: ...
    def pipeline(self) -> Pipeline: ...
    def close(self) -> Operation[None]: ...

@final
class Pipeline:
    def send(
        self,
        body: object,
        options: Mapping[str, Any] | None = None,
        destination: str | Destination | None = None,
    ) -> tuple[int, Operation[None] | None]: ...
    def flush(self) -> Operation[tuple[int, list[tuple[int, Error]]]]: ...

@final
class Consumer:
    def ready(self, timeout: Seconds | None) -> Operation[bool]: ...
    def take(self, max: int) -> list[Received]: ...
    def iterate(self) -> Iteration[Received]: ...
    def give_back(self, message: Received) -> Operation[None]: ...
    def recover(self) -> Operation[None]: ...
    def stop(self) -> None: ...
    def close(self, settle: bool) -> Operation[None]: ...

@final
class Iteration(Generic[_T]):
    def __iter__(self) -> Self: ...
    def __next__(self) -> _T: ...
    def next_now(self) -> _T | None: ...
    def is_ended_in_order(self) -> bool: ...
    def give_back(self) -> None: ...

@final
class Browser:
    def next(self) -> Operation[Received | None]: ...
    def close(self) -> Operation[bool | None]: ...

@final
class Temporary:
    @property
    def destination(self) -> Destination: ...
    def close(self) -> None: ...

@final
class Events:
    def next(self) -> Operation[object]: ...

@final
class Broker:
    def __new__(cls, store: str) -> Self: ...
    @property
    def port(self) -> int: ...
    @property
    def is_running(self) -> bool: ...
    def start(self) -> None: ...
    def stop(self) -> None: ...
    def kill(self) -> None: ...
    def cut(self) -> None: ...
    def stall(self) -> None: ...
    def resume(self) -> None: ...
    def drop_reply(self) -> None: ...

def connect(uri: str, options: Mapping[str, Any], asynchronous: bool) -> Operation[Connection]: ...
def begin_log() -> None: ...
def next_log() -> list[tuple[int, str, str]]: ...
def end_log() -> None: ...
def main(arguments: list[str]) -> int: ...
