"""The hearing node: sound in, `speech` events out."""
from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from gemma_events.events import SpeechEvent
from gemma_events.hearing import recognisers, vad
from gemma_events.hearing.frames import NANOSECONDS_PER_SAMPLE, Timeline
from gemma_events.hearing.listener import Listener, State
from gemma_events.hearing.recognition import Recognition
from gemma_events.hearing.settings import HearingSettings
from gemma_events.hearing.sources import Kind, Source, kind_of
from gemma_events.hearing.transcripts import Transcript
from gemma_events.hearing.utterances import Happening, Paused, Resumed, Started, Stopped, Utterance
from gemma_events.node import Health, ManagedNode


class HearingNode(ManagedNode):
    """Hears from activate to deactivate; the recogniser stays loaded from configure to clean-up."""

    def __init__(self, **options: Any) -> None:
        super().__init__('hearing', HearingSettings, **options)
        self._publish = self.create_event_publisher(SpeechEvent, 'speech')
        self._listener: Listener | None = None
        self._recognition: Recognition | None = None
        self._next_number = 1
        self._stamps: dict[int, int] = {}    # when utterances ended that are owed a transcript, by number

    @property
    def source_state(self) -> State:
        """Of the microphone or file; ENDED once a file was heard to its end."""
        return self._listener.state if self._listener else State.CLOSED

    @property
    def finished(self) -> bool:
        """Whether a file has ended and everything that it led to was published."""
        return self.source_state is State.ENDED and not self._owed

    @property
    def _owed(self) -> int:
        return self._recognition.owed if self._recognition else 0

    # --- life cycle -------------------------------------------------------------------------------

    def configure(self) -> None:
        """Check what the user gave, and begin to load the recogniser."""
        settings = self.settings
        vad.require(settings.vad)
        recognisers.check(settings)
        if kind_of(settings.audio_source) is Kind.FILE:
            from gemma_events.hearing import file_source
            file_source.check(Path(settings.audio_source).expanduser())
        candidates = recognisers.candidates(settings)
        if candidates:
            self._recognition = Recognition(candidates, settings, self._transcribed, self._transcribed_partly,
                                            self.get_logger())

    def activate(self) -> None:
        """Listen."""
        self._listener = Listener(self._open_source, lambda: vad.create(self.settings), self.settings,
                                  self._next_number, self._heard, self._wait_for_room, self.get_logger())

    def deactivate(self) -> None:
        """Stop to listen, and answer what is owed."""
        if self._listener:
            self._listener.close()
            self._next_number = self._listener.next_number
            self._listener = None
        if self._recognition:
            self._recognition.settle_all('hearing was deactivated')

    def cleanup(self) -> None:
        """Let go of the recogniser."""
        if self._recognition:
            self._recognition.close()
            self._recognition = None

    def settings_changed(self, names: set[str]) -> None:
        """Hand them on."""
        if self._listener:
            self._listener.settings = self.settings
        if self._recognition:
            self._recognition.settings = self.settings

    # --- from the listener's and the recogniser's threads -------------------------------------------

    def _open_source(self) -> Source:
        settings = self.settings
        if kind_of(settings.audio_source) is Kind.FILE:
            from gemma_events.hearing.file_source import FileSource
            return FileSource(Path(settings.audio_source).expanduser(), settings.audio_pace == 'real_time',
                              settings.audio_channel, self.now, self.get_logger())
        from gemma_events.hearing.microphone import Microphone
        return Microphone(settings.audio_source, settings.audio_channel)

    def _wait_for_room(self, timeout: float) -> bool:
        return self._recognition is None or self._recognition.wait_for_room(timeout)

    def _heard(self, happening: Happening, timeline: Timeline) -> None:
        utterance, recognition = happening.utterance, self._recognition
        if isinstance(happening, Started):
            self._publish(SpeechEvent(SpeechEvent.SPEECH_STARTED, timeline.stamp(utterance.start),
                                      event_number=utterance.number, extra=_pieces(utterance)))
        elif isinstance(happening, Stopped):
            follows = recognition is not None and not happening.too_short
            self._publish(SpeechEvent(
                SpeechEvent.SPEECH_STOPPED, timeline.stamp(utterance.end), event_number=utterance.number,
                duration=utterance.samples * NANOSECONDS_PER_SAMPLE, transcript_follows=follows,
                extra=_pieces(utterance)))
            if recognition and follows:
                self._stamps[utterance.number] = timeline.stamp(utterance.end)
                recognition.submit(utterance)
        elif recognition and isinstance(happening, Paused):
            recognition.anticipate(utterance)
        elif recognition and isinstance(happening, Resumed):
            recognition.forget()

    def _transcribed(self, utterance: Utterance, transcript: Transcript) -> None:
        self._publish_text(SpeechEvent.TRANSCRIPT, utterance, transcript)

    def _transcribed_partly(self, utterance: Utterance, transcript: Transcript) -> None:
        self._publish_text(SpeechEvent.TRANSCRIPT_PARTIAL, utterance, transcript)

    def _publish_text(self, event_type: str, utterance: Utterance, transcript: Transcript) -> None:
        self._publish(SpeechEvent(
            event_type, self._stamps.pop(utterance.number, 0), event_number=utterance.number,
            duration=utterance.samples * NANOSECONDS_PER_SAMPLE, transcript=transcript.text,
            language=transcript.language, confidence=transcript.confidence,
            recognition_time=transcript.recognition_time, error=transcript.error, extra=_pieces(utterance)))

    # --- diagnostics --------------------------------------------------------------------------------

    def health(self) -> Health:
        """Source, recogniser, and what was heard."""
        listener, recognition = self._listener, self._recognition
        values: dict[str, object] = {
            'source': self.source_state.value, 'transcripts owed': self._owed,
            'recogniser': recognition.state if recognition else 'none'}
        if listener:
            figures = listener.figures
            values |= {
                'frames': figures.frames, 'utterances': figures.utterances, 'losses': figures.losses,
                'speech share': f'{figures.speech_frames / max(1, figures.frames):.2f}',
                'level dBFS': f'{figures.meter.level:.1f}', 'clipped samples': figures.meter.clipped}
        if recognition:
            counts = recognition.figures
            values |= {
                'refused': counts.refused, 'overdue': counts.overdue, 'failed': counts.failed, 'stuck': counts.stuck,
                'begun in vain': counts.wasted, 'real-time factor': f'{counts.real_time_factor():.2f}'}
        if listener and listener.state is State.LOST:
            return Health(listener.trouble, Health.ERROR, values)
        if recognition and recognition.failure:
            return Health(f'no recogniser: {recognition.failure}', Health.WARN, values)
        return Health(self.source_state.value, Health.OK, values)


def _pieces(utterance: Utterance) -> str:
    """Which utterances belong together because they were cut out of a longer one, as `extra`."""
    members: dict[str, object] = {}
    if utterance.continues:
        members['continues'] = utterance.continues
    if utterance.cut:
        members['cut'] = True
    return json.dumps(members) if members else ''
