"""Where the sound of a speech goes: a loudspeaker's Stream, or nowhere, at the same pace."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

import numpy as np

from gemma_events.action_output.speech.stream import Playing

WORDS = 160 / 60  # a second: what espeak-ng says at a rate of 100 %


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


class Silence:
    """Plays nothing, in the time that it would take. Fits Player."""

    audible, rate, held = False, 1000, 0

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock` gives seconds."""
        self._clock, self._done = clock, clock()
        self._playing: Playing | None = None

    def play(self, playing: Playing) -> None:
        """Begin."""
        self._playing, self._done = playing, self._clock()

    def stop(self) -> None:
        """No more."""
        self._playing = None

    def watch(self) -> None:
        """Let the time pass that has passed."""
        if not self._playing:
            return
        count = int((self._clock() - self._done) * self.rate)
        self._done += count / self.rate
        if count and not self._playing.cancelled.is_set():
            self._playing.playout.fill(np.empty(count, np.int16), self._playing.paused.is_set())
