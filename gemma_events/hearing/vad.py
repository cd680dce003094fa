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

    vad: str = setting('webrtc_silero', 'detector of speech: WebRTC\'s alone, or confirmed by Silero\'s network',
                       choices=('webrtc_silero', 'webrtc'))
    aggressiveness: int = setting(2, 'how readily WebRTC\'s detector calls a frame silent; 3 misses quiet speech',
                                  low=0, high=3, live=True)
    speech_probability: float = setting(0.35, 'what Silero\'s network has to give a frame to call it speech',
                                        low=0.01, high=0.99, live=True)


class VoiceActivity(Protocol):
    """A detector. It may remember earlier frames: give it all of them, in order."""

    def is_speech(self, frame: Frame, settings: VadSettings) -> bool:
        """Whether this frame holds speech."""


class Network(Protocol):
    """A detector that is too good to be asked about every frame."""

    def probability(self, frames: Sequence[Frame]) -> float:
        """Listen to these frames, which follow those of the last call; that the last of them holds speech, 0 to 1."""


class Confirmed:
    """A cheap detector first; what it calls speech, a better one has to confirm.

    The better one goes by what it heard before, so it is given the frames shortly before as well. Silence costs
    nothing.
    """

    CONTEXT = 10    # frames, 0.3 s; 1.0 s makes no difference

    def __init__(self, first: VoiceActivity, second: Network) -> None:
        self._first, self._second = first, second
        self._unheard: deque[Frame] = deque(maxlen=self.CONTEXT)

    def is_speech(self, frame: Frame, settings: VadSettings) -> bool:
        """Whether both call it speech."""
        self._unheard.append(frame)
        if not self._first.is_speech(frame, settings):
            return False
        probability = self._second.probability(self._unheard)
        self._unheard.clear()
        return probability >= settings.speech_probability


def create(settings: VadSettings) -> VoiceActivity:
    """The detector that the settings name, with what it needs loaded."""
    from gemma_events.hearing.webrtc import WebRtc
    if settings.vad == 'webrtc':
        return WebRtc()
    from gemma_events.hearing.silero import Silero
    return Confirmed(WebRtc(), Silero())


_REQUIRED = {
    'webrtc': {'webrtcvad': 'webrtcvad-wheels'},
    'webrtc_silero': {'webrtcvad': 'webrtcvad-wheels', 'onnxruntime': 'onnxruntime',
                      'faster_whisper': 'faster-whisper'},
}    # by detector, what to install for each module


def require(vad: str, find: Callable[[str], object] = importlib.util.find_spec) -> None:
    """Raise ConfigurationError where a module that the detector needs is not installed; loads none of them."""
    missing = [package for module, package in _REQUIRED[vad].items() if not find(module)]
    if missing:
        other = '' if vad == 'webrtc' else ', or set vad to webrtc'
        raise ConfigurationError(f'vad {vad} needs {" and ".join(missing)}: pip install {" ".join(missing)}{other}')
