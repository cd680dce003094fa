"""Whether something that a detector sees now and then is there: no flicker, no ghost. Pure.

By time, not by a number of pictures: a detector may work at 2 Hz or at 60.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Protocol

from gemma_events.events import SECOND, Nanoseconds

LEAST = 3  # pictures that say something; one alone is no evidence, whether it shows a thing or not
MAX_PICTURES = 10_000  # within `window_s`


class PresencePolicy(Protocol):
    """When a thing is there."""

    @property
    def appear_share(self) -> int:
        """Percent of the pictures since it was first seen in which it has to be, to have come."""

    @property
    def appear_after_s(self) -> float:
        """Seconds for which it has to be seen like that."""

    @property
    def disappear_share(self) -> int:
        """Percent of the pictures of the window; in fewer, it has gone."""

    @property
    def window_s(self) -> float:
        """Seconds, up to now."""


class Pictures:
    """The times of the last pictures of one camera: of the window, and of LEAST at least."""

    def __init__(self) -> None:
        self.total = 0  # that there ever were
        self.count = 0  # that there are
        self.begin: Nanoseconds = 0  # when the first of these was taken
        self._times: deque[Nanoseconds] = deque(maxlen=MAX_PICTURES)

    def add(self, time: Nanoseconds, policy: PresencePolicy) -> None:
        """One more, later than those before."""
        self.total += 1
        self._times.append(time)
        begin = time - round(policy.window_s * SECOND)
        while len(self._times) > LEAST and self._times[0] < begin:
            self._times.popleft()
        self.count, self.begin = len(self._times), self._times[0]


@dataclass(slots=True)
class Presence:
    """Of one thing: in which pictures it was, and whether it is there."""

    came: Nanoseconds | None = None  # when it was first seen, while it is there
    _sightings: deque[Nanoseconds] = field(default_factory=lambda: deque(maxlen=MAX_PICTURES))
    _first: Nanoseconds = 0  # of them, also of those before the window
    _number: int = 0  # of the picture then

    def seen(self, time: Nanoseconds, pictures: Pictures) -> None:
        """It is in the last picture, which is of this time."""
        if not self._sightings and self.came is None:
            self._first, self._number = time, pictures.total
        self._sightings.append(time)

    def changed(self, time: Nanoseconds, pictures: Pictures, policy: PresencePolicy) -> bool:
        """Whether it came, or went, with the last picture, which is of this time; `came` says which."""
        sightings, begin = self._sightings, pictures.begin
        while sightings and sightings[0] < begin:
            sightings.popleft()
        count, seen = min(pictures.count, pictures.total - self._number + 1), len(sightings)
        if self.came is not None:
            if count < LEAST or 100 * seen >= policy.disappear_share * count:
                return False
            self.came = None
            self._sightings.clear()
            return True
        if seen < LEAST or time - self._first < policy.appear_after_s * SECOND:
            return False
        if 100 * seen < policy.appear_share * count:
            return False
        self.came = self._first
        return True
