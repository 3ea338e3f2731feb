"""Options with a name of their own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from os import PathLike
from typing import Literal, TypedDict, Union

from ._destinations import Destination

Seconds = Union[float, timedelta]
AckMode = Literal["auto", "client", "individual", "dups_ok"]


@dataclass(frozen=True)
class TLS:
    """How brokers behind ``ssl://`` are recognised, and how they recognise us.

    Attributes:
        ca_file: Certificates of CAs to trust, in place of those that the system trusts.
        cert_file: Our certificate, with those that lead to its CA.
        key_file: The key of our certificate.
        server_name: The name to look for in the broker's certificate, in place of the URI's host.
        verify_hostname: Whether the certificate must name the host.
    """

    ca_file: str | PathLike[str] | None = None
    cert_file: str | PathLike[str] | None = None
    key_file: str | PathLike[str] | None = None
    server_name: str | None = None
    verify_hostname: bool = True


@dataclass(frozen=True)
class RedeliveryPolicy:
    """What happens to messages after a rollback or a failed handler.

    Attributes:
        maximum_redeliveries: After so many the message goes to the dead letter queue; ``None``: never.
        initial_delay: Before the first redelivery.
        delay: Before each further one.
        exponential: Each delay is ``multiplier`` times the one before.
        multiplier: See ``exponential``.
        maximum_delay: No delay is longer; ``None``: no limit.
        jitter: Spreads the delays, so that not everybody comes at once.
    """

    maximum_redeliveries: int | None = 6
    initial_delay: Seconds = 1.0
    delay: Seconds = 1.0
    exponential: bool = False
    multiplier: float = 5.0
    maximum_delay: Seconds | None = None
    jitter: bool = False


class Headers(TypedDict, total=False):
    """What a message carries besides its body."""

    properties: Mapping[str, object] | None
    """Names and values that receivers can read and selectors can test."""
    correlation_id: str | None
    """What this message answers, or what its answer should quote."""
    reply_to: Destination | str | None
    """Where answers are expected."""
    type: str | None
    """A word for the receiver on what the message is (``JMSType``)."""
    group_id: str | None
    """All messages of one group go to one consumer, in order, while it lives."""
    group_sequence: int | None
    """The place in the group, from 1; a negative one closes the group."""
    delay: Seconds | None
    """Asks the broker to hold the message back, where it has ``schedulerSupport``."""


class Sending(TypedDict, total=False):
    """How a message is sent."""

    ttl: Seconds | None
    """How long the message is of use. Default: for ever."""
    priority: int | None
    """0 to 9, where more is sooner. Default 4."""
    persistent: bool | None
    """Whether the broker keeps it over a restart. Default true."""
    confirm: bool | None
    """Whether the send waits until the broker has it. Default: for persistent messages."""


class SendOptions(Headers, Sending, total=False):
    """Everything that a send can be told."""


class ProducerOptions(Sending, total=False):
    """How a producer sends unless a send says otherwise."""

    window: int | None
    """Bytes that a pipeline may have under way unconfirmed. Default 8 MiB."""


class SubscribeOptions(TypedDict, total=False):
    """What a consumer in a session can be told."""

    selector: str | None
    """Which messages are wanted: ``region = 'EU' AND JMSPriority > 4``. Default: all."""
    prefetch: int | None
    """Messages that the broker may send ahead; 0: each is asked for. Default 1000 for queues."""
    durable: str | None
    """Makes it a durable subscription to a topic, by this name; needs a ``client_id``."""
    no_local: bool | None
    """Leaves out what this connection sends itself."""
    exclusive: bool | None
    """Asks to get all messages of the queue alone while it lives."""
    retroactive: bool | None
    """Asks a topic for what it kept from before."""
    priority: int | None
    """Consumers of higher priority are served first, 0 to 127."""
    confirm_acks: bool | None
    """Whether ``ack()`` waits until the broker has it. Default true."""
    redelivery: RedeliveryPolicy | None
    """What happens to messages that come again. Default: the connection's."""


class ConsumerOptions(SubscribeOptions, total=False):
    """What a consumer can be told."""

    ack: AckMode | None
    """When messages are acknowledged. Default ``auto``."""
