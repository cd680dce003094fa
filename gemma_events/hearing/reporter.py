"""From what happens to an utterance to the events that are published about it."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from gemma_events.events import SpeechEvent
from gemma_events.hearing.frames import NANOSECONDS_PER_SAMPLE, SAMPLES_PER_MS, Timeline
from gemma_events.hearing.metrics import Times
from gemma_events.hearing.own_speech import OwnSpeech
from gemma_events.hearing.recognition import Recognition
from gemma_events.hearing.settings import HearingSettings
from gemma_events.hearing.transcripts import Transcript
from gemma_events.hearing.utterances import Ongoing, Paused, Resumed, SegmentEvent, Started, Stopped, Utterance
from gemma_events.hearing.wake_word import WakeWordGate

ASLEEP = 'asleep: no wake word was heard'


@dataclass
class _Record:
    """What is known of an utterance that is not yet done with."""

    start: int  # stamp
    held: bool  # it may be the robot's own voice: nothing is published yet
    looked: int = 0  # its length, in samples, when its text was last asked for
    stopped: SpeechEvent | None = None
    known: float = 0.0  # when, in seconds, that it stopped was known


class Reporter:
    """Publishes each utterance as `speech_started`, `speech_stopped` and, if the latter says so, `transcript`.

    `happened` is called by the listener's thread, `transcribed` and `transcribed_partly` by those of recognition, which
    hold its lock: so recognition is never called with the lock of this class held. `settings` may be replaced at any
    time.
    """

    def __init__(
        self, settings: HearingSettings, own_speech: OwnSpeech, publish: Callable[[SpeechEvent], None]
    ) -> None:
        self.settings = settings
        self.recognition: Recognition | None = None
        self.own_voice = 0  # utterances that were the robot's own
        self.delays = Times()  # from the end of an utterance being known to its transcript
        self._own_speech, self._publish = own_speech, publish
        self._wake_word_gate = WakeWordGate()
        self._records: dict[int, _Record] = {}
        self._lock = threading.Lock()

    def happened(self, happening: SegmentEvent, timeline: Timeline) -> None:
        """The listener heard something."""
        utterance, recognition = happening.utterance, self.recognition
        can_tell = recognition is not None and recognition.is_ready
        if isinstance(happening, Started):
            self._start(utterance, timeline)
        elif isinstance(happening, Stopped):
            if self._stop(happening, timeline, can_tell) and recognition:
                recognition.submit(utterance)
        elif isinstance(happening, Ongoing):
            if self._wants_text(utterance, can_tell) and recognition:
                recognition.request_partial(utterance)
        elif recognition and isinstance(happening, Paused):
            recognition.start_early(utterance)
        elif recognition and isinstance(happening, Resumed):
            recognition.cancel_early()

    def transcribed(self, utterance: Utterance, transcript: Transcript) -> None:
        """The text that was owed is there."""
        with self._lock:
            record = self._records.pop(utterance.number, None)
            if record is None:
                return
            self.delays.add(time.monotonic() - record.known)
            if record.held:
                if not self._is_person(transcript):
                    self.own_voice += 1
                    return
                self._release(record, utterance)
            stamp = record.stopped.stamp if record.stopped else 0
            if (
                not self._wake_word_gate.is_meant(transcript.text, record.start, stamp, self.settings)
                and not self.settings.asleep_text
            ):
                transcript = Transcript(error=ASLEEP, recognition_time=transcript.recognition_time)
            self._publish(_text_event(SpeechEvent.TRANSCRIPT, utterance, transcript, stamp))

    def transcribed_partly(self, utterance: Utterance, transcript: Transcript) -> None:
        """The text of an utterance so far."""
        with self._lock:
            record = self._records.get(utterance.number)
            if record is None or record.stopped:
                return
            if record.held and self._is_person(transcript):
                self._release(record, utterance)
            awake = self._wake_word_gate.is_awake(record.start, self.settings) or self.settings.asleep_text
            if transcript.text and self.settings.partial_ms and not record.held and awake:
                self._publish(
                    _text_event(
                        SpeechEvent.TRANSCRIPT_PARTIAL,
                        utterance,
                        transcript,
                        record.start + utterance.samples * NANOSECONDS_PER_SAMPLE,
                    )
                )

    def drop_held(self) -> None:
        """Nobody listens any more: what may be the robot's own voice is never published."""
        with self._lock:
            self._records = {number: record for number, record in self._records.items() if not record.held}

    # --- inside -----------------------------------------------------------------------------------

    def _start(self, utterance: Utterance, timeline: Timeline) -> None:
        with self._lock:
            held = self.settings.while_speaking == 'gate' and self._own_speech.is_heard(time.monotonic(), self.settings)
            record = self._records[utterance.number] = _Record(timeline.stamp(utterance.start), held)
            if not held:
                self._publish_start(record, utterance)

    def _stop(self, happening: Stopped, timeline: Timeline, can_tell: bool) -> bool:
        """Whether its text is wanted."""
        utterance = happening.utterance
        with self._lock:
            record = self._records[utterance.number]
            if record.held and utterance.samples < self.settings.barge_in_ms * SAMPLES_PER_MS:
                del self._records[utterance.number]
                self.own_voice += 1
                return False
            follows = self.recognition is not None and not happening.too_short
            record.known = time.monotonic()
            record.stopped = SpeechEvent(
                SpeechEvent.SPEECH_STOPPED,
                timeline.stamp(utterance.end),
                event_number=utterance.number,
                duration=utterance.samples * NANOSECONDS_PER_SAMPLE,
                transcript_follows=follows,
                extra=_pieces(utterance),
            )
            if not record.held:
                self._publish(record.stopped)
            elif not (follows and can_tell):
                self._release(record, utterance)
            if not follows:
                del self._records[utterance.number]
            return follows

    def _wants_text(self, utterance: Utterance, can_tell: bool) -> bool:
        """Whether it is time to look at the text of an utterance that goes on."""
        settings = self.settings
        with self._lock:
            record = self._records[utterance.number]
            period = settings.barge_in_ms if record.held else settings.partial_ms
            if not period or utterance.samples < record.looked + period * SAMPLES_PER_MS:
                return False
            record.looked = utterance.samples
            if record.held and not can_tell:  # then how long it goes on is all there is to go by
                self._release(record, utterance)
            return True

    def _is_person(self, transcript: Transcript) -> bool:
        """Where no text can be had, it is one: the robot may interrupt itself, but never be deaf to who stops it."""
        return transcript.failed or (bool(transcript.text) and not self._own_speech.said(transcript.text))

    def _release(self, record: _Record, utterance: Utterance) -> None:
        """It is a person: publish what was held back."""
        record.held = False
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
            )
        )


def _text_event(event_type: str, utterance: Utterance, transcript: Transcript, stamp: int) -> SpeechEvent:
    return SpeechEvent(
        event_type,
        stamp,
        event_number=utterance.number,
        duration=utterance.samples * NANOSECONDS_PER_SAMPLE,
        transcript=transcript.text,
        language=transcript.language,
        confidence=transcript.confidence,
        recognition_time=transcript.recognition_time,
        error=transcript.error,
        extra=_pieces(utterance),
    )


def _pieces(utterance: Utterance, started: bool = False) -> str:
    """Which utterances belong together because they were cut out of a longer one, as `extra`."""
    members: dict[str, object] = {}
    if utterance.continues:
        members['continues'] = utterance.continues
    if utterance.cut and not started:
        members['cut'] = True
    return json.dumps(members) if members else ''
