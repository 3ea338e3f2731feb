"""Channels: queues and exchanges of Kombu over those of JMS."""

from __future__ import annotations

from queue import Empty
from typing import Any

from amqp.protocol import queue_declare_ok_t
from kombu.transport import virtual
from kombu.utils.uuid import uuid

from .._destinations import Topic
from .._options import RedeliveryPolicy
from ._intake import Feed, Intake, Room
from ._messages import Payload, outgoing

_AGAIN = RedeliveryPolicy(maximum_redeliveries=None)
"""Kombu knows no end of redeliveries; Celery's ``max_retries`` is one."""


class Message(virtual.Message):
    """A message that knows where it came from."""

    def __init__(self, payload: Payload, channel: Any = None, **kwargs: Any) -> None:
        self.intake: Intake | None = payload.get("intake")
        super().__init__(payload, channel=channel, **kwargs)


class QoS(virtual.QoS):
    """Acknowledges and gives back by the broker's own means, never by a copy."""

    restore_at_shutdown = False

    def can_consume(self) -> bool:
        return bool(self.channel.room.has_any())

    def ack(self, delivery_tag: str) -> None:
        intake = self._intake(delivery_tag)
        super().ack(delivery_tag)
        if intake is not None:
            intake.ack(delivery_tag)

    def reject(self, delivery_tag: str, requeue: bool = False) -> None:
        intake = self._intake(delivery_tag)
        super().reject(delivery_tag, requeue=False)
        if intake is None:
            return
        if requeue:
            intake.give_back(delivery_tag)
        else:
            intake.ack(delivery_tag)

    def _intake(self, delivery_tag: str) -> Intake | None:
        message = self._delivered.get(delivery_tag)
        return message.intake if message is not None else None

    def restore_unacked(self) -> list[Any]:
        self._flush()
        for tag in list(self._delivered):
            self.reject(tag, requeue=True)
        self._flush()
        return []

    def restore_unacked_once(self, stderr: Any = None) -> None:
        """The broker does that by itself when a consumer closes or dies."""
        self._on_collect.cancel()


