"""What a newcomer does with the README alone."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import AnyBroker

REPOSITORY = Path(__file__).resolve().parents[3]
WELL = "the broker has it: True\nreceived: two teas\n"


def examples(readme: str) -> list[str]:
    text = (REPOSITORY / readme).read_text(encoding="utf-8")
    return re.findall(r"^```python\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


def run(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "error", "-c", code, *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize(
    ("readme", "number"),
    [("README.md", 0), ("bindings/python/README.md", 0), ("bindings/python/README.md", 1)],
)
def test_the_programs_of_the_readmes_work(
    shared_broker: AnyBroker, readme: str, number: int
) -> None:
    ended = run(examples(readme)[number], shared_broker.url)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, WELL, "")


def test_both_readmes_show_the_same_program() -> None:
    assert examples("README.md")[0] == examples("bindings/python/README.md")[0]


def test_the_test_of_the_readme_passes(tmp_path: Path) -> None:
    file = tmp_path / "test_orders.py"
    file.write_text(examples("bindings/python/README.md")[2], encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-W", "error", str(file)]
    ended = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )
    assert ended.returncode == 0, ended.stdout
    assert "1 passed" in ended.stdout


def test_without_a_broker_the_program_says_what_it_tried() -> None:
    ended = run(examples("README.md")[0], "tcp://127.0.0.1:1")
    assert ended.returncode == 1
    assert "relaismq._errors.ConnectError: no broker can be used" in ended.stderr
    assert "tcp://127.0.0.1:1: Connection refused" in ended.stderr
