"""WebRTC's voice activity detector: fast, hears every voice, and much that is none."""

from __future__ import annotations

from collections.abc import Sequence

import webrtcvad

from gemma_events.hearing.frames import SAMPLE_RATE, Frame
from gemma_events.hearing.vad import VadSettings


class WebRtc:
    """A detector (see `vad.VoiceActivity`)."""

    doubted = 0

    def __init__(self) -> None:
        self._vad = webrtcvad.Vad()
        self._mode: int | None = None

    def detect(self, frames: Sequence[Frame], settings: VadSettings) -> list[bool]:
        """Whether each of these frames holds speech."""
        if settings.aggressiveness != self._mode:
            self._mode = settings.aggressiveness
            self._vad.set_mode(self._mode)
        return [bool(self._vad.is_speech(frame.samples.tobytes(), SAMPLE_RATE)) for frame in frames]
