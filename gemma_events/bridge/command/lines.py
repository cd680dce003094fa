"""An event as a line for people, and an event from such words: `transcript event_number=7 transcript="turn on"`."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from dataclasses import fields
from typing import Any

from gemma_events.bridge.wire import Format
from gemma_events.errors import ConfigurationError
from gemma_events.events import SECOND, DetectedObject, Event, from_seconds, to_seconds

TIMES = ('stamp', 'duration', 'recognition_time')  # in ns; seconds in a line
LONGEST = 400  # characters of one value that are shown


def show(event: Event) -> str:
    """Local time, type and all fields that say something; '-' for an unknown time."""
    time_of_day = '-'
    if event.stamp:
        seconds, fraction = divmod(event.stamp, SECOND)
        time_of_day = f'{time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(seconds))}.{fraction // 1_000_000:03}'
    words = [
        f'{field.name}={_value(field.name, value)}'
        for field in fields(event)
        if field.name not in ('event_type', 'stamp') and (value := getattr(event, field.name)) != field.default
    ]
    return ' '.join([time_of_day, event.event_type, *words])


def _value(name: str, value: Any) -> str:
    if name in TIMES:
        return f'{to_seconds(value):g}'
    if isinstance(value, bytes):
        text = repr(value)
    elif name == 'objects':
        text = json.dumps([_members(item) for item in value], ensure_ascii=False)
    else:
        text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONGEST else text[:LONGEST] + '…'


def _members(item: DetectedObject) -> dict[str, Any]:
    return {field.name: value for field in fields(item) if (value := getattr(item, field.name)) != field.default}


def build(form: Format[Any], event_type: str, words: Iterable[str]) -> Event:
    """The event that words such as `field=value` describe. Raises ConfigurationError."""
    kinds = {field.name: field.type for field in fields(form.event_type)}
    values: dict[str, Any] = {'stamp': time.time_ns()}
    for word in words:
        name, separator, text = word.partition('=')
        if not separator or name not in kinds:
            names = ', '.join(name for name in kinds if name != 'event_type')
            raise ConfigurationError(f'{word!r} is no field=value; the fields are {names}')
        try:
            values[name] = _parse(name, str(kinds[name]), text)
        except (AttributeError, KeyError, OverflowError, TypeError, ValueError) as error:
            raise ConfigurationError(f'{word!r}: {text!r} is no value for {name} ({error})') from error
    event: Event = form.event_type(event_type, **values)
    return event


def _parse(name: str, kind: str, text: str) -> Any:
    if name in TIMES:
        return from_seconds(float(text))
    if name == 'objects':
        if text.lstrip().startswith('['):
            return tuple(map(_object, json.loads(text)))
        return tuple(DetectedObject(label) for label in text.split(',') if label)
    if kind == 'bool':
        return {'true': True, 'false': False, '1': True, '0': False}[text.lower()]
    if kind in ('int', 'float'):
        return {'int': int, 'float': float}[kind](text)
    # As shell words come, or quoted as `show` writes them.
    return json.loads(text) if len(text) > 1 and text[0] == text[-1] == '"' else text


def _object(members: dict[str, Any]) -> DetectedObject:
    label, id_ = str(members.pop('label', '')), str(members.pop('id', ''))
    return DetectedObject(label, id_, **{name: float(value) for name, value in members.items()})
