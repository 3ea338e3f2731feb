"""What breaks on the way to the broker, and what the application hears of it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable

import pytest

import relaismq as mq
from relaismq import aio, events
from relaismq.testing import Broker, BrokerError


def texts(broker: Broker, queue: str) -> list[str]:
    with broker.connect() as connection, connection.browser(queue) as browser:
        return [message.text for message in browser]


def test_cut_connections_come_back_and_lose_nothing(relaismq_broker: Broker) -> None:
    with relaismq_broker.connect() as connection:
        for number in range(60):
            if number % 20 == 10:
                relaismq_broker.cut()
            assert connection.send("q", str(number)).confirmed
        assert connection.metrics().interruptions == 3
    assert texts(relaismq_broker, "q") == [str(number) for number in range(60)]


def test_a_network_that_has_died_is_noticed_and_left(relaismq_broker: Broker) -> None:
    url = relaismq_broker.url + "&nested.wireFormat.maxInactivityDuration=300"
    url += "&nested.wireFormat.maxInactivityDurationInitalDelay=100"
    noticed = threading.Event()
    with mq.connect(url) as connection:
        connection.on_event(
            lambda event: noticed.set() if isinstance(event, events.Interrupted) else None
        )
        relaismq_broker.stall()
        assert noticed.wait(20)
        relaismq_broker.resume()
        assert connection.send("q", "after").confirmed
    assert texts(relaismq_broker, "q") == ["after"]


def test_a_send_whose_answer_is_lost_is_repeated_and_stored_once(relaismq_broker: Broker) -> None:
    with relaismq_broker.connect() as connection, connection.producer("q") as producer:
        producer.send("before")
        relaismq_broker.drop_reply()
        assert producer.send("only once").confirmed
        assert connection.metrics().interruptions == 1
    assert texts(relaismq_broker, "q") == ["before", "only once"]


def test_a_commit_whose_answer_is_lost_is_in_doubt(relaismq_broker: Broker) -> None:
    with relaismq_broker.connect() as connection:
        transaction = connection.transaction()
        transaction.send("q", "done")
        relaismq_broker.drop_reply()
        with pytest.raises(mq.TransactionInDoubtError) as caught:
            transaction.commit()
        assert caught.value.maybe_done and not caught.value.retryable
        # It was done, as it happens; and the next transaction has begun.
        transaction.send("q", "next")
        transaction.commit()
    assert texts(relaismq_broker, "q") == ["done", "next"]


def test_a_transaction_whose_link_is_cut_happens_altogether_or_not_at_all(
    relaismq_broker: Broker,
) -> None:
    with relaismq_broker.connect() as connection:
        connection.send("in", "order")
        transaction = connection.transaction()
        order = transaction.receive("in", 10)
        assert order is not None
        transaction.send("out", order)
        relaismq_broker.cut()
        try:
            transaction.commit()
        except mq.TransactionRolledBackError as error:
            assert error.retryable and not error.maybe_done
        except mq.TransactionInDoubtError as error:
            assert error.maybe_done
    assert sorted([*texts(relaismq_broker, "in"), *texts(relaismq_broker, "out")]) == ["order"]


def test_tasks_hear_of_it_likewise(relaismq_broker: Broker) -> None:
    async def main() -> None:
        async with aio.connect(relaismq_broker.url) as connection:
            transaction = await connection.transaction()
            await transaction.send("q", "done")
            relaismq_broker.drop_reply()
            with pytest.raises(mq.TransactionInDoubtError):
                await transaction.commit()
            relaismq_broker.cut()
            assert (await connection.send("q", "after")).confirmed

    asyncio.run(main())
    assert texts(relaismq_broker, "q") == ["done", "after"]


@pytest.mark.parametrize("fault", [Broker.cut, Broker.stall, Broker.resume, Broker.drop_reply])
def test_a_broker_that_is_down_has_no_faults(fault: Callable[[Broker], None]) -> None:
    with Broker() as broker:
        broker.stop()
        with pytest.raises(BrokerError, match="does not run: start it first"):
            fault(broker)
