"""The events that the nodes exchange, as plain values without ROS.

Each class mirrors the message of the same name, field by field; `msg/` documents the fields. `stamp` and
`frame_id` are those of the message's header. Times are integer nanoseconds, as ROS has them, so that a stamp stays
equal to that of the picture or sound it tells of: `stamp` since the epoch (0: unknown), `duration` as a length.

A new message needs its file in `msg/`, its class here, and its place in `Event`: `messages` and `bridge.cdr` go by
the types of its fields.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TypeVar, get_args

Nanoseconds = int

SECOND = 1_000_000_000  # nanoseconds


def from_seconds(seconds: float) -> int:
    """Seconds as nanoseconds, exact to half a nanosecond for any float (no rounding at 1e18)."""
    numerator, denominator = seconds.as_integer_ratio()
    return (2 * numerator * SECOND + denominator) // (2 * denominator)  # rounds half up, without floats


def to_seconds(nanoseconds: int) -> float:
    """Nanoseconds as seconds; gives back each float that went through `from_seconds`."""
    return nanoseconds / SECOND


@dataclass(frozen=True, slots=True)
class SpeechEvent:
    """What a robot hears."""

    SPEECH_STARTED = 'speech_started'
    SPEECH_STOPPED = 'speech_stopped'
    TRANSCRIPT_PARTIAL = 'transcript_partial'
    TRANSCRIPT = 'transcript'

    event_type: str
    stamp: Nanoseconds = 0
    source: str = ''
    event_number: int = 0
    duration: Nanoseconds = 0
    transcript_follows: bool = False
    transcript: str = ''
    language: str = ''
    confidence: float = 0.0
    recognition_time: Nanoseconds = 0
    error: str = ''
    extra: str = ''
    frame_id: str = ''


@dataclass(frozen=True, slots=True)
class DetectedObject:
    """One thing that a camera sees; the box in pixels from the top left corner, all 0: unknown."""

    label: str
    id: str = ''
    confidence: float = 0.0
    x: float = 0.0
    y: float = 0.0
    width: float = 0.0
    height: float = 0.0
    count: int = 0
    duration: Nanoseconds = 0


@dataclass(frozen=True, slots=True)
class VisionEvent:
    """What a robot sees."""

    OBJECT_DETECTED = 'object_detected'
    OBJECT_APPEARED = 'object_appeared'
    OBJECT_DISAPPEARED = 'object_disappeared'
    VISIBLE_OBJECTS = 'visible_objects'

    event_type: str
    stamp: Nanoseconds = 0
    source: str = ''
    objects: tuple[DetectedObject, ...] = ()
    image_width: int = 0
    image_height: int = 0
    extra: str = ''
    frame_id: str = ''


@dataclass(frozen=True, slots=True)
class FaceExpression:
    """How the robot's face should look."""

    DRAW_FACE = 'draw_face'
    NEUTRAL = 'neutral'
    HAPPY = 'happy'
    SAD = 'sad'
    ANGRY = 'angry'
    SURPRISED = 'surprised'
    DISGUSTED = 'disgusted'
    SCARED = 'scared'
    PLEADING = 'pleading'
    VULNERABLE = 'vulnerable'
    DESPAIRED = 'despaired'
    GUILTY = 'guilty'
    DISAPPOINTED = 'disappointed'
    EMBARRASSED = 'embarrassed'
    HORRIFIED = 'horrified'
    SKEPTICAL = 'skeptical'
    ANNOYED = 'annoyed'
    FURIOUS = 'furious'
    SUSPICIOUS = 'suspicious'
    REJECTED = 'rejected'
    BORED = 'bored'
    TIRED = 'tired'
    ASLEEP = 'asleep'
    CONFUSED = 'confused'
    AMAZED = 'amazed'
    EXCITED = 'excited'
    THINKING = 'thinking'
    LISTENING = 'listening'
    NORMAL = 'normal'

    event_type: str = DRAW_FACE
    stamp: Nanoseconds = 0
    source: str = ''
    expression: str = ''
    talking: bool = False
    extra: str = ''
    frame_id: str = ''


@dataclass(frozen=True, slots=True)
class ActionEvent:
    """What the robot should do."""

    ACTION_REQUIRED = 'action_required'
    LOW = 64
    NORMAL = 128
    HIGH = 192
    URGENT = 255

    event_type: str = ACTION_REQUIRED
    stamp: Nanoseconds = 0
    source: str = ''
    id: str = ''
    cause: str = ''
    action: str = ''
    content: str = ''
    arguments: str = ''
    more: bool = False
    priority: int = NORMAL
    extra: str = ''
    frame_id: str = ''


@dataclass(frozen=True, slots=True)
class ActionStatus:
    """The progress of a requested action."""

    ACTION_QUEUED = 'action_queued'
    ACTION_STARTED = 'action_started'
    ACTION_PROGRESS = 'action_progress'
    ACTION_FINISHED = 'action_finished'
    ACTION_CANCELLED = 'action_cancelled'
    ACTION_FAILED = 'action_failed'
    ACTION_REJECTED = 'action_rejected'

    event_type: str
    stamp: Nanoseconds = 0
    source: str = ''
    id: str = ''
    cause: str = ''
    action: str = ''
    content_done: str = ''
    detail: str = ''
    extra: str = ''
    frame_id: str = ''


# Of the statuses of an action, those after which no other comes.
ENDINGS = (
    ActionStatus.ACTION_FINISHED,
    ActionStatus.ACTION_CANCELLED,
    ActionStatus.ACTION_FAILED,
    ActionStatus.ACTION_REJECTED,
)


@dataclass(frozen=True, slots=True)
class TextInput:
    """A line that a person typed."""

    TEXT_INPUT = 'text_input'

    event_type: str = TEXT_INPUT
    stamp: Nanoseconds = 0
    source: str = ''
    text: str = ''
    extra: str = ''
    frame_id: str = ''


@dataclass(frozen=True, slots=True)
class UnrecognisedMessage:
    """What came in over a socket and could not be understood."""

    UNRECOGNISED = 'unrecognised'

    event_type: str = UNRECOGNISED
    stamp: Nanoseconds = 0
    source: str = ''
    endpoint: str = ''
    text: str = ''
    data: bytes = b''
    reason: str = ''
    extra: str = ''
    frame_id: str = ''


EventT = TypeVar('EventT', bound='Event')
Event = SpeechEvent | VisionEvent | FaceExpression | ActionEvent | ActionStatus | TextInput | UnrecognisedMessage

# The faces that there are, `normal` being a legacy name of `neutral`.
EXPRESSIONS: tuple[str, ...] = tuple(
    value for name, value in vars(FaceExpression).items() if name.isupper() and value != FaceExpression.DRAW_FACE
)

# The values that `event_type` takes, by class. Where there is one only, an empty one means it.
EVENT_TYPES: dict[type, tuple[str, ...]] = {
    event_class: tuple(
        value
        for name, value in vars(event_class).items()
        if name.isupper() and isinstance(value, str) and value not in EXPRESSIONS
    )
    for event_class in get_args(Event)
}


def recognised(event: EventT) -> EventT | None:
    """The event, with an event_type of its class; None where it has another.

    An empty one is the only one, of a class that has but one.
    """
    types = EVENT_TYPES[type(event)]
    if event.event_type in types:
        return event
    return dataclasses.replace(event, event_type=types[0]) if not event.event_type and len(types) == 1 else None
