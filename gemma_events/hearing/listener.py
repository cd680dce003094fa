"""The thread that hears: sound from a source, through the detector, to utterances."""

from __future__ import annotations

import enum
import threading
import time
import traceback
from collections.abc import Callable

from gemma_events.backoff import Backoff
from gemma_events.errors import GemmaError
from gemma_events.events import SECOND
from gemma_events.hearing import vad
from gemma_events.hearing.frames import FRAME_MS, Chunk, Frame, Framer
from gemma_events.hearing.metrics import ListenerMetrics
from gemma_events.hearing.settings import HearingSettings
from gemma_events.hearing.sources import Source
from gemma_events.hearing.timeline import Timeline
from gemma_events.hearing.utterances import Segmenter, SegmentEvent, Started, Stopped
from gemma_events.hearing.vad import VoiceActivity
from gemma_events.log import Log, Trouble
from gemma_events.turns import Attention

RETRY_PAUSE, MAX_RETRY_PAUSE = 0.5, 10.0  # seconds until a source that was lost is opened again
FIRST_SOUND = 5.0  # seconds until the first sound of a source, after which it is missed
END_TIMEOUT = 1.0  # seconds for the thread to end; one that hangs in a device is left
BATCH = 32  # frames that the detector is given at once: a second
DELAY_MS = 240  # sound that may wait for the detector in the middle of speech: one that is woken seldom works from
# warm caches, and nothing is known later because of it


class State(enum.Enum):
    """Of the source."""

    OPENING = 'opening'
    LISTENING = 'listening'
    LOST = 'lost'  # missing, or without a detector; it is tried again
    ENDED = 'ended'  # a file
    CLOSED = 'closed'


