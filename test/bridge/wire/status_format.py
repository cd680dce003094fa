"""A wire format that the package does not have: how actions fare, JSON, one a line. The example in doc/extending.md."""

from __future__ import annotations

from typing import Any

from gemma_events.bridge.wire import Encoded, Format
from gemma_events.bridge.wire.json_event import (
    Fits,
    JsonDecoder,
    Members,
    encode_json,
    envelope,
    member,
    with_extra,
)
from gemma_events.bridge.wire.shorten import cut
from gemma_events.events import ActionStatus, to_seconds

EVENT_TYPES = (ActionStatus.ACTION_STARTED, ActionStatus.ACTION_FINISHED, ActionStatus.ACTION_FAILED)


def read(message: Any) -> ActionStatus:
    """The event of a message. Raises NotUnderstood."""
    event_type, stamp, data = envelope(message, EVENT_TYPES)
    event = ActionStatus(event_type, stamp, id=member(data, 'id', str), detail=member(data, 'detail', str, ''))
    return with_extra(event, message, write(event, event.detail))


def write(event: ActionStatus, detail: str) -> Members:
    """The message."""
    data = {'id': event.id, 'detail': detail}
    return {'event_type': event.event_type, 'timestamp': to_seconds(event.stamp), 'data': data}


def encode(event: ActionStatus, *, limit: int | None = None, to_server: bool = False) -> Encoded | None:
    """One line for each event. Left out of a long one: `extra`, then the end of the detail."""
    if event.event_type not in EVENT_TYPES:
        return None

    def shorten(fits: Fits) -> Members:
        message = write(event, event.detail)
        return message if fits(message) else write(event, cut(event.detail, lambda text: fits(write(event, text))))

    encoded = encode_json(write(event, event.detail), event.extra, read, limit and limit - 1, shorten)
    return Encoded(encoded.data + b'\n', encoded.shortened)


STATUS = Format(
    'status',
    ActionStatus,
    topic='action_status',
    decoder=lambda limit: JsonDecoder(limit, read, lines=True),
    encode=encode,
    example='action_finished id=a1',
    delimited=True,
)
