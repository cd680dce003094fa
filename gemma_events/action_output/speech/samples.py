"""Sound as a loudspeaker takes it: its loudness, its rate, its format. Pure, but that FFmpeg's resampler is used."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from gemma_events.action_output.speech.playout import Samples

FULL = 32767
INAUDIBLE = 30  # of 32768: -60 dB
KNEE = 0.8  # of full scale: what would be louder is pressed into the rest, which is not heard as distortion


def amplify(samples: Samples, percent: float) -> Samples:
    """The samples louder or quieter; above KNEE they approach full scale instead of being clipped."""
    if percent == 100:
        return samples
    floats = samples.astype(np.float32) * np.float32(percent / 100 / FULL)
    if percent > 100:
        size = np.abs(floats)
        above = size > KNEE
        floats[above] = np.sign(floats[above]) * (KNEE + (1 - KNEE) * np.tanh((size[above] - KNEE) / (1 - KNEE)))
    scaled: Samples = np.rint(np.clip(floats, -1, 1) * FULL).astype(np.int16)
    return scaled


def leading_silence(samples: Samples) -> int:
    """How many samples come before the first that can be heard."""
    return int(np.argmax(np.abs(samples.astype(np.int32)) > INAUDIBLE)) if len(samples) else 0


def resample(samples: Samples, rate: int, wanted: int) -> Samples:
    """The same sound at `wanted` Hz, exactly as long to half a sample."""
    if rate == wanted or not len(samples):
        return samples
    import av  # here, for it takes 0.1 s, which most loudspeakers save

    frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples[np.newaxis]), 's16', 'mono')
    frame.rate = rate
    resampler = av.AudioResampler('s16', 'mono', wanted)
    pieces = [piece.to_ndarray().reshape(-1) for source in (frame, None) for piece in resampler.resample(source)]
    length = round(len(samples) * wanted / rate)
    result: Samples = np.concatenate([*pieces, np.zeros(length, np.int16)])[:length]
    return result


def spread(samples: Samples, out: npt.NDArray[np.int16] | npt.NDArray[np.float32]) -> None:
    """Write mono samples into all channels of `out`, (samples, channels), in whichever of the two formats it has."""
    if out.dtype == np.int16:
        out[:] = samples[:, np.newaxis]
    else:
        np.divide(samples[:, np.newaxis], np.float32(FULL + 1), out=out)
