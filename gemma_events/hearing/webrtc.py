"""WebRTC's voice activity detector: fast, hears every voice, and much that is not one."""

from __future__ import annotations

from collections.abc import Sequence

from gemma_events.hearing import vad
from gemma_events.hearing.frames import SAMPLE_RATE, Frame
from gemma_events.hearing.vad import VadSettings


class WebRtc:
    """A detector (see `vad.VoiceActivity`)."""

    def __init__(self, settings: VadSettings) -> None:
        import webrtcvad

        self._vad = webrtcvad.Vad(settings.aggressiveness)
        self._mode = settings.aggressiveness

    @staticmethod
    def check(settings: VadSettings) -> None:
        """Raise ConfigurationError where the package is missing."""
        vad.require('webrtc', {'webrtcvad': 'webrtcvad-wheels'})

    def detect(self, frames: Sequence[Frame], settings: VadSettings) -> list[bool]:
        """Whether each of these frames holds speech."""
        if settings.aggressiveness != self._mode:
            self._mode = settings.aggressiveness
            self._vad.set_mode(self._mode)
        return [self._vad.is_speech(frame.samples.tobytes(), SAMPLE_RATE) for frame in frames]
