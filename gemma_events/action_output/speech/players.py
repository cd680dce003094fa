"""Where the sound of a speech goes: a loudspeaker's Stream, or nowhere, at the same pace."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

import numpy as np

from gemma_events.action_output.speech.playout import Samples
from gemma_events.action_output.speech.stream import Playing, Tap

WORDS = 160 / 60  # a second: what espeak-ng says at a rate of 100 %
LATENCY = 0.05  # seconds, as a sound card has: who plays the topic playback gets each piece before its time


class Player(Protocol):
    """What plays the sound of one speech after the other."""

    audible: bool  # whether anybody may hear it

    @property
    def rate(self) -> int:
        """Hz."""

    @property
    def held(self) -> int:
        """Samples that it has taken and that are not heard yet."""

    def play(self, playing: Playing) -> None:
        """Begin with this."""

    def stop(self) -> None:
        """No more of it."""

    def watch(self) -> None:
        """Look whether it works; called every few milliseconds. Raises DeviceError where it does not."""


class DummySpeaker:
    """No sound card: takes the sound at the pace at which it would be heard. Fits Player."""

    def __init__(self, rate: int, tap: Tap, *, audible: bool, clock: Callable[[], float] = time.monotonic) -> None:
        """`rate`: of the sound, Hz; `tap`: see Stream; `clock` gives seconds."""
        self.rate, self.held, self.audible = rate, round(rate * LATENCY), audible
        self._tap, self._clock, self._taken = tap, clock, clock()
        self._playing: Playing | None = None

    def play(self, playing: Playing) -> None:
        """Begin."""
        self._playing, self._taken = playing, self._clock()

    def stop(self) -> None:
        """No more."""
        self._playing = None
        self._tap(None, self.rate, 0.0)

    def watch(self) -> None:
        """Take what would have been played since the last time."""
        if not self._playing:
            return
        count = int((self._clock() - self._taken) * self.rate)
        self._taken += count / self.rate
        if count and not self._playing.cancelled.is_set():
            block: Samples = np.empty(count, np.int16)
            belongs = self._playing.playout.fill(block, self._playing.paused.is_set())
            self._tap(block if belongs else None, self.rate, LATENCY)