class Channel(virtual.Channel):
    """Queues are JMS queues. An exchange of which others must hear, too, is a JMS topic beside that."""

    Message = Message
    QoS = QoS
    supports_fanout = True
    do_restore = False
    body_encoding = None
    default_priority = 4
    """That of JMS."""

    def __init__(self, connection: Any, **kwargs: Any) -> None:
        super().__init__(connection, **kwargs)
        self.room = Room()
        self._feeds: dict[str, Feed] = {}
        self._intakes: dict[str, Intake] = {}

    # Declaring

    def queue_declare(self, queue: str | None = None, passive: bool = False, **kwargs: Any) -> Any:
        """A queue is there as soon as somebody uses it. Only a passive declaration counts messages."""
        queue = queue or f"amq.gen-{uuid()}"
        if kwargs.get("auto_delete") or kwargs.get("exclusive") or not kwargs.get("durable", True):
            self.connection.transient.add(queue)
        return queue_declare_ok_t(queue, self._size(queue) if passive else 0, 0)

    def _queue_bind(self, exchange: str, routing_key: str, pattern: str, queue: str) -> None:
        """Who is there for the moment hears what is published from now on, wherever that is."""
        if queue in self.connection.transient and self._is_heard(exchange):
            meta = (routing_key, pattern, queue)

            def wanted(key: str) -> bool:
                return bool(self.typeof(exchange).lookup([meta], exchange, key, None))

            self.connection.subscribe(queue, topic_of(exchange), wanted)

    def _is_heard(self, exchange: str) -> bool:
        """Whether queues of other processes may be bound to it for the moment."""
        declared = self.state.exchanges.get(exchange, {"type": "direct", "durable": True})
        return declared["type"] != "direct" or not declared["durable"]

    def _delete(self, queue: str, *_: Any, **kwargs: Any) -> None:
        if not self.connection.unsubscribe(queue):
            self.connection.jms.delete_destination(queue)

    # Sending

    def basic_publish(
        self, message: Payload, exchange: str, routing_key: str, **kwargs: Any
    ) -> None:
        """Returns when the broker has the message, if it is persistent."""
        self._inplace_augment_message(message, exchange, routing_key)
        body, how = outgoing(message)
        for destination in self._destinations(exchange, routing_key):
            self.connection.jms.send(destination, body, **how)

    def _destinations(self, exchange: str, routing_key: str) -> list[Any]:
        if not exchange:
            return [routing_key]
        table = self.state.exchanges.get(exchange, {}).get("table", [])
        bound = self.typeof(exchange).lookup(table, exchange, routing_key, None)
        kept = sorted({queue for queue in bound or () if queue not in self.connection.transient})
        if self._is_heard(exchange):
            return [topic_of(exchange), *kept]
        # Bindings of other processes are not known here. To lose the message would be worse.
        return kept or [routing_key]

    # Receiving

    def basic_consume(
        self, queue: str, no_ack: bool, callback: Any, consumer_tag: str, **kwargs: Any
    ) -> None:
        super().basic_consume(queue, no_ack, callback, consumer_tag, **kwargs)
        if self.connection.is_subscribed(queue):
            self.connection.release(queue)
        elif queue not in self._feeds:
            self._feeds[queue] = self._feed(queue, no_ack)

    def _feed(self, queue: str, no_ack: bool) -> Feed:
        consumer = self.connection.jms.consumer(
            queue, ack="auto" if no_ack else "individual", prefetch=0, redelivery=_AGAIN
        )
        feed = Feed(consumer, queue, self.connection.inbox, self.room, not no_ack)
        self.room.feeds.append(feed)
        return feed

    def basic_cancel(self, consumer_tag: str) -> None:
        queue = self._tag_to_queue.get(consumer_tag)
        super().basic_cancel(consumer_tag)
        feed = self._feeds.pop(queue, None) if queue is not None else None
        if feed is not None:
            feed.leave()

    def _get(self, queue: str, timeout: float | None = None) -> Payload:
        payload: Payload | None = self.connection.held(queue)
        if payload is None and not self.connection.is_subscribed(queue):
            payload = self._intake(queue).get()
        if payload is None:
            raise Empty
        return payload

    def _intake(self, queue: str) -> Intake:
        intake = self._intakes.get(queue)
        if intake is None:
            consumer = self.connection.jms.consumer(
                queue, ack="individual", prefetch=0, redelivery=_AGAIN
            )
            intake = self._intakes[queue] = Intake(consumer, queue, self.room.changed)
            self.room.feeds.append(intake)
        return intake

    def basic_get(self, queue: str, no_ack: bool = False, **kwargs: Any) -> Any:
        try:
            message = self.Message(self._get(queue), channel=self)
        except Empty:
            return None
        self.qos.append(message, message.delivery_tag)
        if no_ack:
            self.qos.ack(message.delivery_tag)
        return message

    def basic_qos(
        self, prefetch_size: int = 0, prefetch_count: int = 0, apply_global: bool = False
    ) -> None:
        super().basic_qos(prefetch_size, prefetch_count, apply_global)
        self.room.limit = prefetch_count
        self.room.changed()

    # Looking

    def _size(self, queue: str) -> int:
        """What a browser sees: with ActiveMQ's usual settings at most 400."""
        with self.connection.jms.browser(queue) as browser:
            return sum(1 for _ in browser)

    def _purge(self, queue: str) -> int:
        purged = 0
        with self.connection.jms.transaction() as transaction:
            with transaction.consumer(queue, redelivery=_AGAIN) as consumer:
                while batch := consumer.receive_many(_BATCH, _QUIET):
                    purged += len(batch)
                    transaction.commit()
        return purged

    # Ending

    def close(self) -> None:
        """What is unsettled goes back to the broker, which flags it as redelivered."""
        if not self.closed:
            for intake in [*self.room.feeds]:
                intake.close()
            self._feeds.clear()
        super().close()


_BATCH = 500
"""Messages that a purge takes in one transaction."""
_QUIET = 0.5
"""Seconds without a message after which a queue is empty."""


def topic_of(exchange: str) -> Topic:
    """Where those listen that are bound to an exchange for the moment."""
    return Topic(f"kombu.exchange.{exchange}")
