"""Sessions, temporary topics, and other things that fewer programs need."""

from __future__ import annotations

import asyncio
import threading

import pytest

import relaismq as mq
from relaismq import aio
from relaismq.testing import Broker

QUICK = mq.RedeliveryPolicy(initial_delay=0, delay=0)


def test_in_a_session_one_acknowledgement_covers_all_of_it(relaismq_broker: Broker) -> None:
    with relaismq_broker.connect(redelivery=QUICK) as connection:
        for queue in ("a", "b", "a"):
            connection.send(queue, "x")
        session = connection.session("client")
        first, second = session.consumer("a"), session.consumer("b")
        messages = [first.receive(10), second.receive(10)]
        assert messages[1] is not None
        messages[1].ack()
        third = first.receive(10)
        assert third is not None and third.delivery_count == 1
        session.recover()
        again = first.receive(10)
        assert again is not None and again.delivery_count == 2
        again.ack()
    with relaismq_broker.connect() as connection:
        assert connection.consumer("a").receive(0.3) is None
        assert connection.consumer("b").receive(0.3) is None


def test_a_session_sends_too(relaismq_broker: Broker) -> None:
    async def main() -> None:
        async with (
            aio.connect(relaismq_broker.url) as connection,
            connection.session("individual") as session,
        ):
            async with session.producer("q", ttl=60) as producer:
                await producer.send("x")
            async with session.consumer("q") as consumer:
                async for message in consumer:
                    await message.ack()
                    break
                await session.recover()
                assert await consumer.receive(0.3) is None

    asyncio.run(main())


def test_a_loop_in_a_transaction_that_raises_takes_nothing(relaismq_broker: Broker) -> None:
    with relaismq_broker.connect(redelivery=QUICK) as connection:
        connection.send("q", "x")
        with pytest.raises(ZeroDivisionError), connection.transaction() as transaction:
            with transaction.consumer("q") as consumer, transaction.producer("out") as producer:
                for message in consumer:
                    producer.send(message)
                    raise ZeroDivisionError
        assert connection.consumer("out").receive(0.3) is None
        again = connection.consumer("q").receive(10)
        assert again is not None and again.redelivered


def test_transactions_follow_each_other(relaismq_broker: Broker) -> None:
    with relaismq_broker.connect() as connection, connection.transaction() as transaction:
        transaction.send("q", "1")
        transaction.commit()
        transaction.send("q", "2")
        transaction.rollback()
        transaction.send("q", "3")
        transaction.commit()
        with connection.consumer("q") as consumer:
            found = [it.text for it in iter(lambda: consumer.receive(0.3), None)]
    assert found == ["1", "3"]


def test_a_temporary_topic_reaches_all_that_listen(relaismq_broker: Broker) -> None:
    with relaismq_broker.connect() as connection, connection.temporary_topic() as topic:
        listeners = [connection.consumer(topic.destination) for _ in range(2)]
        connection.send(topic.destination, "x")
        for listener in listeners:
            message = listener.receive(10)
            assert message is not None and message.text == "x"
            listener.close()
        assert "temp-topic://" in repr(topic)


def test_a_deleted_queue_has_no_messages(relaismq_broker: Broker) -> None:
    with relaismq_broker.connect() as connection:
        connection.send("q", "x")
        connection.delete_destination("q")
        with connection.browser("q") as browser:
            assert list(browser) == []
        connection.reconnect_now()


def test_a_handler_can_be_waited_for_until_its_connection_is_closed(
    relaismq_broker: Broker,
) -> None:
    handled = threading.Event()
    connection = relaismq_broker.connect()
    subscription = connection.listen("q", lambda message: handled.set())
    connection.send("q", "x")
    assert handled.wait(10)
    connection.close()
    subscription.wait(timeout=10)


def test_messages_of_a_group_stay_together(relaismq_broker: Broker) -> None:
    with relaismq_broker.connect() as connection:
        consumers = [connection.consumer("q", prefetch=1, ack="individual") for _ in range(2)]
        for number in range(6):
            connection.send("q", str(number), group_id=f"g{number % 2}")
        owners: dict[str | None, set[int]] = {}
        for _ in range(6):
            for owner, consumer in enumerate(consumers):
                message = consumer.receive(0.2)
                if message is not None:
                    owners.setdefault(message.group_id, set()).add(owner)
                    message.ack()
        assert set(owners) == {"g0", "g1"}
        assert all(len(owner) == 1 for owner in owners.values())


def test_what_a_durable_subscription_needs_is_said(relaismq_broker: Broker) -> None:
    with relaismq_broker.connect() as connection:
        with pytest.raises(mq.UsageError, match="client_id"):
            connection.consumer(mq.Topic("t"), durable="d")
        with pytest.raises(mq.UsageError, match="queues keep messages anyway"):
            connection.consumer("q", durable="d")
        with pytest.raises(ValueError, match="it is auto, client, individual or dups_ok"):
            connection.consumer("q", ack="automatic")  # type: ignore[arg-type]
        with pytest.raises(mq.InvalidDestinationError, match=r"consumer\.prefetchSize"):
            connection.consumer("q?consumer.prefetchSice=1")
