"""The programs of the documentation, as they stand there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import AnyBroker
from java import ActiveMq
from relaismq.testing import Broker

DOCS = Path(__file__).resolve().parents[3] / "docs" / "python"


def programs(page: str) -> list[str]:
    text = (DOCS / f"{page}.md").read_text(encoding="utf-8")
    return re.findall(r"^```python\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


def run(code: str, folder: Path, *command: str, **variables: str) -> str:
    command = (sys.executable, "-W", "error", *(command or ("-c", code)))
    ended = subprocess.run(
        command,
        env={**os.environ, "FOLDER": str(folder), **variables},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


@pytest.mark.parametrize(
    ("page", "number", "expected"),
    [
        ("tutorial", 0, "True\ntwo teas 2\n"),
        ("tutorial", 1, "499500\n"),
        ("tutorial", 2, "one more\n"),
        ("failover", 0, "Interrupted\nResumed\n['before', 'after']\n"),
        ("failover", 1, "got 10 EUR\n"),
        ("migration", 1, "two teas\n"),
    ],
)
def test_the_programs_do_what_is_said(
    shared_broker: AnyBroker, tmp_path: Path, page: str, number: int, expected: str
) -> None:
    assert run(programs(page)[number], tmp_path, BROKER_URL=shared_broker.url) == expected


def test_they_start_a_broker_of_their_own(tmp_path: Path) -> None:
    assert run(programs("tutorial")[0], tmp_path) == "True\ntwo teas 2\n"


def test_the_tests_of_the_recipes_pass(tmp_path: Path) -> None:
    (tmp_path / "test_recipe.py").write_text(programs("recipes")[0], encoding="utf-8")
    assert "2 passed" in run("", tmp_path, "-m", "pytest", "-q")


def test_the_recipe_for_fastapi_sends(relaismq_broker: Broker, tmp_path: Path) -> None:
    pytest.importorskip("fastapi")
    call = """
import asyncio
import httpx

async def call():
    async with lifespan(app):
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            print((await client.post("/orders", params={"order": "two teas"})).json())

asyncio.run(call())
"""
    code = programs("recipes")[1] + call
    assert run(code, tmp_path, BROKER_URL=relaismq_broker.url) == "{'confirmed': True}\n"


def test_the_recipes_for_django_send_and_handle(relaismq_broker: Broker, tmp_path: Path) -> None:
    pytest.importorskip("django")
    tell, command = programs("recipes")[2:4]
    code = tell + "\ntell('two teas')\n" + command
    # Handled until the broker has nothing more, instead of until Ctrl-C.
    code += """
import threading
from io import StringIO

class Told(StringIO):
    def write(self, text):
        print(text.strip())
        placed.set()

placed = threading.Event()
handler = Command(stdout=Told())
with mq.connect(os.environ["BROKER_URL"]) as connection:
    with connection.listen("orders", handler.place, workers=4):
        assert placed.wait(10)
"""
    assert run(code, tmp_path, BROKER_URL=relaismq_broker.url).strip() == "placed two teas"


@pytest.mark.interop
def test_the_program_for_stomp_does_the_same(tmp_path: Path) -> None:
    pytest.importorskip("stomp")
    with ActiveMq(stomp=True) as broker:
        port = str(broker.stomp_port)
        assert run(programs("migration")[0], tmp_path, STOMP_PORT=port) == "two teas\n"
