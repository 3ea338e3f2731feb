"""The command of the package, as its user calls it."""

from __future__ import annotations

import re
import subprocess
import sys


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    program = [sys.executable, "-W", "error", "-m", "relaismq", *arguments]
    return subprocess.run(program, capture_output=True, text=True, timeout=120, check=False)


def test_the_demonstration_kills_its_broker_and_loses_nothing() -> None:
    ended = command("demo", "--rounds", "3", "--messages", "100")
    assert (ended.returncode, ended.stderr) == (0, "")
    *_, verdict = ended.stdout.splitlines()
    assert re.match(r"confirmed 300, received 300, missing 0, again after a death \d+, ", verdict)
    assert ended.stdout.count("\ndeath ") == 3


def test_what_makes_no_sense_is_refused() -> None:
    for arguments in [(), ("demonstrate",), ("demo", "--rounds", "0"), ("demo", "--messages", "x")]:
        ended = command(*arguments)
        assert ended.returncode == 2 and "usage: python -m relaismq" in ended.stderr
