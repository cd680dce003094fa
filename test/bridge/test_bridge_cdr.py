from __future__ import annotations

import dataclasses
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip('rclpy', reason='ROS 2 is not installed')

from rclpy.serialization import deserialize_message, serialize_message

from gemma_events import events, messages
from gemma_events.bridge import cdr

TIME = st.integers(0, (2**31 - 1) * events.SECOND)
TEXT = st.text(st.characters(exclude_categories=['Cs'], exclude_characters='\0'), max_size=9)
FLOAT = st.floats(width=32, allow_nan=False)
KINDS = {
    'str': TEXT,
    'int': st.integers(0, 255),
    'bool': st.booleans(),
    'float': FLOAT,
    'bytes': st.binary(max_size=9),
    'Nanoseconds': TIME,
}


def values_of(event_type):
    fields = {field.name: KINDS.get(field.type) for field in dataclasses.fields(event_type)}
    for name, kind in messages.MESSAGE_TYPES[event_type].get_fields_and_field_types().items():
        if part := messages.part_of(kind):
            fields[name] = st.lists(values_of(part), max_size=4).map(tuple)
    return st.builds(event_type, **fields)


TYPES = [event_type for event_type in messages.MESSAGE_TYPES if event_type is not events.DetectedObject]


@pytest.mark.parametrize('event_type', TYPES)
@settings(max_examples=50, deadline=None)
@given(st.data())
def test_it_reads_and_writes_as_rclpy_does(event_type, data):
    event = data.draw(values_of(event_type))
    message_type = messages.MESSAGE_TYPES[event_type]
    theirs = serialize_message(messages.to_message(event))
    assert cdr.decode(event_type, theirs, lambda: 0) == event
    assert messages.to_event(deserialize_message(theirs, message_type)) == event
    ours = cdr.encode(event)
    assert len(ours) % 4 == 0, 'or a middleware fills it up, and it is not known again'
    assert messages.to_event(deserialize_message(ours, message_type)) == event


def test_another_encoding_is_left_to_rclpy(monkeypatch):
    monkeypatch.setattr(cdr, 'LITTLE_ENDIAN', b'\0\0\0\0')
    event = events.TextInput(text='hello', stamp=7)
    assert cdr.decode(events.TextInput, serialize_message(messages.to_message(event)), lambda: 8) == event


@pytest.mark.parametrize('stamp', [0, 7])
@pytest.mark.parametrize('encoding', [b'\0\1\0\0', b'another'])
def test_what_has_no_stamp_gets_that_of_its_arrival(monkeypatch, stamp, encoding):
    data = cdr.encode(events.TextInput(text='hello', stamp=stamp))
    monkeypatch.setattr(cdr, 'LITTLE_ENDIAN', encoding)
    assert cdr.decode(events.TextInput, data, lambda: 8).stamp == (stamp or 8)


def test_text_that_is_no_utf8():
    data = cdr.encode(events.TextInput(text='aXb')).replace(b'X', b'\xff')
    assert cdr.decode(events.TextInput, data, lambda: 0).text == 'a\ufffdb'


@pytest.mark.parametrize(
    'spoil',
    [lambda data: data[:-5], lambda data: data[:20], lambda data: data.replace(b'\x09\0\0\0{', 4 * b'\xff' + b'{')],
)
def test_a_message_that_is_cut_off(spoil):
    data = cdr.encode(events.TextInput(text='hello', extra='{"a": 1}'))
    with pytest.raises((ValueError, struct.error)):
        cdr.decode(events.TextInput, spoil(data), lambda: 0)


def test_a_number_that_does_not_fit():
    with pytest.raises(struct.error):
        cdr.encode(events.SpeechEvent('transcript', event_number=2**32))
