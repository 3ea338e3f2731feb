"""A broker that dies in mid-stream again and again, and the proof that nothing was lost."""

from __future__ import annotations

import argparse
import tempfile
import threading
from collections import Counter
from dataclasses import dataclass, field

from . import events
from ._blocking import Connection, Consumer, connect
from .testing import Broker

MISSING = 3
"""Exit status where a confirmed message did not come: the same as that of the Rust programs."""

_END = "end"


@dataclass
class _Ledger:
    """What was confirmed to the sender, and what the receiver got."""

    confirmed: list[str] = field(default_factory=list)
    received: Counter[str] = field(default_factory=Counter)
    outages: list[float] = field(default_factory=list)

    def missing(self) -> int:
        return len(set(self.confirmed) - self.received.keys())

    def verdict(self) -> str:
        twice = sum(count - 1 for count in self.received.values())
        longest = max(self.outages, default=0.0)
        return (
            f"confirmed {len(self.confirmed)}, received {len(self.received)}, "
            f"missing {self.missing()}, again after a death {twice}, "
            f"longest outage {longest * 1000:.0f} ms"
        )


def main(arguments: list[str]) -> int:
    """What ``relaismq demo`` does; the exit status."""
    parser = argparse.ArgumentParser(prog="relaismq demo", description=__doc__)
    parser.add_argument("--rounds", type=_count, default=5, help="deaths of the broker (default 5)")
    parser.add_argument(
        "--messages", type=_count, default=500, help="messages for each (default 500)"
    )
    given = parser.parse_args(arguments)
    return run(given.rounds, given.messages)


def _count(text: str) -> int:
    count = int(text)
    if count < 1:
        raise argparse.ArgumentTypeError(f"{count} is less than 1")
    return count


def run(rounds: int, messages: int) -> int:
    """Kills the broker once in each round; 0 if all confirmed messages came."""
    ledger = _Ledger()
    with tempfile.TemporaryDirectory(prefix="relaismq-") as folder, Broker(folder) as broker:
        print(f"a broker at {broker.address}, with its messages in {folder}")
        with connect(broker.url) as sender, connect(broker.url) as receiver:
            sender.on_event(lambda event: _note(ledger, event))
            consumer = receiver.consumer("demo")
            receiving = threading.Thread(target=_receive, args=(consumer, ledger), daemon=True)
            receiving.start()
            for number in range(1, rounds + 1):
                _round(broker, sender, ledger, number, messages)
            sender.send("demo", _END)
            receiving.join()
            consumer.close()
    print(ledger.verdict())
    return MISSING if ledger.missing() else 0


def _round(broker: Broker, sender: Connection, ledger: _Ledger, number: int, messages: int) -> None:
    dying = threading.Thread(target=broker.restart)
    for message in range(messages):
        if message == messages // 2:
            dying.start()
        text = f"{number}-{message}"
        sender.send("demo", text)
        ledger.confirmed.append(text)
    dying.join()
    print(f"death {number}: {len(ledger.confirmed)} messages confirmed so far", flush=True)


def _receive(consumer: Consumer, ledger: _Ledger) -> None:
    for message in consumer:
        if message.text == _END:
            return
        ledger.received[message.text] += 1


def _note(ledger: _Ledger, event: events.Event) -> None:
    if isinstance(event, events.Resumed):
        ledger.outages.append(event.elapsed)
