"""When a sample was captured, from its position in the stream. Pure."""

from __future__ import annotations

from collections import deque

from gemma_events.events import SECOND, Nanoseconds
from gemma_events.hearing.frames import BLOCK_FRAMES, FRAME_SAMPLES, NANOSECONDS_PER_SAMPLE


def captured(now: Nanoseconds, samples: int, rate: int) -> Nanoseconds:
    """When the first of some samples that came just now was captured; 0 (unknown) while the clock stands at 0."""
    return now and now - samples * SECOND // rate


class Timeline:
    """When a sample of one open source was captured, and in which frame.

    Sound may come late, by the jitter of a callback or in a burst after something was held up, but never early. So of
    the last chunks the one that claims to be captured the earliest, measured by its position, is right. When all are
    later for some time, and do not catch up as a burst does, then sound was lost or somebody set the clock: older
    ones are forgotten. So are they after a while in any case, as a device's clock and the computer's drift apart
    (typically 10 to 100 ppm, a third of a second an hour).
    """

    SLOT = BLOCK_FRAMES * FRAME_SAMPLES  # samples, 60 ms: of smaller chunks, several count as one
    SLOTS = 32  # that are remembered: 2 s
    LASTING = 4  # slots after which lateness is no jitter
    JITTER = SECOND // 50  # less than this may be
    JUMP = 3 * SECOND // 4  # more than this is not, and is followed at once

    def __init__(self, began: Nanoseconds = 0) -> None:
        """`began`: when the first sound came, by a clock that does not jump."""
        self.frame_id = ''  # of the last anchor
        self._began = began
        self._origin: Nanoseconds | None = None  # when position 0 was, or would have been, captured
        self._claims: deque[tuple[int, Nanoseconds]] = deque(maxlen=self.SLOTS)  # positions, and the origin by each

    def anchor(self, position: int, stamp: Nanoseconds, frame_id: str = '') -> None:
        """The sample at `position` was captured at `stamp`, nanoseconds since the epoch, or earlier; 0: unknown."""
        self.frame_id = frame_id
        if not stamp:
            return
        origin = stamp - position * NANOSECONDS_PER_SAMPLE
        if self._origin is not None and abs(origin - self._origin) >= self.JUMP:
            self._claims.clear()
        if self._claims and self._claims[-1][0] // self.SLOT == position // self.SLOT:
            origin = min(origin, self._claims.pop()[1])
        self._claims.append((position, origin))
        self._forget()
        self._origin = min(origin for _, origin in self._claims)

    def stamp(self, position: int) -> Nanoseconds:
        """Nanoseconds since the epoch; 0 (unknown) before the first anchor, and before the epoch of simulated time."""
        return 0 if self._origin is None else max(0, self._origin + position * NANOSECONDS_PER_SAMPLE)

    def steady(self, position: int) -> Nanoseconds:
        """The same by the clock of `began`, to measure what lies between two sounds; coarser."""
        return self._began + position * NANOSECONDS_PER_SAMPLE

    def _forget(self) -> None:
        """Drop the older claims where the last ones are later than all of them, and stay so."""
        claims = list(self._claims)
        older, late = claims[: -self.LASTING], claims[-self.LASTING :]
        if not older or min(origin for _, origin in late) - min(origin for _, origin in older) <= self.JITTER:
            return
        (first, before), (last, now) = late[0], late[-1]
        catching_up = before - now > (last - first) * NANOSECONDS_PER_SAMPLE // 2
        if not catching_up:
            self._claims = deque(late, self.SLOTS)
