"""What the parts of hearing count, for the diagnostics."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from gemma_events.hearing.levels import Meter
from gemma_events.metrics import Latencies

WINDOW = 600.0  # seconds that the percentiles are about
ATTEMPTS = 3  # of the recogniser: one that failed so often in a row works no more


def latencies() -> Latencies:
    """New ones over WINDOW."""
    return Latencies(WINDOW)


def percentiles(latencies: Latencies, now: float) -> str:
    """The 50th and the 95th of the seconds before `now`, such as 0.120/0.400; zeros where there were none."""
    half, most = latencies.percentiles(now, 0.5, 0.95) or (0.0, 0.0)
    return f'{half:.3f}/{most:.3f}'


@dataclass
class ListenerMetrics:
    """What the listener heard."""

    frames: int = 0
    speech_frames: int = 0
    noise_frames: int = 0  # that sounded like speech at first
    utterances: int = 0
    losses: int = 0  # of the source
    meter: Meter = field(default_factory=Meter)
    detection: Latencies = field(default_factory=latencies)  # of one call of the detector

    def values(self, now: float) -> dict[str, object]:
        """For the diagnostics; `now` in monotonic seconds."""
        frames = max(1, self.frames)
        return {
            'frames': self.frames,
            'utterances': self.utterances,
            'losses': self.losses,
            'speech share': f'{self.speech_frames / frames:.2f}',
            'noise share': f'{self.noise_frames / frames:.2f}',
            'level dBFS': f'{self.meter.level:.1f}',
            'clipped samples': self.meter.clipped,
            'detection p50/p95 s': percentiles(self.detection, now),
        }


@dataclass
class RecognitionMetrics:
    """What became of the utterances that recognition was given."""

    refused: int = 0  # answered with an error because too many waited
    overdue: int = 0  # answered with an error because it took too long
    failed: int = 0  # the recogniser raised an error
    wasted: int = 0  # recognised early, but the utterance went on
    stuck: int = 0  # recognisers given up
    sound: float = 0.0  # seconds that were recognised
    work: float = 0.0  # seconds that this took
    latencies: Latencies = field(default_factory=latencies)  # of one utterance
    errors: deque[str] = field(default_factory=lambda: deque(maxlen=ATTEMPTS))  # of the last ones; empty: it worked

    def add(self, sound: float, work: float, now: float) -> None:
        """So many seconds of sound took so many seconds of work."""
        self.sound += sound
        self.work += work
        self.latencies.add(work, now)

    @property
    def failing(self) -> str:
        """Why, if the recogniser fails each time; else empty."""
        return self.errors[-1] if len(self.errors) == ATTEMPTS and all(self.errors) else ''

    def values(self, now: float) -> dict[str, object]:
        """For the diagnostics; `now` in monotonic seconds."""
        factor = self.work / self.sound if self.sound else 0.0  # work for a second of sound
        return {
            'refused': self.refused,
            'overdue': self.overdue,
            'failed': self.failed,
            'stuck': self.stuck,
            'wasted': self.wasted,
            'recognition p50/p95 s': percentiles(self.latencies, now),
            'real-time factor': f'{factor:.2f}',
        }
