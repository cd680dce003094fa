"""The action format: JSON objects, nothing between them."""

from __future__ import annotations

import json
from typing import Any

from gemma_events.bridge.wire.codec import Encoded, Format, Importance
from gemma_events.bridge.wire.json_event import (
    Fits,
    JsonDecoder,
    Members,
    encode_json,
    envelope,
    member,
    members_of,
    with_extra,
)
from gemma_events.bridge.wire.json_stream import MAX_DEPTH
from gemma_events.bridge.wire.shorten import cut
from gemma_events.events import ActionEvent, to_seconds
from gemma_events.words import printable

PRIORITIES = {
    'low': ActionEvent.LOW,
    'normal': ActionEvent.NORMAL,
    'high': ActionEvent.HIGH,
    'urgent': ActionEvent.URGENT,
}
# The members of `data` that are ours where they are of this type; all others are arguments. `read` refuses an action
# or content of another type, and leaves an odd priority in `extra`.
OURS: dict[str, type[Any]] = {
    'action': object,
    'content': object,
    'priority': object,
    'id': str,
    'cause': str,
    'more': bool,
}
ARGUMENTS_DEPTH = MAX_DEPTH - 1  # levels of nesting: they lie in a message's `data`


def read(message: Any) -> ActionEvent:
    """The event of a message. Raises NotUnderstood."""
    event_type, stamp, data = envelope(message, (ActionEvent.ACTION_REQUIRED,))
    arguments = _arguments(data)
    event = ActionEvent(
        event_type,
        stamp,
        id=_text(data, 'id'),
        cause=_text(data, 'cause'),
        action=member(data, 'action', str),
        content=member(data, 'content', str, ''),
        arguments=json.dumps(arguments) if arguments else '',
        more=data.get('more') is True,
        priority=_priority(data.get('priority')),
    )
    return with_extra(event, message, _with_own(event, arguments))


def _arguments(members: Members) -> Members:
    return {name: value for name, value in members.items() if not isinstance(value, OURS.get(name, ()))}


def _text(data: Members, name: str) -> str:
    value = data.get(name)
    return printable(value) if type(value) is str else ''


def _priority(value: Any) -> int:
    """One of the names, or a number that the field holds. Anything else is normal, and stays in `extra`."""
    if type(value) is str:
        return PRIORITIES.get(value.lower(), ActionEvent.NORMAL)
    return value if type(value) is int and 0 <= value <= ActionEvent.URGENT else ActionEvent.NORMAL


def _with_own(event: ActionEvent, arguments: Members) -> Members:
    """The message with these arguments, and with our own members, which no legacy program has."""
    message = _with_arguments(event, arguments)
    for name in ('id', 'cause', 'more'):
        if value := getattr(event, name):
            message['data'][name] = value
    return message


def _with_arguments(event: ActionEvent, arguments: Members) -> Members:
    message = _message(event, event.action, event.content)
    message['data'].update(arguments)
    return message


def _message(event: ActionEvent, action: str, content: str) -> Members:
    """The message. The priority is the nearest that has a name: legacy programs know no others."""
    priority = min(PRIORITIES, key=lambda name: abs(PRIORITIES[name] - event.priority))
    return {
        'event_type': event.event_type,
        'timestamp': to_seconds(event.stamp),
        'data': {'action': action, 'content': content, 'priority': priority},
    }


def encode(event: ActionEvent, *, limit: int | None = None, to_server: bool = False) -> Encoded | None:
    """One message for each event. Arguments are not written where they are not a JSON object, nor those that have the
    name and type of another member.

    Left out of a long one, in this order: `extra`, `id`, `cause` and `more`; all arguments; the end of the content;
    the end of the action's name.
    """
    if event.event_type != ActionEvent.ACTION_REQUIRED:
        return None
    arguments = _arguments(members_of(event.arguments, ARGUMENTS_DEPTH))
    message = _with_own(event, arguments)
    return encode_json(message, event.extra, read, limit, lambda fits: _shorten(event, arguments, fits))


def _shorten(event: ActionEvent, arguments: Members, fits: Fits) -> Members:
    message = _with_arguments(event, arguments)
    if fits(message):
        return message
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
    """Actions of high priority are dropped last."""
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
