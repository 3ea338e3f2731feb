"""The transport for Kombu, without Celery."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from typing import Any

import pytest

import relaismq as mq
import relaismq.kombu
from conftest import AnyBroker

kombu = pytest.importorskip("kombu")
SOON = 20


@pytest.fixture
def connection(shared_broker: AnyBroker) -> Iterator[Any]:
    with kombu.Connection(shared_broker.url) as opened:
        yield opened


def received(connection: Any, queue: Any, count: int, **options: Any) -> list[Any]:
    """Messages, not acknowledged."""
    messages: list[Any] = []
    with connection.Consumer(
        queue, callbacks=[lambda _, message: messages.append(message)], **options
    ):
        while len(messages) < count:
            connection.drain_events(timeout=SOON)
    return messages


def test_what_is_published_is_received_and_acknowledged(connection: Any) -> None:
    queue = kombu.Queue("kombu.simple", kombu.Exchange("kombu.simple"), "key")
    producer = connection.Producer()
    for number in range(10):
        producer.publish(
            {"number": number},
            exchange=queue.exchange,
            routing_key="key",
            declare=[queue],
            headers={"depth": {"a": [1, 2]}},
            correlation_id="c",
            priority=7,
        )
    messages: list[Any] = []

    def arrived(body: Any, message: Any) -> None:
        messages.append((body, message))
        message.ack()

    with connection.Consumer(queue, callbacks=[arrived]):
        while len(messages) < 10:
            connection.drain_events(timeout=SOON)
    assert [body["number"] for body, _ in messages] == list(range(10))
    _, message = messages[0]
    assert message.headers == {"depth": {"a": [1, 2]}}
    assert message.properties["correlation_id"] == "c"
    assert message.delivery_info == {
        "exchange": "kombu.simple",
        "routing_key": "key",
        "redelivered": False,
    }
    bound = queue(connection.default_channel)
    assert bound.get() is None


def test_a_jms_client_beside_it_reads_and_writes_text(
    connection: Any, shared_broker: AnyBroker
) -> None:
    with mq.connect(shared_broker.url) as jms:
        connection.Producer().publish({"tea": "für zwei"}, routing_key="kombu.beside", priority=3)
        with jms.consumer("kombu.beside") as consumer:
            message = consumer.receive(SOON)
        assert message is not None and message.kind == "text"
        assert json.loads(message.text) == {"tea": "für zwei"}
        assert (message.priority, message.properties["content_type"]) == (3, "application/json")
        jms.send("kombu.beside", '{"from": "JMS"}', properties={"content_type": "application/json"})
        jms.send("kombu.beside", b"\x00\xff", correlation_id="x")
    first, second = received(connection, kombu.Queue("kombu.beside"), 2)
    assert first.payload == {"from": "JMS"}
    assert (second.body, second.properties["correlation_id"]) == (b"\x00\xff", "x")
    first.ack()
    second.ack()


def test_requeued_messages_come_again_flagged_and_once(connection: Any) -> None:
    connection.Producer().publish("x", routing_key="kombu.requeue")
    connection.Producer().publish("y", routing_key="kombu.requeue")
    seen: list[tuple[str, bool]] = []

    def arrived(body: str, message: Any) -> None:
        seen.append((body, message.delivery_info["redelivered"]))
        if body == "x" and not message.delivery_info["redelivered"]:
            message.requeue()
        else:
            message.ack()

    with connection.Consumer(kombu.Queue("kombu.requeue"), callbacks=[arrived]):
        while len(seen) < 3:
            connection.drain_events(timeout=SOON)
    assert sorted(seen) == [("x", False), ("x", True), ("y", False)]
    assert connection.SimpleQueue("kombu.requeue").qsize() == 0


def test_no_more_than_the_prefetch_count_is_taken_from_others(
    connection: Any, shared_broker: AnyBroker
) -> None:
    for number in range(5):
        connection.Producer().publish(number, routing_key="kombu.share")
    queue = kombu.Queue("kombu.share")
    messages: list[Any] = []
    consumer = connection.Consumer(
        queue, callbacks=[lambda _, message: messages.append(message)], prefetch_count=2
    )
    with consumer:
        while len(messages) < 2:
            connection.drain_events(timeout=SOON)
        with kombu.Connection(shared_broker.url) as other:
            rest = received(other, queue, 3)
            assert sorted(it.payload for it in [*rest, *messages]) == list(range(5))
            assert not any(it.delivery_info["redelivered"] for it in rest)
            for message in rest:
                message.ack()
        with pytest.raises(socket.timeout):
            connection.drain_events(timeout=0.1)
        messages[0].ack()
    # Acknowledged after the consumer was cancelled, as Celery does when it ends.
    messages[1].ack()
    assert connection.SimpleQueue("kombu.share").qsize() == 0


def test_what_a_closed_connection_had_not_acknowledged_comes_again(
    connection: Any, shared_broker: AnyBroker
) -> None:
    queue = kombu.Queue("kombu.again")
    connection.Producer().publish("once", routing_key="kombu.again")
    with kombu.Connection(shared_broker.url) as other:
        assert received(other, queue, 1)[0].payload == "once"
    [message] = received(connection, queue, 1)
    assert (message.payload, message.delivery_info["redelivered"]) == ("once", True)
    message.ack()


@pytest.mark.parametrize(("kind", "key"), [("fanout", ""), ("topic", "a.*"), ("direct", "a.b")])
def test_queues_for_the_moment_hear_what_other_connections_publish(
    shared_broker: AnyBroker, kind: str, key: str
) -> None:
    exchange = kombu.Exchange(f"kombu.{kind}", type=kind, durable=False)
    queues = [
        kombu.Queue(f"kombu.{kind}.{n}", exchange, key, auto_delete=True, durable=False)
        for n in range(2)
    ]
    with kombu.Connection(shared_broker.url) as one, kombu.Connection(shared_broker.url) as two:
        consumers = [one, two]
        for consumer, queue in zip(consumers, queues, strict=True):
            queue(consumer.default_channel).declare()
        with kombu.Connection(shared_broker.url) as publisher:
            producer = publisher.Producer(exchange=exchange)
            producer.publish("other", routing_key="b.c")
            producer.publish("wanted", routing_key="a.b")
        for consumer, queue in zip(consumers, queues, strict=True):
            messages = received(consumer, queue, 2 if kind == "fanout" else 1, no_ack=True)
            assert messages[-1].payload == "wanted"


def test_sizes_and_purges_are_told(connection: Any) -> None:
    for number in range(7):
        connection.Producer().publish(number, routing_key="kombu.purged")
    channel = connection.default_channel
    assert channel.queue_declare("kombu.purged", passive=True).message_count == 7
    assert channel.queue_purge("kombu.purged") == 7
    assert channel.queue_declare("kombu.purged", passive=True).message_count == 0


def test_messages_expire(connection: Any) -> None:
    connection.Producer().publish("soon", routing_key="kombu.brief", expiration=0.001)
    connection.Producer().publish("later", routing_key="kombu.brief", expiration=600)
    [message] = received(connection, kombu.Queue("kombu.brief"), 1)
    assert message.payload == "later"
    message.ack()


def test_the_url_is_shown_without_passwords() -> None:
    url = "failover:(tcp://a:1?x=y)?jms.userName=u&jms.password=secret&maxReconnectDelay=5"
    shown = kombu.Connection(url).as_uri()
    assert "secret" not in shown and shown.endswith("jms.password=**&maxReconnectDelay=5")


def test_without_a_broker_connecting_fails_as_kombu_expects() -> None:
    connection = kombu.Connection("failover:(tcp://127.0.0.1:1)", connect_timeout=1)
    with pytest.raises(connection.connection_errors, match="Connection refused"):
        connection.connect()
    wrong = kombu.Connection("failover:(tcp://a:1)?maxReconectDelay=5")
    with pytest.raises(mq.InvalidUriError, match="did you mean maxReconnectDelay"):
        wrong.connect()
