"""The same words for asyncio, and what cancellation leaves behind: nothing."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import random
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import pytest

import relaismq as mq
from relaismq import _loop, aio
from relaismq.testing import Broker

T = TypeVar("T")
QUICK = mq.RedeliveryPolicy(initial_delay=0, delay=0)


def run(broker: Broker, body: Callable[[aio.Connection], Awaitable[T]], **options: Any) -> T:
    async def main() -> T:
        async with aio.connect(broker.url, redelivery=QUICK, **options) as connection:
            return await asyncio.wait_for(body(connection), 60)

    return asyncio.run(main())


async def texts(connection: aio.Connection, queue: str = "q") -> list[str]:
    found = []
    async with connection.consumer(queue) as consumer:
        while message := await consumer.receive(timeout=0.3):
            found.append(message.text)
    return found


def test_the_words_are_the_same(relaismq_broker: Broker) -> None:
    async def body(connection: aio.Connection) -> None:
        receipt = await connection.send("q", "x", properties={"region": "EU"})
        assert receipt.confirmed
        async with connection.producer("q", persistent=False) as producer:
            await producer.send("y")
        async with connection.consumer("q", selector="region = 'EU'") as consumer:
            async for message in consumer:
                assert (message.text, message.properties) == ("x", {"region": "EU"})
                break
        assert await texts(connection) == ["y"]
        async with connection.browser("q") as browser:
            assert [message async for message in browser] == []
        async with connection.temporary_queue() as answers:
            await connection.send(answers.destination, "z")
        assert connection.state.name == "connected"
        assert connection.metrics().sent == 3

    run(relaismq_broker, body)


def test_a_connection_may_be_awaited_too(relaismq_broker: Broker) -> None:
    async def main() -> str:
        connection = await aio.connect(relaismq_broker.url)
        consumer = await connection.consumer("q")
        await connection.send("q", "x")
        message = await consumer.receive()
        assert message is not None
        await consumer.close()
        await connection.close()
        return message.text

    assert asyncio.run(main()) == "x"


def test_a_transaction_commits_or_rolls_back(relaismq_broker: Broker) -> None:
    async def body(connection: aio.Connection) -> None:
        await connection.send("in", "order")
        with pytest.raises(ZeroDivisionError):
            async with connection.transaction() as transaction:
                await transaction.receive("in", timeout=10)
                await transaction.send("q", "never")
                raise ZeroDivisionError
        async with connection.transaction() as transaction:
            order = await transaction.receive("in", timeout=10)
            assert order is not None
            await transaction.send("q", order)
        assert await texts(connection) == ["order"]

    run(relaismq_broker, body)


def test_a_loop_decides_as_the_blocking_one_does(relaismq_broker: Broker) -> None:
    async def body(connection: aio.Connection) -> list[tuple[str, int]]:
        for number in "1234":
            await connection.send("q", number)
        seen = []
        async with connection.consumer("q") as consumer:
            try:
                async for message in consumer:
                    seen.append((message.text, message.delivery_count))
                    if message.text == "2":
                        raise ZeroDivisionError
            except ZeroDivisionError:
                pass
            async for message in consumer:
                seen.append((message.text, message.delivery_count))
                if message.text == "3":
                    break
        assert await texts(connection) == ["4"]
        return seen

    assert run(relaismq_broker, body) == [("1", 1), ("2", 1), ("2", 2), ("3", 1)]


def test_a_cancelled_body_leaves_its_message_to_come_again(relaismq_broker: Broker) -> None:
    async def body(connection: aio.Connection) -> None:
        await connection.send("q", "x")
        working = asyncio.Event()

        async def work() -> None:
            async with connection.consumer("q") as consumer:
                async for _ in consumer:
                    working.set()
                    await asyncio.Event().wait()

        task = asyncio.create_task(work())
        await working.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        async with connection.consumer("q") as consumer:
            message = await consumer.receive(timeout=10)
            assert message is not None and message.redelivered

    run(relaismq_broker, body)


def test_cancelled_waits_lose_no_message(relaismq_broker: Broker) -> None:
    count, chance = 500, random.Random(7)

    async def body(connection: aio.Connection) -> list[str]:
        async def produce() -> None:
            async with connection.producer("q", persistent=False) as producer:
                for number in range(count):
                    await producer.send(str(number))
                    if chance.random() < 0.3:
                        await asyncio.sleep(0)

        producing = asyncio.create_task(produce())
        found: list[str] = []
        cancelled = 0
        async with connection.consumer("q") as consumer:
            while len(found) < count:
                wait = asyncio.ensure_future(consumer.receive(10))
                for _ in range(chance.randrange(4)):
                    await asyncio.sleep(0)
                if wait.cancel():
                    cancelled += 1
                try:
                    message = await wait
                except asyncio.CancelledError:
                    message = await consumer.receive(10) if chance.random() < 0.5 else None
                if message is not None:
                    found.append(message.text)
        await producing
        assert cancelled > 100
        return found

    assert run(relaismq_broker, body) == [str(number) for number in range(count)]


def test_ten_thousand_cancelled_receives_lose_nothing_and_leave_nothing(
    relaismq_broker: Broker,
) -> None:
    """Both kinds: while nothing was there, and while a message was on its way."""

    async def body(connection: aio.Connection) -> list[str]:
        found: list[str] = []
        async with (
            connection.consumer("q") as consumer,
            connection.producer("q", persistent=False) as producer,
        ):
            await cancelled(consumer, found, 1000)
            before = len(gc.get_objects())
            for number in range(900):
                await producer.send(str(number))
                await cancelled(consumer, found, 10)
            while len(found) < 900:
                message = await consumer.receive(10)
                assert message is not None
                found.append(message.text)
            gc.collect()
            # The texts themselves, and what an interpreter does by the way.
            assert len(gc.get_objects()) - before < 1000
        return found

    async def cancelled(consumer: aio.Consumer, found: list[str], count: int) -> None:
        for number in range(count):
            wait = asyncio.ensure_future(consumer.receive(10))
            for _ in range(number % 3):
                await asyncio.sleep(0)
            wait.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                message = await wait
                assert message is not None
                found.append(message.text)

    assert run(relaismq_broker, body) == [str(number) for number in range(900)]


def test_many_results_wake_the_event_loop_once(relaismq_broker: Broker) -> None:
    async def body(connection: aio.Connection) -> tuple[int, int]:
        wakes = results = 0
        settle = _loop._Bridge._settle

        def counted(bridge: _loop._Bridge) -> None:
            nonlocal wakes, results
            before = len(bridge._futures)
            settle(bridge)
            wakes += 1
            results += before - sum(not it.done() for it in bridge._futures.values())

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(_loop._Bridge, "_settle", counted)
            # The bridge of this loop was made with the connection: a new one watches with the count.
            _loop._bridges.clear()
            sends = [connection.send("q", str(number)) for number in range(2000)]
            assert all(receipt.confirmed for receipt in await asyncio.gather(*sends))
        return wakes, results

    wakes, results = run(relaismq_broker, body)
    # Those that were done at once need no wake-up.
    assert 1000 < results <= 2000
    assert wakes < results / 4


def test_ten_thousand_cancelled_sends_leave_the_connection_usable(relaismq_broker: Broker) -> None:
    async def body(connection: aio.Connection) -> None:
        for _ in range(100):
            sends = [asyncio.ensure_future(connection.send("q", "x")) for _ in range(100)]
            await asyncio.sleep(0)
            for send in sends:
                send.cancel()
            await asyncio.gather(*sends, return_exceptions=True)
        assert (await connection.send("other", "last")).confirmed
        assert await texts(connection, "other") == ["last"]

    run(relaismq_broker, body)


def test_many_tasks_send_at_once(relaismq_broker: Broker) -> None:
    async def body(connection: aio.Connection) -> None:
        receipts = await asyncio.gather(*(connection.send("q", str(n)) for n in range(300)))
        assert all(receipt.confirmed for receipt in receipts)
        async with connection.producer("q") as producer, producer.pipeline() as pipeline:
            for number in range(300):
                await pipeline.send(str(number))
        assert len(await texts(connection)) == 600

    run(relaismq_broker, body)


def test_acknowledging_is_awaited(relaismq_broker: Broker) -> None:
    async def body(connection: aio.Connection) -> None:
        await connection.send("q", "x")
        async with connection.consumer("q", ack="individual") as consumer:
            message = await consumer.receive(10)
            assert message is not None
            await message.reject()
            message = await consumer.receive(10)
            assert message is not None and message.redelivered
            await message.ack()
        assert await texts(connection) == []

    run(relaismq_broker, body)


def test_events_can_be_followed_over_the_death_of_the_broker(relaismq_broker: Broker) -> None:
    async def body(connection: aio.Connection) -> None:
        events = connection.events()
        await asyncio.to_thread(relaismq_broker.restart)
        await connection.send("q", "x")
        async for event in events:
            if isinstance(event, mq.events.Resumed):
                assert event.elapsed > 0
                break

    run(relaismq_broker, body)


def test_a_question_is_answered(relaismq_broker: Broker) -> None:
    async def body(connection: aio.Connection) -> None:
        async def answer() -> None:
            async with connection.consumer("sums") as questions:
                async for question in questions:
                    await connection.reply(question, "2")

        answering = asyncio.create_task(answer())
        assert (await connection.request("sums", "1+1", timeout=10)).text == "2"
        answering.cancel()
        with pytest.raises(asyncio.CancelledError):
            await answering

    run(relaismq_broker, body)


def test_closing_ends_a_loop(relaismq_broker: Broker) -> None:
    async def body(connection: aio.Connection) -> None:
        consumer = await connection.consumer("q")
        loop = asyncio.create_task(_all(consumer))
        await asyncio.sleep(0)
        await connection.close()
        assert await loop == []
        with pytest.raises(mq.ClosedError):
            await connection.send("q", "x")

    run(relaismq_broker, body)


async def _all(consumer: aio.Consumer) -> list[str]:
    return [message.text async for message in consumer]
