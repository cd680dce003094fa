"""From frames that hold speech or do not, to utterances: the state machine of hearing.

            enough speech in onset_window_ms               silence of hangover_ms
    QUIET ----------------------------> SPEAKING ------------------------------------> QUIET
             Started                      |    ^   Stopped
                      early_ms of silence |    | speech again
                                   Paused v    | Resumed
                                         PAUSING

A decision is made later than what it is about: all positions (in samples from the start of the stream) are those of
the sound, not of the decision.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from gemma_events.events import Nanoseconds
from gemma_events.hearing.frames import FRAME_MS, FRAME_SAMPLES, NANOSECONDS_PER_SAMPLE, SAMPLES_PER_MS, Frame
from gemma_events.settings import setting

EDGE_FRAMES = 2  # on either side that belong to speech: detectors miss its soft edges, 60 ms on average
PROGRESS_MS = 300  # by which an utterance grows between two `Ongoing`
CUT_WINDOW_MS = 3000  # the last part of a too long utterance, in which the quietest place is looked for
QUIET_FRAMES = 3  # how long that place has to be: a gap between words rather than a closed consonant


@dataclass(frozen=True)
class UtteranceSettings:
    """What counts as an utterance. Times are rounded up to whole frames of 30 ms."""

    onset_window_ms: int = setting(
        210, 'stretch of sound that decides whether speech begins', unit='ms', low=30, high=2000, live=True
    )
    onset_ratio: float = setting(0.4, 'share of that stretch that has to be speech', low=0.05, high=1.0, live=True)
    pre_roll_ms: int = setting(
        300, 'sound before the start of an utterance that belongs to it', unit='ms', low=0, high=3000, live=True
    )
    hangover_ms: int = setting(600, 'silence that ends an utterance', unit='ms', low=60, high=5000, live=True)
    early_ms: int = setting(
        240,
        'silence after which recognition starts, in case nothing more comes',
        unit='ms',
        low=60,
        high=5000,
        live=True,
    )
    min_speech_ms: int = setting(
        200, 'an utterance shorter than this is not given to the recogniser', unit='ms', low=0, high=5000, live=True
    )
    max_speech_ms: int = setting(
        25_000,
        'an utterance longer than this is cut at its quietest place',
        unit='ms',
        low=1000,
        high=30_000,
        live=True,
    )


@dataclass(frozen=True, slots=True)
class Utterance:
    """What somebody said without a longer pause, or has said so far."""

    number: int
    start: int  # position of the first sample of speech
    end: int  # position behind the last sample of speech
    audio: bytes = b''  # from pre_roll_ms before the start to early_ms behind the end; int16, 16 kHz, mono
    continues: int = 0  # number of the utterance that was cut, of which this is the next piece; 0: of none
    cut: bool = False  # another piece follows

    @property
    def samples(self) -> int:
        """Its length, without pre-roll and trailing silence."""
        return self.end - self.start

    @property
    def length(self) -> Nanoseconds:
        """The same as a time."""
        return self.samples * NANOSECONDS_PER_SAMPLE


@dataclass(frozen=True, slots=True)
class Started:
    """Somebody has started to speak; only the utterance's number and start are known."""

    utterance: Utterance


@dataclass(frozen=True, slots=True)
class Ongoing:
    """Somebody has been speaking for another PROGRESS_MS: the utterance so far."""

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
    too_short: bool = False  # shorter than min_speech_ms


SegmentEvent = Started | Ongoing | Paused | Resumed | Stopped


