"""Celery with its own workers, over brokers that die."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import relaismq as mq
from conftest import AnyBroker

celery = pytest.importorskip("celery")
kombu = pytest.importorskip("kombu")
HERE = Path(__file__).resolve().parent
PATIENCE = 90
POOLS = ["prefork", "threads"]


class Worker:
    """A process of ``celery worker``."""

    def __init__(
        self,
        app: str,
        url: str,
        pool: str,
        log: Path,
        backend: str | None = None,
        folder: Path = HERE,
    ) -> None:
        environment = {**os.environ, "BROKER_URL": url, "PYTHONPATH": str(folder)}
        if backend:
            environment["RESULT_BACKEND"] = backend
        command = [sys.executable, "-m", "celery", "-A", app, "worker"]
        command += ["-P", pool, "-c", "2", "--loglevel=INFO", "--without-mingle"]
        self._log = log
        with log.open("w", encoding="utf-8") as output:
            self._process = subprocess.Popen(
                command, env=environment, stdout=output, stderr=output, start_new_session=True
            )
        self.until(lambda: " ready." in self.log(), "the worker to be ready")

    def log(self) -> str:
        return self._log.read_text(encoding="utf-8")

    def until(self, happened: Callable[[], bool], what: str) -> None:
        waited_for = threading.Event()
        deadline = time.monotonic() + PATIENCE
        while not happened():
            assert time.monotonic() < deadline, f"no sign of {what}:\n{self.log()}"
            assert self._process.poll() is None, self.log()
            waited_for.wait(0.05)

    def kill(self) -> None:
        """At once, with its children."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def end(self) -> None:
        """In order: tasks that run are finished."""
        if self._process.poll() is None:
            self._process.terminate()
            self._process.wait(PATIENCE)


class Caller:
    """An application that calls the worker's tasks."""

    def __init__(self, url: str, backend: str | None) -> None:
        self.app = celery.Celery(
            broker=url,
            broker_transport="relaismq.kombu:Transport",
            backend=backend,
            set_as_current=False,
        )

    def call(self, task: str, *arguments: object, **options: Any) -> Any:
        return self.app.send_task(f"celery_app.{task}", arguments, **options)

    def close(self) -> None:
        self.app.close()
        kombu.pools.reset()


@contextmanager
def worker(
    broker: AnyBroker, pool: str, log: Path, backend: str | None = None
) -> Iterator[tuple[Worker, Caller]]:
    """A worker, and who calls it."""
    process = Worker("celery_app", broker.url, pool, log, backend)
    caller = Caller(broker.url, backend)
    try:
        yield process, caller
    finally:
        process.end()
        caller.close()


def lines(file: Path) -> list[str]:
    return file.read_text(encoding="utf-8").splitlines() if file.exists() else []


def left(broker: AnyBroker) -> list[str]:
    """What is still in the queue."""
    with mq.connect(broker.url) as connection, connection.browser("celery") as browser:
        return [message.text for message in browser]


def runs(file: Path) -> dict[str, list[str]]:
    """For each task how its runs were flagged, in order."""
    found: dict[str, list[str]] = {}
    for line in lines(file):
        name, flag = line.split()
        found.setdefault(name, []).append(flag)
    return found


@pytest.mark.parametrize("pool", POOLS)
def test_no_task_is_lost_when_the_broker_dies_and_those_that_run_twice_are_flagged(
    any_broker: AnyBroker, tmp_path: Path, pool: str
) -> None:
    file, tasks = tmp_path / "runs", 120
    with worker(any_broker, pool, tmp_path / "log") as (process, caller):
        for number in range(tasks):
            caller.call("work", str(file), number, 0.02)
        process.until(lambda: len(lines(file)) > 20, "tasks")
        any_broker.restart()
        caller.call("work", str(file), "last", 0)
        process.until(lambda: len(runs(file)) == tasks + 1, "all tasks")
    twice = {name: flags for name, flags in runs(file).items() if len(flags) > 1}
    assert all(flags[1:] == ["again"] * (len(flags) - 1) for flags in twice.values()), twice
    assert not left(any_broker)


