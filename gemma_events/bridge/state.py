"""What is so until the next event says otherwise: a visible set, a face. Pure: time, in seconds, is an argument."""

from __future__ import annotations

from typing import Generic

from gemma_events.bridge.wire.codec import EventT, Format

OVERTAKING = 1.0  # seconds; a state and the event that says the same come over two topics, in either order


class State(Generic[EventT]):
    """The last event of a format that is a state: `last`, None while none is known."""

    def __init__(self, wire: Format[EventT]) -> None:
        self.last: EventT | None = None
        self._wire = wire
        self._learnt: tuple[EventT, float] | None = None  # the last state where it was no event, and when it came

    def learn(self, event: EventT, now: float) -> bool:
        """Take a state that did not come as an event, unless one is known already; whether it was news."""
        if self.last or not self._wire.is_state(event):
            return False
        self.last = self._wire.completed(event, None)
        self._learnt = event, now
        return True

    def take(self, event: EventT, now: float) -> tuple[EventT, bool]:
        """The event for a program that knows none before it, and whether that has been learnt already."""
        if self._learnt and self._overtaken(event, *self._learnt, now):
            return event, True
        event = self._wire.completed(event, self.last)
        if self._wire.is_state(event):
            self.last, self._learnt = event, None
        return event, False

    def _overtaken(self, event: EventT, learnt: EventT, came: float, now: float) -> bool:
        if now - came >= OVERTAKING or not self._wire.is_state(event):
            return False
        # Who keeps a state may not be who asked for it, but leaves the stamp as it was.
        return event.stamp == learnt.stamp or (event.source == learnt.source and event.stamp < learnt.stamp)
