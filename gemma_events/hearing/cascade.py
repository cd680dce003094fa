"""A cheap detector of speech, confirmed by a better one."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Protocol

from gemma_events.hearing import vad
from gemma_events.hearing.frames import Frame
from gemma_events.hearing.vad import VadSettings, VoiceActivity
from gemma_events.hearing.webrtc import WebRtc


class Network(Protocol):
    """A detector that is too expensive to be asked about every frame."""

    def probabilities(self, frames: Sequence[Frame]) -> Sequence[float]:
        """For each of these frames, which follow those of the last call, the probability of speech, 0 to 1."""


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
                detected[place] = probabilities[answer] >= settings.speech_probability
                self.doubted += not detected[place]
        return detected


class WebRtcSilero(Cascade):
    """WebRTC's detector, confirmed by Silero's network."""

    def __init__(self, settings: VadSettings) -> None:
        """Loads the network, 20 MB. Raises ConfigurationError where this faster-whisper does not hold it."""
        from gemma_events.hearing.silero import Silero

        super().__init__(WebRtc(settings), Silero())

    @staticmethod
    def check(settings: VadSettings) -> None:
        """Raise ConfigurationError where a package is missing."""
        packages = {
            'webrtcvad': 'webrtcvad-wheels',
            'onnxruntime': 'onnxruntime',
            'faster_whisper': 'faster-whisper',
        }
        vad.require('webrtc_silero', packages, ', or set vad to webrtc')
