"""What comes from one queue or exchange of the broker."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from .._blocking import Consumer
from .._errors import ClosedError, Error, StaleDeliveryError
from .._native import Delivery
from ._messages import Payload, incoming

if TYPE_CHECKING:
    from ._inbox import Inbox

_logger = logging.getLogger("relaismq")


class Intake:
    """A consumer, and the messages from it that nobody has settled.

    The consumer asks the broker for single messages: what this worker has no room for stays where others
    get it, and what was never looked at is not flagged as redelivered when the worker dies.
    """

    def __init__(self, consumer: Consumer, queue: str, settled: Callable[[], None]) -> None:
        self.queue = queue
        self._consumer = consumer
        self._unsettled: dict[str, Delivery] = {}
        self._settled = settled
        self._leaving = False

    def __len__(self) -> int:
        return len(self._unsettled)

    def lend(self, delivery: Delivery) -> Payload:
        """For Kombu; it is this intake's until it is settled."""
        payload = incoming(delivery, self.queue)
        payload["intake"] = self
        self._unsettled[payload["properties"]["delivery_tag"]] = delivery
        return payload

    def get(self) -> Payload | None:
        """A message, if there is one."""
        delivery = self._consumer.receive(0)
        return self.lend(delivery) if delivery else None

    def ack(self, tag: str) -> None:
        """It is done. What came by a link that is gone comes again."""
        delivery = self._unsettled.pop(tag, None)
        if delivery is None:
            return
        try:
            delivery.ack()
        except StaleDeliveryError:
            _logger.warning("%r was done while the broker was away: it comes again", delivery)
        finally:
            self._after()

    def give_back(self, tag: str) -> None:
        """It comes again, flagged as redelivered."""
        delivery = self._unsettled.pop(tag, None)
        if delivery is None:
            return
        try:
            self._consumer.give_back(delivery)
        finally:
            self._after()

    def forget(self, payload: Payload) -> None:
        """Nobody looked at it: the broker has it back when the consumer closes."""
        self._unsettled.pop(payload["properties"]["delivery_tag"], None)

    def _after(self) -> None:
        self._settled()
        if self._leaving and not self._unsettled:
            self.close()

    def leave(self) -> None:
        """Takes no more. Closes when everything is settled: a task that runs may still be acknowledged."""
        self._leaving = True
        if not self._unsettled:
            self.close()

    def close(self) -> None:
        """What is unsettled goes back to the broker."""
        self._unsettled.clear()
        try:
            self._consumer._native.close(False).wait()
        except Error as error:
            # With its connection it is closed already.
            _logger.debug("closing the consumer of %s: %s", self.queue, error)


class Feed(Intake):
    """An intake with a thread, which takes as long as there is room."""

    def __init__(
        self, consumer: Consumer, queue: str, inbox: Inbox, room: Room, acknowledges: bool
    ) -> None:
        super().__init__(consumer, queue, room.changed)
        self._inbox = inbox
        self._room = room
        self._acknowledges = acknowledges
        self._thread = threading.Thread(target=self._run, name=f"relaismq-{queue}", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            while self._room.wait(self):
                delivery = self._consumer.receive()
                if delivery is None:
                    continue
                payload = self.lend(delivery) if self._acknowledges else self._given(delivery)
                self._inbox.put((self.queue, payload))
        except ClosedError as error:
            if not self._leaving:
                self._inbox.put(error)
        except Error as error:
            self._inbox.put(error)

    def _given(self, delivery: Delivery) -> Payload:
        return incoming(delivery, self.queue)

    @property
    def is_leaving(self) -> bool:
        return self._leaving

    def leave(self) -> None:
        self._leaving = True
        self._consumer._native.stop()
        self._room.changed()
        self._thread.join()
        self._inbox.discard(self.queue, self.forget)
        super().leave()

    def close(self) -> None:
        if not self._leaving:
            self._leaving = True
            self._consumer._native.stop()
            self._room.changed()
            self._thread.join()
        super().close()


class Room:
    """How many messages a channel may have that nobody has settled."""

    def __init__(self) -> None:
        self.limit = 0
        self.feeds: list[Intake] = []
        self._changed = threading.Condition()

    def has_any(self) -> bool:
        """Whether one more may come; 0 is no limit."""
        return not self.limit or sum(map(len, self.feeds)) < self.limit

    def changed(self) -> None:
        with self._changed:
            self._changed.notify_all()

    def wait(self, feed: Feed) -> bool:
        """Waits for room; false when the feed is to take no more."""
        with self._changed:
            self._changed.wait_for(lambda: feed.is_leaving or self.has_any())
        return not feed.is_leaving
