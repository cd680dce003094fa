"""The hearing node: sound in, `speech` events out."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

from gemma_events.events import ActionEvent, ActionStatus, SpeechEvent
from gemma_events.health import Growth
from gemma_events.hearing import recognisers, sources, vad
from gemma_events.hearing.health import Facts, conditions
from gemma_events.hearing.listener import Listener, State
from gemma_events.hearing.metrics import RecognitionMetrics, percentiles
from gemma_events.hearing.recognition import Recognition
from gemma_events.hearing.recording import Recorder
from gemma_events.hearing.reporter import Reporter
from gemma_events.hearing.ros4hri import Ros4Hri
from gemma_events.hearing.settings import HearingSettings
from gemma_events.hearing.sources import Context, Source
from gemma_events.hearing.timeline import Timeline
from gemma_events.hearing.utterances import SegmentEvent, Stopped
from gemma_events.log import Trouble
from gemma_events.node import Health, ManagedNode
from gemma_events.turns import Attention, Floor


class HearingNode(ManagedNode[HearingSettings]):
    """Hears from activate to deactivate; the recogniser stays loaded from configure to clean-up."""

    def __init__(self, **options: Any) -> None:
        super().__init__('hearing', HearingSettings, **options)
        self._floor = Floor()
        self._publish_speech = self.create_event_publisher(SpeechEvent, 'speech')
        self._reporter = Reporter(self._current_settings, lambda: self._floor, self._publish)
        self.create_event_subscription(ActionEvent, 'action', self._follow)
        self.create_event_subscription(ActionStatus, 'action_status', self._follow)
        self._next_number = 1
        self._silence = Trouble(self.log.warning)
        self._drops, self._lates = Growth(), Growth()
        # From configure to clean-up:
        self._acquired = ExitStack()
        self._open_source: Callable[[], Source] | None = None
        self._recognition: Recognition | None = None
        self._recorder: Recorder | None = None
        self._ros4hri: Ros4Hri | None = None
        # While active:
        self._listener: Listener | None = None

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

    def _current_settings(self) -> HearingSettings:
        return self.settings

    # --- life cycle -------------------------------------------------------------------------------

    def configure(self) -> None:
        """Check what the user gave, and begin to load the recogniser."""
        settings, cleanup = self.settings, self._acquired
        vad.check(settings)
        recognisers.check(settings)
        self._open_source = sources.prepare(Context(settings, self.now, self.log, self, cleanup))
        if settings.record_folder:
            self._recorder = Recorder(settings, self.log)
            cleanup.callback(self._recorder.close)
        if settings.hri:
            self._ros4hri = Ros4Hri(self, settings.frame_id)
            cleanup.callback(self._ros4hri.close)
        candidates = recognisers.candidates(settings)
        self.log.debug(
            f'audio_source {settings.audio_source!r}, vad {settings.vad}, recognisers '
            f'{[candidate.name for candidate in candidates]}'
        )
        if candidates:
            self._recognition = Recognition(
                candidates,
                self._current_settings,
                self._reporter.transcribed,
                self._reporter.transcribed_partly,
                self.log,
            )
            cleanup.callback(self._recognition.close)

    def activate(self) -> None:
        """Listen."""
        assert self._open_source
        self._listener = Listener(
            self._open_source,
            lambda: vad.create(self.settings),
            self._current_settings,
            self._next_number,
            self._heard,
            self._wait_for_room,
            self._attention,
            self.log,
        )

    def deactivate(self) -> None:
        """Stop listening, and answer what is owed."""
        if self._listener:
            self._listener.close()
            self._next_number = self._listener.next_number
            self._listener = None
        self._reporter.drop_gated()
        if self._recognition:
            self._recognition.settle_all('hearing was deactivated')
        self._floor = Floor()  # an inactive node does not hear that the robot has finished speaking

    def cleanup(self) -> None:
        """Release the recogniser and what else was acquired."""
        self._acquired.close()
        self._open_source = self._recognition = self._recorder = self._ros4hri = None

    def _follow(self, event: ActionEvent | ActionStatus) -> None:
        self._floor = self._floor.after(event, time.monotonic_ns())

    # --- from the listener's and the recogniser's threads -------------------------------------------

    def _heard(self, event: SegmentEvent, timeline: Timeline) -> None:
        recognition = self._recognition
        wanted = self._reporter.heard(event, timeline, recognition is not None and recognition.is_ready)
        if recognition:
            recognition.follow(event, wanted)
        if self._recorder and isinstance(event, Stopped):
            self._recorder.keep(event.utterance, timeline.stamp(event.utterance.start))

    def _publish(self, event: SpeechEvent) -> None:
        self._publish_speech(event)
        if self._ros4hri:
            self._ros4hri.follow(event)

    def _wait_for_room(self, timeout: float) -> bool:
        return self._recognition is None or self._recognition.wait_for_room(timeout)

    def _attention(self) -> Attention:
        return self._floor.attention(time.monotonic_ns(), self.settings)

    # --- diagnostics --------------------------------------------------------------------------------

    def health(self) -> Health:
        """Source, recogniser, and what was heard."""
        listener, recognition, recorder, now = self._listener, self._recognition, self._recorder, time.monotonic()
        values: dict[str, object] = {
            'source': self.source_state.value,
            'transcripts owed': self._owed,
            'own voice': self._reporter.own_voice,
            'recogniser': recognition.state if recognition else 'none',
        }
        if listener:
            values |= {'device': listener.source, 'dropped chunks': listener.dropped, **listener.metrics.values(now)}
        if recognition:
            values |= {
                'waiting for the recogniser': recognition.waiting,
                **recognition.metrics.values(now),
                'speech_stopped to transcript p50/p95 s': percentiles(self._reporter.delays, now),
            }
        if recorder:
            values |= {'recorded': recorder.written, 'not recorded': recorder.lost}
        return Health(self.source_state.value, values=values).judged(conditions(self._facts()))

    def _facts(self) -> Facts:
        listener, recognition, recorder = self._listener, self._recognition, self._recorder
        silent = listener.silence if listener else ''
        if silent:
            self._silence.set(silent)
        else:
            self._silence.clear()
        metrics = recognition.metrics if recognition else RecognitionMetrics()
        return Facts(
            lost=listener.trouble.text if listener and listener.state is State.LOST and not silent else '',
            silent=silent,
            dropped=self._drops.lately(listener.dropped if listener else 0),
            no_recogniser=recognition.trouble.text if recognition else '',
            failing=metrics.failing,
            late=self._lates.lately(metrics.refused + metrics.overdue),
            not_recorded=recorder.trouble.text if recorder else '',
        )
