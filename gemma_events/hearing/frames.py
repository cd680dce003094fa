"""A stream of sound as frames of 30 ms."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from gemma_events.events import SECOND, Nanoseconds

SAMPLE_RATE = 16_000  # Hz, mono: what voice activity and recognisers take
FRAME_MS = 30  # the longest frame that WebRTC's detector takes
FRAME_SAMPLES = SAMPLE_RATE * FRAME_MS // 1000  # 480
SAMPLES_PER_MS = SAMPLE_RATE // 1000
BLOCK_FRAMES = 2  # that live sources deliver at once: half the wake-ups
NANOSECONDS_PER_SAMPLE = SECOND // SAMPLE_RATE  # 62,500 exactly

Samples = npt.NDArray[np.int16]


@dataclass(frozen=True, slots=True, eq=False)
class Chunk:
    """Sound as a source delivers it: `(samples,)`, 16 kHz mono, and when and where its first sample was captured."""

    samples: Samples
    stamp: Nanoseconds  # since the epoch; 0: unknown
    frame_id: str = ''  # of the microphone; empty: the source does not know


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """Exactly 480 samples; `position` counts samples from the start of the stream to its first one."""

    position: int
    samples: Samples

    @property
    def end(self) -> int:
        """The position behind its last sample."""
        return self.position + FRAME_SAMPLES


class Framer:
    """Cuts chunks of any size into frames."""

    def __init__(self) -> None:
        self.position = 0  # of the next sample that comes in
        self._rest: Samples = np.empty(0, np.int16)

    def feed(self, samples: Samples) -> Iterator[Frame]:
        """The frames that these samples, `(samples,)`, complete."""
        start = self.position - len(self._rest)
        self.position += len(samples)
        joined = np.concatenate((self._rest, samples)) if len(self._rest) else samples
        complete = len(joined) - len(joined) % FRAME_SAMPLES
        self._rest = joined[complete:].copy()
        for offset in range(0, complete, FRAME_SAMPLES):
            yield Frame(start + offset, joined[offset : offset + FRAME_SAMPLES])

    def flush(self) -> Iterator[Frame]:
        """What is left at the end of the stream, filled up with silence to a whole frame."""
        if len(self._rest):
            yield from self.feed(np.zeros(FRAME_SAMPLES - len(self._rest), np.int16))


def to_int16(samples: npt.NDArray[Any]) -> Samples:
    """Samples of -1 to 1 as 16 bits, of the same shape; NaN becomes silence, what is too loud is clipped."""
    scaled = samples * np.float32(32768.0)
    if not np.isfinite(scaled.sum()):  # rare, and looking at each sample is not cheap
        scaled = np.nan_to_num(scaled, nan=0.0, posinf=32767.0, neginf=-32768.0)
    integers: Samples = np.rint(scaled).clip(-32768, 32767).astype(np.int16)
    return integers


def mono(samples: npt.NDArray[Any], channel: int) -> npt.NDArray[Any]:
    """One channel (counted from 1) of `(channels, samples)`, or the mean of all (0); the last where there are fewer."""
    if channel == 0 and len(samples) > 1:
        mean: npt.NDArray[Any] = samples.mean(axis=0)
        return mean
    chosen: npt.NDArray[Any] = samples[min(max(channel, 1), len(samples)) - 1]
    return chosen
