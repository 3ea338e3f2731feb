"""A real ActiveMQ and the real Java client, which other judges than ourselves are."""

from __future__ import annotations

import functools
import json
import os
import signal
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from typing_extensions import Self

_REPOSITORY = Path(__file__).resolve().parents[3]
_SOURCES = _REPOSITORY / "tests" / "java" / "relaismq"
_JARS = [
    "activemq-broker",
    "activemq-client",
    "activemq-jaas",
    "activemq-kahadb-store",
    "activemq-openwire-legacy",
    "activemq-protobuf",
    "activemq-stomp",
    "geronimo-j2ee-management-1.1-spec",
    "geronimo-jms_1.1_spec",
    "geronimo-jta-1.2-spec",
    "hawtbuf",
    "jackson-annotations",
    "jackson-core",
    "jackson-databind",
    "slf4j-api",
    "slf4j-simple",
]


@functools.cache
def class_path() -> str:
    """The jars of Debian's ActiveMQ and the programs of the Rust tests, compiled once."""
    folder = Path(os.environ.get("RELAISMQ_JARS", "/usr/share/java"))
    jars = [folder / f"{name}.jar" for name in _JARS]
    missing = [str(jar) for jar in jars if not jar.exists()]
    assert not missing, f"{missing}: install the Debian packages activemq and libactivemq-java"
    jar_path = ":".join(map(str, jars))
    classes = tempfile.TemporaryDirectory(prefix="relaismq-java-")
    _keep.append(classes)
    sources = [*_SOURCES.glob("*.java"), *_SOURCES.glob("activemq/*.java")]
    sources += _SOURCES.glob("peer/*.java")
    command = ["javac", "-encoding", "UTF-8", "-cp", jar_path, "-d", classes.name]
    subprocess.run([*command, *map(str, sources)], check=True)
    return f"{classes.name}:{jar_path}"


_keep: list[tempfile.TemporaryDirectory[str]] = []


class _Program:
    """A Java program that ends with its standard input."""

    def __init__(self, main: str, *arguments: str) -> None:
        options = ["-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]
        options += ["-Dorg.slf4j.simpleLogger.defaultLogLevel=error", "-cp", class_path()]
        command = ["java", *options, main, *arguments]
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True)

    def say(self, line: str) -> None:
        assert self.process.stdin
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def hear(self) -> str:
        assert self.process.stdout
        line = self.process.stdout.readline()
        assert line, f"{self.process.args!r} has ended"
        return line

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
        for stream in (self.process.stdin, self.process.stdout):
            if stream and not stream.closed:
                stream.close()
        self.process.wait(30)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class ActiveMq:
    """An ActiveMQ broker on one port, which can be killed and started again."""

    def __init__(
        self,
        data: Path | None = None,
        *,
        stomp: bool = False,
        scheme: str = "tcp",
        options: Sequence[str] = (),
    ) -> None:
        self._arguments = ["--name", "activemq", *options]
        self._scheme = scheme
        if stomp:
            self._arguments += ["--uri", "stomp://127.0.0.1:0"]
        if data is not None:
            self._arguments += ["--persistent", "true", "--data", str(data)]
        self.port = 0
        self._start()

    def _start(self) -> None:
        uri = f"{self._scheme}://127.0.0.1:{self.port}"
        if "--clients-of" in self._arguments:
            uri += "?transport.needClientAuth=true"
        main = "relaismq.activemq.BrokerMain"
        self._program = _Program(main, *self._arguments, "--uri", uri)
        ready = dict(field.split("=", 1) for field in self._program.hear().split()[1:])
        connector = "openwire" if self._scheme == "tcp" else self._scheme
        self.port = int(ready[connector].split("?")[0].rsplit(":", 1)[1])
        self.stomp_port = int(ready["stomp"].rsplit(":", 1)[1]) if "stomp" in ready else 0

    @property
    def url(self) -> str:
        return f"failover:(tcp://127.0.0.1:{self.port})?initialReconnectDelay=10"

    def restart(self) -> None:
        self._program.process.send_signal(signal.SIGKILL)
        self._program.close()
        self._start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._program.close()


class Peer(_Program):
    """The Java client: it does what it is told, one JSON line at a time."""

    def __init__(self, url: str) -> None:
        super().__init__("relaismq.peer.JmsPeer")
        assert json.loads(self.hear()) == {"event": "ready"}
        self._next = 0
        self.do("connect", name="c", url=url)
        self.do("start", connection="c")
        self.do("session", connection="c", name="s", ack="auto")

    def do(self, operation: str, **fields: Any) -> Any:
        self._next += 1
        self.say(json.dumps({"id": self._next, "on": "main", "op": operation, **fields}))
        while True:
            answer = json.loads(self.hear())
            if answer.get("id") == self._next:
                assert "error" not in answer, answer
                return answer["ok"]

    def send(self, destination: str, message: dict[str, Any]) -> None:
        name = f"p{self._next}"
        self.do("producer", session="s", name=name, destination=destination)
        self.do("send", session="s", producer=name, message=message)
        self.do("close", name=name)

    def receive(self, destination: str) -> dict[str, Any]:
        name = f"r{self._next}"
        self.do("consumer", session="s", name=name, destination=destination)
        message = self.do("receive", consumer=name, timeout_ms=10_000)
        self.do("close", name=name)
        assert isinstance(message, dict)
        return message
