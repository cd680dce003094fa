"""The thread that hears: sound from a source, through the detector, to utterances."""

from __future__ import annotations

import enum
import threading
import time
import traceback
from collections.abc import Callable

from gemma_events.errors import ConfigurationError, DeviceError
from gemma_events.hearing.frames import FRAME_MS, Chunk, Frame, Framer, Timeline
from gemma_events.hearing.metrics import Heard
from gemma_events.hearing.settings import HearingSettings
from gemma_events.hearing.sources import Source
from gemma_events.hearing.utterances import Segmenter, SegmentEvent
from gemma_events.hearing.vad import VoiceActivity
from gemma_events.log import Log

RETRY_PAUSE, MAX_RETRY_PAUSE = 0.5, 10.0  # seconds until a device that was lost is tried again
END_TIMEOUT = 1.0  # seconds for the thread to end; one that hangs in a device is left
BATCH = 32  # frames that the detector is given at once: a second
HOLD_MS = 240  # sound that is held back in the middle of speech: a detector that is woken
# seldom works from warm caches, and nothing is told later because of it


class State(enum.Enum):
    """Of the source."""

    OPENING = 'opening'
    LISTENING = 'listening'
    LOST = 'lost'  # a device that is missing; it is tried again
    ENDED = 'ended'  # a file
    CLOSED = 'closed'


class Listener:
    """Opens the source, listens until it ends or `close`, and opens it again when it is lost.

    `handle` gets what happens, and the timeline to tell when; from the listener's thread. `wait_for_room` holds up a
    source that can wait until there is room for another utterance; it gets seconds and returns false when they were
    not enough. While `is_deaf`, all sound counts as silence. `settings` may be replaced at any time.
    """

    def __init__(
        self,
        open_source: Callable[[], Source],
        create_vad: Callable[[], VoiceActivity],
        settings: HearingSettings,
        first_number: int,
        handle: Callable[[SegmentEvent, Timeline], None],
        wait_for_room: Callable[[float], bool],
        is_deaf: Callable[[], bool],
        log: Log,
    ) -> None:
        self.settings = settings
        self.state, self.trouble = State.OPENING, ''
        self.metrics = Heard()
        self._open_source, self._create_vad = open_source, create_vad
        self._handle, self._wait_for_room, self._is_deaf, self._log = handle, wait_for_room, is_deaf, log
        self._segmenter = Segmenter(settings, first_number)
        self._framer, self._timeline = Framer(), Timeline()
        self._held: list[Frame] = []  # not looked at yet
        self._source: Source | None = None
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name='hearing', daemon=True)
        self._thread.start()

    @property
    def next_number(self) -> int:
        """Of the utterance that comes next."""
        return self._segmenter.next_number

    @property
    def source(self) -> str:
        """Which one it is."""
        return self._source.name if self._source else ''

    @property
    def dropped(self) -> int:
        """Chunks that the source lost because we were too slow."""
        return self._source.dropped if self._source else 0

    def close(self) -> None:
        """End the thread; an utterance that goes on is stopped first."""
        self._closed.set()
        if source := self._source:
            source.close()
        self._thread.join(END_TIMEOUT)
        self.state = State.CLOSED

    # --- the thread -------------------------------------------------------------------------------

    def _run(self) -> None:
        pause = RETRY_PAUSE
        while not self._closed.is_set():
            heard = self.metrics.frames
            try:
                self._listen()
            except (DeviceError, ConfigurationError) as error:
                self._lost(str(error))
            except Exception as error:  # ours or a library's fault: the robot shall not be deaf for good
                self._lost(f'{error!r}, a fault in gemma_events:\n{traceback.format_exc()}')
            else:
                return
            finally:
                self._end_utterance()
            pause = RETRY_PAUSE if self.metrics.frames > heard else min(2 * pause, MAX_RETRY_PAUSE)
            self._closed.wait(pause)

    def _listen(self) -> None:
        self._source = source = self._open_source()
        try:
            if self._closed.is_set():
                return
            vad = self._create_vad()  # takes memory that a robot without a microphone does not need
            try:
                self._take_all(source, vad)
            finally:
                self._catch_up(vad)
        finally:
            source.close()
        if not self._closed.is_set():
            self._end(vad)

    def _take_all(self, source: Source, vad: VoiceActivity) -> None:
        for chunk in source.chunks():
            if self.state is not State.LISTENING:
                self._found()
            self._take(chunk, vad)
            while not source.live and not self._closed.is_set() and not self._wait_for_room(0.1):
                pass

    def _take(self, chunk: Chunk, vad: VoiceActivity) -> None:
        self._timeline.anchor(self._framer.position, chunk.stamp)
        self.metrics.meter.feed(chunk.samples)
        self._segmenter.settings = settings = self.settings
        self._held += self._framer.feed(chunk.samples)
        enough = min(HOLD_MS, settings.early_ms, settings.hangover_ms)
        if not self._segmenter.is_mid_speech or len(self._held) * FRAME_MS >= enough:
            self._catch_up(vad)

    def _catch_up(self, vad: VoiceActivity) -> None:
        """Look at the frames that were held back."""
        held, self._held = self._held, []
        settings, deaf, began, doubted = self.settings, self._is_deaf(), time.perf_counter(), vad.doubted
        for frames in (held[start : start + BATCH] for start in range(0, len(held), BATCH)):
            for frame, speech in zip(frames, vad.detect(frames, settings), strict=True):
                self.metrics.frames += 1
                self.metrics.speech_frames += speech
                self._report(self._segmenter.feed(frame, speech and not deaf))
        self.metrics.noise_frames += vad.doubted - doubted
        self.metrics.detection.add(time.perf_counter() - began)

    def _end(self, vad: VoiceActivity) -> None:
        """The source has ended by itself."""
        self._held += self._framer.flush()
        self._catch_up(vad)
        self._end_utterance()
        self.state = State.ENDED
        self._log.info(f'end of {self.settings.audio_source} after {self.metrics.utterances} utterances')

    def _end_utterance(self) -> None:
        self._report(self._segmenter.finish())

    def _report(self, happenings: list[SegmentEvent]) -> None:
        for happening in happenings:
            self.metrics.utterances = self._segmenter.next_number - 1
            self._handle(happening, self._timeline)

    def _found(self) -> None:
        if self.state is State.LOST:
            self._log.info('hearing again')
        self.state, self.trouble = State.LISTENING, ''

    def _lost(self, trouble: str) -> None:
        if trouble != self.trouble:
            self._log.warning(f'{trouble}; trying again until it works')
        self.metrics.losses += 1
        self.state, self.trouble = State.LOST, trouble
