"""How far the mouth is open: by the loudness of what is played, at the time at which it is heard. Pure.

Times are ns of the node's clock, which stamps what is played.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from gemma_events.events import SECOND, Nanoseconds

STEP = SECOND // 50  # ns for which one loudness holds
LONGEST = 5 * SECOND  # what is remembered; pieces come 20 to 40 ms long, shortly before they are heard
EARLIEST = 5 * SECOND  # a piece that is heard later than this is none: clocks differ
LATEST = SECOND  # nor one that was heard so long ago
HOLD = SECOND // 2  # for so long after the last piece it is closed: pieces may be lost, and pauses are pieces too
SILENCE = 0.003  # RMS, of full scale: -50 dBFS
QUIET = 0.12  # of the loudest part: below it the mouth is closed
LOUD = 0.02  # RMS that opens the mouth, at least: a robot whose volume is low still opens it
FADE = 0.5 ** (STEP / (3 * SECOND))  # the loudest part counts half after 3 s
LEVELS = 8  # that are told apart: fewer pictures are drawn
RATES = range(4_000, 200_001)  # samples a second

PATTERN_STEP = SECOND // 8  # syllables come at 4 to 5 Hz: each opens and closes
PATTERN = (1, 3, 2, 0, 2, 3, 1, 2, 0, 3, 2, 1, 3, 0)  # thirds


@dataclass(frozen=True, slots=True)
class Envelope:
    """The loudness of what was played and soon will be: `after` each piece a new one."""

    steps: tuple[tuple[Nanoseconds, float], ...] = ()  # when each begins, in order, and how far it opens the mouth
    loudest: float = LOUD
    until: Nanoseconds | None = None  # to when something was played; None: nothing yet
    told: Nanoseconds = 0  # when the last piece came
    refused: int = 0  # pieces that cannot be what is being played

    def after(self, stamp: Nanoseconds, rate: int, samples: NDArray[np.int16], now: Nanoseconds) -> Envelope:
        """With a piece whose first sample is heard at `stamp`; an empty one ends what was played."""
        if now < self.told:  # the clock was set back
            return Envelope(told=now, refused=self.refused).after(stamp, rate, samples, now)
        if not len(samples):
            return replace(self, steps=tuple(step for step in self.steps if step[0] < stamp))
        if rate not in RATES or not -LATEST < stamp - now < EARLIEST or len(samples) > rate * LONGEST // SECOND:
            return replace(self, refused=self.refused + 1)
        loudest, steps = self.loudest, list(self.steps)
        for number, loudness in enumerate(_loudness(samples, rate * STEP // SECOND)):
            loudest = max(LOUD, loudest * FADE, loudness)
            steps.append((stamp + number * STEP, _opening(loudness, loudest)))
        steps.sort()  # what is lost comes never, what is late may come out of turn
        first = bisect_right(steps, (now - LONGEST, 0.0))
        until = max(self.until or 0, stamp + len(samples) * SECOND // rate)
        return replace(self, steps=tuple(steps[first:]), loudest=loudest, until=until, told=now)

    def opening(self, now: Nanoseconds) -> float | None:
        """How far the mouth is open, 0 to 1 in LEVELS; None where nothing was played lately."""
        if self.until is None or not -EARLIEST < now - self.until < HOLD:
            return None
        number = bisect_right(self.steps, (now, 2.0)) - 1
        if number < 0 or now - self.steps[number][0] >= STEP:
            return 0.0
        return self.steps[number][1]


def pattern(now: Nanoseconds) -> float:
    """How far a mouth is open that talks although nothing is played: `now` is of any clock."""
    return PATTERN[now // PATTERN_STEP % len(PATTERN)] / max(PATTERN)


def _loudness(samples: NDArray[np.int16], step: int) -> list[float]:
    """RMS of each step, 0 to 1; the last one may be shorter."""
    power = (samples.astype(np.float32) / 32768) ** 2
    starts = np.arange(0, len(power), step)
    lengths = np.diff([*starts, len(power)])
    found: list[float] = np.sqrt(np.add.reduceat(power, starts) / lengths).tolist()
    return found


def _opening(loudness: float, loudest: float) -> float:
    if loudness < max(SILENCE, QUIET * loudest):
        return 0.0
    part: float = (loudness / loudest) ** 0.7
    return max(1, round(LEVELS * part)) / LEVELS
