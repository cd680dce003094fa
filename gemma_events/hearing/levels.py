"""How loud the sound is."""
from __future__ import annotations

import math

import numpy as np

from gemma_events.hearing.frames import SAMPLE_RATE, Samples

SILENCE = -96.0    # dBFS, what 16 bits can tell from nothing


class Meter:
    """Level of about the last second, and how many samples were clipped so far."""

    def __init__(self) -> None:
        self.clipped = 0
        self._power = 0.0    # mean square, full scale is 1

    def feed(self, samples: Samples) -> None:
        """Listen to samples, `(samples,)`."""
        if not len(samples):
            return
        scaled = samples.astype(np.float32) / 32768.0
        weight = min(1.0, len(samples) / SAMPLE_RATE)
        self._power += weight * (float(np.dot(scaled, scaled)) / len(samples) - self._power)
        self.clipped += int(np.count_nonzero((samples == 32767) | (samples == -32768)))

    @property
    def level(self) -> float:
        """dBFS: 0 is the loudest square wave, speech is at about -30."""
        return max(SILENCE, 10.0 * math.log10(self._power)) if self._power > 0.0 else SILENCE
