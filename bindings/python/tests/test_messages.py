"""Every kind of message, with every type of JMS, comes back as it was sent."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone

import pytest

import relaismq as mq
from conftest import AnyBroker


@pytest.fixture(scope="module")
def connection(shared_broker: AnyBroker) -> Iterator[mq.Connection]:
    with mq.connect(shared_broker.url) as connection:
        yield connection


def through(connection: mq.Connection, body: object, **options: object) -> mq.Delivery:
    connection.send("q", body, **options)  # type: ignore[arg-type]
    with connection.consumer("q") as consumer:
        message = consumer.receive(timeout=10)
    assert message is not None
    return message


VALUES = [
    True,
    mq.Byte(-128),
    mq.Short(32767),
    7,
    -(2**31),
    mq.Long(7),
    mq.Long(2**62),
    mq.Float(1.5),
    2.25,
    "größer 😀",
    mq.Char("x"),
]


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_a_property_keeps_its_value_and_its_type(connection: mq.Connection, value: object) -> None:
    read = through(connection, "x", properties={"p": value}).properties["p"]
    assert (read, type(read)) == (value, type(value))


def test_a_whole_number_beyond_32_bits_is_a_long(connection: mq.Connection) -> None:
    read = through(connection, "x", properties={"p": 2**40}).properties["p"]
    assert (read, type(read)) == (2**40, mq.Long)


def test_each_kind_of_body_comes_back_as_what_it_was(connection: mq.Connection) -> None:
    entries = {"b": True, "n": mq.Short(3), "raw": b"\x00\xff", "none": None, "in": {"a": [1, "x"]}}
    bodies = [
        ("text", "größer 😀", "größer 😀"),
        ("bytes", b"\x00\x01", b"\x00\x01"),
        ("bytes", bytearray(b"ab"), b"ab"),
        ("bytes", memoryview(b"abcd")[1:3], b"bc"),
        ("map", mq.MapMessage(entries), entries),
        ("stream", mq.StreamMessage([1, "x", mq.Byte(1), b"y"]), [1, "x", mq.Byte(1), b"y"]),
        ("object", mq.ObjectMessage(b"\xac\xed"), b"\xac\xed"),
        ("text", mq.TextMessage("plain"), "plain"),
        ("bytes", mq.BytesMessage(b"plain"), b"plain"),
        ("empty", mq.Message(), None),
    ]
    for kind, sent, body in bodies:
        message = through(connection, sent)
        assert (message.kind, message.body) == (kind, body)


def test_headers_arrive(connection: mq.Connection) -> None:
    before = datetime.now(timezone.utc) - timedelta(seconds=1)
    message = through(
        connection,
        mq.TextMessage("x", type="order", group_id="g", group_sequence=3),
        correlation_id="c-1",
        reply_to=mq.Topic("answers"),
        priority=9,
        ttl=timedelta(minutes=1),
        persistent=False,
    )
    assert message.type == "order"
    assert (message.group_id, message.group_sequence) == ("g", 3)
    assert message.correlation_id == "c-1"
    assert message.reply_to == mq.Topic("answers")
    assert (message.priority, message.persistent) == (9, False)
    assert message.destination == mq.Queue("q")
    assert message.message_id and message.message_id.startswith("ID:")
    assert message.timestamp and before < message.timestamp
    assert message.expiration == message.timestamp + timedelta(minutes=1)
    assert (message.redelivered, message.delivery_count) == (False, 1)
    assert message.property("JMSXGroupID") == "g"
    assert message.property("missing", "default") == "default"


def test_a_received_message_can_be_sent_on(connection: mq.Connection) -> None:
    first = through(connection, mq.MapMessage({"a": 1}), properties={"p": 1}, correlation_id="c")
    again = through(connection, first, properties={"q": 2})
    assert again.map == {"a": 1}
    assert again.properties == {"p": 1, "q": 2}
    assert again.correlation_id == "c"


def test_a_bare_dict_is_refused_with_both_choices(connection: mq.Connection) -> None:
    with pytest.raises(TypeError, match=r"MapMessage\(.*json\.dumps"):
        connection.send("q", {"a": 1})  # type: ignore[arg-type]


@pytest.mark.parametrize("body", [None, 7, 1.5, ["a"], object()], ids=repr)
def test_what_is_no_body_is_refused_with_what_would_be(
    connection: mq.Connection, body: object
) -> None:
    with pytest.raises(TypeError, match="send a str for a text message"):
        connection.send("q", body)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("options", "error", "text"),
    [
        ({"propertys": {}}, TypeError, "no option propertys; there are properties"),
        ({"priority": 10}, ValueError, "priority is 10; it is 0 to 9"),
        ({"priority": "high"}, TypeError, "priority: "),
        ({"ttl": -1}, ValueError, "ttl is -1 s; it cannot be negative"),
        ({"ttl": "60"}, TypeError, "ttl is a number of seconds or a timedelta, not a str"),
        ({"properties": {"p": object()}}, TypeError, "JMS has no type for a object"),
        ({"properties": {1: "x"}}, TypeError, "names are str, not int"),
        ({"properties": {"p": 2**64}}, OverflowError, "more than 64 bits"),
        ({"properties": ["p"]}, TypeError, "properties: "),
        ({"reply_to": 7}, TypeError, "a destination is a str, a Queue or a Topic, not a int"),
    ],
)
def test_a_bad_option_is_refused_with_what_is_right(
    connection: mq.Connection, options: dict[str, object], error: type[Exception], text: str
) -> None:
    with pytest.raises(error, match=text):
        connection.send("q", "x", **options)  # type: ignore[arg-type]


def test_a_value_that_its_type_cannot_hold_is_refused() -> None:
    for make in (lambda: mq.Byte(128), lambda: mq.Short(-40000), lambda: mq.Long(2**63)):
        with pytest.raises(OverflowError, match="does not fit"):
            make()
    with pytest.raises(ValueError, match="UTF-16"):
        mq.Char("ab")


def test_a_body_is_not_read_as_another_kind(connection: mq.Connection) -> None:
    message = through(connection, "x")
    with pytest.raises(mq.WrongBodyError, match="the body is text, not bytes") as caught:
        _ = message.bytes
    assert isinstance(caught.value, TypeError)


def test_neither_bodies_nor_passwords_are_shown(connection: mq.Connection) -> None:
    message = through(connection, "s3cret", properties={"p": "s3cret"})
    shown = f"{message!r} {mq.TextMessage('s3cret')!r} {connection!r}"
    assert "s3cret" not in shown and "connected" in shown