class Listener:
    """Opens the source, listens until it ends or `close`, and opens it again when it is lost.

    `handle` gets what happens to utterances, and the timeline to say when; from the listener's thread.
    `wait_for_room` blocks a source that can wait until there is room for another utterance; it gets seconds and
    returns false when they were not enough. While `attention` is IGNORE, all sound counts as silence. `settings`
    gives those that hold now.
    """

    def __init__(
        self,
        open_source: Callable[[], Source],
        create_detector: Callable[[], VoiceActivity],
        settings: Callable[[], HearingSettings],
        first_number: int,
        handle: Callable[[SegmentEvent, Timeline], None],
        wait_for_room: Callable[[float], bool],
        attention: Callable[[], Attention],
        log: Log,
    ) -> None:
        self.state, self.trouble = State.OPENING, Trouble(log.warning)
        self.metrics = ListenerMetrics()
        self._open_source, self._create_detector, self._settings = open_source, create_detector, settings
        self._handle, self._wait_for_room, self._attention, self._log = handle, wait_for_room, attention, log
        self._segmenter = Segmenter(settings, first_number)
        self._framer, self._timeline = Framer(), Timeline()  # of the open source
        self._waiting: list[Frame] = []  # for the detector
        self._source: Source | None = None
        self._opened = time.monotonic()
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name='hearing', daemon=True)
        self._thread.start()

    @property
    def next_number(self) -> int:
        """Of the utterance that comes next."""
        return self._segmenter.next_number

    @property
    def source(self) -> str:
        """The source's name; empty before it was first opened."""
        return self._source.name if self._source else ''

    @property
    def dropped(self) -> int:
        """Chunks that the source lost because they were not taken in time."""
        return self._source.dropped if self._source else 0

    @property
    def silence(self) -> str:
        """Why nothing has come from the open source for some time, and what to do; empty: it does, or nobody knows."""
        source = self._source
        if not source or not (self.state is State.LOST or time.monotonic() - self._opened > FIRST_SOUND):
            return ''
        return source.silence() if self.state in (State.OPENING, State.LOST) else ''

    def close(self) -> None:
        """End the thread; an utterance that goes on is stopped first."""
        self._closed.set()
        if source := self._source:
            source.close()
        self._thread.join(END_TIMEOUT)
        self.state = State.CLOSED

    # --- the thread -------------------------------------------------------------------------------

    def _run(self) -> None:
        backoff = Backoff(RETRY_PAUSE, MAX_RETRY_PAUSE)
        while not self._closed.is_set():
            heard = self.metrics.frames
            try:
                self._listen()
            except GemmaError as error:
                self._lost(str(error))
            except Exception as error:  # a fault of ours or of a library: the robot must not stay deaf for good
                self._lost(f'{error!r}, a fault in gemma_events', f'\n{traceback.format_exc()}')
            else:
                return
            finally:
                self._report(self._segmenter.finish())
            if self.metrics.frames > heard:
                backoff.succeeded()
            self._closed.wait(backoff.failed())

    def _listen(self) -> None:
        self._source = source = self._open_source()
        self._opened = time.monotonic()
        self._log.debug(f'opened {source.name}')
        try:
            if self._closed.is_set():
                return
            detector = self._create_detector()  # takes memory that a robot without a microphone does not need
            try:
                self._take_all(source, detector)
            finally:
                self._catch_up(detector)
        finally:
            source.close()
        if not self._closed.is_set():
            self._end(detector)

    def _take_all(self, source: Source, detector: VoiceActivity) -> None:
        self._framer = Framer()
        for chunk in source.chunks():
            if not self._framer.position:
                self._timeline = Timeline(time.monotonic_ns())
            self._take(chunk, detector)
            if self.state is not State.LISTENING:
                self._found()
            while not source.live and not self._closed.is_set() and not self._wait_for_room(0.1):
                pass

    def _take(self, chunk: Chunk, detector: VoiceActivity) -> None:
        self._timeline.anchor(self._framer.position, chunk.stamp, chunk.frame_id)
        self.metrics.meter.feed(chunk.samples)
        self._waiting += self._framer.feed(chunk.samples)
        settings = self._settings()
        enough = min(DELAY_MS, settings.early_ms, settings.hangover_ms)
        if not self._segmenter.is_mid_speech or len(self._waiting) * FRAME_MS >= enough:
            self._catch_up(detector)

    def _catch_up(self, detector: VoiceActivity) -> None:
        """Give the detector the frames that wait for it."""
        waiting, self._waiting = self._waiting, []
        settings, ignored = self._settings(), self._attention() is Attention.IGNORE
        began, doubted = time.perf_counter(), getattr(detector, 'doubted', 0)
        for frames in (waiting[start : start + BATCH] for start in range(0, len(waiting), BATCH)):
            for frame, speech in zip(frames, vad.detect(detector, frames, settings), strict=True):
                self.metrics.frames += 1
                self.metrics.speech_frames += speech
                self._report(self._segmenter.feed(frame, speech and not ignored))
        self.metrics.noise_frames += getattr(detector, 'doubted', 0) - doubted
        self.metrics.detection.add(time.perf_counter() - began, time.monotonic())

    def _end(self, detector: VoiceActivity) -> None:
        """The source has ended by itself."""
        self._waiting += self._framer.flush()
        self._catch_up(detector)
        self._report(self._segmenter.finish())
        self._log.info(f'end of {self._settings().audio_source}; utterances: {self.metrics.utterances}')
        self.state = State.ENDED  # last: who waits for it finds all the rest

    def _report(self, events: list[SegmentEvent]) -> None:
        for event in events:
            self.metrics.utterances = self._segmenter.next_number - 1
            self._tell(event)
            self._handle(event, self._timeline)

    def _tell(self, event: SegmentEvent) -> None:
        one = event.utterance
        if isinstance(event, Started):
            self._log.debug(f'utterance {one.number} started at {self._timeline.stamp(one.start) / SECOND:.2f}')
        elif isinstance(event, Stopped):
            self._log.debug(f'utterance {one.number} stopped after {one.length / SECOND:.2f} s')

    def _found(self) -> None:
        self.state = State.LISTENING
        if self.trouble.clear():
            self._log.info('hearing again')

    def _lost(self, trouble: str, details: str = '') -> None:
        self.trouble.set(trouble, f'; trying again until it works{details}')
        self.state = State.LOST
        self.metrics.losses += 1
