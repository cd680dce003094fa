"""Events to ROS messages and back: where the two meet, and the topics' QoS."""

from __future__ import annotations

import dataclasses
import functools
import re
from collections.abc import Callable
from typing import Any, TypeVar

from rclpy.qos import DurabilityPolicy, QoSProfile

from gemma_events import events, msg

EventT = TypeVar('EventT', bound=events.Event)

# Reliable and volatile, like rclpy's defaults: a late subscriber gets no old events.
EVENT_QOS = QoSProfile(depth=50)
# A state is kept for late subscribers. To publish it again for each of them would tell it anew to everybody else, to
# recorders and legacy programs too, as if something had happened.
STATE_QOS = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)

MESSAGE_TYPES: dict[type, type] = {
    value: getattr(msg, name)
    for name, value in vars(events).items()
    if isinstance(value, type) and dataclasses.is_dataclass(value)
}
_EVENT_CLASSES = {message_type: event_class for event_class, message_type in MESSAGE_TYPES.items()}

MAX_BRIEF = 300  # characters

HEADER = 'std_msgs/Header'  # whose members are `stamp` and `frame_id` of an event
PLAIN = ('string', 'boolean', 'uint8', 'uint32', 'sequence<uint8>', HEADER)


def to_message(event: Any) -> Any:
    """The ROS message of the class of the same name."""
    message = MESSAGE_TYPES[type(event)]()
    for name, set_field, _ in _fields(MESSAGE_TYPES[type(event)]):
        if name == 'header':
            set_time(message.header.stamp, event.stamp)
            message.header.frame_id = event.frame_id
        else:
            set_field(message, name, getattr(event, name))
    return message


def to_event(message: Any) -> Any:
    """The event of the class of the same name."""
    message_type: Any = type(message)
    values: dict[str, Any] = {}
    for name, _, get_value in _fields(message_type):
        if name == 'header':
            values['stamp'], values['frame_id'] = from_time(message.header.stamp), message.header.frame_id
        else:
            values[name] = get_value(getattr(message, name))
    return _EVENT_CLASSES[message_type](**values)


def brief(event: events.Event) -> str:
    """A line for the log: the fields that say something."""
    fields = ((field.name, getattr(event, field.name)) for field in dataclasses.fields(event))
    text = ' '.join(f'{name}={value!r}' for name, value in fields if value and name != 'event_type')
    return f'{event.event_type} {text}'[:MAX_BRIEF]


def set_time(message: Any, nanoseconds: events.Nanoseconds) -> None:
    """Write nanoseconds into a builtin_interfaces Time or Duration."""
    message.sec, message.nanosec = divmod(nanoseconds, events.SECOND)


def from_time(message: Any) -> events.Nanoseconds:
    """Nanoseconds of a builtin_interfaces Time or Duration."""
    seconds: int = message.sec
    return seconds * events.SECOND + int(message.nanosec)


def part_of(kind: str) -> type | None:
    """The class of what a field of type `sequence<gemma_events/...>` holds; None for other types."""
    found = re.fullmatch('sequence<gemma_events/(.*)>', kind)
    return getattr(events, found[1]) if found else None


SetField = Callable[[Any, str, Any], None]
GetValue = Callable[[Any], Any]


@functools.cache
def _fields(message_type: Any) -> tuple[tuple[str, SetField, GetValue], ...]:
    """Of each field of the message its name, what writes an event's value into it, and what reads it."""
    return tuple((name, *_conversions(kind)) for name, kind in message_type.get_fields_and_field_types().items())


def _conversions(kind: str) -> tuple[SetField, GetValue]:
    if kind == 'builtin_interfaces/Duration':
        return lambda message, name, value: set_time(getattr(message, name), value), from_time
    if part_of(kind):
        return (
            lambda message, name, parts: setattr(message, name, list(map(to_message, parts))),
            lambda parts: tuple(map(to_event, parts)),
        )
    if kind == 'float':  # an int there would abort the process, in rclpy's C code
        return lambda message, name, value: setattr(message, name, float(value)), float
    if kind not in PLAIN:
        raise TypeError(f'a field of type {kind}: messages.py and bridge/cdr.py would have to learn it')
    return setattr, bytes if kind == 'sequence<uint8>' else lambda value: value
