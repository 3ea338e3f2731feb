"""Ctrl-C, forks and the end of the interpreter, seen from outside."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from relaismq.testing import Broker


def program(code: str, url: str) -> subprocess.Popen[str]:
    # Whoever runs the tests in the background ignores Ctrl-C, and so would what is started here.
    signals = "import signal\nsignal.signal(signal.SIGINT, signal.default_int_handler)"
    text = f"import os, sys, threading\n{signals}\nimport relaismq as mq\nurl = {url!r}\n{code}"
    command = [sys.executable, "-W", "error", "-c", text]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True)


def ended(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    out, error = process.communicate(timeout=30)
    return process.returncode, out, error


@pytest.mark.parametrize(
    "waiting",
    [
        "next(iter(connection.consumer('q')))",
        "connection.consumer('q').receive()",
        "connection.request('q', '?', timeout=60)",
        "next(connection.events())",
    ],
)
def test_ctrl_c_ends_a_wait_at_once(relaismq_broker: Broker, waiting: str) -> None:
    code = f"""
connection = mq.connect(url)
try:
    print("waiting", flush=True)
    {waiting}
except KeyboardInterrupt:
    print("interrupted", flush=True)
"""
    process = program(code, relaismq_broker.url)
    assert process.stdout and process.stdout.readline() == "waiting\n"
    process.send_signal(signal.SIGINT)
    assert process.stdout.readline() == "interrupted\n"
    assert ended(process) == (0, "", "")


def test_a_connection_that_is_used_after_a_fork_says_so(relaismq_broker: Broker) -> None:
    code = """
import warnings
warnings.simplefilter("ignore", DeprecationWarning)
connection = mq.connect(url)
consumer = connection.consumer("q")
child = os.fork()
if child == 0:
    try:
        connection.send("q", "x")
    except mq.ForkedConnectionError as error:
        assert isinstance(error, RuntimeError)
        print(error, flush=True)
    del consumer
    with mq.connect(url) as own:
        own.send("q", "from the child")
    sys.exit(0)
assert os.waitpid(child, 0)[1] == 0
print(consumer.receive(timeout=10).text)
"""
    status, out, error = ended(program(code, relaismq_broker.url))
    assert (status, error) == (0, "")
    assert "connect after fork()" in out and out.endswith("from the child\n")


@pytest.mark.parametrize(
    "ending",
    [
        "",
        "connection.close()",
        "threading.Thread(target=lambda: list(consumer), daemon=True).start()",
        "connection.on_event(print)",
        "messages = iter(consumer); next(messages)",
        "sys.exit(0)",
        "import asyncio\nasync def wait():\n    async with mq.aio.connect(url) as c:\n"
        "        await c.send('q', 'y')\nasyncio.run(wait())",
    ],
)
def test_the_interpreter_ends_in_order(relaismq_broker: Broker, ending: str) -> None:
    code = "connection = mq.connect(url)\nconnection.send('q', 'x')\n"
    code += f"consumer = connection.consumer('q')\n{ending}"
    status, _, error = ended(program(code, relaismq_broker.url))
    assert (status, error) == (0, "")


def test_the_end_of_the_program_sends_what_was_handed_over(relaismq_broker: Broker) -> None:
    code = """
connection = mq.connect(url)
for number in range(100):
    connection.send("q", str(number), persistent=False)
"""
    assert ended(program(code, relaismq_broker.url)) == (0, "", "")
    with relaismq_broker.connect() as connection, connection.consumer("q") as consumer:
        found = [message.text for message in iter(lambda: consumer.receive(1), None)]
    assert found == [str(number) for number in range(100)]


def test_other_threads_run_while_one_waits(relaismq_broker: Broker) -> None:
    code = """
connection = mq.connect(url)
ran = threading.Event()
def work():
    sum(range(1000))
    ran.set()
    connection.send("q", "x")
threading.Timer(0, work).start()
assert connection.consumer("q").receive(timeout=10) is not None
assert ran.is_set()
"""
    assert ended(program(code, relaismq_broker.url)) == (0, "", "")
