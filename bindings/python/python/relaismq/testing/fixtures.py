"""The fixtures of the package, found by pytest itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from . import Broker


@pytest.fixture
def relaismq_broker(tmp_path: Path) -> Iterator[Broker]:
    """A broker of the test's own, which keeps messages in the test's folder."""
    with Broker(tmp_path / "relaismq") as broker:
        yield broker
