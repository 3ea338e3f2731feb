"""The two faces have the same words, and the native half tells the truth about itself."""

from __future__ import annotations

import inspect
import pickle

import pytest

import relaismq as mq
from relaismq import aio

ONLY_BLOCKING = {"listen", "on_event"}
"""Threads of their own: tasks do that in an event loop."""


def words(face: type) -> dict[str, list[str]]:
    """Public methods and properties, with their parameters."""
    found = {}
    for name, member in inspect.getmembers(face):
        if name.startswith("_") or name in ONLY_BLOCKING:
            continue
        parameters = inspect.signature(member).parameters if callable(member) else {}
        found[name] = [str(it).split(":")[0] for it in parameters.values()]
    return found


@pytest.mark.parametrize(
    "name",
    [
        "AnonymousProducer",
        "Browser",
        "Connection",
        "Consumer",
        "Pipeline",
        "Producer",
        "Session",
        "Temporary",
        "Transaction",
    ],
)
def test_each_class_has_the_same_words_in_both_faces(name: str) -> None:
    blocking, awaited = words(getattr(mq, name)), words(getattr(aio, name))
    assert blocking == awaited
    assert blocking
    for own, twin in (("__enter__", "__aenter__"), ("__iter__", "__aiter__")):
        assert hasattr(getattr(mq, name), own) == hasattr(getattr(aio, name), twin), own


def test_both_connect_with_the_same_options() -> None:
    blocking, awaited = inspect.signature(mq.connect), inspect.signature(aio.connect)
    assert list(blocking.parameters.values()) == list(awaited.parameters.values())


def test_errors_and_values_can_be_sent_to_another_process() -> None:
    late = mq.TimeoutError("late", retryable=True, brokers=[("tcp://a:1", "refused")])
    failed = mq.PipelineError([(3, late)], confirmed=7)
    copy: mq.PipelineError = pickle.loads(pickle.dumps(failed))
    assert (str(copy), copy.confirmed, copy.maybe_done) == (str(failed), 7, False)
    [(number, error)] = copy.failures
    assert (number, str(error), error.retryable) == (3, "late", True)
    assert error.brokers == (mq.BrokerFailure("tcp://a:1", "refused"),)
    for value in (mq.Byte(1), mq.Long(2), mq.Float(1.5), mq.Char("x"), mq.Topic("t")):
        same = pickle.loads(pickle.dumps(value))
        assert (same, type(same)) == (value, type(value))


def test_everything_public_says_what_it_is() -> None:
    silent = [
        f"{face.__name__}.{name}"
        for face in (mq, aio)
        for name in face.__all__
        if not inspect.getdoc(getattr(face, name))
    ]
    assert silent == []
