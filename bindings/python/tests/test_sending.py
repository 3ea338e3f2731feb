"""Sending, transactions, questions and answers."""

from __future__ import annotations

import threading

import pytest

import relaismq as mq
from relaismq.testing import Broker


def texts(connection: mq.Connection, queue: str = "q") -> list[str]:
    with connection.consumer(queue) as consumer:
        return [message.text for message in iter(lambda: consumer.receive(0.3), None)]


def test_a_persistent_send_returns_when_the_broker_has_it(relaismq_broker: Broker) -> None:
    with relaismq_broker.connect() as connection:
        receipt = connection.send("q", "x")
        assert receipt.confirmed and receipt.message_id
        assert not connection.send("q", "y", persistent=False).confirmed
        assert texts(connection) == ["x", "y"]


def test_a_producer_has_options_that_a_send_may_change(relaismq_broker: Broker) -> None:
    with relaismq_broker.connect() as connection:
        with connection.producer("q", priority=7, persistent=False) as producer:
            producer.send("a")
            producer.send("b", priority=2)
        with connection.anonymous_producer() as producer_of_all:
            producer_of_all.send("q", "c")
        with connection.consumer("q") as consumer:
            batch = list(iter(lambda: consumer.receive(0.3), None))
        assert [(m.text, m.priority, m.persistent) for m in batch] == [
            ("a", 7, False),
            ("b", 2, False),
            ("c", 4, True),
        ]


def test_a_pipeline_sends_many_and_waits_at_its_end(relaismq_broker: Broker) -> None:
    with relaismq_broker.connect() as connection, connection.producer("q") as producer:
        with producer.pipeline() as pipeline:
            numbers = [pipeline.send(str(number)) for number in range(2000)]
        assert numbers == list(range(2000))
        assert pipeline.send("last") == 2000
        assert pipeline.flush() == 1
        assert texts(connection) == [str(number) for number in range(2000)] + ["last"]
        assert connection.metrics().sent == 2001


def test_a_pipeline_tells_which_messages_failed(relaismq_broker: Broker) -> None:
    with relaismq_broker.connect(send_timeout=0.2) as connection:
        pipeline = connection.producer("q").pipeline()
        pipeline.send("x")
        assert pipeline.flush() == 1
        relaismq_broker.kill()
        pipeline.send("lost")
        with pytest.raises(mq.PipelineError) as caught:
            pipeline.flush()
        [(number, error)] = caught.value.failures
        assert number == 1 and isinstance(error, mq.TimeoutError)


def test_a_transaction_commits_at_its_end(relaismq_broker: Broker) -> None:
    with relaismq_broker.connect() as connection:
        connection.send("in", "order")
        with connection.transaction() as transaction:
            order = transaction.receive("in", timeout=10)
            assert order is not None
            transaction.send("q", order)
        assert (texts(connection), texts(connection, "in")) == (["order"], [])


def test_a_transaction_rolls_back_when_its_body_raises(relaismq_broker: Broker) -> None:
    policy = mq.RedeliveryPolicy(initial_delay=0)
    with relaismq_broker.connect(redelivery=policy) as connection:
        connection.send("in", "order")
        with pytest.raises(ZeroDivisionError), connection.transaction() as transaction:
            transaction.receive("in", timeout=10)
            transaction.send("q", "never")
            raise ZeroDivisionError
        assert (texts(connection), texts(connection, "in")) == ([], ["order"])


def test_a_question_is_answered(relaismq_broker: Broker) -> None:
    with relaismq_broker.connect() as connection:
        with connection.listen("sums", lambda it: connection.reply(it, str(eval(it.text)))):
            assert connection.request("sums", "1+1", timeout=10).text == "2"
        with pytest.raises(TimeoutError):
            connection.request("nobody", "?", timeout=0.05)


def test_temporary_queues_receive_from_everybody(relaismq_broker: Broker) -> None:
    with relaismq_broker.connect() as connection, relaismq_broker.connect() as other:
        with connection.temporary_queue() as answers:
            with connection.consumer(answers.destination) as consumer:
                other.send(answers.destination, "x")
                message = consumer.receive(timeout=10)
        assert message is not None and message.text == "x"


def test_several_threads_send_on_one_connection(relaismq_broker: Broker) -> None:
    with relaismq_broker.connect() as connection:

        def send(name: str) -> None:
            for number in range(50):
                connection.send("q", f"{name}{number}", persistent=False)

        threads = [threading.Thread(target=send, args=(name,)) for name in "abcd"]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        found = texts(connection)
        assert len(found) == 200
        assert [it for it in found if it[0] == "a"] == [f"a{number}" for number in range(50)]
