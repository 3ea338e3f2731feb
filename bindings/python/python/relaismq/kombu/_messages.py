"""Messages of Kombu as messages of JMS, and back.

The body stays what it is: text where Kombu has text, so that a JMS consumer beside Celery can read it. What
AMQP has and JMS has not goes into properties.
"""

from __future__ import annotations

from typing import Any

from kombu.utils.json import dumps, loads
from kombu.utils.uuid import uuid

from .. import _native
from .._native import BytesMessage, Message, TextMessage

Payload = dict[str, Any]
"""A message as Kombu's virtual transports have it."""

_TYPE, _ENCODING = "content_type", "content_encoding"
_HEADERS, _PROPERTIES = "kombu_headers", "kombu_properties"
_TRANSIENT = 1
"""AMQP's delivery mode of messages that need not survive."""


def outgoing(payload: Payload) -> tuple[Message, dict[str, Any]]:
    """A message to send, and how."""
    body, headers, properties = payload["body"], payload["headers"], payload["properties"]
    carried = {
        _TYPE: payload["content-type"] or "",
        _ENCODING: payload["content-encoding"] or "",
        _HEADERS: dumps(headers),
        _PROPERTIES: dumps(properties),
    }
    named = {
        "properties": carried,
        "correlation_id": properties.get("correlation_id"),
        "type": headers.get("task"),
    }
    if isinstance(body, bytes) and payload["content-encoding"] == "utf-8":
        body = body.decode()
    message = TextMessage(body, **named) if isinstance(body, str) else BytesMessage(body, **named)
    return message, _how(properties)


def _how(properties: dict[str, Any]) -> dict[str, Any]:
    how: dict[str, Any] = {
        "persistent": properties.get("delivery_mode") != _TRANSIENT,
        "priority": min(max(int(properties["priority"]), 0), 9),
    }
    if properties.get("expiration") is not None:
        how["ttl"] = int(properties["expiration"]) / 1000
    return how


def incoming(message: _native.Received, queue: str) -> Payload:
    """A message for Kombu, also if a JMS producer has sent it."""
    given = message.properties
    properties = loads(given[_PROPERTIES]) if _PROPERTIES in given else _foreign(message, queue)
    properties["delivery_tag"] = uuid()
    properties.setdefault("delivery_info", {}).update(redelivered=message.redelivered)
    is_text = message.kind == "text"
    return {
        "body": message.text if is_text else message.bytes if message.kind == "bytes" else b"",
        "content-type": given.get(_TYPE) or ("text/plain" if is_text else "application/data"),
        "content-encoding": given.get(_ENCODING) or ("utf-8" if is_text else "binary"),
        "headers": loads(given[_HEADERS]) if _HEADERS in given else _headers(message),
        "properties": properties,
    }


def routing_key(payload: Payload) -> str:
    """What it was sent with."""
    return str(payload["properties"]["delivery_info"].get("routing_key", ""))


def _foreign(message: _native.Received, queue: str) -> dict[str, Any]:
    reply_to = message.reply_to
    return {
        "correlation_id": message.correlation_id,
        "reply_to": reply_to.name if reply_to else None,
        "priority": message.priority,
        "delivery_info": {"exchange": "", "routing_key": queue},
    }


def _headers(message: _native.Received) -> dict[str, Any]:
    return {name: value for name, value in message.properties.items() if name != _TYPE}
