"""The hearing node: sound in, `speech` events out."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rclpy.exceptions import InvalidTopicNameException
from rclpy.qos import QoSProfile, ReliabilityPolicy

from gemma_events import portaudio
from gemma_events.errors import ConfigurationError, DeviceError
from gemma_events.events import ActionEvent, ActionStatus, SpeechEvent
from gemma_events.hearing import recognisers, vad
from gemma_events.hearing.frames import Timeline
from gemma_events.hearing.listener import Listener, State
from gemma_events.hearing.own_speech import OwnSpeech
from gemma_events.hearing.recognition import Recognition
from gemma_events.hearing.recording import Recorder
from gemma_events.hearing.reporter import Reporter
from gemma_events.hearing.ros4hri import Ros4Hri
from gemma_events.hearing.settings import HearingSettings
from gemma_events.hearing.sources import TOPIC_PREFIX, Kind, Source, kind_of
from gemma_events.hearing.utterances import SegmentEvent, Stopped
from gemma_events.node import Health, ManagedNode

TOPIC_DEPTH = 100  # messages of an audio topic that DDS keeps for us


class HearingNode(ManagedNode[HearingSettings]):
    """Hears from activate to deactivate; the recogniser stays loaded from configure to clean-up."""

    def __init__(self, **options: Any) -> None:
        super().__init__('hearing', HearingSettings, **options)
        self._own_speech = OwnSpeech()
        self._publish_speech = self.create_event_publisher(SpeechEvent, 'speech')
        self._reporter = Reporter(self.settings, self._own_speech, self._publish)
        self.create_event_subscription(ActionEvent, 'action', self._own_speech.requested)
        self.create_event_subscription(ActionStatus, 'action_status', self._action_fared)
        self._listener: Listener | None = None
        self._recognition: Recognition | None = None
        self._subscription: Any = None
        self._hear_message: Callable[[bytes, int], None] = lambda data, stamp: None
        self._recorder: Recorder | None = None
        self._ros4hri: Ros4Hri | None = None
        self._next_number = 1

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
        kind = kind_of(settings.audio_source)
        if kind is Kind.FILE:
            from gemma_events.hearing import file_source

            file_source.check(Path(settings.audio_source).expanduser())
        elif kind is Kind.MICROPHONE:
            with contextlib.suppress(DeviceError):  # the listener reports it, and goes on trying
                portaudio.load()
        else:
            try:
                from gemma_events.hearing import audio_topic

                message_type, self._read = audio_topic.reader(settings.topic_type)
                self._subscription = self.create_subscription(
                    message_type,
                    settings.audio_source.removeprefix(TOPIC_PREFIX),
                    self._received,
                    QoSProfile(depth=TOPIC_DEPTH, reliability=ReliabilityPolicy.BEST_EFFORT),
                )
            except InvalidTopicNameException as error:
                raise ConfigurationError(
                    f'audio_source {settings.audio_source!r} names no topic: it looks like '
                    f'topic:microphone or topic:/robot/microphone'
                ) from error
        if settings.record_folder:
            self._recorder = Recorder(settings, self.get_logger())
        if settings.hri:
            self._ros4hri = Ros4Hri(self)
        candidates = recognisers.candidates(settings)
        if candidates:
            self._recognition = Recognition(
                candidates, settings, self._reporter.transcribed, self._reporter.transcribed_partly, self.get_logger()
            )
        self._reporter.recognition = self._recognition

    def activate(self) -> None:
        """Listen."""
        self._listener = Listener(
            self._open_source,
            lambda: vad.create(self.settings),
            self.settings,
            self._next_number,
            self._happened,
            self._wait_for_room,
            self._is_deaf,
            self.get_logger(),
        )

    def deactivate(self) -> None:
        """Stop to listen, and answer what is owed."""
        if self._listener:
            self._listener.close()
            self._next_number = self._listener.next_number
            self._listener = None
        self._reporter.drop_held()
        if self._recognition:
            self._recognition.settle_all('hearing was deactivated')

    def cleanup(self) -> None:
        """Let go of the recogniser."""
        if self._recognition:
            self._recognition.close()
            self._recognition = self._reporter.recognition = None
        if self._recorder:
            self._recorder.close()
            self._recorder = None
        if self._ros4hri:
            self._ros4hri.close()
            self._ros4hri = None
        if self._subscription:
            self.destroy_subscription(self._subscription)
            self._subscription = None

    def settings_changed(self, names: set[str]) -> None:
        """Hand them on."""
        self._reporter.settings = self.settings
        if self._listener:
            self._listener.settings = self.settings
        if self._recognition:
            self._recognition.settings = self.settings

    def _received(self, message: Any) -> None:
        self._hear_message(*self._read(message))

    def _action_fared(self, status: ActionStatus) -> None:
        self._own_speech.fared(status, time.monotonic())

    # --- from the listener's and the recogniser's threads -------------------------------------------

    def _open_source(self) -> Source:
        settings = self.settings
        if kind_of(settings.audio_source) is Kind.FILE:
            from gemma_events.hearing.file_source import FileSource

            return FileSource(
                Path(settings.audio_source).expanduser(),
                settings.audio_pace == 'real_time',
                settings.audio_channel,
                self.now,
                self.get_logger(),
            )
        if kind_of(settings.audio_source) is Kind.TOPIC:
            from gemma_events.hearing.audio_topic import AudioTopic

            topic = AudioTopic(
                settings.audio_source.removeprefix(TOPIC_PREFIX),
                settings.topic_rate,
                settings.topic_channels,
                settings.audio_channel,
                self.now,
            )
            self._hear_message = topic.hear
            return topic
        from gemma_events.hearing.microphone import Microphone

        return Microphone(settings.audio_source, settings.audio_channel)

    def _happened(self, happening: SegmentEvent, timeline: Timeline) -> None:
        self._reporter.happened(happening, timeline)
        if self._recorder and isinstance(happening, Stopped):
            self._recorder.keep(happening.utterance, timeline.stamp(happening.utterance.start))

    def _publish(self, event: SpeechEvent) -> None:
        self._publish_speech(event)
        if self._ros4hri:
            self._ros4hri.follow(event)

    def _wait_for_room(self, timeout: float) -> bool:
        return self._recognition is None or self._recognition.wait_for_room(timeout)

    def _is_deaf(self) -> bool:
        return self.settings.while_speaking == 'ignore' and self._own_speech.is_heard(time.monotonic(), self.settings)

    # --- diagnostics --------------------------------------------------------------------------------

    def health(self) -> Health:
        """Source, recogniser, and what was heard."""
        listener, recognition = self._listener, self._recognition
        values: dict[str, object] = {
            'source': self.source_state.value,
            'transcripts owed': self._owed,
            'own voice': self._reporter.own_voice,
            'recogniser': recognition.state if recognition else 'none',
        }
        if listener:
            values |= {'device': listener.source, 'dropped chunks': listener.dropped, **listener.metrics.values()}
        if recognition:
            values |= {
                'waiting for the recogniser': recognition.waiting,
                **recognition.metrics.values(),
                'speech_stopped to transcript p50/p95 s': self._reporter.delays,
            }
        if self._recorder:
            values |= {'recorded': self._recorder.written, 'not recorded': self._recorder.lost}
        if listener and listener.state is State.LOST:
            return Health(listener.trouble, Health.ERROR, values)
        if recognition and recognition.failure:
            return Health(f'no recogniser: {recognition.failure}', Health.WARN, values)
        if self._recorder and self._recorder.trouble:
            return Health(self._recorder.trouble, Health.WARN, values)
        return Health(self.source_state.value, Health.OK, values)
