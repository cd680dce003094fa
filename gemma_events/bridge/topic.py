"""A topic's messages as bytes, by which the bridge recognises those that it published itself."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable
from typing import Generic

from gemma_events.bridge import cdr
from gemma_events.bridge.wire.codec import EventT

ECHO_LIMIT = 4096  # own messages that have not come back from the topic yet; more than its queues hold


class SerialisedTopic(Generic[EventT]):
    """Events to serialised messages, which `publish_message` takes, and back.

    `publish` and `event` are for the reactor's thread, `own` is for that of the subscription.
    """

    def __init__(
        self, event_type: type[EventT], publish_message: Callable[[bytes], None], clock: Callable[[], int]
    ) -> None:
        """`clock` gives ns since the epoch."""
        self._event_type, self._publish_message, self._clock = event_type, publish_message, clock
        self._published: deque[int] = deque(maxlen=ECHO_LIMIT)  # hashes, on their way from one thread to the other
        self._awaited: OrderedDict[int, int] = OrderedDict()  # how many, by hash

    def publish(self, event: EventT) -> None:
        """Publish an event. Raises struct.error for a number that its field cannot hold."""
        message = cdr.encode(event)
        self._published.append(hash(message))  # first: it may come back before the next line has ended
        self._publish_message(message)

    def own(self, message: bytes) -> bool:
        """Whether a message that came was published here; true once for each time it was.

        By its bytes, so that messages of another bridge are never taken for own ones: two that are equal to the last
        byte are as good as one another.
        """
        while self._published:
            key = self._published.popleft()
            self._awaited[key] = self._awaited.get(key, 0) + 1
            if len(self._awaited) > ECHO_LIMIT:
                self._awaited.popitem(last=False)
        if not self._awaited:
            return False
        key = hash(message)
        count = self._awaited.pop(key, 0)
        if count > 1:
            self._awaited[key] = count - 1
        return count > 0

    def event(self, message: bytes) -> EventT:
        """The event of a message. Raises ValueError or struct.error: see cdr.decode."""
        event: EventT = cdr.decode(self._event_type, message, self._clock)
        return event
