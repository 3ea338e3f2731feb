"""Figures, and traces that go through messages."""

from __future__ import annotations

import asyncio
import dataclasses

import pytest

import relaismq as mq
from relaismq import aio
from relaismq.testing import Broker

PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def test_statistics_tell_what_was_done_also_after_the_end(relaismq_broker: Broker) -> None:
    with relaismq_broker.connect(name="billing") as connection:
        for number in range(3):
            connection.send("q", str(number))
        with connection.consumer("q", ack="individual", prefetch=2) as consumer:
            first = consumer.receive(10)
            assert first is not None
            during = connection.statistics()
            first.ack()
        relaismq_broker.restart()
        connection.send("q", "after")
        after = connection.statistics()
    assert (during.sent, during.confirmed, during.consumers) == (3, 3, 1)
    assert (during.prefetch, during.held + during.waiting) == (2, 2)
    assert (after.acknowledged, after.interruptions, after.reconnects) == (1, 1, 1)
    assert after.outage > 0 and after.connected == 1
    last = connection.statistics()
    assert (last.sent, last.connected, last.sessions) == (4, 0, 0)
    values = dataclasses.asdict(last)
    assert {name: type(value) for name, value in values.items() if name == "outage"} == {
        "outage": float
    }
    assert all(type(value) is int for name, value in values.items() if name != "outage")


def test_messages_carry_the_trace_that_they_are_sent_in(relaismq_broker: Broker) -> None:
    current = {"traceparent": PARENT, "tracestate": "a=1"}
    with relaismq_broker.connect(
        trace_context=lambda carrier: carrier.update(current)
    ) as connection:
        connection.send("q", "one")
        producer = connection.producer("q")
        producer.send("two")
        with producer.pipeline() as pipeline:
            pipeline.send("three")
        with connection.transaction() as transaction:
            transaction.send("q", "four")
        current.clear()
        connection.send("q", "five")
        with connection.consumer("q") as consumer:
            found = []
            for _ in range(5):
                message = consumer.receive(10)
                assert message is not None
                found.append(message.trace_context)
    assert found == [{"traceparent": PARENT, "tracestate": "a=1"}] * 4 + [{}]


def test_a_trace_that_is_none_is_refused_where_it_is_sent(relaismq_broker: Broker) -> None:
    with (
        relaismq_broker.connect(
            trace_context=lambda carrier: carrier.update(traceparent="nonsense")
        ) as connection,
        pytest.raises(ValueError, match=r"nonsense.*looks like 00-"),
    ):
        connection.send("q", "x")
    with pytest.raises(TypeError, match=r"opentelemetry\.propagate\.inject, not a str"):
        relaismq_broker.connect(trace_context="x")


def test_both_can_be_had_in_an_event_loop(relaismq_broker: Broker) -> None:
    async def run() -> None:
        connecting = aio.connect(
            relaismq_broker.url,
            trace_context=lambda carrier: carrier.update(traceparent=PARENT),
        )
        async with connecting as connection:
            await connection.send("q", "x")
            async with connection.consumer("q") as consumer:
                message = await consumer.receive(10)
                assert message is not None
                assert message.trace_context == {"traceparent": PARENT}
            assert connection.statistics().received == 1

    asyncio.run(run())


def test_policies_of_redelivery_differ_by_destination(relaismq_broker: Broker) -> None:
    once = mq.RedeliveryPolicy(maximum_redeliveries=1, initial_delay=0, delay=0)
    never = mq.RedeliveryPolicy(maximum_redeliveries=0)
    policies = {"orders.>": once, mq.Queue("orders.urgent"): never}
    counts = {}
    with relaismq_broker.connect(redelivery_for=policies) as connection:
        for queue in ("orders.slow", "orders.urgent"):
            connection.send(queue, queue)
            with connection.consumer(queue, ack="individual") as consumer:
                deliveries = 0
                while (message := consumer.receive(1)) is not None:
                    deliveries += 1
                    message.reject()
                counts[queue] = deliveries
    assert counts == {"orders.slow": 2, "orders.urgent": 1}


def test_a_policy_map_that_is_none_is_refused(relaismq_broker: Broker) -> None:
    with pytest.raises(TypeError, match=r"such as .*orders.*RedeliveryPolicy"):
        relaismq_broker.connect(redelivery_for=[1])
    with pytest.raises(TypeError, match="RedeliveryPolicy"):
        relaismq_broker.connect(redelivery_for={"q": 1})
