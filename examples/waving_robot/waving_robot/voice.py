"""A speech synthesiser for robots that beep."""

from __future__ import annotations

import math
import threading
from array import array

from gemma_events.action_output.speech.speak import SpeakSettings

PITCH = 440  # Hz
LENGTH = 0.1  # seconds of each word


class Beep:
    """A beep for each word."""

    rate = 16_000  # Hz

    def __init__(self, settings: SpeakSettings) -> None:
        """There is nothing to load."""

    def synthesise(self, text: str, settings: SpeakSettings, cancelled: threading.Event) -> bytes:
        count = int(LENGTH * self.rate)
        loudness = 80 * settings.volume
        wave = (round(loudness * math.sin(2 * math.pi * PITCH * n / self.rate)) for n in range(count))
        beep, pause = array('h', wave).tobytes(), bytes(2 * count)
        return (beep + pause) * len(text.split())
