"""The same words for asyncio: what waits is awaited, and what opens is awaited or entered.

::

    async with relaismq.aio.connect("failover:(tcp://a:61616,tcp://b:61616)") as connection:
        async with connection.consumer("orders") as orders:
            async for order in orders:
                await handle(order)

Every await may be cancelled: nothing is lost, nothing stays open, the connection stays usable.
"""

from .._native import AwaitedDelivery as Delivery
from .._native import Receipt
from ._connection import Connection, connect
from ._consuming import Browser, Consumer
from ._opening import Opening
from ._producing import AnonymousProducer, Pipeline, Producer
from ._sessions import Session, Temporary, Transaction

__all__ = [
    "AnonymousProducer",
    "Browser",
    "Connection",
    "Consumer",
    "Delivery",
    "Opening",
    "Pipeline",
    "Producer",
    "Receipt",
    "Session",
    "Temporary",
    "Transaction",
    "connect",
]
