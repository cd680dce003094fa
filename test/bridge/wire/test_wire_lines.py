"""Events in words: whatever fields a message has, by their types."""

from __future__ import annotations

import dataclasses
import itertools
import typing

import pytest

from gemma_events import events
from gemma_events.bridge.command import lines
from gemma_events.bridge.wire import Format
from gemma_events.errors import ConfigurationError
from gemma_events.events import ActionStatus, DetectedObject, SpeechEvent, UnrecognisedMessage, VisionEvent

# A value for each type that a field has.
VALUES = {
    'str': 'a "b" = c',
    'int': 7,
    'float': 0.25,
    'bool': True,
    'bytes': b'\0\xff',
    'Nanoseconds': 1_500_000_000,
    'tuple[DetectedObject, ...]': (DetectedObject('cup', 'x', 0.5, 1.0), DetectedObject('"a"', width=2.0)),
}


def form(event_type):
    return Format('any', event_type, topic='any', decoder=None, encode=None, example='')


@pytest.mark.parametrize('event_type', typing.get_args(events.Event))
def test_what_is_shown_of_any_event_can_be_built_again(event_type):
    event = event_type(**{field.name: VALUES[field.type] for field in dataclasses.fields(event_type)})
    shown = lines.show(event)
    found = {
        field.name: shown.index(f' {field.name}=')
        for field in dataclasses.fields(event)
        if field.name not in ('event_type', 'stamp')
    }
    places = [*sorted(found.values()), len(shown)]
    words = [shown[begin + 1 : end] for begin, end in itertools.pairwise(places)]
    assert lines.build(form(event_type), event.event_type, ['stamp=1.5', *words]) == event


def test_labels_alone_are_objects():
    assert lines.build(form(VisionEvent), 'x', ['objects=cup,person']).objects == (
        DetectedObject('cup'),
        DetectedObject('person'),
    )
    assert lines.build(form(VisionEvent), 'x', ['objects=']).objects == ()
    assert lines.build(form(VisionEvent), 'x', ['objects=[{"label": "cup", "x": 3}]']).objects == (
        DetectedObject('cup', x=3.0),
    )


@pytest.mark.parametrize(
    ('event_type', 'word'),
    [
        (SpeechEvent, 'duration=long'),
        (SpeechEvent, 'duration=nan'),
        (SpeechEvent, 'event_number=7.5'),
        (SpeechEvent, 'transcript_follows=perhaps'),
        (SpeechEvent, 'transcript="\\x"'),
        (SpeechEvent, 'transcript'),
        (SpeechEvent, 'nothing=7'),
        (VisionEvent, 'objects=[{"name": "cup"}]'),
        (VisionEvent, 'objects=[{"label": "cup", "x": "left"}]'),
        (VisionEvent, 'objects=[{}]'),
        (VisionEvent, 'objects=[7]'),
        (VisionEvent, 'objects=['),
        (UnrecognisedMessage, 'data=7'),
        (UnrecognisedMessage, 'data=b"'),
        (ActionStatus, '=x'),
    ],
)
def test_what_is_not_a_value_is_refused_in_a_line(event_type, word):
    with pytest.raises(ConfigurationError, match=r'field=value|is not a value for'):
        lines.build(form(event_type), 'x', [word])
