"""What can go wrong.

Every exception says in its text what was wrong and what to do, and carries what a program needs to decide:
whether the same call may succeed later, and whether the broker may have done it nevertheless.
"""

from __future__ import annotations

import builtins
from typing import NamedTuple


class BrokerFailure(NamedTuple):
    """Why one broker could not be used."""

    broker: str
    reason: str


class Error(Exception):
    """Any error of this package.

    Attributes:
        retryable: The same call may succeed later, and cannot do anything twice.
        maybe_done: The broker may have done it: to try again may do it twice.
        brokers: The last failure of each broker that was tried, where connecting failed.
        java_class: The Java exception that a broker refused with, such as ``javax.jms.JMSException``.
    """

    retryable: bool
    maybe_done: bool
    brokers: tuple[BrokerFailure, ...]
    java_class: str | None

    def __init__(
        self,
        text: str = "",
        *,
        retryable: bool = False,
        maybe_done: bool = False,
        brokers: tuple[tuple[str, str], ...] | list[tuple[str, str]] = (),
        java_class: str | None = None,
    ) -> None:
        super().__init__(text)
        self.retryable = retryable
        self.maybe_done = maybe_done
        self.brokers = tuple(BrokerFailure(*failure) for failure in brokers)
        self.java_class = java_class


class ConnectError(Error, ConnectionError):
    """No broker can be used; ``brokers`` says why for each."""


class TimeoutError(Error, builtins.TimeoutError):
    """There was no result before the deadline."""


class ConnectTimeoutError(ConnectError, TimeoutError):
    """No broker accepted the login before the deadline."""


class AuthenticationError(Error, PermissionError):
    """The broker refused the user name or the password."""


class AuthorizationError(Error, PermissionError):
    """The broker does not allow this to the user."""


class ClosedError(Error, ConnectionError):
    """The connection, or what was used of it, has been closed."""


class LinkLostError(Error, ConnectionError):
    """The link was lost before the broker answered."""


class ForkedConnectionError(Error, RuntimeError):
    """A connection was used in another process than the one that made it."""


class InvalidUriError(Error, ValueError):
    """The broker's URI, or an option in it, is wrong."""


class InvalidSelectorError(Error, ValueError):
    """The broker does not understand the selector."""


class InvalidDestinationError(Error, ValueError):
    """The destination cannot be used."""


class InvalidClientIdError(Error, ValueError):
    """Another connection uses the client id."""


class MessageError(Error, ValueError):
    """The message cannot be encoded, or what was received cannot be decoded."""


class WrongBodyError(Error, TypeError):
    """The body is of another kind than asked for; ``kind`` of the message says which."""


class UsageError(Error, ValueError):
    """It makes no sense as asked for."""


class StaleDeliveryError(Error):
    """The link that the message came by is gone; the broker delivers it again."""


class TransactionRolledBackError(Error):
    """Nothing of the transaction happened: repeat all of it."""


class TransactionInDoubtError(Error):
    """The broker committed or not: check before repeating the transaction."""


class BrokerError(Error):
    """The broker refused for another reason; ``java_class`` names it."""


class ProtocolError(Error):
    """The broker gave an answer that makes no sense."""


class TestBrokerError(Error):
    """A broker for tests cannot be started or stopped in order."""

    __test__ = False


class PipelineError(Error):
    """Some messages of a pipeline were not confirmed.

    Attributes:
        failures: The number of each message, as ``send`` returned it, and what was wrong with it.
        confirmed: How many others were confirmed.
    """

    failures: list[tuple[int, Error]]
    confirmed: int

    def __init__(self, failures: list[tuple[int, Error]], confirmed: int) -> None:
        first = failures[0][1]
        text = f"{len(failures)} messages were not confirmed, {confirmed} were; the first: {first}"
        maybe_done = any(error.maybe_done for _, error in failures)
        super().__init__(text, maybe_done=maybe_done)
        self.failures = failures
        self.confirmed = confirmed

    def __reduce__(self) -> tuple[type[PipelineError], tuple[list[tuple[int, Error]], int]]:
        return type(self), (self.failures, self.confirmed)
