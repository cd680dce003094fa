"""From frames that hold speech or do not, to utterances: the state machine of hearing.

            enough speech in the ring                      silence of hangover_ms
    QUIET ----------------------------> SPEAKING ------------------------------------> QUIET
             Started                      |    ^   Stopped
                      early_ms of silence |    | speech again
                                   Paused v    | Resumed
                                         PAUSING

A decision is known later than what it tells of: all positions (in samples from the start of the stream) are those of
the sound, not of the decision.
"""
from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass

import numpy as np

from gemma_events.hearing.frames import FRAME_MS, SAMPLES_PER_MS, Frame
from gemma_events.settings import setting

CUT_WINDOW_MS = 3000    # the last part of a too long utterance, in which the quietest place is looked for
QUIET_FRAMES = 3        # how long that place has to be: a gap between words rather than a closed consonant


@dataclass(frozen=True)
class UtteranceSettings:
    """Times are rounded up to whole frames of 30 ms."""

    ring_ms: int = setting(300, 'stretch of sound that is looked at to tell whether speech begins', unit='ms',
                           low=30, high=2000, live=True)
    ring_share: float = setting(0.6, 'share of that stretch which has to be speech', low=0.05, high=1.0, live=True)
    pre_roll_ms: int = setting(300, 'sound before the start of an utterance that belongs to it', unit='ms',
                               low=0, high=3000, live=True)
    hangover_ms: int = setting(600, 'silence that ends an utterance', unit='ms', low=60, high=5000, live=True)
    early_ms: int = setting(240, 'silence after which recognition starts, in case that nothing more comes',
                            unit='ms', low=30, high=5000, live=True)
    shortest_ms: int = setting(120, 'a shorter utterance is not given to the recogniser', unit='ms',
                               low=0, high=5000, live=True)
    longest_ms: int = setting(25_000, 'a longer utterance is cut at its quietest place', unit='ms',
                              low=1000, high=30_000, live=True)


@dataclass(frozen=True, slots=True)
class Utterance:
    """What somebody said without a longer pause, or has said so far."""

    number: int
    start: int                # position of the first sample of speech
    end: int                  # position behind the last sample of speech
    audio: bytes = b''        # from pre_roll_ms before the start to early_ms behind the end; int16, 16 kHz, mono
    continues: int = 0        # number of the utterance that was cut, of which this is the next piece; 0: of none
    cut: bool = False         # another piece follows

    @property
    def samples(self) -> int:
        """Its length, without pre-roll and trailing silence."""
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class Started:
    """Somebody speaks; of the utterance only number and start are known."""

    utterance: Utterance


@dataclass(frozen=True, slots=True)
class Paused:
    """The utterance may be over: as it will be if it is."""

    utterance: Utterance


@dataclass(frozen=True, slots=True)
class Resumed:
    """The utterance was not over."""

    utterance: Utterance


@dataclass(frozen=True, slots=True)
class Stopped:
    """The utterance is over."""

    utterance: Utterance
    too_short: bool = False    # shorter than shortest_ms


Happening = Started | Paused | Resumed | Stopped


