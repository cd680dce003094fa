"""An event as a line of text, and an event from such words: `transcript event_number=7 transcript="turn on"`.

How a field is written goes by its type, as `events` declares it: times in seconds, text in JSON's quotes, a tuple of
parts as a JSON list of objects.
"""

from __future__ import annotations

import ast
import json
import re
import time
from collections.abc import Callable, Iterable
from dataclasses import fields
from typing import Any

from gemma_events import events
from gemma_events.bridge.wire import Format
from gemma_events.errors import ConfigurationError
from gemma_events.events import SECOND, Event, from_seconds, to_seconds

LONGEST = 400  # characters of one value that are shown

_PARTS = re.compile(r'tuple\[(\w+), \.\.\.\]')


def show(event: Event) -> str:
    """Local time, type and all fields that differ from their defaults; '-' for an unknown time."""
    time_of_day = '-'
    if event.stamp:
        seconds, fraction = divmod(event.stamp, SECOND)
        time_of_day = f'{time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(seconds))}.{fraction // 1_000_000:03}'
    words = [
        f'{field.name}={_value(str(field.type), value)}'
        for field in fields(event)
        if field.name not in ('event_type', 'stamp') and (value := getattr(event, field.name)) != field.default
    ]
    return ' '.join([time_of_day, event.event_type, *words])


def _value(kind: str, value: Any) -> str:
    text = repr(value) if kind == 'bytes' else json.dumps(_plain(kind, value), ensure_ascii=False)
    return text if len(text) <= LONGEST else text[:LONGEST] + '…'


def _plain(kind: str, value: Any) -> Any:
    """The value as JSON has it."""
    if kind == 'Nanoseconds':
        return to_seconds(value)
    if _PARTS.fullmatch(kind):
        return [
            {
                field.name: _plain(str(field.type), member)
                for field in fields(part)
                if (member := getattr(part, field.name)) != field.default
            }
            for part in value
        ]
    return value


def build(form: Format[Any], event_type: str, words: Iterable[str]) -> Event:
    """The event that words such as `field=value` describe; its stamp is now unless they say otherwise.

    Raises ConfigurationError for a word that is not of this form, a field that the event does not have, or a value
    that its field does not take.
    """
    kinds = {field.name: str(field.type) for field in fields(form.event_type)}
    values: dict[str, Any] = {'stamp': time.time_ns()}
    for word in words:
        name, separator, text = word.partition('=')
        if not separator or name not in kinds:
            names = ', '.join(name for name in kinds if name != 'event_type')
            raise ConfigurationError(f'{word!r} is not field=value; the fields are {names}')
        try:
            values[name] = _parse(kinds[name], text)
        except (AttributeError, KeyError, OverflowError, SyntaxError, TypeError, ValueError) as error:
            raise ConfigurationError(f'{word!r}: {text!r} is not a value for {name} ({error})') from error
    event: Event = form.event_type(event_type, **values)
    return event


def _parse(kind: str, text: str) -> Any:
    if parts := _PARTS.fullmatch(kind):
        return _parse_parts(getattr(events, parts[1]), text)
    return _PARSERS[kind](text)


def _parse_parts(part_type: type[Any], text: str) -> tuple[Any, ...]:
    """A JSON list of objects, or, for parts that need but one value, these values with commas between them."""
    if not text.lstrip().startswith('['):
        return tuple(part_type(value) for value in text.split(',') if value)
    kinds = {field.name: str(field.type) for field in fields(part_type)}
    return tuple(
        part_type(**{name: _parse(kinds[name], json.dumps(value)) for name, value in members.items()})
        for members in json.loads(text)
    )


def _text(text: str) -> str:
    """As shell words come, or quoted as `show` writes them."""
    return str(json.loads(text)) if len(text) > 1 and text[0] == text[-1] == '"' else text


def _bytes(text: str) -> bytes:
    value = ast.literal_eval(text)
    if not isinstance(value, bytes):
        raise TypeError("it takes bytes as b'...'")
    return value


_PARSERS: dict[str, Callable[[str], Any]] = {
    'Nanoseconds': lambda text: from_seconds(float(text)),
    'bool': lambda text: {'true': True, 'false': False, '1': True, '0': False}[text.lower()],
    'int': int,
    'float': float,
    'str': _text,
    'bytes': _bytes,
}
