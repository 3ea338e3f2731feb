"""The commands of the package, as its user calls them. What they do is tested with the Rust program."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import AnyBroker

SCRIPT = str(Path(sys.executable).with_name("relaismq"))
MODULE = [sys.executable, "-W", "error", "-m", "relaismq"]


def command(*arguments: str, input: str = "") -> subprocess.CompletedProcess[str]:
    program = [*MODULE, *arguments]
    return subprocess.run(
        program, input=input, capture_output=True, text=True, timeout=120, check=False
    )


def test_the_demonstration_kills_its_broker_and_loses_nothing() -> None:
    ended = command("demo", "--rounds", "3", "--messages", "100")
    assert (ended.returncode, ended.stderr) == (0, "")
    *_, verdict = ended.stdout.splitlines()
    assert re.match(r"confirmed 300, received 300, missing 0, again after a death \d+, ", verdict)
    assert ended.stdout.count("\ndeath ") == 3


@pytest.mark.parametrize(
    "arguments",
    [(), ("demonstrate",), ("demo", "--rounds", "0"), ("demo", "--messages", "x"), ("produce",)],
)
def test_what_makes_no_sense_is_refused(arguments: tuple[str, ...]) -> None:
    ended = command(*arguments)
    assert ended.returncode == 2 and "usage: relaismq" in ended.stderr.lower()


def test_messages_go_through_commands_and_this_module_as_they_are(
    shared_broker: AnyBroker,
) -> None:
    url = ("--url", shared_broker.url)
    sent = command("produce", "made", "tee für zwei", "--property", "cups:byte=2", *url)
    assert sent.returncode == 0, sent.stderr
    looked = command("browse", "made", "--json", *url)
    line = json.loads(looked.stdout)
    assert (line["text"], line["properties"]) == ("tee für zwei", {"cups": {"byte": 2}})
    command("produce", "made.again", "--json", *url, input=looked.stdout)
    copied = command("consume", "made.again", "--json", "--count", "1", *url)
    assert json.loads(copied.stdout)["properties"] == line["properties"]
    moved = command("purge", "made", "--yes", "--summary", *url)
    assert json.loads(moved.stdout)["moved"] == 1


def test_the_script_ends_in_order_on_ctrl_c(shared_broker: AnyBroker) -> None:
    arguments = [SCRIPT, "consume", "endless", "--summary", "--url", shared_broker.url]
    with subprocess.Popen(
        arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as running:
        assert running.stdout is not None
        command("produce", "endless", "one", "--url", shared_broker.url)
        assert running.stdout.readline() == "one\n"
        running.send_signal(signal.SIGINT)
        out, err = running.communicate(timeout=60)
    assert running.returncode == 130, err
    assert json.loads(out)["received"] == 1
    assert "Traceback" not in err
