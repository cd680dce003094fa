"""Mistakes that mypy has to find: with `warn_unused_ignores`, one that it does not find is an error. Never run."""

from __future__ import annotations

from dataclasses import dataclass

from gemma_events.bridge.wire import Encoded
from gemma_events.bridge.wire.codec import Format
from gemma_events.bridge.wire.text import TEXT, TextDecoder
from gemma_events.bridge.wire.text import encode as encode_text
from gemma_events.events import ActionStatus, FaceExpression, SpeechEvent, TextInput
from gemma_events.hearing.node import HearingNode
from gemma_events.node import ManagedNode
from gemma_events.settings import setting


@dataclass(frozen=True)
class EchoSettings:
    """The settings of a node."""

    loudness: int = setting(2, 'how loud')


class EchoNode(ManagedNode[EchoSettings]):
    """A node of another package."""

    def __init__(self) -> None:
        super().__init__('echo', EchoSettings)
        self.loudness: int = self.settings.loudness
        self.typo = self.settings.loudnes  # type: ignore[attr-defined]
        self.volume = self.declare_settings(EchoSettings, 'other.').loudnes  # type: ignore[attr-defined]
        publish = self.create_event_publisher(SpeechEvent, 'speech')
        publish(SpeechEvent(SpeechEvent.TRANSCRIPT))
        publish(FaceExpression())  # type: ignore[arg-type]
        self.create_event_subscription(ActionStatus, 'action_status', self.hear_status)
        self.create_event_subscription(SpeechEvent, 'speech', self.hear_status)  # type: ignore[arg-type]

    def hear_status(self, status: ActionStatus) -> None:
        """A callback for one event."""
        status.detale  # type: ignore[attr-defined]  # noqa: B018


class WrongSettings(ManagedNode[EchoSettings]):
    """A node with another settings class than it says."""

    def __init__(self) -> None:
        super().__init__('wrong', int)  # type: ignore[arg-type]


def encode_speech(event: SpeechEvent, *, limit: int | None = None, to_server: bool = False) -> Encoded | None:
    """A form of another event."""


def hearing(node: HearingNode) -> None:
    """The package's own nodes are no exception."""
    node.settings.hangover_ms.bit_length()
    node.settings.hangover  # type: ignore[attr-defined]  # noqa: B018


TEXT.encode(TextInput(text='hello'))
TEXT.encode(SpeechEvent('transcript'))  # type: ignore[arg-type]
Format('other', TextInput, topic='text_input', decoder=TextDecoder, encode=encode_text, example='')
Format('other', TextInput, topic='text_input', decoder=TextDecoder, encode=encode_speech, example='')  # type: ignore[misc]
