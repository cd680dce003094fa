"""What holds for all events and all bytes: round trips, any cut, nothing raised, bounded memory, and ROS."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gemma_events.bridge.wire import FORMATS, LEGACY_LIMIT, PENDING_LIMIT
from gemma_events.events import (
    SECOND,
    ActionEvent,
    DetectedObject,
    FaceExpression,
    SpeechEvent,
    TextInput,
    UnrecognisedMessage,
    VisionEvent,
)

pytestmark = pytest.mark.uncounted

PENDING = 512

# Text that ROS can hold, with much of what means something on a wire.
PHRASES = st.sampled_from(['[2024-01-01 12:00:00] Speech', 'Transcript:', '\n', '"', '\\', '{"event_type"', ' ', 'ack'])
CHARACTERS = st.characters(exclude_categories=['Cs'], exclude_characters='\0')
TEXT = st.lists(PHRASES | st.text(CHARACTERS, max_size=8), max_size=6).map(''.join)
# A stamp in ns that a float of seconds can hold to the ns; whole seconds on the speech wire.
STAMPS = st.integers(0, 2**31 - 1).map(lambda seconds: seconds * SECOND)
FLOAT32 = st.floats(width=32, allow_nan=False, allow_infinity=False)
COUNTS = st.integers(0, 2**32 - 1)
DURATIONS = st.integers(0, 2**31 * SECOND - 1)
# How long a thing was there, in ns that a float of seconds can hold.
OBJECTS = st.builds(
    DetectedObject, TEXT, TEXT, FLOAT32, FLOAT32, FLOAT32, FLOAT32, FLOAT32, COUNTS, st.integers(0, 10**15)
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
# What a legacy program may have in an action's data; as arguments of an event, not with our members' names.
OWN_NAMES = ('action', 'content', 'priority', 'id', 'cause', 'more')
ARGUMENTS = st.dictionaries(TEXT.filter(lambda name: name not in OWN_NAMES), JSON, min_size=1, max_size=3)
EVENTS = {
    'vision': st.builds(
        VisionEvent,
        st.sampled_from(['object_detected', 'object_appeared', 'object_disappeared', 'visible_objects']),
        STAMPS,
        objects=st.lists(OBJECTS, max_size=4).map(tuple),
        image_width=COUNTS,
        image_height=COUNTS,
    ),
    'face': st.builds(FaceExpression, st.just('draw_face'), STAMPS, expression=TEXT, talking=st.booleans()),
    'action': st.builds(
        ActionEvent,
        st.just('action_required'),
        STAMPS,
        id=TEXT,
        cause=TEXT,
        action=TEXT,
        content=TEXT,
        arguments=ARGUMENTS.map(json.dumps) | st.just(''),
        more=st.booleans(),
        priority=st.sampled_from([64, 128, 192, 255]),
    ),
    'detections': st.builds(
        VisionEvent,
        st.just('visible_objects'),
        objects=st.lists(st.builds(DetectedObject, TEXT), max_size=4).map(tuple),
    ),
    'text': st.builds(TextInput, text=TEXT),
    'speech': st.builds(
        SpeechEvent, st.just('transcript'), STAMPS, event_number=COUNTS, duration=DURATIONS, transcript=TEXT
    ),
}
ANY_EVENTS = st.sampled_from(list(EVENTS)).flatmap(lambda name: st.tuples(st.just(name), EVENTS[name]))
STREAMS = st.sampled_from(list(EVENTS)).flatmap(
    lambda name: st.tuples(st.just(name), st.lists(EVENTS[name], min_size=1, max_size=4))
)


def one_line(text):
    return re.sub('\r\n|\r|\n', ' ', text)


def read_back(name, event):
    """What a reader gets of an event."""
    if name == 'speech':
        text = one_line(event.transcript).strip(' \t').replace(']\u00a0Speech', '] Speech')
        return [
            replace(event, event_type='speech_stopped', transcript='', transcript_follows=True),
            replace(event, transcript=text),
        ]
    if name == 'text':
        text = one_line(event.text.strip('\r\n'))
        return [replace(event, text=text)] if text else []
    if name == 'detections' and event.event_type == 'visible_objects':
        return [replace(event, objects=tuple(map(DetectedObject, dict.fromkeys(item.label for item in event.objects))))]
    return [event]


def in_float32(event):
    """Numbers as the float32 of a message gives them back; they stay equal on the wire."""
    if not isinstance(event, VisionEvent):
        return event
    fields = ('confidence', 'x', 'y', 'width', 'height')
    return replace(
        event,
        objects=tuple(
            replace(item, **{name: float(numpy.float32(getattr(item, name))) for name in fields})
            for item in event.objects
        ),
    )


def decode(name, *pieces, limit=PENDING_LIMIT):
    decoder = FORMATS[name].decoder(limit)
    events = []
    for piece in pieces:
        events += decoder.feed(piece)
        assert decoder.pending <= limit
    events += decoder.flush(closed=True)
    assert decoder.pending == 0
    return events


@given(ANY_EVENTS)
def test_round_trip(named):
    name, event = named
    encoded = FORMATS[name].encode(event)
    decoded = decode(name, encoded.data) if encoded else []
    assert [in_float32(event) for event in decoded] == read_back(name, event)


@given(
    ANY_EVENTS.filter(lambda named: named[0] in ('vision', 'face', 'action')),
    st.dictionaries(TEXT, JSON, max_size=3),
    st.dictionaries(TEXT, JSON, max_size=3),
)
def test_every_member_survives(named, members, data):
    name, event = named
    message = json.loads(FORMATS[name].encode(event).data)
    message = {**members, **message, 'data': {**data, **message['data']}}
    [decoded] = decode(name, json.dumps(message).encode())
    assert json.loads(FORMATS[name].encode(decoded).data) == message


@given(
    st.fixed_dictionaries({'action': TEXT, 'content': TEXT}, optional=dict.fromkeys(['id', 'cause', 'more'], JSON)),
    st.dictionaries(TEXT, JSON, max_size=3),
    st.sampled_from(['low', 'normal', 'high', 'urgent']) | JSON,
    st.dictionaries(TEXT | st.sampled_from(OWN_NAMES), JSON, max_size=3),
)
def test_every_member_of_an_action_survives_where_it_belongs(own, arguments, priority, members):
    data = {**arguments, **own, 'priority': priority}
    message = {**members, 'event_type': 'action_required', 'timestamp': 7.0, 'data': data}
    [event] = decode('action', json.dumps(message).encode())
    assert json.loads(FORMATS['action'].encode(event).data) == message
    assert json.loads(event.arguments or '{}') == {
        name: value
        for name, value in data.items()
        if name not in OWN_NAMES
        or (name in ('id', 'cause') and type(value) is not str)
        or (name == 'more' and type(value) is not bool)
    }
    assert 'data' not in (extra := json.loads(event.extra or '{}')) or extra['data'].keys() <= set(OWN_NAMES)


@given(EVENTS['action'])
def test_arguments_and_more_survive_as_they_are(event):
    [decoded] = decode('action', FORMATS['action'].encode(event).data)
    assert (decoded.arguments, decoded.more) == (event.arguments, event.more)


NAMES = st.sampled_from(['event_type', 'timestamp', 'data', 'event', 'object_id', 'visible_objects'])
DATA_NAMES = st.sampled_from(
    [
        'objects',
        'confidence',
        'confidences',
        'bounding_boxes',
        'ids',
        'image_width',
        'expression',
        'talking',
        'action',
        'content',
        'priority',
        'id',
        'cause',
        'more',
        'voice',
    ]
)


@given(ANY_EVENTS, st.dictionaries(NAMES, JSON, max_size=2), st.dictionaries(DATA_NAMES, JSON, max_size=2))
def test_whatever_extra_holds_it_can_be_read(named, members, data):
    name, event = named
    encoded = FORMATS[name].encode(replace(event, extra=json.dumps({**members, 'data': data})), limit=LEGACY_LIMIT)
    decoded = decode(name, encoded.data) if encoded else []
    assert not any(isinstance(event, UnrecognisedMessage) for event in decoded)


@given(STREAMS, st.data())
def test_cuts_do_not_matter(stream, data):
    name, events = stream
    wire = b''.join(encoded.data for event in events if (encoded := FORMATS[name].encode(event)))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(wire)), max_size=8)))
    pieces = [wire[begin:end] for begin, end in zip([0, *cuts], [*cuts, len(wire)], strict=True)]
    expected = [back for event in events for back in read_back(name, event)]
    assert [in_float32(event) for event in decode(name, *pieces)] == expected


@given(ANY_EVENTS, st.integers(256, 2000))
def test_what_is_long_gets_short_and_stays_valid(named, limit):
    name, event = named
    encoded = FORMATS[name].encode(event, limit=limit)
    if encoded:
        assert len(encoded.data) <= limit
        decoded = decode(name, encoded.data)
        assert decoded
        assert not any(isinstance(event, UnrecognisedMessage) for event in decoded)


@given(
    st.sampled_from(list(FORMATS)),
    st.lists(
        st.binary(max_size=40)
        | PHRASES.map(str.encode)
        | st.sampled_from(
            [
                b'{"event_type": "draw_face", "data": {"expression": "happy"}}',
                b'"{\\"visible',
                b'{"data":',
                b'}{',
                b'[[',
            ]
        ),
        max_size=40,
    ),
)
def test_any_bytes_at_all(name, pieces):
    cut = decode(name, *pieces, limit=PENDING)
    assert cut == decode(name, b''.join(pieces), limit=PENDING), 'however they are cut'
    for event in cut:
        assert not isinstance(event, UnrecognisedMessage) or (event.reason and event.data)
        FORMATS[name].encode(event) if isinstance(event, FORMATS[name].event_type) else None


ANY_TEXT = st.text(st.characters(), max_size=40)  # lone surrogates and NUL too


@given(ANY_TEXT, ANY_TEXT, st.floats(width=32), st.integers(-(2**31) * SECOND, 2**31 * SECOND - 1))
def test_any_event_at_all_can_be_written(text, other, number, stamp):
    thing = DetectedObject(text, other, number, number, number, -number, number)
    for event in (
        SpeechEvent('transcript', stamp, transcript=text, extra=other),
        SpeechEvent('speech_started', stamp, event_number=7),
        SpeechEvent(text, stamp),
        VisionEvent('visible_objects', stamp, objects=(thing, DetectedObject(other)), extra=text),
        FaceExpression(stamp=stamp, expression=text, extra=other),
        ActionEvent(stamp=stamp, id=text, cause=text, action=text, content=other, arguments=other, extra=text),
        TextInput(stamp=stamp, text=text, extra=other),
    ):
        for name, form in FORMATS.items():
            if form.event_type is type(event):
                for limit in (None, LEGACY_LIMIT):
                    encoded = form.encode(event, limit=limit, to_server=True)
                    if encoded:
                        decoded = decode(name, encoded.data)
                        assert not any(isinstance(event, UnrecognisedMessage) for event in decoded)


@pytest.fixture(scope='module')
def through_ros():
    """A function that gives back what a subscriber gets of a published event."""
    serialization = pytest.importorskip('rclpy.serialization')
    from gemma_events import messages

    def publish(event):
        message = messages.to_message(event)
        return messages.to_event(
            serialization.deserialize_message(serialization.serialize_message(message), type(message))
        )

    return publish


@given(labels=st.lists(ANY_TEXT, max_size=3), confidence=st.floats(-3e38, 3e38) | st.integers(), stamp=JSON)
def test_what_is_decoded_goes_through_ros_and_on(through_ros, labels, confidence, stamp):
    for wire in (
        {
            'event_type': 'object_detected',
            'timestamp': stamp,
            'data': {'objects': labels, 'confidence': confidence, 'bounding_boxes': [[confidence, 1, 2.5, 0.1]]},
        },
        {
            'event_type': 'action_required',
            'timestamp': stamp,
            'data': {'action': ''.join(labels), 'content': 'x', 'priority': confidence, 'mood': stamp},
        },
    ):
        name = 'vision' if 'objects' in wire['data'] else 'action'
        data = json.dumps(wire).encode()
        [event] = decode(name, data)
        received = through_ros(event)
        assert in_float32(received) == in_float32(event), 'nothing is cut at a NUL, refused, or out of range'
        if isinstance(event, UnrecognisedMessage):
            assert received.data == data
        else:
            again = json.loads(FORMATS[name].encode(received).data)
            if type(stamp) is float:  # a time has no fraction of a ns
                assert again['timestamp'] == pytest.approx(stamp, abs=1e-9)
                again['timestamp'] = stamp
            if name == 'vision':
                assert numpy.float32(again['data'].pop('confidence')) == numpy.float32(wire['data']['confidence'])
                for box, other in zip(
                    again['data'].pop('bounding_boxes', []), wire['data']['bounding_boxes'], strict=False
                ):
                    assert list(map(numpy.float32, box)) == list(map(numpy.float32, other))
                del wire['data']['confidence'], wire['data']['bounding_boxes']
            assert again == wire


@pytest.mark.parametrize(
    'digits', ['0.95', '0.1', '34.0', '50.5', '1234.567', '0.333', '1e-07', '639.9999', '16777216.0', '3.4028235e+38']
)
def test_numbers_keep_their_digits(through_ros, digits):
    wire = (
        '{"event_type": "object_detected", "timestamp": 1704110400.123456, "data": {"objects": ["cup"], '
        f'"confidence": {digits}, "bounding_boxes": [[{digits}, {digits}, {digits}, {digits}]]}}}}'
    ).encode()
    [event] = decode('vision', wire)
    assert event.extra == ''
    assert FORMATS['vision'].encode(through_ros(event)).data == FORMATS['vision'].encode(event).data == wire


@given(ANY_TEXT)
def test_any_text_in_text_formats_goes_through_ros(through_ros, text):
    for name, data in (('text', text), ('speech', f'[2024-01-01 12:00:00] Speech stopped - Transcript: {text}')):
        for event in decode(name, data.encode('utf-8', 'surrogatepass')):
            assert through_ros(event) == event
