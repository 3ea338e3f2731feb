"""Nothing that was confirmed is lost, however often the broker dies."""

from __future__ import annotations

import asyncio
import itertools
import threading

import relaismq as mq
from conftest import AnyBroker
from relaismq import aio

KILLS = 20
BETWEEN = 40
"""Messages between two deaths of the broker."""


def verdict(confirmed: list[str], seen: list[tuple[str, bool]]) -> None:
    """All that was confirmed came, and what came twice was flagged the second time."""
    first: set[str] = set()
    unflagged = []
    for text, redelivered in seen:
        if text in first and not redelivered:
            unflagged.append(text)
        first.add(text)
    assert set(confirmed) <= first
    assert unflagged == []


def test_a_thread_loses_nothing_when_the_broker_dies_again_and_again(any_broker: AnyBroker) -> None:
    confirmed: list[str] = []
    seen: list[tuple[str, bool]] = []
    with mq.connect(any_broker.url) as sender, mq.connect(any_broker.url) as receiver:
        consumer = receiver.consumer("q")

        def consume() -> None:
            for message in consumer:
                seen.append((message.text, message.redelivered))
                if message.text == "end":
                    return

        consuming = threading.Thread(target=consume)
        consuming.start()
        for kill in range(KILLS):
            dying = threading.Thread(target=any_broker.restart)
            for number in range(BETWEEN):
                if number == BETWEEN // 2:
                    dying.start()
                text = f"{kill}-{number}"
                assert sender.send("q", text).confirmed
                confirmed.append(text)
            dying.join()
        sender.send("q", "end")
        consuming.join(60)
        assert not consuming.is_alive()
    verdict(confirmed, seen)


def test_tasks_lose_nothing_when_the_broker_dies_again_and_again(any_broker: AnyBroker) -> None:
    confirmed: list[str] = []
    seen: list[tuple[str, bool]] = []

    async def consume(connection: aio.Connection) -> None:
        async with connection.consumer("q") as consumer:
            async for message in consumer:
                seen.append((message.text, message.redelivered))
                if message.text == "end":
                    return

    async def main() -> None:
        async with aio.connect(any_broker.url) as sender, aio.connect(any_broker.url) as receiver:
            consuming = asyncio.create_task(consume(receiver))
            for kill in range(KILLS):
                dying = asyncio.create_task(asyncio.to_thread(any_broker.restart))
                texts = [f"{kill}-{number}" for number in range(BETWEEN)]
                receipts = await asyncio.gather(*(sender.send("q", text) for text in texts))
                assert all(receipt.confirmed for receipt in receipts)
                confirmed.extend(texts)
                await dying
            await sender.send("q", "end")
            await asyncio.wait_for(consuming, 60)

    asyncio.run(main())
    verdict(confirmed, seen)


def test_transactions_move_each_order_once(any_broker: AnyBroker) -> None:
    orders = [str(number) for number in range(60)]
    with mq.connect(any_broker.url) as connection:
        for order in orders:
            connection.send("in", order)
        dying = threading.Thread(target=any_broker.restart)
        for turn in itertools.count():
            if turn == 20:
                dying.start()
            try:
                with connection.transaction() as transaction:
                    message = transaction.receive("in", timeout=3)
                    if message is None:
                        break
                    transaction.send("out", message)
            except (mq.TransactionRolledBackError, mq.TransactionInDoubtError):
                # Whatever became of it: both halves of it happened, or the order comes again.
                continue
        dying.join()
        with connection.consumer("out") as consumer:
            found = [message.text for message in iter(lambda: consumer.receive(1), None)]
    assert sorted(found, key=int) == orders


def test_a_handler_that_is_slower_than_the_heartbeat_keeps_its_connection(
    any_broker: AnyBroker,
) -> None:
    url = any_broker.url + "&nested.wireFormat.maxInactivityDuration=300"
    url += "&nested.wireFormat.maxInactivityDurationInitalDelay=100"
    with mq.connect(url) as connection, connection.consumer("q") as consumer:
        connection.send("q", "x")
        for _ in consumer:
            # Much longer than the broker waits for a client that is silent: the time itself is the test.
            threading.Event().wait(1.5)
            break
        connection.send("q", "y")
        assert connection.metrics().interruptions == 0
        left = consumer.receive(timeout=10)
        assert left is not None and (left.text, left.redelivered) == ("y", False)
