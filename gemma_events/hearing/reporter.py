"""From what happens to an utterance to the events that are published about it."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from gemma_events.events import Nanoseconds, SpeechEvent
from gemma_events.hearing.frames import SAMPLES_PER_MS
from gemma_events.hearing.metrics import latencies
from gemma_events.hearing.recognisers import NONE
from gemma_events.hearing.settings import HearingSettings
from gemma_events.hearing.timeline import Timeline
from gemma_events.hearing.transcripts import Transcript
from gemma_events.hearing.utterances import Ongoing, SegmentEvent, Started, Stopped, Utterance
from gemma_events.hearing.wake_word import WakeWordGate
from gemma_events.turns import Attention, Floor, Verdict

ASLEEP = 'asleep: no wake word was heard'


@dataclass
class _Record:
    """What is known of an utterance that is not yet finished with.

    Its stamps all go by that of its start: the clock may be set, and what is known of the sound's time become better,
    before it is over.
    """

    start: Nanoseconds  # stamp; 0: unknown
    began: Nanoseconds  # the same by a clock that does not jump
    frame_id: str
    gated: bool  # it may be the robot's own voice: nothing is published yet
    asked: int = 0  # its length, in samples, when its text was last asked for
    stopped: SpeechEvent | None = None
    known: float = 0.0  # when, in monotonic seconds, its end became known

    def stamp(self, length: Nanoseconds) -> Nanoseconds:
        """Of its sound after so much of it; 0: unknown."""
        return self.start and self.start + length


class Reporter:
    """Publishes each utterance as `speech_started`, `speech_stopped` and, if the latter says so, `transcript`.

    `settings` and `floor` give what holds now. `heard` is called by the listener's thread, `transcribed` and
    `transcribed_partly` by those of recognition; `publish` is called with the lock held, so that events keep their
    order, and must not call back.
    """

    def __init__(
        self,
        settings: Callable[[], HearingSettings],
        floor: Callable[[], Floor],
        publish: Callable[[SpeechEvent], None],
    ) -> None:
        self.own_voice = 0  # utterances that were the robot's own
        self.delays = latencies()  # from the end of an utterance being known to its transcript
        self._settings, self._floor, self._publish = settings, floor, publish
        self._wake_word_gate = WakeWordGate()
        self._records: dict[int, _Record] = {}
        self._last_stop: Nanoseconds = 0  # stamp of the last `speech_stopped`
        self._lock = threading.Lock()

    def heard(self, event: SegmentEvent, timeline: Timeline, can_tell: bool) -> bool:
        """Report what the listener heard, and say whether the utterance's text is wanted now.

        `can_tell`: whether there is a recogniser, loaded.
        """
        with self._lock:
            if isinstance(event, Started):
                self._start(event.utterance, timeline)
            elif isinstance(event, Stopped):
                return self._stop(event, timeline, can_tell)
            elif isinstance(event, Ongoing):
                return self._go_on(event.utterance, can_tell)
            return False

    def transcribed(self, utterance: Utterance, transcript: Transcript) -> None:
        """The text that was owed is there."""
        with self._lock:
            record = self._records.pop(utterance.number, None)
            if record is None or record.stopped is None:
                return
            now = time.monotonic()
            self.delays.add(now - record.known, now)
            if record.gated:
                if self._verdict(utterance, _words(transcript), over=True) is Verdict.ROBOT:
                    self.own_voice += 1
                    return
                self._release(record, utterance)
            settings, end = self._settings(), record.began + utterance.length
            meant = self._wake_word_gate.is_meant(transcript.text, record.began, end, settings)
            if not meant and not settings.asleep_text:
                transcript = Transcript(error=ASLEEP, recognition_time=transcript.recognition_time)
            self._publish(_text_event(SpeechEvent.TRANSCRIPT, utterance, transcript, record))

    def transcribed_partly(self, utterance: Utterance, transcript: Transcript) -> None:
        """The text of an utterance so far."""
        with self._lock:
            record = self._records.get(utterance.number)
            if record is None or record.stopped:
                return
            if record.gated and self._verdict(utterance, _words(transcript)) is Verdict.PERSON:
                self._release(record, utterance)
            settings = self._settings()
            awake = self._wake_word_gate.is_awake(record.began, settings) or settings.asleep_text
            if transcript.text and settings.partial_ms and not record.gated and awake:
                self._publish(_text_event(SpeechEvent.TRANSCRIPT_PARTIAL, utterance, transcript, record))

    def drop_gated(self) -> None:
        """Nobody listens any more: what may be the robot's own voice is never published."""
        with self._lock:
            self._records = {number: record for number, record in self._records.items() if not record.gated}

    # --- inside, with the lock held ---------------------------------------------------------------

    def _start(self, utterance: Utterance, timeline: Timeline) -> None:
        settings = self._settings()
        record = self._records[utterance.number] = _Record(
            self._start_of(utterance, timeline),
            timeline.steady(utterance.start),
            timeline.frame_id or settings.frame_id,
            self._floor().attention(time.monotonic_ns(), settings) is Attention.GATE,
        )
        if not record.gated:
            self._publish_start(record, utterance)

    def _start_of(self, utterance: Utterance, timeline: Timeline) -> Nanoseconds:
        """Its stamp. The next piece of a longer one does not begin before that one's end, unless the clock was set."""
        start, end = timeline.stamp(utterance.start), self._last_stop
        return end if utterance.continues and start < end < start + Timeline.JUMP else start

    def _stop(self, event: Stopped, timeline: Timeline, can_tell: bool) -> bool:
        """Whether the final text is wanted."""
        utterance = event.utterance
        record = self._records.get(utterance.number)
        if record is None:  # it was dropped meanwhile: the node was deactivated
            return False
        follows = self._settings().recogniser != NONE and not event.too_short
        record.known = time.monotonic()
        record.stopped = SpeechEvent(
            SpeechEvent.SPEECH_STOPPED,
            record.stamp(utterance.length) or timeline.stamp(utterance.end),
            event_number=utterance.number,
            duration=utterance.length,
            transcript_follows=follows,
            extra=_pieces(utterance),
            frame_id=record.frame_id,
        )
        self._last_stop = record.stopped.stamp
        if not record.gated:
            self._publish(record.stopped)
        else:
            verdict = self._verdict(utterance, None, over=True, can_tell=follows and can_tell)
            if verdict is Verdict.ROBOT:
                self.own_voice += 1
                follows = False
            elif verdict is Verdict.PERSON:
                self._release(record, utterance)
        if not follows:
            del self._records[utterance.number]
        return follows

    def _go_on(self, utterance: Utterance, can_tell: bool) -> bool:
        """Whether it is time to ask for the text so far."""
        settings, record = self._settings(), self._records.get(utterance.number)
        if record is None:
            return False
        period = settings.barge_in_ms if record.gated else settings.partial_ms
        if not period or utterance.samples < record.asked + period * SAMPLES_PER_MS:
            return False
        record.asked = utterance.samples
        if record.gated and self._verdict(utterance, None, can_tell=can_tell) is Verdict.PERSON:
            self._release(record, utterance)
        return True

    def _verdict(
        self, utterance: Utterance, text: str | None, *, over: bool = False, can_tell: bool = False
    ) -> Verdict:
        return self._floor().verdict(utterance.length, text, self._settings(), over=over, can_tell=can_tell)

    def _release(self, record: _Record, utterance: Utterance) -> None:
        """It is a person: publish what was held back."""
        record.gated = False
        self._publish_start(record, utterance)
        if record.stopped:
            self._publish(record.stopped)

    def _publish_start(self, record: _Record, utterance: Utterance) -> None:
        self._publish(
            SpeechEvent(
                SpeechEvent.SPEECH_STARTED,
                record.start,
                event_number=utterance.number,
                extra=_pieces(utterance, started=True),
                frame_id=record.frame_id,
            )
        )


def _words(transcript: Transcript) -> str | None:
    """What was said; None: not known."""
    return None if transcript.failed else transcript.text


def _text_event(event_type: str, utterance: Utterance, transcript: Transcript, record: _Record) -> SpeechEvent:
    return SpeechEvent(
        event_type,
        record.stopped.stamp if record.stopped else record.stamp(utterance.length),
        event_number=utterance.number,
        duration=utterance.length,
        transcript=transcript.text,
        language=transcript.language,
        confidence=transcript.confidence,
        recognition_time=transcript.recognition_time,
        error=transcript.error,
        extra=_pieces(utterance),
        frame_id=record.frame_id,
    )


def _pieces(utterance: Utterance, started: bool = False) -> str:
    """Which utterances belong together because they were cut out of a longer one, as `extra`."""
    members: dict[str, object] = {}
    if utterance.continues:
        members['continues'] = utterance.continues
    if utterance.cut and not started:
        members['cut'] = True
    return json.dumps(members) if members else ''
