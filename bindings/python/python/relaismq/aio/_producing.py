"""Producers, and sending many messages at once."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING

from .. import _native
from .._errors import PipelineError
from .._native import Receipt
from .._words import Body, To
from ._opening import Closing

if TYPE_CHECKING:
    from typing_extensions import Self, Unpack

    from .._options import SendOptions


class Producer(Closing):
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


class AnonymousProducer(Closing):
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
