"""A broker inside the process of a test, to see an application survive its death.

::

    def test_orders_survive_the_broker(relaismq_broker):
        with relaismq_broker.connect() as connection:
            connection.send("orders", "two teas")
            relaismq_broker.restart()
            connection.send("orders", "two more")

Beside its death there are faults on the way to it: `Broker.cut`, `Broker.stall` and `Broker.drop_reply`.

The fixture ``relaismq_broker`` comes with the package. It keeps messages in a folder of the test, so that
what was confirmed survives a restart.
"""

from __future__ import annotations

import os
from types import TracebackType
from typing import TYPE_CHECKING, Any

from .. import _log, _native
from .._blocking import Connection, connect
from .._errors import TestBrokerError as BrokerError

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["Broker", "BrokerError"]


class Broker:
    """A broker on a free port of this machine, which it keeps as long as it lives.

    Starts at once, in a few milliseconds.

    Args:
        store: ``None`` keeps messages in memory: they are gone when the broker is. Otherwise a folder,
            in which what was confirmed survives `kill` and `restart`.
    """

    def __init__(self, store: str | os.PathLike[str] | None = None) -> None:
        _log.begin()
        self._native = _native.Broker("memory" if store is None else f"file:{os.fspath(store)}")
        self._native.start()

    @property
    def url(self) -> str:
        """For clients, which try again quickly: ``failover:(tcp://127.0.0.1:PORT)?...``."""
        return f"failover:(tcp://{self.address})?initialReconnectDelay=10&maxReconnectDelay=100"

    @property
    def address(self) -> str:
        """Host and port, for URIs of your own."""
        return f"127.0.0.1:{self._native.port}"

    @property
    def is_running(self) -> bool:
        """Whether it serves."""
        return self._native.is_running

    def connect(self, **options: Any) -> Connection:
        """Connects as `relaismq.connect` does, with its options."""
        return connect(self.url, **options)

    def kill(self) -> None:
        """Ends it in the midst of what it does: clients are cut off, nothing more is said or done."""
        self._native.kill()

    def stop(self) -> None:
        """Ends it in order."""
        self._native.stop()

    def start(self) -> None:
        """Begins again, on the same port and with the same store. Does nothing if it runs."""
        self._native.start()

    def restart(self) -> None:
        """Kills it, if it runs, and starts it again."""
        self.kill()
        self.start()

    def cut(self) -> None:
        """Cuts all connections; the broker goes on, and clients come back."""
        self._native.cut()

    def stall(self) -> None:
        """Lets nothing pass in either direction, and leaves connections open, as a network that has died
        does. Clients notice by the heartbeat (``wireFormat.maxInactivityDuration``)."""
        self._native.stall()

    def resume(self) -> None:
        """Ends a `stall`. What was on its way arrives late."""
        self._native.resume()

    def drop_reply(self) -> None:
        """Loses what the broker says next, to whichever client, and cuts all connections: what that client
        has asked for is done, and it does not know."""
        self._native.drop_reply()

    def __repr__(self) -> str:
        return f"<Broker {self.address} {'running' if self.is_running else 'down'}>"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
