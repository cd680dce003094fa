"""The detection pipeline's format: JSON, one value per line, the visible set encoded twice."""

from __future__ import annotations

import json
from typing import Any

from gemma_events.bridge.wire.codec import Encoded, Format, NotUnderstood
from gemma_events.bridge.wire.json_event import (
    Fits,
    JsonDecoder,
    Members,
    compact,
    encode_json,
    member,
    parse,
    quote,
    with_extra,
    with_members,
)
from gemma_events.bridge.wire.shorten import cut, most
from gemma_events.bridge.wire.vision import importance, is_state, read_labels
from gemma_events.events import DetectedObject, VisionEvent

CHANGES = (VisionEvent.OBJECT_APPEARED, VisionEvent.OBJECT_DISAPPEARED)


def read(message: Any) -> VisionEvent:
    """The event of a line; it has no stamp. Raises NotUnderstood."""
    if type(message) is str:
        message = parse(message)
    if type(message) is not dict:
        raise NotUnderstood('neither a JSON object nor a string that holds one')
    if 'visible_objects' in message:
        labels = dict.fromkeys(read_labels(message, 'visible_objects'))
        event = VisionEvent(VisionEvent.VISIBLE_OBJECTS, objects=tuple(map(DetectedObject, labels)))
        return with_extra(event, message, _visible(event.objects))
    if member(message, 'event', str) not in CHANGES:
        raise NotUnderstood(f'event is {quote(message["event"])}, not one of {", ".join(CHANGES)}')
    event = VisionEvent(message['event'], objects=(DetectedObject(member(message, 'object_id', str)),))
    return with_extra(event, message, _change(event.event_type, event.objects[0].label))


def _visible(objects: tuple[DetectedObject, ...]) -> Members:
    return {'visible_objects': [*dict.fromkeys(item.label for item in objects)]}


def _change(event_type: str, label: str) -> Members:
    return {'event': event_type, 'object_id': label}


def encode(event: VisionEvent, *, limit: int | None = None, to_server: bool = False) -> Encoded | None:
    """One line for each label that came or went, one for a visible set, None for what a picture shows.

    The pipeline knows labels, not things: a second person is no news, nor is that one of two has gone.
    `limit` holds for each line. Left out of a long one: `extra`, then objects of the set from the last one on, then
    the end of the label. The format has no boxes, confidences and time.
    """
    if event.event_type == VisionEvent.VISIBLE_OBJECTS:
        lines = [_encode_visible(event, limit)]
    elif event.event_type in CHANGES:
        others = event.event_type == VisionEvent.OBJECT_APPEARED  # how many of a label there are beside the last one
        lines = [_encode_change(event, item.label, limit) for item in event.objects if item.count <= others]
    else:
        lines = []
    if not lines:
        return None
    return Encoded(b''.join(line.data + b'\n' for line in lines), any(line.shortened for line in lines))


def _encode_visible(event: VisionEvent, limit: int | None) -> Encoded:
    visible = _visible(event.objects)
    whole = with_members(visible, event.extra, read)
    data = json.dumps(json.dumps(whole)).encode()
    if limit is None or len(data) < limit:  # and a newline
        return Encoded(data)

    def fits(members: Members) -> bool:
        return len(_twice(members)) < limit

    if fits(whole):
        return Encoded(_twice(whole))
    count = most(len(event.objects), lambda count: fits(_visible(event.objects[:count])))
    if count or not event.objects:
        return Encoded(_twice(_visible(event.objects[:count])), shortened=True)
    label = cut(event.objects[0].label, lambda text: fits(_visible((DetectedObject(text),))))
    return Encoded(_twice(_visible((DetectedObject(label),))), shortened=True)


def _twice(members: Members) -> bytes:
    return compact(compact(members, ascii_only=True).decode(), ascii_only=True)


def _encode_change(event: VisionEvent, label: str, limit: int | None) -> Encoded:
    def shorten(fits: Fits) -> Members:
        message = _change(event.event_type, label)
        if fits(message):
            return message
        return _change(event.event_type, cut(label, lambda text: fits(_change(event.event_type, text))))

    message = _change(event.event_type, label)
    return encode_json(message, event.extra, read, limit and limit - 1, shorten, ascii_only=True)


def decoder(limit: int) -> JsonDecoder:
    """A decoder that holds at most `limit` bytes back."""
    return JsonDecoder(limit, read, lines=True)


DETECTIONS = Format(
    'detections',
    VisionEvent,
    topic='vision',
    decoder=decoder,
    encode=encode,
    example='object_appeared objects=person',
    delimited=True,
    importance=importance,
    is_state=is_state,
    state_topic='visible_objects',
)
