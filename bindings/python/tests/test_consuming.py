"""What becomes of a message depends on how the body of the loop ended."""

from __future__ import annotations

import threading

import pytest

import relaismq as mq
from relaismq.testing import Broker

QUICK = mq.RedeliveryPolicy(initial_delay=0, delay=0)


def filled(broker: Broker, count: int = 3) -> mq.Connection:
    connection = broker.connect(redelivery=QUICK)
    for number in range(1, count + 1):
        connection.send("q", str(number))
    return connection


def left(broker: Broker, queue: str = "q") -> list[tuple[str, bool]]:
    """What the queue still holds, and whether it had been delivered."""
    with broker.connect() as connection, connection.consumer(queue, ack="individual") as consumer:
        found = []
        while message := consumer.receive(timeout=0.3):
            found.append((message.text, message.redelivered))
            message.ack()
        return found


def test_a_message_is_acknowledged_when_the_body_is_done(relaismq_broker: Broker) -> None:
    with filled(relaismq_broker) as connection, connection.consumer("q") as consumer:
        for message in consumer:
            if message.text == "2":
                break
    assert left(relaismq_broker) == [("3", False)]


def test_one_message_alone_is_given_back(relaismq_broker: Broker) -> None:
    with (
        filled(relaismq_broker) as connection,
        connection.consumer("q", ack="individual") as consumer,
    ):
        one, two = consumer.receive(), consumer.receive()
        assert one is not None and two is not None
        consumer.give_back(one)
        two.ack()
        again = [consumer.receive(), consumer.receive()]
        assert sorted((it.text, it.redelivered) for it in again if it) == [
            ("1", True),
            ("3", False),
        ]


def test_a_message_is_rejected_or_sent_to_the_dead_letters(relaismq_broker: Broker) -> None:
    with (
        filled(relaismq_broker) as connection,
        connection.consumer("q", ack="individual") as consumer,
        connection.consumer("ActiveMQ.DLQ") as dead,
    ):
        one, two = consumer.receive(), consumer.receive()
        assert one is not None and two is not None
        one.reject()
        two.dead_letter("no such customer")
        buried = dead.receive(timeout=10)
        assert buried is not None and buried.text == "2"
        cause = buried.properties["dlqDeliveryFailureCause"]
        assert isinstance(cause, str) and cause.endswith("no such customer")
        again = [consumer.receive(timeout=10), consumer.receive(timeout=10)]
        assert sorted((it.text, it.redelivered) for it in again if it) == [
            ("1", True),
            ("3", False),
        ]
        with pytest.raises(mq.Error):
            two.reject()


def test_draining_waits_for_what_a_consumer_has(relaismq_broker: Broker) -> None:
    connection = filled(relaismq_broker)
    consumer = connection.consumer("q", ack="individual")
    held = consumer.receive()
    assert held is not None
    threading.Timer(0.2, held.ack).start()
    assert connection.drain(10) is True
    assert left(relaismq_broker) == [("2", False), ("3", False)]


def test_draining_ends_at_its_limit(relaismq_broker: Broker) -> None:
    connection = filled(relaismq_broker)
    consumer = connection.consumer("q", ack="individual")
    assert consumer.receive() is not None
    assert connection.drain(0.1) is False
    assert left(relaismq_broker) == [("1", True), ("2", False), ("3", False)]


def test_return_counts_as_success(relaismq_broker: Broker) -> None:
    def first(consumer: mq.Consumer) -> str:
        for message in consumer:
            return message.text
        raise AssertionError("there were messages")

    with filled(relaismq_broker) as connection, connection.consumer("q") as consumer:
        assert first(consumer) == "1"
    assert left(relaismq_broker) == [("2", False), ("3", False)]


def test_an_exception_leaves_the_message_to_come_again(relaismq_broker: Broker) -> None:
    with filled(relaismq_broker) as connection:
        with pytest.raises(ZeroDivisionError), connection.consumer("q") as consumer:
            for message in consumer:
                assert message.text == "1"
                raise ZeroDivisionError
    assert left(relaismq_broker) == [("1", True), ("2", False), ("3", False)]


def test_an_exception_caught_outside_of_the_loop_gives_the_message_back(
    relaismq_broker: Broker,
) -> None:
    with filled(relaismq_broker) as connection, connection.consumer("q") as consumer:
        try:
            for message in consumer:
                if message.text == "2":
                    raise ZeroDivisionError
        except ZeroDivisionError:
            pass
        again = consumer.receive(timeout=10)
        assert again is not None
        assert (again.text, again.delivery_count) == ("2", 2)
    assert left(relaismq_broker) == [("3", False)]


