"""Voice activity: does a frame hold speech?"""

from __future__ import annotations

import importlib.util
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from gemma_events.errors import ConfigurationError
from gemma_events.hearing.frames import Frame
from gemma_events.settings import setting


@dataclass(frozen=True)
class VadSettings:
    """Which detector, and how strict it is."""

    vad: str = setting(
        'webrtc_silero',
        "detector of speech: WebRTC's alone, or confirmed by Silero's network",
        choices=('webrtc_silero', 'webrtc'),
    )
    aggressiveness: int = setting(
        2, "how readily WebRTC's detector calls a frame silent; 3 misses quiet speech", low=0, high=3, live=True
    )
    speech_probability: float = setting(
        0.42, "what Silero's network has to give a frame to call it speech", low=0.01, high=0.99, live=True
    )


class VoiceActivity(Protocol):
    """A detector. It may remember earlier frames: give it all of them, in order."""

    doubted: int  # frames so far that sounded like speech, but are none

    def detect(self, frames: Sequence[Frame], settings: VadSettings) -> list[bool]:
        """Whether each of these frames holds speech."""


class Network(Protocol):
    """A detector that is too good to be asked about every frame."""

    def probabilities(self, frames: Sequence[Frame]) -> Sequence[float]:
        """Listen to these frames, which follow those of the last call; that each of them holds speech, 0 to 1."""


class Cascade:
    """A cheap detector first; what it calls speech, a better one has to confirm.

    The better one goes by what it heard before, so it is given the frames shortly before as well. Silence costs
    nothing; asking about several frames at once costs little more than about one.
    """

    CONTEXT = 10  # frames, 0.3 s; 1.0 s makes no difference

    def __init__(self, first: VoiceActivity, second: Network) -> None:
        self.doubted = 0
        self._first, self._second = first, second
        self._unheard: deque[Frame] = deque(maxlen=self.CONTEXT)

    def detect(self, frames: Sequence[Frame], settings: VadSettings) -> list[bool]:
        """Whether both call each of them speech."""
        detected = self._first.detect(frames, settings)
        heard: list[Frame] = []
        asked: list[tuple[int, int]] = []  # places in `frames` and `heard`
        for place, (frame, speech) in enumerate(zip(frames, detected, strict=True)):
            self._unheard.append(frame)
            if speech:
                heard += self._unheard
                self._unheard.clear()
                asked.append((place, len(heard) - 1))
        if heard:
            probabilities = self._second.probabilities(heard)
            for place, answer in asked:
                detected[place] = bool(probabilities[answer] >= settings.speech_probability)
                self.doubted += not detected[place]
        return detected


def create(settings: VadSettings) -> VoiceActivity:
    """The detector that the settings name, with what it needs loaded."""
    from gemma_events.hearing.webrtc import WebRtc

    if settings.vad == 'webrtc':
        return WebRtc()
    from gemma_events.hearing.silero import Silero

    return Cascade(WebRtc(), Silero())


_REQUIRED = {
    'webrtc': {'webrtcvad': 'webrtcvad-wheels'},
    'webrtc_silero': {
        'webrtcvad': 'webrtcvad-wheels',
        'onnxruntime': 'onnxruntime',
        'faster_whisper': 'faster-whisper',
    },
}  # by detector, what to install for each module


def require(vad: str, find: Callable[[str], object] = importlib.util.find_spec) -> None:
    """Raise ConfigurationError where a module that the detector needs is not installed; loads none of them."""
    missing = [package for module, package in _REQUIRED[vad].items() if not find(module)]
    if missing:
        other = '' if vad == 'webrtc' else ', or set vad to webrtc'
        raise ConfigurationError(f'vad {vad} needs {" and ".join(missing)}: pip install {" ".join(missing)}{other}')