def test_tasks_of_a_worker_that_dies_run_in_the_next_one(
    shared_broker: AnyBroker, tmp_path: Path
) -> None:
    file = tmp_path / "runs"
    with worker(shared_broker, "prefork", tmp_path / "log") as (process, caller):
        caller.call("endless", str(file))
        process.until(lambda: lines(file) == ["endless first"], "the task")
        process.kill()
    with worker(shared_broker, "prefork", tmp_path / "log2") as (process, _):
        process.until(lambda: len(lines(file)) == 2, "the task again")
    assert lines(file) == ["endless first", "endless again"]


def test_retries_etas_rejections_and_results_work(shared_broker: AnyBroker, tmp_path: Path) -> None:
    file = tmp_path / "runs"
    with worker(shared_broker, "prefork", tmp_path / "log", "rpc://") as (process, caller):
        retried = caller.call("stubborn", str(file))
        assert retried.get(timeout=PATIENCE) == 2
        assert lines(file) == ["0 first", "1 first", "2 first"]
        begin = time.monotonic()
        later = caller.call("work", str(file), 7, countdown=2)
        assert later.get(timeout=PATIENCE) == 7
        assert time.monotonic() - begin > 1.9
        caller.call("picky", str(file))
        process.until(lambda: lines(file)[-1] == "picky again", "the rejected task again")


def test_workers_answer_to_remote_control(shared_broker: AnyBroker, tmp_path: Path) -> None:
    with worker(shared_broker, "threads", tmp_path / "log") as (_, caller):
        answers = caller.app.control.ping(timeout=10, limit=1)
        assert [list(answer.values()) for answer in answers] == [[{"ok": "pong"}]]
        registered = caller.app.control.inspect(timeout=10, limit=1).registered()
        [names] = registered.values()
        assert "celery_app.work" in names


def test_events_are_heard(shared_broker: AnyBroker, tmp_path: Path) -> None:
    with worker(shared_broker, "threads", tmp_path / "log") as (_, caller):
        heard: list[str] = []
        with caller.app.connection() as connection:
            receiver = caller.app.events.Receiver(
                connection, handlers={"*": lambda event: heard.append(event["type"])}
            )
            with receiver.consumer_context(wakeup=False) as (listening, _, _):
                caller.call("work", str(tmp_path / "runs"), 1)
                while "task-succeeded" not in heard:
                    listening.drain_events(timeout=PATIENCE)
        assert "task-received" in heard


def test_a_worker_that_ends_in_order_finishes_what_runs_and_runs_it_once(
    shared_broker: AnyBroker, tmp_path: Path
) -> None:
    file = tmp_path / "runs"
    with worker(shared_broker, "prefork", tmp_path / "log") as (process, caller):
        caller.call("slow", str(file))
        process.until(lambda: lines(file) == ["begun first"], "the task")
        process.end()
    assert lines(file) == ["begun first", "done first"]
    assert not left(shared_broker)


def test_the_example_of_the_documentation_works(shared_broker: AnyBroker, tmp_path: Path) -> None:
    [example] = re.findall(
        r"^```python\n(.*?)^```$",
        (HERE.parents[2] / "docs/celery.md").read_text(encoding="utf-8"),
        re.DOTALL | re.MULTILINE,
    )
    (tmp_path / "orders.py").write_text(example, encoding="utf-8")
    environment = {**os.environ, "BROKER_URL": shared_broker.url, "PYTHONPATH": str(tmp_path)}
    process = Worker("orders", shared_broker.url, "prefork", tmp_path / "log", folder=tmp_path)
    try:
        code = "from orders import place; print(place.delay('two teas').get(timeout=60))"
        called = [sys.executable, "-c", code]
        ended = subprocess.run(
            called, env=environment, capture_output=True, text=True, timeout=90, check=False
        )
        assert (ended.returncode, ended.stdout) == (0, "placed two teas\n"), ended.stderr
    finally:
        process.end()