def test_a_loop_inside_of_an_exception_handler_still_acknowledges(relaismq_broker: Broker) -> None:
    with filled(relaismq_broker) as connection, connection.consumer("q") as consumer:
        try:
            raise ZeroDivisionError
        except ZeroDivisionError:
            for message in consumer:
                if message.text == "3":
                    break
    assert left(relaismq_broker) == []


def test_receive_acknowledges_what_it_returns(relaismq_broker: Broker) -> None:
    with filled(relaismq_broker) as connection, connection.consumer("q") as consumer:
        message = consumer.receive(timeout=10)
        assert message is not None and message.text == "1"
    assert left(relaismq_broker) == [("2", False), ("3", False)]


def test_a_batch_is_what_has_come(relaismq_broker: Broker) -> None:
    with filled(relaismq_broker) as connection, connection.consumer("q") as consumer:
        taken: list[str] = []
        while len(taken) < 3:
            batch = consumer.receive_many(2, timeout=10)
            assert 1 <= len(batch) <= 2
            taken += [message.text for message in batch]
        assert taken == ["1", "2", "3"]
        assert consumer.receive_many(2, timeout=0.01) == []


def test_single_acknowledgements_cover_single_messages(relaismq_broker: Broker) -> None:
    with filled(relaismq_broker) as connection:
        with connection.consumer("q", ack="individual") as consumer:
            first, second = consumer.receive(10), consumer.receive(10)
            assert first is not None and second is not None
            second.ack()
    assert left(relaismq_broker) == [("1", True), ("3", False)]


def test_without_prefetch_each_message_is_asked_for(relaismq_broker: Broker) -> None:
    with filled(relaismq_broker) as connection:
        with connection.consumer("q", prefetch=0) as consumer:
            assert [m.text for m in iter(lambda: consumer.receive(0.2), None)] == ["1", "2", "3"]
        connection.send("q", "4")
        with connection.consumer("q", prefetch=0) as consumer:
            for message in consumer:
                assert message.text == "4"
                break


def test_a_selector_chooses(relaismq_broker: Broker) -> None:
    with relaismq_broker.connect() as connection:
        for region in ("EU", "US", "EU"):
            connection.send("q", region, properties={"region": region})
        with connection.consumer("q", selector="region = 'EU'") as consumer:
            found = [message.text for message in iter(lambda: consumer.receive(0.3), None)]
        assert found == ["EU", "EU"]
        with pytest.raises(mq.InvalidSelectorError) as caught:
            connection.consumer("q", selector="region = = 'EU'")
        assert isinstance(caught.value, ValueError) and not caught.value.retryable


def test_a_durable_subscription_keeps_what_it_missed(relaismq_broker: Broker) -> None:
    with relaismq_broker.connect(client_id="billing") as connection:
        connection.consumer("topic://prices", durable="all").close()
        connection.send(mq.Topic("prices"), "7")
        with connection.consumer(mq.Topic("prices"), durable="all") as consumer:
            message = consumer.receive(timeout=10)
            assert message is not None and message.text == "7"
        connection.unsubscribe("all")


def test_a_browser_takes_nothing(relaismq_broker: Broker) -> None:
    with filled(relaismq_broker) as connection:
        with connection.browser("q") as browser:
            assert [message.text for message in browser] == ["1", "2", "3"]
    assert len(left(relaismq_broker)) == 3


def test_a_handler_that_fails_gets_the_message_again(relaismq_broker: Broker) -> None:
    seen: list[tuple[str, int]] = []
    done = threading.Event()

    def handle(message: mq.Delivery) -> None:
        seen.append((message.text, message.delivery_count))
        if message.text == "2" and message.delivery_count == 1:
            raise ZeroDivisionError
        if message.text == "3":
            done.set()

    with filled(relaismq_broker) as connection:
        with connection.listen("q", handle):
            assert done.wait(10)
    assert seen == [("1", 1), ("2", 1), ("2", 2), ("3", 1)]
    assert left(relaismq_broker) == []


def test_workers_share_a_queue(relaismq_broker: Broker) -> None:
    meeting = threading.Barrier(2, timeout=10)
    handled = threading.Semaphore(0)

    def handle(_: mq.Delivery) -> None:
        # One worker alone would never come past this.
        meeting.wait()
        handled.release()

    with filled(relaismq_broker, 0) as connection:
        with connection.listen("q", handle, workers=2, prefetch=1):
            for number in range(4):
                connection.send("q", str(number))
            assert all(handled.acquire(timeout=10) for _ in range(4))
    assert left(relaismq_broker) == []


def test_closing_ends_the_wait_of_another_thread(relaismq_broker: Broker) -> None:
    with relaismq_broker.connect() as connection:
        consumer = connection.consumer("q")
        thread = threading.Thread(target=lambda: list(consumer))
        thread.start()
        consumer.close()
        thread.join(10)
        assert not thread.is_alive()
