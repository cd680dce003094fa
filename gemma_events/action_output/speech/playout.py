"""What a loudspeaker plays, block by block: sounds one behind the other, that fade when they pause. Pure.

One thread feeds, another one (the sound card's) fills blocks; neither waits for the other. Times are samples of the
loudspeaker's rate.

             pause                   after FADE               no pause
    PLAYING ------> gain falls to 0 ------------> SILENT ------------------> gain rises to 1, from the quiet spot
       ^                 | no pause                                                  | before where it fell silent
       +-----------------+-----------------------------------------------------------+
"""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.int16]  # (samples,)

FADE = 0.01  # seconds; less is heard as a click
REWIND = 0.3  # seconds that it goes back at most when it goes on: the beginning of the word that was cut
WINDOW = FADE  # seconds over which loudness is measured
QUIET = 0.02  # of full scale, peak: between words
NEARLY = 1.5  # times the least loudness: as quiet, and the later spot is the better one
HISTORY = 256  # blocks that are remembered: 2.5 s of blocks of 10 ms, more than any device holds


class _Mark(NamedTuple):
    """Where it was behind a block."""

    asked: int  # samples that the device has taken since the beginning
    position: int  # of what was fed


class Playout:
    """The sound of one speech. `feed` and `finish` are for one thread, `fill` for another, all else for any."""

    def __init__(self, rate: int) -> None:
        """`rate`: Hz, of all that is fed and filled."""
        self._fade = max(1, round(FADE * rate))
        self._rewind = round(REWIND * rate)
        self._rate = rate
        self._coming: deque[Samples] = deque()
        self._sound = _NOTHING  # that is being played, and the next sample of it
        self._next = 0
        self._before = _NOTHING  # the end of what was played before it
        self._gain, self._silent = 1.0, False  # silent: it has paused, and stands at the quiet spot
        self._position = self._asked = self._fed = 0
        self._furthest = 0  # position: it goes back after a pause
        self._complete = False
        self._marks: deque[_Mark] = deque([_Mark(0, 0)], HISTORY)

    # --- for the thread that feeds ----------------------------------------------------------------

    def feed(self, samples: Samples) -> None:
        """Play these after what was fed before."""
        self._fed += len(samples)
        self._coming.append(samples)

    def finish(self) -> None:
        """Nothing more will be fed."""
        self._complete = True

    @property
    def fed(self) -> int:
        """How many samples were fed."""
        return self._fed

    def heard(self, latency: int) -> int:
        """How many of the samples that were fed have been heard, at least once, from a device with this latency."""
        asked, marks = self._asked - latency, tuple(self._marks)
        later = next((mark for mark in marks if mark.asked > asked), None)
        earlier = next((mark for mark in reversed(marks) if mark.asked <= asked), None)
        if earlier is None:
            return 0
        if later is None:
            return earlier.position
        return min(later.position, earlier.position + asked - earlier.asked)

    def over(self, latency: int) -> bool:
        """Whether all has been heard, and nothing more will come."""
        return self._complete and self.heard(latency) >= self._fed

    @property
    def silent(self) -> bool:
        """Whether it pauses, and has faded."""
        return self._silent

    # --- for the thread of the sound card ---------------------------------------------------------

    def fill(self, out: Samples, paused: bool) -> bool:
        """Write the next samples, silence where there are none; whether it goes on: it has begun, and does not pause.

        It also goes on while it waits for more to be fed.
        """
        if self._silent and not paused:
            self._silent = False
        filled = 0
        if paused and not self._position:
            self._gain, self._silent = 0.0, True  # it has not begun: there is nothing to fade
        if not self._silent:
            filled = self._take(out)
            self._shape(out[:filled], 0.0 if paused else 1.0)
            if paused and (self._gain == 0.0 or filled < len(out)):
                self._fall_silent()
        out[filled:] = 0
        self._asked += len(out)
        self._furthest = max(self._furthest, self._position)
        self._marks.append(_Mark(self._asked, self._furthest))
        return filled > 0 or not (self._silent or self._complete or not self._position)

    def _take(self, out: Samples) -> int:
        """Copy what there is; how many samples that were."""
        filled = 0
        while filled < len(out):
            if self._next == len(self._sound):
                if not self._coming:
                    break
                self._before = self._played()
                self._sound, self._next = self._coming.popleft(), 0
            part = self._sound[self._next : self._next + len(out) - filled]
            out[filled : filled + len(part)] = part
            filled += len(part)
            self._next += len(part)
        self._position += filled
        return filled

    def _shape(self, part: Samples, target: float) -> None:
        """Let the gain go to `target` over these samples, and put back those that come after it has become silent."""
        if self._gain == target == 1.0:
            return
        step = 1 / self._fade if target else -1 / self._fade
        gain = np.clip(self._gain + step * np.arange(1, len(part) + 1), 0, 1)
        if not target and (left := round(self._gain * self._fade)) < len(part):
            self._back(len(part) - left)
        np.multiply(part, gain, out=part, casting='unsafe')
        self._gain = float(gain[-1]) if len(part) else self._gain

    def _fall_silent(self) -> None:
        """Stand where it will go on."""
        self._gain, self._silent = 0.0, True
        self._furthest = max(self._furthest, self._position)
        if self._position < self._fed:  # else all has been heard, so far
            self._back(len(history := self._played()) - quiet_spot(history, self._rate))

    def _played(self) -> Samples:
        """The last samples that were played, REWIND at most."""
        sound = self._sound[max(0, self._next - self._rewind) : self._next]
        return np.concatenate((self._before, sound))[-self._rewind :] if len(sound) < self._rewind else sound

    def _back(self, count: int) -> None:
        """Go back by so many samples, REWIND at most."""
        self._position -= count
        if count > self._next:
            rest = count - self._next
            self._coming.appendleft(self._sound)
            self._sound, self._before = self._before[-rest:], self._before[:-rest]
            self._next = 0
        else:
            self._next -= count


def quiet_spot(samples: Samples, rate: int) -> int:
    """Where to go on with a sound that was cut at the end of `samples`: the last place where it is quiet.

    That is between two words, or in the stop of a consonant within one. An index, 0 to `len(samples)`: it is quiet from
    there on for WINDOW, in which the sound can be faded in.
    """
    window = max(1, round(WINDOW * rate))
    count = len(samples) // window
    if not count:
        return len(samples)
    pieces = samples[len(samples) - count * window :].reshape(count, window).astype(np.int32)
    loudness = np.abs(pieces).max(axis=1)
    quiet = np.flatnonzero(loudness <= max(QUIET * 32768, NEARLY * loudness.min()))
    return len(samples) - (count - int(quiet[-1])) * window


_NOTHING: Samples = np.empty(0, np.int16)
