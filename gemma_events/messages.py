"""Events to ROS messages and back: where the two meet, and the topics' QoS."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from rclpy.qos import QoSProfile

from gemma_events import events, msg

# Reliable and volatile, as are rclpy's defaults: a late subscriber gets no old events.
EVENT_QOS = QoSProfile(depth=50)

MESSAGE_TYPES: dict[type, type] = {
    event_type: getattr(msg, event_type.__name__)
    for event_type in (
        events.SpeechEvent,
        events.DetectedObject,
        events.VisionEvent,
        events.FaceExpression,
        events.ActionEvent,
        events.ActionStatus,
        events.TextInput,
        events.UnrecognisedMessage,
    )
}
_EVENT_TYPES = {message_type: event_type for event_type, message_type in MESSAGE_TYPES.items()}
_FIELDS = {event_type: tuple(field.name for field in fields(event_type)) for event_type in MESSAGE_TYPES}

_FLOATS = frozenset(field.name for event_type in MESSAGE_TYPES for field in fields(event_type) if field.type == 'float')


def to_message(event: events.Event, frame_id: str = '') -> Any:
    """The ROS message of the class of the same name."""
    message = _to_message(event)
    message.header.frame_id = frame_id
    return message


def to_event(message: Any) -> Any:
    """The event of the class of the same name. What it has no field for (frame_id) is left out."""
    event_type = _EVENT_TYPES[type(message)]
    return event_type(**{name: _to_value(message, name) for name in _FIELDS[event_type]})


def _to_message(event: Any) -> Any:
    message = MESSAGE_TYPES[type(event)]()
    for name in _FIELDS[type(event)]:
        value = getattr(event, name)
        if name == 'stamp':
            set_time(message.header.stamp, value)
        elif name in ('duration', 'recognition_time'):
            set_time(getattr(message, name), value)
        elif name == 'objects':
            message.objects = [_to_message(item) for item in value]
        elif name in _FLOATS:  # an int there would abort the process, in rclpy's C code
            setattr(message, name, float(value))
        else:
            setattr(message, name, value)
    return message


def _to_value(message: Any, name: str) -> Any:
    if name == 'stamp':
        return from_time(message.header.stamp)
    value = getattr(message, name)
    if name in ('duration', 'recognition_time'):
        return from_time(value)
    if name == 'objects':
        return tuple(to_event(item) for item in value)
    return bytes(value) if name == 'data' else value


def set_time(message: Any, nanoseconds: int) -> None:
    """Write nanoseconds into a builtin_interfaces Time or Duration."""
    message.sec, message.nanosec = divmod(nanoseconds, events.SECOND)


def from_time(message: Any) -> int:
    """Nanoseconds of a builtin_interfaces Time or Duration."""
    seconds: int = message.sec
    return seconds * events.SECOND + int(message.nanosec)
