"""Apache ActiveMQ for Python: OpenWire with failover.

::

    import relaismq as mq

    with mq.connect("failover:(tcp://a:61616,tcp://b:61616)", username="app", password=secret) as connection:
        connection.send("orders", "two teas", properties={"region": "EU"})
        with connection.consumer("orders", selector="region = 'EU'") as orders:
            for order in orders:  # acknowledged when the body is done, redelivered if it raises
                print(order.text)

The same words for asyncio are in `relaismq.aio`, a broker for tests is in `relaismq.testing`.
"""

from . import aio, events
from ._blocking import (
    AnonymousProducer,
    Browser,
    Connection,
    Consumer,
    Pipeline,
    Producer,
    Session,
    Subscription,
    Temporary,
    Transaction,
    connect,
)
from ._destinations import Destination, Queue, TemporaryQueueName, TemporaryTopicName, Topic
from ._errors import (
    AuthenticationError,
    AuthorizationError,
    BrokerError,
    BrokerFailure,
    ClosedError,
    ConnectError,
    ConnectTimeoutError,
    Error,
    ForkedConnectionError,
    InvalidClientIdError,
    InvalidDestinationError,
    InvalidSelectorError,
    InvalidUriError,
    LinkLostError,
    MessageError,
    PipelineError,
    ProtocolError,
    StaleDeliveryError,
    TimeoutError,
    TransactionInDoubtError,
    TransactionRolledBackError,
    UsageError,
    WrongBodyError,
)
from ._native import (
    BytesMessage,
    Delivery,
    MapMessage,
    Message,
    ObjectMessage,
    Receipt,
    Received,
    StreamMessage,
    TextMessage,
)
from ._options import TLS, RedeliveryPolicy
from ._values import Byte, Char, Float, Long, Short
from ._words import Metrics, State, Statistics

__all__ = [
    "TLS",
    "AnonymousProducer",
    "AuthenticationError",
    "AuthorizationError",
    "BrokerError",
    "BrokerFailure",
    "Browser",
    "Byte",
    "BytesMessage",
    "Char",
    "ClosedError",
    "ConnectError",
    "ConnectTimeoutError",
    "Connection",
    "Consumer",
    "Delivery",
    "Destination",
    "Error",
    "Float",
    "ForkedConnectionError",
    "InvalidClientIdError",
    "InvalidDestinationError",
    "InvalidSelectorError",
    "InvalidUriError",
    "LinkLostError",
    "Long",
    "MapMessage",
    "Message",
    "MessageError",
    "Metrics",
    "ObjectMessage",
    "Pipeline",
    "PipelineError",
    "Producer",
    "ProtocolError",
    "Queue",
    "Receipt",
    "Received",
    "RedeliveryPolicy",
    "Session",
    "Short",
    "StaleDeliveryError",
    "State",
    "Statistics",
    "StreamMessage",
    "Subscription",
    "Temporary",
    "TemporaryQueueName",
    "TemporaryTopicName",
    "TextMessage",
    "TimeoutError",
    "Topic",
    "Transaction",
    "TransactionInDoubtError",
    "TransactionRolledBackError",
    "UsageError",
    "WrongBodyError",
    "aio",
    "connect",
    "events",
]
