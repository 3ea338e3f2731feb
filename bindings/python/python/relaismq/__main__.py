"""``python -m relaismq demo``: what the package is for, without a broker at hand."""

from __future__ import annotations

import argparse
import sys

from . import _demo


def main(arguments: list[str] | None = None) -> int:
    """Runs a command; its result is the program's exit status."""
    parser = argparse.ArgumentParser(prog="python -m relaismq", description=__doc__)
    commands = parser.add_subparsers(required=True)
    demo = commands.add_parser("demo", help="kill a broker in mid-stream, and lose nothing")
    demo.add_argument("--rounds", type=_count, default=5, help="deaths of the broker (default 5)")
    demo.add_argument(
        "--messages", type=_count, default=500, help="messages for each (default 500)"
    )
    given = parser.parse_args(arguments)
    return _demo.run(given.rounds, given.messages)


def _count(text: str) -> int:
    count = int(text)
    if count < 1:
        raise argparse.ArgumentTypeError(f"{count} is less than 1")
    return count


if __name__ == "__main__":
    sys.exit(main())
