"""Sound for tests of hearing."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import numpy.typing as npt

from gemma_events.hearing.frames import FRAME_SAMPLES, SAMPLE_RATE, Frame, Framer


def to_frames(samples: npt.ArrayLike) -> list[Frame]:
    """All whole frames of some samples."""
    return list(Framer().feed(np.asarray(samples, np.int16)))


def frame(number: int, level: int = 0) -> Frame:
    """The frame of this number, filled with one level."""
    return Frame(number * FRAME_SAMPLES, np.full(FRAME_SAMPLES, level, np.int16))


def write_wav(path: Path, samples: npt.ArrayLike, rate: int = SAMPLE_RATE, channels: int = 1) -> Path:
    """16 bits; samples `(samples,)` or `(samples, channels)`."""
    with wave.open(str(path), 'wb') as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(np.asarray(samples).astype('<i2').tobytes())
    return path


def silence(seconds: float) -> npt.NDArray[np.int16]:
    """So much of it."""
    return np.zeros(int(seconds * SAMPLE_RATE), np.int16)