class Segmenter:
    """The state machine; `settings` gives those that hold now."""

    def __init__(self, settings: Callable[[], UtteranceSettings], first_number: int = 1) -> None:
        self._settings = settings
        self.next_number = first_number
        self._frames: deque[Frame] = deque()  # quiet: the onset window and the pre-roll; else: the utterance so far
        self._onset: deque[bool] = deque()  # of the last onset_window_ms, which frames hold speech
        self._current: Utterance | None = None
        self._paused = False
        self._reported = 0  # length of the utterance at its last `Started` or `Ongoing`, samples

    def feed(self, frame: Frame, speech: bool) -> list[SegmentEvent]:
        """Take the next frame, and whether it holds speech."""
        self._frames.append(frame)
        if self._current is None:
            return self._listen(speech)
        if speech:
            return self._go_on(self._current, frame)
        return self._wait(self._current, frame.end - self._current.end)

    @property
    def is_mid_speech(self) -> bool:
        """Whether the last frame was speech of an utterance: its end cannot be known before a hangover has passed."""
        return self._current is not None and self._current.end == self._frames[-1].end

    def finish(self) -> list[SegmentEvent]:
        """The stream ends here, and with it the utterance."""
        events: list[SegmentEvent] = [self._stop(self._current)] if self._current else []
        self._frames.clear()
        self._onset.clear()
        return events

    def _listen(self, speech: bool) -> list[SegmentEvent]:
        settings = self._settings()
        window = to_frames(settings.onset_window_ms)
        self._onset.append(speech)
        while len(self._onset) > window:
            self._onset.popleft()
        while len(self._frames) > window + to_frames(settings.pre_roll_ms) + EDGE_FRAMES:
            self._frames.popleft()
        if sum(self._onset) < math.ceil(settings.onset_ratio * window):
            return []
        onset = max(0, len(self._frames) - len(self._onset) + self._onset.index(True) - EDGE_FRAMES)
        start = self._frames[onset].position
        for _ in range(onset - to_frames(settings.pre_roll_ms)):
            self._frames.popleft()
        self._onset.clear()
        return [self._start(start, self._frames[-1].end)]

    def _start(self, start: int, end: int, continues: int = 0) -> Started:
        self._current = Utterance(self.next_number, start, end, continues=continues)
        self._paused, self._reported = False, end - start
        self.next_number += 1
        return Started(self._current)

    def _go_on(self, current: Utterance, frame: Frame) -> list[SegmentEvent]:
        self._current = current = Utterance(current.number, current.start, frame.end, continues=current.continues)
        events: list[SegmentEvent] = [Resumed(current)] if self._paused else []
        self._paused = False
        if current.samples >= self._settings().max_speech_ms * SAMPLES_PER_MS:
            events += self._cut(current)
        elif current.samples >= self._reported + PROGRESS_MS * SAMPLES_PER_MS:
            self._reported = current.samples
            events.append(Ongoing(self._with_audio(current, current.end)))
        return events

    def _wait(self, current: Utterance, silence: int) -> list[SegmentEvent]:
        if silence >= self._settings().hangover_ms * SAMPLES_PER_MS:
            return [self._stop(current)]
        if not self._paused and silence >= self._settings().early_ms * SAMPLES_PER_MS:
            self._paused = True
            return [Paused(self._over(current))]
        return []

    def _stop(self, current: Utterance) -> Stopped:
        utterance = self._over(current)
        too_short = not current.continues and utterance.samples < self._settings().min_speech_ms * SAMPLES_PER_MS
        while self._frames and self._frames[0].position < utterance.end:
            self._frames.popleft()  # the next one's pre-roll does not repeat this one's speech
        self._current = None
        return Stopped(utterance, too_short)

    def _cut(self, current: Utterance) -> list[SegmentEvent]:
        """End the utterance at its quietest place, and go on with what comes after it as the next one."""
        place = self._quietest()
        piece = self._with_audio(
            Utterance(current.number, current.start, place, continues=current.continues, cut=True), place
        )
        while self._frames[0].position < place:
            self._frames.popleft()
        return [Stopped(piece), self._start(place, current.end, continues=current.number)]

    def _quietest(self) -> int:
        window = list(self._frames)[-min(to_frames(CUT_WINDOW_MS), len(self._frames) // 2) :]
        powers = [float(np.mean(np.square(frame.samples, dtype=np.float32))) for frame in window]
        smooth = np.convolve(powers, np.ones(QUIET_FRAMES), mode='valid')
        return window[int(np.argmin(smooth)) + QUIET_FRAMES // 2].end

    def _over(self, current: Utterance) -> Utterance:
        """The utterance as it is when nothing more comes."""
        end = min(current.end + EDGE_FRAMES * FRAME_SAMPLES, self._frames[-1].end)
        silence = min(self._settings().early_ms, self._settings().hangover_ms) * SAMPLES_PER_MS
        return self._with_audio(
            Utterance(current.number, current.start, end, continues=current.continues), current.end + silence
        )

    def _with_audio(self, current: Utterance, until: int) -> Utterance:
        audio = b''.join(frame.samples.tobytes() for frame in self._frames if frame.position < until)
        return Utterance(current.number, current.start, current.end, audio, current.continues, current.cut)


def to_frames(milliseconds: int) -> int:
    """How many frames it takes to cover a time."""
    return math.ceil(milliseconds / FRAME_MS)
