"""Producers, and sending many messages at once."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING

from .. import _native
from .._errors import PipelineError
from .._native import Receipt
from .._words import Body, To
from .closing import Closing

if TYPE_CHECKING:
    from typing_extensions import Self, Unpack

    from .._options import SendOptions


class Producer(Closing):
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


class AnonymousProducer(Closing):
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
