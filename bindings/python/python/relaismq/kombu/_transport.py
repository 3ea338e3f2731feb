"""The transport: one connection to the brokers for each connection of Kombu."""

from __future__ import annotations

import contextlib
import importlib.metadata
import re
from collections import defaultdict, deque
from collections.abc import Callable
from typing import Any

from kombu.transport import virtual

from .._blocking import Connection, connect
from .._destinations import Topic
from .._errors import ClosedError, ConnectError, Error, ForkedConnectionError, LinkLostError
from ._channel import Channel
from ._inbox import Inbox
from ._messages import Payload, routing_key
from ._subscription import Subscription

_PASSWORD = re.compile(r"(?i)(password=)[^&)]*")


class Transport(virtual.Transport):
    """Kombu over OpenWire. Reconnects are not Kombu's matter: they happen below."""

    Channel = Channel
    can_parse_url = True
    default_port = 61616
    driver_type = "openwire"
    driver_name = "relaismq"
    connection_errors = (
        *virtual.Transport.connection_errors,
        ConnectError,
        ClosedError,
        LinkLostError,
        ForkedConnectionError,
        OSError,
    )
    channel_errors = (*virtual.Transport.channel_errors, Error)
    implements = virtual.Transport.implements.extend(
        asynchronous=True,
        exchange_type=frozenset(["direct", "topic", "fanout"]),
        heartbeats=False,
    )

    def __init__(self, client: Any, **kwargs: Any) -> None:
        super().__init__(client, **kwargs)
        self._forget()

    def _forget(self) -> None:
        self.jms: Connection
        self.inbox: Inbox
        self.transient: set[str] = set()
        """Queues that live as long as whoever declared them."""
        self._subscriptions: dict[str, list[Subscription]] = {}
        self._held: defaultdict[str, deque[Payload]] = defaultdict(deque)
        """What has come for queues that nobody consumes yet."""
        self.state.clear()

    def driver_version(self) -> str:
        return importlib.metadata.version("relaismq")

    def as_uri(self, uri: str, include_password: bool = False, mask: str = "**") -> str:
        return uri if include_password else _PASSWORD.sub(rf"\g<1>{mask}", uri)

    # Connecting

    def establish_connection(self) -> Transport:
        client = self.client
        options = {
            name: value for name, value in client.transport_options.items() if name in _OPTIONS
        }
        if client.userid:
            options |= {"username": client.userid, "password": client.password}
        if client.connect_timeout:
            options.setdefault("connect_timeout", client.connect_timeout)
        self.jms = connect(client.hostname, **options)
        self.inbox = Inbox()
        super().establish_connection()
        return self

    def close_connection(self, connection: Any) -> None:
        # In a child of the process that made it, it is not there to be closed.
        with contextlib.suppress(Error):
            super().close_connection(connection)
        for subscriptions in self._subscriptions.values():
            for subscription in subscriptions:
                subscription.stop()
        with contextlib.suppress(Error):
            self.jms.close()
        self.inbox.close()
        self._forget()

    def verify_connection(self, connection: Any) -> bool:
        return self.jms.state.name == "connected"

    # Draining

    def drain_events(self, connection: Any, timeout: float | None = None) -> None:
        arrival = self.inbox.take(timeout)
        if arrival is None:
            raise TimeoutError
        self._arrived(*arrival)

    def register_with_event_loop(self, connection: Any, loop: Any) -> None:
        loop.add_reader(self.inbox.fileno(), self._on_readable)

    def _on_readable(self) -> None:
        """Delivers what has come until now."""
        while (arrival := self.inbox.take(0)) is not None:
            self._arrived(*arrival)

    def _arrived(self, queue: str, payload: Payload) -> None:
        if queue in self._callbacks:
            self._callbacks[queue](payload)
        else:
            self._held[queue].append(payload)

    # Queues for the moment

    def subscribe(self, queue: str, topic: Topic, wanted: Callable[[str], bool]) -> None:
        """Has a queue get what is published to a topic from now on."""

        def arrived(payload: Payload) -> None:
            if wanted(routing_key(payload)):
                self.inbox.put((queue, payload))

        consumer = self.jms.consumer(topic)
        subscription = Subscription(consumer, queue, arrived, self.inbox.put)
        self._subscriptions.setdefault(queue, []).append(subscription)

    def unsubscribe(self, queue: str) -> bool:
        """Whether there was such a queue."""
        subscriptions = self._subscriptions.pop(queue, [])
        for subscription in subscriptions:
            subscription.close()
        self._held.pop(queue, None)
        return bool(subscriptions)

    def is_subscribed(self, queue: str) -> bool:
        return queue in self._subscriptions

    def release(self, queue: str) -> None:
        """Delivers what came before there was a consumer."""
        for payload in self._held.pop(queue, ()):
            self.inbox.put((queue, payload))

    def held(self, queue: str) -> Payload | None:
        """What has come for a queue that nobody consumes."""
        if self.is_subscribed(queue):
            while (arrival := self.inbox.take(0)) is not None:
                self._arrived(*arrival)
        held = self._held.get(queue)
        return held.popleft() if held else None


_OPTIONS = frozenset(
    [
        "username",
        "password",
        "client_id",
        "connect_timeout",
        "send_timeout",
        "request_timeout",
        "close_timeout",
        "compression",
        "tls",
    ]
)
"""What ``transport_options`` may have, as arguments of `relaismq.connect`."""
