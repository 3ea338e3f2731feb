"""What the workers of `test_celery` do. The broker is that of the variable ``BROKER_URL``."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import celery
from celery.exceptions import Reject

app = celery.Celery(
    "celery_app",
    broker=os.environ.get("BROKER_URL", "failover:(tcp://localhost:61616)"),
    broker_transport="relaismq.kombu:Transport",
    backend=os.environ.get("RESULT_BACKEND"),
)
app.conf.update(
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=2,
    worker_send_task_events=True,
)


def note(request: Any, file: str, text: object) -> None:
    """A line that says what ran, and whether the message was flagged."""
    flag = "again" if request.delivery_info.get("redelivered") else "first"
    with Path(file).open("a", encoding="utf-8") as lines:
        lines.write(f"{text} {flag}\n")


@app.task(bind=True)
def work(self: Any, file: str, number: int, seconds: float = 0.0) -> int:
    time.sleep(seconds)
    note(self.request, file, number)
    return number


@app.task(bind=True, max_retries=5)
def stubborn(self: Any, file: str) -> int:
    tries = int(self.request.retries)
    note(self.request, file, tries)
    if tries < 2:
        raise self.retry(countdown=0.1)
    return tries


@app.task(bind=True)
def picky(self: Any, file: str) -> None:
    """Gives the message back once."""
    note(self.request, file, "picky")
    if not self.request.delivery_info.get("redelivered"):
        raise Reject("not now", requeue=True)


@app.task(bind=True)
def slow(self: Any, file: str) -> None:
    note(self.request, file, "begun")
    time.sleep(2)
    note(self.request, file, "done")


@app.task(bind=True)
def endless(self: Any, file: str) -> None:
    """Ends soon only if it was there before."""
    note(self.request, file, "endless")
    if not self.request.delivery_info.get("redelivered"):
        time.sleep(600)
