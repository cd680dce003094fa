"""What the parts of hearing count, for diagnostics."""
from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from gemma_events.hearing.levels import Meter

HISTORY = 100    # recognitions that the statistics go over


@dataclass
class Heard:
    """By the listener."""

    frames: int = 0
    speech_frames: int = 0
    utterances: int = 0
    losses: int = 0
    meter: Meter = field(default_factory=Meter)


@dataclass
class Recognised:
    """Or not, by recognition."""

    refused: int = 0       # answered with an error because too many waited
    overdue: int = 0       # answered with an error because it took too long
    failed: int = 0        # the recogniser raised an error
    wasted: int = 0        # begun early in vain
    stuck: int = 0         # recognisers given up
    times: deque[tuple[float, float]] = field(default_factory=lambda: deque(maxlen=HISTORY))    # seconds: sound, work

    def real_time_factor(self) -> float:
        """Seconds of work for a second of sound."""
        times = list(self.times)
        sound = sum(sound for sound, _ in times)
        return sum(work for _, work in times) / sound if sound else 0.0

    def work(self, share: float) -> float:
        """The seconds within which so large a share of utterances was recognised; 0 for none."""
        works = sorted(work for _, work in list(self.times))
        return works[min(len(works) - 1, int(share * len(works)))] if works else 0.0
