"""Events and messages say the same, field by field."""

from __future__ import annotations

from dataclasses import fields

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip('rclpy', reason='ROS 2 is not installed')

from rclpy.serialization import deserialize_message, serialize_message

from gemma_events import events, messages

TEXT = st.text(st.characters(exclude_categories=['Cs'], exclude_characters='\0'), max_size=40)
TIME = st.integers(0, 2**31 * events.SECOND - 1)
FLOAT = st.floats(width=32, allow_nan=False, allow_infinity=False)
KINDS = {
    'string': TEXT,
    'boolean': st.booleans(),
    'float': FLOAT,
    'uint8': st.integers(0, 255),
    'uint32': st.integers(0, 2**32 - 1),
    'sequence<uint8>': st.binary(max_size=40),
    'builtin_interfaces/Duration': TIME,
}


def event_strategy(event_type):
    values = {}
    for name, kind in messages.MESSAGE_TYPES[event_type].get_fields_and_field_types().items():
        if kind == messages.HEADER:
            values |= {'stamp': TIME, 'frame_id': TEXT}
        elif part := messages.part_of(kind):
            values[name] = st.lists(event_strategy(part), max_size=3).map(tuple)
        else:
            values[name] = KINDS[kind]
    return st.builds(event_type, **values)


@pytest.mark.parametrize('event_type', list(messages.MESSAGE_TYPES), ids=lambda kind: kind.__name__)
def test_fields_and_constants_are_the_same(event_type):
    message_type = messages.MESSAGE_TYPES[event_type]
    names = set(message_type.get_fields_and_field_types())
    mirrored = {field.name for field in fields(event_type)}
    assert names - {'header'} == mirrored - {'stamp', 'frame_id'}
    for name in (name for name in vars(event_type) if name.isupper()):
        assert getattr(message_type, name) == getattr(event_type, name)


@pytest.mark.parametrize(
    'event_type',
    [kind for kind in messages.MESSAGE_TYPES if kind is not events.DetectedObject],
    ids=lambda kind: kind.__name__,
)
def test_every_event_survives_the_way_over_the_wire(event_type):
    @settings(max_examples=30, deadline=None)
    @given(event_strategy(event_type))
    def round_trip(event):
        message = messages.to_message(event)
        received = deserialize_message(serialize_message(message), type(message))
        assert received.header.frame_id == event.frame_id
        assert messages.to_event(received) == event

    round_trip()


def test_a_whole_number_in_a_float_field_is_a_float():
    """Given an int there, rclpy aborts the process when it serialises."""
    event = events.VisionEvent(events.VisionEvent.OBJECT_DETECTED, objects=(events.DetectedObject('cup', x=3),))
    message = messages.to_message(event)
    assert type(message.objects[0].x) is float


def test_a_type_of_field_that_nobody_has_learnt_is_an_error_not_a_crash():
    with pytest.raises(TypeError, match='double'):
        messages._conversions('double')
