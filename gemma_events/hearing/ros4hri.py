"""What was heard, as ROS4HRI (REP 155) has it: a voice under /humans/voices/, its speech in hri_msgs/LiveSpeech."""

from __future__ import annotations

from typing import Any

from std_msgs.msg import Bool

from gemma_events import messages
from gemma_events.errors import ConfigurationError
from gemma_events.events import SpeechEvent

VOICE = 'anonymous_speaker'  # people are not distinguished; PAL's robots use this name, too
TRACKED = '/humans/voices/tracked'


class Ros4Hri:
    """Publishers that follow the `speech` events. The voice is tracked from construction until `close`."""

    def __init__(self, node: Any, frame_id: str) -> None:
        """`frame_id` is the microphone's, until an event has another. Raises ConfigurationError without hri_msgs."""
        try:
            from hri_msgs.msg import IdsList, LiveSpeech
        except ImportError as error:
            raise ConfigurationError(
                'hri needs the package hri_msgs: install ros-$ROS_DISTRO-hri-msgs and source the '
                'workspace it is in, or set hri to false'
            ) from error
        self._ids_list, self._live_speech, self._now = IdsList, LiveSpeech, node.now
        self._tracked = node.create_publisher(IdsList, TRACKED, messages.EVENT_QOS)
        self._is_speaking = node.create_publisher(Bool, f'/humans/voices/{VOICE}/is_speaking', messages.EVENT_QOS)
        self._speech = node.create_publisher(LiveSpeech, f'/humans/voices/{VOICE}/speech', messages.EVENT_QOS)
        self._node, self._frame_id = node, frame_id
        self._track(VOICE)

    def follow(self, event: SpeechEvent) -> None:
        """Publish what an event of `speech` means here."""
        self._frame_id = event.frame_id
        if event.event_type == SpeechEvent.SPEECH_STARTED:
            self._track(VOICE)  # again, for those who subscribed since
            self._is_speaking.publish(Bool(data=True))
        elif event.event_type == SpeechEvent.SPEECH_STOPPED:
            self._is_speaking.publish(Bool(data=False))
        elif event.event_type in (SpeechEvent.TRANSCRIPT, SpeechEvent.TRANSCRIPT_PARTIAL) and event.transcript:
            self._speech.publish(self._to_live_speech(event))

    def close(self) -> None:
        """Say that there is no voice any more, and destroy the publishers."""
        self._track()
        for publisher in (self._tracked, self._is_speaking, self._speech):
            self._node.destroy_publisher(publisher)

    def _track(self, *ids: str) -> None:
        message = self._ids_list(ids=list(ids))
        message.header.frame_id = self._frame_id
        messages.set_time(message.header.stamp, self._now())
        self._tracked.publish(message)

    def _to_live_speech(self, event: SpeechEvent) -> Any:
        message = self._live_speech(language=event.language, confidence=float(event.confidence))
        message.header.frame_id = event.frame_id
        messages.set_time(message.header.stamp, event.stamp)
        if event.event_type == SpeechEvent.TRANSCRIPT_PARTIAL:
            message.incremental = event.transcript
        else:
            message.final = event.transcript
        return message
