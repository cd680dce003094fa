"""Sound of any rate and any number of channels as 16 kHz mono, by FFmpeg's resampler."""

from __future__ import annotations

from typing import Any

import av
import numpy as np
import numpy.typing as npt

from gemma_events.hearing.frames import SAMPLE_RATE, Samples, mono, to_int16


class Resampler:
    """Converts a stream piece by piece; what the filter holds back comes with the next piece, or when it is flushed."""

    def __init__(self, channel: int) -> None:
        self._channel = channel  # as in `frames.mono`
        self._resampler = av.AudioResampler(format='flt', rate=SAMPLE_RATE)

    def feed(self, frame: av.AudioFrame | None) -> Samples:
        """Samples at 16 kHz, `(samples,)`, possibly none, of a frame of any format; None flushes."""
        # Packed samples: PyAV reads beyond the planes of planar ones with many channels.
        pieces: list[npt.NDArray[Any]] = [
            piece.to_ndarray().reshape(-1, piece.layout.nb_channels).T for piece in self._resampler.resample(frame)
        ]
        if not pieces:
            return np.empty(0, np.int16)
        return to_int16(mono(np.concatenate(pieces, axis=1), self._channel))

    def feed_samples(self, samples: npt.NDArray[Any], rate: int) -> Samples:
        """The same for floats of -1 to 1, `(samples,)`, at `rate` Hz."""
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples[np.newaxis], np.float32), 'fltp', 'mono')
        frame.rate = rate
        return self.feed(frame)
