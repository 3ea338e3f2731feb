"""Connecting, what it says when it fails, and what happens when a broker dies."""

from __future__ import annotations

import logging
import socket
import ssl
import threading
from collections.abc import Iterator

import pytest

import relaismq as mq
from relaismq.testing import Broker


@pytest.fixture
def nobody() -> Iterator[str]:
    """An address where nobody listens, and nobody else will."""
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        yield f"127.0.0.1:{reserved.getsockname()[1]}"


def test_each_broker_that_was_tried_has_its_reason(nobody: str) -> None:
    url = f"failover:(tcp://{nobody},tcp://{nobody})?maxReconnectAttempts=1"
    with pytest.raises(mq.ConnectError) as caught:
        mq.connect(url)
    assert isinstance(caught.value, ConnectionError)
    [failure, *_] = caught.value.brokers
    assert failure.broker == f"tcp://{nobody}" and "refused" in failure.reason


def test_connecting_ends_at_its_deadline() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"failover:(tcp://127.0.0.1:{silent.getsockname()[1]})"
        with pytest.raises(mq.ConnectTimeoutError) as caught:
            mq.connect(url, connect_timeout=0.1)
    assert isinstance(caught.value, TimeoutError) and caught.value.retryable


def test_a_misspelt_option_is_refused_with_the_right_one() -> None:
    with pytest.raises(mq.InvalidUriError, match="did you mean maxReconnectDelay"):
        mq.connect("failover:(tcp://a:1)?maxReconectDelay=5")


def test_credentials_may_be_functions_and_are_asked_once(relaismq_broker: Broker) -> None:
    asked = []

    def password() -> str:
        asked.append(1)
        return "s3cret"

    with relaismq_broker.connect(username=lambda: "app", password=password):
        assert len(asked) == 1


def test_a_python_ssl_context_is_no_tls(relaismq_broker: Broker) -> None:
    with pytest.raises(TypeError, match=r"relaismq\.TLS\(.*not a SSLContext"):
        relaismq_broker.connect(tls=ssl.create_default_context())
    with relaismq_broker.connect(tls=mq.TLS(verify_hostname=False)) as connection:
        assert connection.state.name == "connected"


def test_what_was_confirmed_survives_the_death_of_the_broker(relaismq_broker: Broker) -> None:
    with relaismq_broker.connect() as connection:
        happened: list[mq.events.Event] = []
        resumed = threading.Event()

        def note(event: mq.events.Event) -> None:
            happened.append(event)
            if isinstance(event, mq.events.Resumed):
                resumed.set()

        connection.on_event(note)
        connection.send("q", "before")
        relaismq_broker.restart()
        connection.send("q", "after")
        with connection.consumer("q") as consumer:
            found = [message.text for message in iter(lambda: consumer.receive(1), None)]
        assert resumed.wait(10)
    assert found == ["before", "after"]
    kinds = [type(event) for event in happened]
    assert kinds.index(mq.events.Interrupted) < kinds.index(mq.events.Resumed)
    assert "lost" in str(happened[kinds.index(mq.events.Interrupted)])


def test_a_consumer_goes_on_where_it_was(relaismq_broker: Broker) -> None:
    with relaismq_broker.connect() as connection, connection.consumer("q") as consumer:
        for number in range(20):
            connection.send("q", str(number))
        seen = []
        for message in consumer:
            seen.append((message.text, message.redelivered))
            if len(seen) == 5:
                relaismq_broker.restart()
            if message.text == "19":
                break
        assert list(dict(seen)) == [str(number) for number in range(20)]
        # Outages are counted in the background.
        metrics = connection.metrics()
        for number in range(1000):
            if metrics.outage_seconds:
                break
            connection.send("other", str(number))
            metrics = connection.metrics()
        assert metrics.interruptions == 1 and metrics.outage_seconds > 0
        assert metrics.received == len(seen)


def test_with_a_memory_store_nothing_survives() -> None:
    with Broker() as broker, broker.connect() as connection:
        connection.send("q", "x")
        broker.restart()
        connection.send("q", "y")
        with connection.consumer("q") as consumer:
            assert [m.text for m in iter(lambda: consumer.receive(0.5), None)] == ["y"]


def test_what_is_used_after_the_close_says_so(relaismq_broker: Broker) -> None:
    connection = relaismq_broker.connect()
    consumer = connection.consumer("q")
    connection.close()
    connection.close()
    assert connection.state == mq.State("closed")
    with pytest.raises(mq.ClosedError, match="open a new one"):
        connection.send("q", "x")
    with pytest.raises(mq.ClosedError):
        consumer.receive(timeout=1)
    assert list(consumer) == []
    assert [type(event) for event in connection.events()] == [mq.events.Closed]


def test_the_log_tells_of_losses_and_recoveries(
    relaismq_broker: Broker, caplog: pytest.LogCaptureFixture
) -> None:
    told = threading.Event()

    class Watcher(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if "resumed on" in record.getMessage():
                told.set()

    watcher = Watcher()
    logging.getLogger("relaismq").addHandler(watcher)
    with caplog.at_level(logging.INFO, "relaismq"), relaismq_broker.connect() as connection:
        relaismq_broker.restart()
        connection.send("q", "x")
        assert told.wait(10)
    logging.getLogger("relaismq").removeHandler(watcher)
    lost = [record for record in caplog.records if "lost:" in record.getMessage()]
    assert lost and lost[0].levelno == logging.WARNING and lost[0].name == "relaismq"
