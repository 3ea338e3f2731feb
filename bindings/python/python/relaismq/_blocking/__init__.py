"""The blocking face: every call waits, and other threads go on meanwhile."""

from .connection import Connection, connect
from .consuming import Browser, Consumer
from .listening import Subscription
from .producing import AnonymousProducer, Pipeline, Producer
from .sessions import Session, Temporary, Transaction

__all__ = [
    "AnonymousProducer",
    "Browser",
    "Connection",
    "Consumer",
    "Pipeline",
    "Producer",
    "Session",
    "Subscription",
    "Temporary",
    "Transaction",
    "connect",
]
