"""A topic's messages as bytes, by which the bridge recognises those that it published itself."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Generic

from gemma_events.bridge import cdr
from gemma_events.bridge.wire.codec import EventT

ECHO_LIMIT = 4096  # own messages that have not come back from the topic yet; more than its queues hold


class SerialisedTopic(Generic[EventT]):
    """Events to serialised messages, which `publish_message` takes, and back; for the thread of the reactor."""

    def __init__(
        self, event_type: type[EventT], publish_message: Callable[[bytes], None], clock: Callable[[], int]
    ) -> None:
        """`clock` gives ns since the epoch."""
        self._event_type, self._publish_message, self._clock = event_type, publish_message, clock
        self._echoes = Echoes()

    def publish(self, event: EventT) -> None:
        """Publish an event. Raises struct.error for a number that its field cannot hold."""
        message = cdr.encode(event)
        self._echoes.published(message)
        self._publish_message(message)

    def event(self, message: bytes) -> EventT | None:
        """The event of a message that came, None for an own one. Raises ValueError or struct.error: see cdr.decode."""
        if self._echoes.own(message):
            return None
        event: EventT = cdr.decode(self._event_type, message, self._clock)
        return event


class Echoes:
    """Recognises the messages that this bridge published when its own subscription brings them back.

    By their bytes, so that messages of another bridge are never taken for own ones: two that are equal to
    the last byte are as good as one another.
    """

    def __init__(self) -> None:
        self._awaited: OrderedDict[int, int] = OrderedDict()  # how many, by hash

    def published(self, message: bytes) -> None:
        """To be called before the message is published."""
        key = hash(message)
        self._awaited[key] = self._awaited.get(key, 0) + 1
        if len(self._awaited) > ECHO_LIMIT:
            self._awaited.popitem(last=False)

    def own(self, message: bytes) -> bool:
        """Whether a message that came is such a one; true once for each time it was published."""
        if not self._awaited:
            return False
        key = hash(message)
        count = self._awaited.pop(key, 0)
        if count > 1:
            self._awaited[key] = count - 1
        return count > 0
