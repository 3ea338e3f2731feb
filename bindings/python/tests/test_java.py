"""Value by value between Python and the Java client, over either broker."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

import relaismq as mq
from conftest import AnyBroker
from java import Peer

pytestmark = pytest.mark.interop

VALUES: list[tuple[object, list[object]]] = [
    (True, ["boolean", True]),
    (mq.Byte(-128), ["byte", -128]),
    (mq.Short(32767), ["short", 32767]),
    (-(2**31), ["int", -(2**31)]),
    (mq.Long(7), ["long", 7]),
    (mq.Long(-(2**63)), ["long", -(2**63)]),
    (mq.Float(1.5), ["float", "1.5"]),
    (-2.25, ["double", "-2.25"]),
    ("größer €", ["string", "größer €"]),
]
"""What both a property and a body may hold, as Python and as Java names it.

No characters beyond U+FFFF here: Java's own client writes them one way into properties and maps, and reads
them another way. Between Python programs they are tested in `test_messages`.
"""

BODY_VALUES = [
    *VALUES,
    (mq.Char("ß"), ["char", ord("ß")]),
    (b"\x00\xff", ["bytes", "00ff"]),
    (None, ["null", None]),
]

PYTHON_MAP = {f"v{number}": value for number, (value, _) in enumerate(BODY_VALUES)}
JAVA_MAP = {f"v{number}": value for number, (_, value) in enumerate(BODY_VALUES)}

BODIES: list[tuple[str, Any, Any, Any]] = [
    ("text", "größer 😀", "größer 😀", "größer 😀"),
    ("bytes", b"\x00\x01\xff", b"\x00\x01\xff", "0001ff"),
    ("map", mq.MapMessage(PYTHON_MAP), PYTHON_MAP, JAVA_MAP),
    (
        "stream",
        mq.StreamMessage([value for value, _ in BODY_VALUES]),
        [value for value, _ in BODY_VALUES],
        [value for _, value in BODY_VALUES],
    ),
    ("message", mq.Message(), None, None),
]


@pytest.fixture(scope="module")
def peer(shared_broker: AnyBroker) -> Iterator[Peer]:
    with Peer(shared_broker.url) as peer:
        yield peer


@pytest.fixture(scope="module")
def connection(shared_broker: AnyBroker) -> Iterator[mq.Connection]:
    with mq.connect(shared_broker.url) as connection:
        yield connection


def received(connection: mq.Connection, queue: str) -> mq.Delivery:
    with connection.consumer(queue) as consumer:
        message = consumer.receive(timeout=10)
    assert message is not None
    return message


def typed(value: object) -> object:
    """The value with the types of everything in it, which `==` does not look at."""
    if isinstance(value, dict):
        return {name: typed(entry) for name, entry in value.items()}
    if isinstance(value, list):
        return [typed(entry) for entry in value]
    return type(value), value


@pytest.mark.parametrize(("kind", "sent", "_", "java"), BODIES, ids=lambda it: str(it)[:9])
def test_java_reads_what_python_sends(
    connection: mq.Connection, peer: Peer, kind: str, sent: Any, _: Any, java: Any
) -> None:
    connection.send("to-java", sent)
    message = peer.receive("to-java")
    assert message["kind"] == kind
    assert message.get("body") == java


@pytest.mark.parametrize(("kind", "_", "python", "java"), BODIES, ids=lambda it: str(it)[:9])
def test_python_reads_what_java_sends(
    connection: mq.Connection, peer: Peer, kind: str, _: Any, python: Any, java: Any
) -> None:
    peer.send("to-python", {"kind": kind, "body": java})
    message = received(connection, "to-python")
    assert message.kind == ("empty" if kind == "message" else kind)
    assert typed(message.body) == typed(python)


def test_properties_and_headers_are_the_same_both_ways(
    connection: mq.Connection, peer: Peer
) -> None:
    python = {f"v{number}": value for number, (value, _) in enumerate(VALUES)}
    java = {f"v{number}": value for number, (_, value) in enumerate(VALUES)}
    connection.send(
        "to-java",
        "x",
        properties=python,
        correlation_id="c-1",
        type="order",
        reply_to=mq.Topic("answers"),
        priority=7,
        persistent=False,
        ttl=3600,
        group_id="g",
        group_sequence=2,
    )
    message = peer.receive("to-java")
    assert {name: message["properties"][name] for name in java} == java
    assert (message["correlation_id"], message["type"]) == ("c-1", "order")
    assert (message["reply_to"], message["priority"]) == ("topic://answers", 7)
    assert message["delivery_mode"] == 1
    assert message["expiration"] == message["timestamp"] + 3_600_000
    assert (message["group"], message["group_sequence"]) == ("g", 2)
    headers = {"correlation_id": "c-2", "type": "order", "reply_to": "queue://answers"}
    peer.send("to-python", {"kind": "text", "body": "x", "properties": java, **headers})
    back = received(connection, "to-python")
    assert typed(back.properties) == typed(python)
    assert (back.correlation_id, back.type) == ("c-2", "order")
    assert back.reply_to == mq.Queue("answers")


def test_java_answers_a_question_of_python(connection: mq.Connection, peer: Peer) -> None:
    with connection.temporary_queue() as answers, connection.consumer(answers.destination) as them:
        connection.send("questions", "1+1", reply_to=answers.destination, correlation_id="q-1")
        question = peer.receive("questions")
        answer = {"kind": "text", "body": "2", "correlation_id": question["correlation_id"]}
        peer.send(question["reply_to"], answer)
        message = them.receive(timeout=10)
    assert message is not None and (message.text, message.correlation_id) == ("2", "q-1")
