"""Results of the client on their way into an event loop.

The client's threads put results into a queue and ring a bell, a file descriptor that the event loop
watches: one wake-up for all that has come, and no thread of the client ever waits for the interpreter.
"""

from __future__ import annotations

import asyncio
import weakref
from typing import Any, TypeVar

from . import _native

T = TypeVar("T")

_bridges: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, _Bridge] = (
    weakref.WeakKeyDictionary()
)

_FAIR = 100
"""Operations that need no waiting before other tasks have a turn."""


class _Bridge:
    """The futures of one event loop that wait for results."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._completions = _native.Completions()
        self._futures: dict[int, asyncio.Future[Any]] = {}
        self._next = 0
        self._at_once = 0
        loop.add_reader(self._completions.fileno(), self._settle)

    async def awaited(self, operation: _native.Operation[T]) -> T:
        done = operation.now()
        if done is None:
            return await self._begun(operation)
        self._at_once += 1
        if self._at_once % _FAIR == 0:
            await asyncio.sleep(0)
        return done[0]

    async def _begun(self, operation: _native.Operation[T]) -> T:
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        tag = self._next
        self._next += 1
        operation.start(self._completions, tag)
        self._futures[tag] = future
        try:
            return await future
        except asyncio.CancelledError:
            operation.cancel()
            raise
        finally:
            self._futures.pop(tag, None)

    def _settle(self) -> None:
        for tag, value, error in self._completions.drain():
            future = self._futures.get(tag)
            if future is None or future.done():
                continue
            if error is None:
                future.set_result(value)
            else:
                future.set_exception(error)


async def awaited(operation: _native.Operation[T]) -> T:
    """Does an operation, without holding up the event loop."""
    loop = asyncio.get_running_loop()
    bridge = _bridges.get(loop)
    if bridge is None:
        bridge = _bridges[loop] = _Bridge(loop)
    return await bridge.awaited(operation)
