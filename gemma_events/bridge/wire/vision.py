"""The vision format: JSON objects, nothing between them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from gemma_events.bridge.wire.codec import Encoded, Format, Importance, NotUnderstood, stamp_from
from gemma_events.bridge.wire.json_event import (
    Fits,
    JsonDecoder,
    Members,
    encode_json,
    envelope,
    float32,
    member,
    shortest,
    with_extra,
)
from gemma_events.bridge.wire.shorten import cut, most
from gemma_events.events import DetectedObject, VisionEvent, to_seconds
from gemma_events.words import printable

EVENT_TYPES = (
    VisionEvent.OBJECT_DETECTED,
    VisionEvent.OBJECT_APPEARED,
    VisionEvent.OBJECT_DISAPPEARED,
    VisionEvent.VISIBLE_OBJECTS,
)
LARGEST_SIZE = 2**32 - 1  # uint32


def read(message: Any) -> VisionEvent:
    """The event of a message. Raises NotUnderstood."""
    event_type, stamp, data = envelope(message, EVENT_TYPES)
    labels = read_labels(data, 'objects')
    count = len(labels)
    confidences = _numbers(data, 'confidences', count) or [float32(data.get('confidence', 0.0), 'confidence')] * count
    ids = _each(data, 'ids', count, lambda item: type(item) is str) or [''] * count
    counts = _each(data, 'counts', count, _is_size) or [0] * count
    durations = _each(data, 'durations', count, lambda item: type(item) is float) or [0.0] * count
    boxes = _boxes(data, count)
    event = VisionEvent(
        event_type,
        stamp,
        objects=tuple(
            DetectedObject(label, printable(id_), confidence, x, y, width, height, there, stamp_from(duration))
            for label, id_, confidence, (x, y, width, height), there, duration in zip(
                labels, ids, confidences, boxes, counts, durations, strict=True
            )
        ),
        image_width=_size(data, 'image_width'),
        image_height=_size(data, 'image_height'),
    )
    return with_extra(event, message, write(event))


def read_labels(members: Members, name: str) -> list[str]:
    """A list of labels. Raises NotUnderstood for anything else."""
    labels = member(members, name, list)
    if not all(type(label) is str for label in labels):
        raise NotUnderstood(f'{name} holds something other than strings')
    return [printable(label) for label in labels]


def _numbers(data: Members, name: str, count: int) -> list[float] | None:
    try:
        numbers = [float32(number, name) for number in member(data, name, list, [])]
    except NotUnderstood:  # somebody else's member of this name
        return None
    return numbers if len(numbers) == count else None


def _boxes(data: Members, count: int) -> Sequence[tuple[float, float, float, float]]:
    """One box per object. Of more or fewer nobody knows whose they are: they stay in `extra`."""
    boxes = member(data, 'bounding_boxes', list, [])
    if not all(type(box) is list and len(box) == 4 for box in boxes):
        raise NotUnderstood('bounding_boxes holds something other than [x, y, width, height]')
    found = []
    for box in boxes:
        x, y, width, height = (float32(number, 'a number in bounding_boxes') for number in box)
        found.append((x, y, width, height))
    return found if len(found) == count else [(0.0, 0.0, 0.0, 0.0)] * count


def _each(data: Members, name: str, count: int, fits: Callable[[Any], bool]) -> list[Any] | None:
    """One value for each object; None where this is somebody else's member of this name."""
    values = data.get(name)
    return values if type(values) is list and len(values) == count and all(map(fits, values)) else None


def _is_size(value: Any) -> bool:
    return type(value) is int and 0 <= value <= LARGEST_SIZE


def _size(data: Members, name: str) -> int:
    return data[name] if _is_size(data.get(name)) else 0


def write(event: VisionEvent) -> Members:
    """The message. Members that no legacy program has are there only where the others do not say it all."""
    objects = event.objects
    message = _message(event, [item.label for item in objects], _boxes_of(event))
    data = message['data']
    confidences = [shortest(item.confidence) for item in objects]
    if any(confidence != data['confidence'] for confidence in confidences):
        data['confidences'] = confidences
    if any(item.id for item in objects):
        data['ids'] = [item.id for item in objects]
    if any(item.count for item in objects):
        data['counts'] = [item.count for item in objects]
    if any(item.duration for item in objects):
        data['durations'] = [to_seconds(item.duration) for item in objects]
    if event.image_width or event.image_height:
        data['image_width'], data['image_height'] = event.image_width, event.image_height
    return message


def _message(event: VisionEvent, labels: list[str], boxes: Sequence[Sequence[float]]) -> Members:
    data: Members = {
        'objects': labels,
        # The one number that holds for all of them.
        'confidence': shortest(min((item.confidence for item in event.objects), default=0.0)),
    }
    if any(map(any, boxes)):
        data['bounding_boxes'] = boxes
    return {'event_type': event.event_type, 'timestamp': to_seconds(event.stamp), 'data': data}


def _boxes_of(event: VisionEvent) -> list[list[float]]:
    return [[shortest(item.x), shortest(item.y), shortest(item.width), shortest(item.height)] for item in event.objects]


def encode(event: VisionEvent, *, limit: int | None = None, to_server: bool = False) -> Encoded | None:
    """One message for each event.

    Left out of a long one, in this order: `extra` and the members that no legacy program reads; boxes, from the last
    object's (which becomes an empty one) to the first; all boxes; objects, from the last one on.
    """
    if event.event_type not in EVENT_TYPES:
        return None
    return encode_json(write(event), event.extra, read, limit, lambda fits: _shorten(event, fits))


def _shorten(event: VisionEvent, fits: Fits) -> Members:
    labels = [item.label for item in event.objects]
    boxes = _boxes_of(event)

    def with_boxes(count: int) -> Members:
        return _message(event, labels, boxes[:count] + [[0] * 4] * (len(boxes) - count))

    def with_objects(count: int) -> Members:
        return _message(event, labels[:count], [])

    if fits(with_boxes(0)):
        return with_boxes(most(len(boxes), lambda count: fits(with_boxes(count))))
    if count := most(len(labels), lambda count: fits(with_objects(count))):
        return with_objects(count)
    return _message(event, [cut(labels[0], lambda label: fits(_message(event, [label], [])))], [])


def decoder(limit: int) -> JsonDecoder:
    """A decoder that holds at most `limit` bytes back."""
    return JsonDecoder(limit, read)


def importance(event: VisionEvent) -> Importance:
    """What one picture shows is replaced by what the next one shows."""
    return Importance.PASSING if event.event_type == VisionEvent.OBJECT_DETECTED else Importance.ORDINARY


def is_state(event: VisionEvent) -> bool:
    """Only the visible set is one."""
    return event.event_type == VisionEvent.VISIBLE_OBJECTS


VISION = Format(
    'vision',
    VisionEvent,
    topic='vision',
    decoder=decoder,
    encode=encode,
    example='object_detected objects=person,cup',
    importance=importance,
    is_state=is_state,
    state_topic='visible_objects',
)