class Segmenter:
    """The state machine; `settings` may be replaced at any time."""

    def __init__(self, settings: UtteranceSettings, first_number: int = 1) -> None:
        self.settings = settings
        self.next_number = first_number
        self._frames: deque[Frame] = deque()    # quiet: the ring and the pre-roll; else: the utterance so far
        self._ring: deque[bool] = deque()
        self._current: Utterance | None = None
        self._paused = False

    @property
    def current(self) -> Utterance | None:
        """The utterance that goes on, without its sound."""
        return self._current

    def feed(self, frame: Frame, speech: bool) -> list[Happening]:
        """Take the next frame, and what the detector says of it."""
        self._frames.append(frame)
        if self._current is None:
            return self._listen(speech)
        return self._follow(self._current, frame, speech)

    def finish(self) -> list[Happening]:
        """The stream ends here, and with it the utterance."""
        happenings: list[Happening] = [self._stop(self._current)] if self._current else []
        self._frames.clear()
        self._ring.clear()
        return happenings

    def so_far(self) -> Utterance | None:
        """The utterance that goes on, with its sound up to now."""
        return self._with_audio(self._current, self._frames[-1].end) if self._current else None

    def _listen(self, speech: bool) -> list[Happening]:
        ring_frames = to_frames(self.settings.ring_ms)
        self._ring.append(speech)
        while len(self._ring) > ring_frames:
            self._ring.popleft()
        while len(self._frames) > ring_frames + to_frames(self.settings.pre_roll_ms):
            self._frames.popleft()
        if sum(self._ring) < max(1, math.ceil(self.settings.ring_share * ring_frames)):
            return []
        onset = len(self._frames) - len(self._ring) + self._ring.index(True)
        start = self._frames[onset].position
        for _ in range(onset - to_frames(self.settings.pre_roll_ms)):
            self._frames.popleft()
        self._ring.clear()
        return [self._start(start, self._frames[-1].end)]

    def _start(self, start: int, end: int, continues: int = 0) -> Started:
        self._current = Utterance(self.next_number, start, end, continues=continues)
        self._paused = False
        self.next_number += 1
        return Started(self._current)

    def _follow(self, current: Utterance, frame: Frame, speech: bool) -> list[Happening]:
        if not speech:
            return self._wait(current, frame.end - current.end)
        self._current = current = Utterance(current.number, current.start, frame.end, continues=current.continues)
        happenings: list[Happening] = [Resumed(current)] if self._paused else []
        self._paused = False
        if current.samples >= self.settings.longest_ms * SAMPLES_PER_MS:
            happenings += self._cut(current)
        return happenings

    def _wait(self, current: Utterance, silence: int) -> list[Happening]:
        if silence >= self.settings.hangover_ms * SAMPLES_PER_MS:
            return [self._stop(current)]
        if not self._paused and silence >= self.settings.early_ms * SAMPLES_PER_MS:
            self._paused = True
            return [Paused(self._with_audio(current, self._audio_end(current)))]
        return []

    def _stop(self, current: Utterance) -> Stopped:
        utterance = self._with_audio(current, self._audio_end(current))
        too_short = not current.continues and current.samples < self.settings.shortest_ms * SAMPLES_PER_MS
        while self._frames and self._frames[0].position < current.end:
            self._frames.popleft()    # the next one's pre-roll does not repeat this one's speech
        self._current = None
        return Stopped(utterance, too_short)

    def _cut(self, current: Utterance) -> list[Happening]:
        """End the utterance at its quietest place, and go on with what comes after it as the next one."""
        place = self._quietest()
        piece = self._with_audio(Utterance(current.number, current.start, place, continues=current.continues, cut=True),
                                 place)
        while self._frames[0].position < place:
            self._frames.popleft()
        return [Stopped(piece), self._start(place, current.end, continues=current.number)]

    def _quietest(self) -> int:
        window = list(self._frames)[-min(to_frames(CUT_WINDOW_MS), len(self._frames) // 2):]
        powers = [float(np.mean(np.square(frame.samples, dtype=np.float32))) for frame in window]
        smooth = np.convolve(powers, np.ones(QUIET_FRAMES), mode='valid')
        return window[int(np.argmin(smooth)) + QUIET_FRAMES // 2].end

    def _audio_end(self, current: Utterance) -> int:
        return current.end + min(self.settings.early_ms, self.settings.hangover_ms) * SAMPLES_PER_MS

    def _with_audio(self, current: Utterance, until: int) -> Utterance:
        audio = b''.join(frame.samples.tobytes() for frame in self._frames if frame.position < until)
        return Utterance(current.number, current.start, current.end, audio, current.continues, current.cut)


def to_frames(milliseconds: int) -> int:
    """How many frames it takes to cover a time."""
    return math.ceil(milliseconds / FRAME_MS)
