"""The action format: JSON objects, nothing between them."""

from __future__ import annotations

from typing import Any

from gemma_events.bridge.wire.codec import Encoded, Format, Importance, clean
from gemma_events.bridge.wire.json_event import Fits, JsonDecoder, Members, encode_json, envelope, member, with_extra
from gemma_events.bridge.wire.shorten import cut
from gemma_events.events import ActionEvent, to_seconds

PRIORITIES = {
    'low': ActionEvent.LOW,
    'normal': ActionEvent.NORMAL,
    'high': ActionEvent.HIGH,
    'urgent': ActionEvent.URGENT,
}


def read(message: Any) -> ActionEvent:
    """The event of a message. Raises NotUnderstood."""
    event_type, stamp, data = envelope(message, (ActionEvent.ACTION_REQUIRED,))
    event = ActionEvent(
        event_type,
        stamp,
        id=_own(data, 'id'),
        cause=_own(data, 'cause'),
        action=member(data, 'action', str),
        content=member(data, 'content', str, ''),
        priority=_priority(data.get('priority')),
    )
    return with_extra(event, message, write(event))


def _own(data: Members, name: str) -> str:
    """A member that is ours; one of another type is somebody else's."""
    value = data.get(name)
    return clean(value) if type(value) is str else ''


def _priority(value: Any) -> int:
    """One of the names, or a number that the field holds. Anything else is normal, and stays in `extra`."""
    if type(value) is str:
        return PRIORITIES.get(value.lower(), ActionEvent.NORMAL)
    return value if type(value) is int and 0 <= value <= ActionEvent.URGENT else ActionEvent.NORMAL


def write(event: ActionEvent) -> Members:
    """The message. The priority is the nearest that has a name: legacy programs know no others."""
    message = _message(event, event.action, event.content)
    for name in ('id', 'cause'):
        if value := getattr(event, name):
            message['data'][name] = value
    return message


def _message(event: ActionEvent, action: str, content: str) -> Members:
    priority = min(PRIORITIES, key=lambda name: abs(PRIORITIES[name] - event.priority))
    return {
        'event_type': event.event_type,
        'timestamp': to_seconds(event.stamp),
        'data': {'action': action, 'content': content, 'priority': priority},
    }


def encode(event: ActionEvent, *, limit: int | None = None, to_server: bool = False) -> Encoded | None:
    """One message for each event.

    Left out of a long one, in this order: the members that no legacy program reads; the end of the content; the
    end of the action's name.
    """
    if event.event_type != ActionEvent.ACTION_REQUIRED:
        return None
    return encode_json(write(event), event.extra, read, limit, lambda fits: _shorten(event, fits))


def _shorten(event: ActionEvent, fits: Fits) -> Members:
    message = _message(event, event.action, event.content)
    if fits(message):
        return message
    action = event.action
    if not fits(_message(event, action, '')):
        action = cut(action, lambda text: fits(_message(event, text, '')))
    return _message(event, action, cut(event.content, lambda text: fits(_message(event, action, text))))


def decoder(limit: int) -> JsonDecoder:
    """A decoder that holds at most `limit` bytes back."""
    return JsonDecoder(limit, read)


def importance(event: ActionEvent) -> Importance:
    """Urgent actions are dropped last."""
    return Importance.IMPORTANT if event.priority >= ActionEvent.HIGH else Importance.ORDINARY


ACTION = Format(
    'action',
    ActionEvent,
    topic='action',
    decoder=decoder,
    encode=encode,
    example='action_required action=speak content="Hello!" priority=192',
    importance=importance,
)
