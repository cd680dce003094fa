"""What the parts of hearing count, for diagnostics."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from gemma_events.hearing.levels import Meter

HISTORY = 100  # times that statistics go over


class Times:
    """The last times that something took, in seconds."""

    def __init__(self) -> None:
        self._times: deque[float] = deque(maxlen=HISTORY)

    def __len__(self) -> int:
        return len(self._times)

    def add(self, seconds: float) -> None:
        """It took so long."""
        self._times.append(seconds)

    @property
    def total(self) -> float:
        """Of those that are remembered."""
        return sum(self._times.copy())

    def within(self, share: float) -> float:
        """The time within which so large a share of them was; 0 for none."""
        times = sorted(self._times)
        return times[min(len(times) - 1, int(share * len(times)))] if times else 0.0

    def __str__(self) -> str:
        return f'{self.within(0.5):.3f}/{self.within(0.95):.3f}'


@dataclass
class Heard:
    """By the listener."""

    frames: int = 0
    speech_frames: int = 0
    noise_frames: int = 0  # that sounded like speech at first
    utterances: int = 0
    losses: int = 0
    meter: Meter = field(default_factory=Meter)
    detection: Times = field(default_factory=Times)  # of one look at the frames that have come

    def values(self) -> dict[str, object]:
        """For people."""
        frames = max(1, self.frames)
        return {
            'frames': self.frames,
            'utterances': self.utterances,
            'losses': self.losses,
            'speech share': f'{self.speech_frames / frames:.2f}',
            'noise share': f'{self.noise_frames / frames:.2f}',
            'level dBFS': f'{self.meter.level:.1f}',
            'clipped samples': self.meter.clipped,
            'detection p50/p95 s': self.detection,
        }


@dataclass
class Recognised:
    """Or not, by recognition."""

    refused: int = 0  # answered with an error because too many waited
    overdue: int = 0  # answered with an error because it took too long
    failed: int = 0  # the recogniser raised an error
    wasted: int = 0  # begun early in vain
    stuck: int = 0  # recognisers given up
    sound: Times = field(default_factory=Times)  # lengths of what was recognised
    work: Times = field(default_factory=Times)  # and how long that took

    def add(self, sound: float, work: float) -> None:
        """So many seconds of sound took so many seconds of work."""
        self.sound.add(sound)
        self.work.add(work)

    def values(self) -> dict[str, object]:
        """For people."""
        factor = self.work.total / self.sound.total if len(self.sound) else 0.0  # work for a second of sound
        return {
            'refused': self.refused,
            'overdue': self.overdue,
            'failed': self.failed,
            'stuck': self.stuck,
            'begun in vain': self.wasted,
            'recognition p50/p95 s': self.work,
            'real-time factor': f'{factor:.2f}',
        }
