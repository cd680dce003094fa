"""Silero's voice activity network, which comes inside the faster-whisper package, frame by frame."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnxruntime

from gemma_events.errors import ConfigurationError
from gemma_events.hearing.frames import FRAME_SAMPLES, Frame, Samples

WINDOW = 576  # samples of one step of the network at 16 kHz: 64 of context and 512 new ones
STATE = (1, 1, 128)


class Silero:
    """Gives each frame a probability of speech (see `cascade.Network`).

    The network steps 512 samples at a time, our frames have 480. Each step is given the last 576 samples up to the
    frame's end: it sees 32 of them twice, which makes no measurable difference, and every frame gets its own answer.
    """

    def __init__(self) -> None:
        """Loads the network. Raises ConfigurationError where this faster-whisper does not hold it."""
        options = onnxruntime.SessionOptions()
        options.inter_op_num_threads = options.intra_op_num_threads = 1
        options.enable_cpu_mem_arena = False
        self._session = onnxruntime.InferenceSession(str(_model()), options, providers=['CPUExecutionProvider'])
        self._tail: Samples = np.zeros(WINDOW, np.int16)
        self._h = self._c = np.zeros(STATE, np.float32)

    def probabilities(self, frames: Sequence[Frame]) -> Sequence[float]:
        """For each of these frames, which follow those of the last call, the probability of speech, 0 to 1."""
        sound = np.concatenate((self._tail, *(frame.samples for frame in frames)))
        ends = range(WINDOW + FRAME_SAMPLES, len(sound) + 1, FRAME_SAMPLES)
        steps = np.stack([sound[end - WINDOW : end] for end in ends]).astype(np.float32) / 32768.0
        self._tail = sound[-WINDOW:]
        probabilities, self._h, self._c = self._session.run(None, {'input': steps, 'h': self._h, 'c': self._c})
        heard: Sequence[float] = probabilities.ravel().tolist()
        return heard


def _model() -> Path:
    package = importlib.util.find_spec('faster_whisper')  # without importing it, which takes half a second
    folder = Path(package.origin).parent if package and package.origin else Path()
    models = sorted(folder.glob('assets/silero_vad*.onnx'))
    if not models:
        raise ConfigurationError(
            'this faster-whisper has no Silero model (assets/silero_vad*.onnx): '
            'install faster-whisper 1.2, or set vad to webrtc'
        )
    return models[-1]
