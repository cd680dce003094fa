"""A recogniser that knows one word, and a detector of speech that goes by loudness."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from gemma_events.hearing.frames import Frame
from gemma_events.hearing.recognisers import RecognitionSettings
from gemma_events.hearing.transcripts import Transcript

LOUD = 1000  # of 32768


class OneWord:
    """Understands everything as "hello"."""

    def __init__(self, settings: RecognitionSettings) -> None:
        """There is nothing to load."""

    def transcribe(self, audio: bytes, settings: RecognitionSettings) -> Transcript:
        return Transcript('hello', 'en', 1.0)


class Loud:
    """Takes what is loud for speech."""

    def __init__(self, settings: Any) -> None:
        """There is nothing to load."""

    def detect(self, frames: Sequence[Frame], settings: Any) -> list[bool]:
        return [bool(np.abs(frame.samples.astype(int)).mean() > LOUD) for frame in frames]
