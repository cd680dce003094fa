"""How loud the sound is."""

from __future__ import annotations

import math

import numpy as np

from gemma_events.hearing.frames import SAMPLE_RATE, Samples

SILENCE = -96.0  # dBFS, the quietest that 16 bits can express


class Meter:
    """Level of the last second, and how many samples were clipped so far; measured once a second, which is cheaper."""

    def __init__(self) -> None:
        self.clipped = 0
        self.level = SILENCE  # dBFS: 0 is the loudest square wave, speech is at about -30
        self._unmeasured: list[Samples] = []
        self._length = 0

    def feed(self, samples: Samples) -> None:
        """Take the next samples, `(samples,)`."""
        self._unmeasured.append(samples)
        self._length += len(samples)
        if self._length >= SAMPLE_RATE:
            self._measure(np.concatenate(self._unmeasured))
            self._unmeasured, self._length = [], 0

    def _measure(self, samples: Samples) -> None:
        scaled = samples.astype(np.float32) / 32768.0
        power = float(np.dot(scaled, scaled)) / len(samples)
        self.level = max(SILENCE, 10.0 * math.log10(power)) if power > 0.0 else SILENCE
        self.clipped += int(np.count_nonzero((samples == 32767) | (samples == -32768)))
