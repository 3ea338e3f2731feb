"""Whether memory stays level over many messages.

    python bindings/python/benchmarks/memory.py [--messages 1000000]

sends and receives, with the broker of `relaismq.testing` in a process of its own, and prints the resident memory
of the client after each tenth.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import threading
from pathlib import Path

import relaismq as mq
from relaismq import testing

IN_FLIGHT = 1000
"""Messages that the sender is ahead of the receiver."""


def resident() -> float:
    """MB."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * 4096 / 1e6


def serve() -> None:
    """A broker, until standard input ends."""
    with testing.Broker() as broker:
        print(broker.url, flush=True)
        sys.stdin.read()


def measure(url: str, count: int) -> None:
    room = threading.Semaphore(IN_FLIGHT)
    with mq.connect(url) as sender, mq.connect(url) as receiver:

        def send() -> None:
            with sender.producer("q", persistent=False) as producer:
                with producer.pipeline() as pipeline:
                    for number in range(count):
                        room.acquire()
                        pipeline.send("x" * 1024, properties={"number": number})

        sending = threading.Thread(target=send)
        sending.start()
        with receiver.consumer("q") as consumer:
            for got, message in enumerate(consumer, 1):
                assert message.properties["number"] == got - 1
                room.release()
                if got % (count // 10) == 0:
                    print(f"{got:>9} messages, {resident():.1f} MB", flush=True)
                if got == count:
                    break
        sending.join()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=1_000_000)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.serve:
        return serve()
    broker = subprocess.Popen(
        [sys.executable, __file__, "--serve"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with broker:
        assert broker.stdout and broker.stdin
        measure(broker.stdout.readline().strip(), given.messages)
        broker.stdin.close()
    return None


if __name__ == "__main__":
    main()
