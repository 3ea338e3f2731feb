"""Brokers to test against: the one inside this process, and a real ActiveMQ."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Union

import pytest

from java import ActiveMq
from relaismq.testing import Broker

AnyBroker = Union[Broker, ActiveMq]
BROKERS = ["relaismq", pytest.param("activemq", marks=pytest.mark.interop)]


def _started(make: str, data: Path) -> AnyBroker:
    return Broker(data) if make == "relaismq" else ActiveMq(data)


@pytest.fixture(scope="module", params=BROKERS)
def shared_broker(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[AnyBroker]:
    """A broker for all tests of a module, which use queues of their own."""
    with _started(request.param, tmp_path_factory.mktemp("store")) as broker:
        yield broker


@pytest.fixture(params=BROKERS)
def any_broker(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[AnyBroker]:
    """A broker of the test's own, to be killed."""
    with _started(request.param, tmp_path / "store") as broker:
        yield broker
