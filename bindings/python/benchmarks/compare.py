"""How fast, beside other clients of Python and the Rust client, on one ActiveMQ.

    python bindings/python/benchmarks/compare.py [--messages 20000] [--rounds 5] [--rust target/release/relais-load]

needs `pip install stomp.py stompman`, Debian's ActiveMQ, and for the last column
`cargo build --release -p relaismq-tests --bin relais-load`. The contestants alternate, each run is a process of
its own that first sends all messages and then receives them, and the medians count. As with STOMP, only the
last message is confirmed by the broker, which the sender waits for (stompman cannot, and so its sends only
count what it wrote); "each confirmed" is a pipeline whose every message is. Figures are messages per second,
and seconds of CPU of the client, without its imports, for 100,000 messages sent and received.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1] / "tests"))

BODY = b"x" * 1024
Times = tuple[float, float]


def relaismq_threads(url: str, _: int, count: int, persistent: bool) -> Times:
    return _relaismq_threads(url, count, persistent, each_confirmed=False)


def relaismq_confirmed(url: str, _: int, count: int, persistent: bool) -> Times:
    return _relaismq_threads(url, count, persistent, each_confirmed=True)


def _relaismq_threads(url: str, count: int, persistent: bool, each_confirmed: bool) -> Times:
    import relaismq

    with relaismq.connect(url) as connection:
        begin = time.perf_counter()
        with connection.producer("bench", persistent=persistent, confirm=False) as producer:
            if each_confirmed:
                with producer.pipeline() as pipeline:
                    for _ in range(count):
                        pipeline.send(BODY)
            else:
                for _ in range(count - 1):
                    producer.send(BODY)
                producer.send(BODY, confirm=True)
        sent = time.perf_counter()
        with connection.consumer("bench") as consumer:
            left = count
            for _message in consumer:
                left -= 1
                if left == 0:
                    break
        return sent - begin, time.perf_counter() - sent


def relaismq_asyncio(url: str, _: int, count: int, persistent: bool) -> Times:
    from relaismq import aio

    async def main() -> Times:
        async with aio.connect(url) as connection:
            begin = time.perf_counter()
            options = {"persistent": persistent, "confirm": False}
            async with connection.producer("bench", **options) as producer:
                for _ in range(count - 1):
                    await producer.send(BODY)
                await producer.send(BODY, confirm=True)
            sent = time.perf_counter()
            async with connection.consumer("bench") as consumer:
                left = count
                async for _message in consumer:
                    left -= 1
                    if left == 0:
                        break
            return sent - begin, time.perf_counter() - sent

    return asyncio.run(main())


def stomp_py(_: str, port: int, count: int, persistent: bool) -> Times:
    import stomp

    class Counter(stomp.ConnectionListener):
        def __init__(self) -> None:
            self.left = count
            self.done = threading.Event()
            self.confirmed = threading.Event()

        def on_message(self, frame: object) -> None:
            self.left -= 1
            if self.left == 0:
                self.done.set()

        def on_receipt(self, frame: object) -> None:
            self.confirmed.set()

    connection = stomp.Connection([("127.0.0.1", port)])
    counter = Counter()
    connection.set_listener("counter", counter)
    connection.connect(wait=True)
    begin = time.perf_counter()
    text, kept = BODY.decode(), str(persistent).lower()
    for _ in range(count - 1):
        connection.send("/queue/bench", text, persistent=kept)
    connection.send("/queue/bench", text, persistent=kept, receipt="last")
    counter.confirmed.wait()
    sent = time.perf_counter()
    connection.subscribe("/queue/bench", id="1", ack="auto")
    counter.done.wait()
    times = sent - begin, time.perf_counter() - sent
    connection.disconnect()
    return times


def stompman_asyncio(_: str, port: int, count: int, persistent: bool) -> Times:
    import stompman

    async def main() -> Times:
        login = stompman.ConnectionParameters("127.0.0.1", port, "any", "any")
        async with stompman.Client([login]) as client:
            begin = time.perf_counter()
            headers = {"persistent": str(persistent).lower()}
            for _ in range(count):
                await client.send(BODY, "/queue/bench", headers=headers)
            sent = time.perf_counter()
            left, done = count, asyncio.Event()

            async def handle(_frame: object) -> None:
                nonlocal left
                left -= 1
                if left == 0:
                    done.set()

            def failed(error: Exception, _frame: object) -> None:
                raise error

            subscription = await client.subscribe(
                "/queue/bench", handle, ack="auto", on_suppressed_exception=failed
            )
            await done.wait()
            times = sent - begin, time.perf_counter() - sent
            await subscription.unsubscribe()
            return times

    return asyncio.run(main())


CONTESTANTS: dict[str, Callable[[str, int, int, bool], Times]] = {
    "relaismq": relaismq_threads,
    "relaismq, each confirmed": relaismq_confirmed,
    "stomp.py": stomp_py,
    "relaismq.aio": relaismq_asyncio,
    "stompman": stompman_asyncio,
}


def cpu(who: int) -> float:
    used = resource.getrusage(who)
    return used.ru_utime + used.ru_stime


def run(name: str, url: str, port: int, count: int, persistent: bool) -> list[float]:
    """Messages per second sent, received and both, and CPU seconds for 100,000."""
    command = [sys.executable, __file__, "--run", name, "--url", url, "--stomp", str(port)]
    command += ["--messages", str(count), *(["--persistent"] if persistent else [])]
    ended = subprocess.run(command, capture_output=True, text=True, check=True, timeout=600)
    produce, consume, used = json.loads(ended.stdout)
    return figures(count, produce, consume, used)


def figures(count: int, produce: float, consume: float, used: float) -> list[float]:
    return [
        count / produce,
        count / consume,
        count / (produce + consume),
        used * 100_000 / count,
    ]


def run_rust(program: str, url: str, count: int, persistent: bool) -> list[float]:
    before = cpu(resource.RUSAGE_CHILDREN)
    command = [program, "--url", url, "--destination", "bench", "--messages", str(count)]
    command += ["--async", "true", "--drain", "true", "--persistent", str(persistent).lower()]
    ended = subprocess.run(command, capture_output=True, text=True, check=True, timeout=600)
    measured = json.loads(ended.stdout)
    used = cpu(resource.RUSAGE_CHILDREN) - before
    return figures(count, measured["produce_s"], measured["total_s"], used)


def compare(count: int, rounds: int, rust: str | None) -> None:
    from java import ActiveMq

    names = [*CONTESTANTS, *(["Rust"] if rust else [])]
    print("| workload | " + " | ".join(names) + " |")
    print("|---|" + "---:|" * len(names))
    for persistent in (False, True):
        with tempfile.TemporaryDirectory() as data, ActiveMq(Path(data), stomp=True) as broker:
            found: dict[str, list[list[float]]] = {name: [] for name in names}
            for number in range(rounds + 1):
                for name in names:
                    if name == "Rust" and rust:
                        measured = run_rust(rust, broker.url, count, persistent)
                    else:
                        measured = run(name, broker.url, broker.stomp_port, count, persistent)
                    # The first round warms Java up.
                    if number:
                        found[name].append(measured)
        kind = "persistent" if persistent else "non-persistent"
        for index, what in enumerate(("sent/s", "received/s", "both/s", "CPU s for 100,000")):
            medians = [statistics.median(it[index] for it in found[name]) for name in names]
            cells = " | ".join(f"{it:.2f}" if index == 3 else f"{it:.0f}" for it in medians)
            print(f"| {kind}, {what} | {cells} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--rust", help="the program relais-load")
    parser.add_argument("--run", choices=CONTESTANTS, help="one run of one contestant")
    parser.add_argument("--url", default="")
    parser.add_argument("--stomp", type=int, default=0)
    parser.add_argument("--persistent", action="store_true")
    given = parser.parse_args()
    if given.run:
        contestant = CONTESTANTS[given.run]
        importlib.import_module(given.run.split(",")[0].removesuffix(".py"))
        before = cpu(resource.RUSAGE_SELF)
        times = contestant(given.url, given.stomp, given.messages, given.persistent)
        print(json.dumps([*times, cpu(resource.RUSAGE_SELF) - before]))
    else:
        compare(given.messages, given.rounds, given.rust)


if __name__ == "__main__":
    main()
