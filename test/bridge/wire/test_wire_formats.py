"""Each format as a table: what a legacy program writes, the events it means, and what is written for them."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta, timezone

import pytest

from gemma_events.bridge.wire import FORMATS, LEGACY_LIMIT, PENDING_LIMIT
from gemma_events.bridge.wire import speech as speech_format
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

NOON = 1_704_110_400 * SECOND
AFTER = NOON + 3 * SECOND


def started(number=0, stamp=NOON):
    return SpeechEvent('speech_started', stamp, event_number=number)


def stopped(number=0, seconds=0.0, follows=False, extra=''):
    return SpeechEvent(
        'speech_stopped',
        AFTER,
        event_number=number,
        duration=round(seconds * SECOND),
        transcript_follows=follows,
        extra=extra,
    )


def said(text, number=0, seconds=0.0, extra=''):
    return SpeechEvent(
        'transcript', AFTER, event_number=number, duration=round(seconds * SECOND), transcript=text, extra=extra
    )


def heard(text, number=0, seconds=0.0):
    return [stopped(number, seconds, follows=True), said(text, number, seconds)]


STOP = '[2024-01-01 12:00:03] Speech stopped'
SPEECH = {
    'start': ('[2024-01-01 12:00:00] Speech started (Event #7)', [started(7)]),
    'transcript': (f'{STOP} - Transcript: turn on the light', heard('turn on the light')),
    'stop': (f'{STOP} (Event #7)', [stopped(7)]),
    'all': (
        f'{STOP} (Event #7) - Duration: 2.31 seconds - Transcript: turn on the light',
        heard('turn on the light', 7, 2.31),
    ),
    'duration': (f'{STOP} (Event #7) - Duration: 2.31 seconds', [stopped(7, 2.31)]),
    'zero duration': (f'{STOP} (Event #7) - Duration: 0.00 seconds', [stopped(7, extra=speech_format.ZERO_DURATION)]),
    'long number and duration': (
        f'{STOP} (Event #4294967295) - Duration: 86400.123456789 seconds',
        [SpeechEvent('speech_stopped', AFTER, event_number=4294967295, duration=86_400_123_456_789)],
    ),
    'stop alone': (STOP, [stopped()]),
    'transcript twice': (
        f'{STOP} - Transcript: he said - Transcript: Transcript:',
        heard('he said - Transcript: Transcript:'),
    ),
    'brackets': (
        f'{STOP} - Transcript: [laughs] [2024-01-01 12:00:03] (Event #9)',
        heard('[laughs] [2024-01-01 12:00:03] (Event #9)'),
    ),
    'says speech stopped': (f'{STOP} - Transcript: Speech stopped (Event #3)', heard('Speech stopped (Event #3)')),
    'emoji': (f'{STOP} - Transcript: grüß 👩‍👩‍👧 Gott', heard('grüß 👩‍👩‍👧 Gott')),
    'braces': (f'{STOP} - Transcript: {{"a": "b\\n"}}', heard('{"a": "b\\n"}')),
}
SPEECH_ONE_WAY = {  # understood, and written in the usual form
    'no number': ('[2024-01-01 12:00:00] Speech started', [started()]),
    'empty transcript': (f'{STOP} - Transcript: ', heard('')),
    'no space': (f'{STOP} - Transcript:hello', heard('hello')),
    'more space': (f'{STOP} - Transcript:  hello \r', heard('hello')),
    'nul': (f'{STOP} - Transcript: a\0b', heard('a\ufffdb')),
    'masked': (f'{STOP} - Transcript: [2024-01-01 12:00:00]\u00a0Speech', heard('[2024-01-01 12:00:00] Speech')),
    'no such month': ('[2024-13-01 12:00:00] Speech started (Event #7)', [started(7, stamp=0)]),
    'year 0': ('[0000-01-01 12:00:00] Speech started (Event #7)', [started(7, stamp=0)]),
    'after 2038': ('[2039-01-01 12:00:00] Speech started (Event #7)', [started(7, stamp=0)]),
}
SPEECH_UNRECOGNISED = {
    'something else': 'hello',
    'other event': '[2024-01-01 12:00:00] Speech paused (Event #7)',
    'no time': 'Speech started (Event #7)',
    'number too large': '[2024-01-01 12:00:00] Speech started (Event #4294967296)',
    'number far too large': f'[2024-01-01 12:00:00] Speech started (Event #{"9" * 5000})',
    'duration too long': f'{STOP} - Duration: {"9" * 400} seconds',
    'duration too long when rounded': f'{STOP} - Duration: 2147483647.9999999999 seconds',
    'not UTF-8': STOP.encode() + b' - Transcript: caf\xe9',
    'json': '{"event_type": "draw_face"}',
}


def vision(event_type, *objects, extra='', **fields):
    return [VisionEvent(event_type, NOON, objects=objects, extra=extra, **fields)]


PERSON = DetectedObject('person', confidence=0.95, x=34.0, y=50.5, width=120.0, height=240.0)
CAR = DetectedObject('car', confidence=0.95, x=300.0, y=80.0, width=90.0, height=60.0)


def vision_text(data, event_type='object_detected', **members):
    return json.dumps({'event_type': event_type, 'timestamp': 1704110400.0, 'data': data, **members})


VISION = {
    'boxes': (
        vision_text(
            {
                'objects': ['person', 'car'],
                'confidence': 0.95,
                'bounding_boxes': [[34.0, 50.5, 120.0, 240.0], [300.0, 80.0, 90.0, 60.0]],
            }
        ),
        vision('object_detected', PERSON, CAR),
    ),
    'no boxes': (
        vision_text({'objects': ['cup'], 'confidence': 0.5}, 'object_appeared'),
        vision('object_appeared', DetectedObject('cup', confidence=0.5)),
    ),
    'empty boxes': (
        vision_text({'objects': ['cup'], 'confidence': 0.5, 'bounding_boxes': []}, 'object_disappeared'),
        vision('object_disappeared', DetectedObject('cup', confidence=0.5), extra='{"data": {"bounding_boxes": []}}'),
    ),
    'boxes of nothing': (
        vision_text({'objects': ['cup'], 'confidence': 0.5, 'bounding_boxes': [[0.0] * 4]}),
        vision(
            'object_detected',
            DetectedObject('cup', confidence=0.5),
            extra='{"data": {"bounding_boxes": [[0.0, 0.0, 0.0, 0.0]]}}',
        ),
    ),
    'more boxes than objects': (
        vision_text({'objects': ['cup'], 'confidence': 0.5, 'bounding_boxes': [[1.0] * 4, [2.0] * 4]}),
        vision(
            'object_detected',
            DetectedObject('cup', confidence=0.5),
            extra='{"data": {"bounding_boxes": [[1.0, 1.0, 1.0, 1.0], [2.0, 2.0, 2.0, 2.0]]}}',
        ),
    ),
    'nothing visible': (vision_text({'objects': [], 'confidence': 0.0}, 'visible_objects'), vision('visible_objects')),
    'confidence in nothing': (
        vision_text({'objects': [], 'confidence': 0.25}),
        vision('object_detected', extra='{"data": {"confidence": 0.25}}'),
    ),
    'own members': (
        vision_text(
            {
                'objects': ['person', 'cup'],
                'confidence': 0.25,
                'confidences': [0.95, 0.25],
                'ids': ['', '7'],
                'image_width': 640,
                'image_height': 480,
            }
        ),
        vision(
            'object_detected',
            DetectedObject('person', confidence=0.95),
            DetectedObject('cup', '7', 0.25),
            image_width=640,
            image_height=480,
        ),
    ),
    'their members': (
        vision_text(
            {
                'objects': ['cup'],
                'confidence': 0.5,
                'camera': {'name': 'é', 'lens': [1, None]},
                'ids': 5,
                'confidences': ['?'],
                'image_width': -1,
            },
            seq=3,
        ),
        vision(
            'object_detected',
            DetectedObject('cup', confidence=0.5),
            extra=json.dumps(
                {
                    'data': {
                        'camera': {'name': 'é', 'lens': [1, None]},
                        'ids': 5,
                        'confidences': ['?'],
                        'image_width': -1,
                    },
                    'seq': 3,
                }
            ),
        ),
    ),
    'what ROS cannot hold': (
        vision_text({'objects': ['a\0b', '\ud800'], 'confidence': 0.5}),
        vision(
            'object_detected',
            DetectedObject('a\ufffdb', confidence=0.5),
            DetectedObject('\ufffd', confidence=0.5),
            extra='{"data": {"objects": ["a\\u0000b", "\\ud800"]}}',
        ),
    ),
}
FACE_TEXT = '{"event_type": "draw_face", "timestamp": 1704110400.0, "data": {"expression": "happy", "talking": true}}'
FACE = {
    'face': (FACE_TEXT, [FaceExpression(stamp=NOON, expression='happy', talking=True)]),
    'extra': (
        FACE_TEXT.replace('}}', ', "speed": 2}, "id": "x"}'),
        [FaceExpression(stamp=NOON, expression='happy', talking=True, extra='{"data": {"speed": 2}, "id": "x"}')],
    ),
    'fraction': (
        FACE_TEXT.replace('400.0', '400.123456'),
        [FaceExpression(stamp=NOON + 123_456_001, expression='happy', talking=True)],
    ),
    **{
        f'timestamp {value[:12]}': (
            FACE_TEXT.replace('1704110400.0', value),
            [FaceExpression(expression='happy', talking=True, extra=f'{{"timestamp": {value}}}')],
        )
        for value in ('"noon"', 'null', '-5.0', '1e+300', '9' * 1000, '2147483648.0', '[]', '{}', 'true')
    },
}
FACE_ONE_WAY = {
    'not talking': (FACE_TEXT.replace(', "talking": true', ''), [FaceExpression(stamp=NOON, expression='happy')]),
    'talking alone': (FACE_TEXT.replace('"expression": "happy", ', ''), [FaceExpression(stamp=NOON, talking=True)]),
    'no timestamp': (
        FACE_TEXT.replace('"timestamp": 1704110400.0, ', ''),
        [FaceExpression(expression='happy', talking=True)],
    ),
}
JSON_UNRECOGNISED = {
    'empty': '{}',
    'list': '[1, 2, 3]',
    'string': '"hello"',
    'no data': '{"event_type": "draw_face", "timestamp": 1704110400.0}',
    'data is a list': '{"event_type": "draw_face", "data": []}',
    'other event': '{"event_type": "draw_cat", "data": {}}',
    'event_type is a list': '{"event_type": ["draw_face"], "data": {}}',
    'expression is a number': '{"event_type": "draw_face", "data": {"expression": 5}}',
    'talking is a number': '{"event_type": "draw_face", "data": {"expression": "happy", "talking": 1}}',
    'nothing in data': '{"event_type": "draw_face", "data": {}}',
    'no action': '{"event_type": "action_required", "data": {"content": "x"}}',
    'content is null': '{"event_type": "action_required", "data": {"action": "speak", "content": null}}',
    'objects is a string': '{"event_type": "object_detected", "data": {"objects": "person"}}',
    'objects holds numbers': '{"event_type": "object_detected", "data": {"objects": [1]}}',
    'no objects': '{"event_type": "object_detected", "data": {"confidence": 0.5}}',
    'confidence is a string': '{"event_type": "object_detected", "data": {"objects": [], "confidence": "0.5"}}',
    'confidence is true': '{"event_type": "object_detected", "data": {"objects": [], "confidence": true}}',
    'confidence is no float32': '{"event_type": "object_detected", "data": {"objects": [], "confidence": 1e39}}',
    'box of three': '{"event_type": "object_detected", "data": {"objects": ["a"], "bounding_boxes": [[1, 2, 3]]}}',
    'box of 1000 digits': '{"event_type": "object_detected", "data": {"objects": ["a"], "bounding_boxes": [[1, 2, 3, '
    + '9' * 1000
    + ']]}}',
    'NaN': FACE_TEXT.replace('1704110400.0', 'NaN'),
    'infinity': FACE_TEXT.replace('1704110400.0', '-Infinity'),
    'infinity in digits': FACE_TEXT.replace('1704110400.0', '1e999'),
    'number of 5000 digits': FACE_TEXT.replace('1704110400.0', '9' * 5000),
    'member twice': FACE_TEXT.replace('}}', ', "talking": false}}'),
    'nested 10,000 deep': FACE_TEXT.replace('true', '[' * 10_000 + ']' * 10_000),
    'nested 65 deep': FACE_TEXT.replace('true', '[' * 65 + ']' * 65),
    'not UTF-8': FACE_TEXT.encode().replace(b'happy', b'h\xe4ppy'),
    'no literal': FACE_TEXT.replace('true', 'True'),
    'no number': FACE_TEXT.replace('1704110400.0', '1.2.3'),
}


def action_text(priority, **data):
    return json.dumps(
        {
            'event_type': 'action_required',
            'timestamp': 1704110400.0,
            'data': {'action': 'speak', 'content': 'Hello, how can I help you?', 'priority': priority, **data},
        }
    )


def action(**fields):
    return [ActionEvent(stamp=NOON, action='speak', content='Hello, how can I help you?', **fields)]


ACTION = {
    **{
        name: (action_text(name), action(priority=number))
        for name, number in (('low', 64), ('normal', 128), ('high', 192), ('urgent', 255))
    },
    'capital': (action_text('High'), action(priority=192, extra='{"data": {"priority": "High"}}')),
    'unknown': (action_text('critical'), action(extra='{"data": {"priority": "critical"}}')),
    'number': (action_text(200), action(priority=200, extra='{"data": {"priority": 200}}')),
    'number too large': (action_text(256), action(extra='{"data": {"priority": 256}}')),
    'null': (action_text(None), action(extra='{"data": {"priority": null}}')),
    'own members': (action_text('low', id='a1', cause='b2'), action(priority=64, id='a1', cause='b2')),
    'more follows': (action_text('low', id='a1', more=True), action(priority=64, id='a1', more=True)),
    'arguments': (
        action_text('low', voice='en-gb', distance=0.5, path=[[1, -0.0], {'é': None}], id='a1'),
        action(
            priority=64,
            id='a1',
            arguments='{"voice": "en-gb", "distance": 0.5, "path": [[1, -0.0], {"\\u00e9": null}]}',
        ),
    ),
    'their id, cause and more': (
        action_text('low', id=5, cause=['x'], more='yes'),
        action(priority=64, arguments='{"id": 5, "cause": ["x"], "more": "yes"}'),
    ),
    'more is a number': (action_text('low', more=1), action(priority=64, arguments='{"more": 1}')),
    'more is null': (action_text('low', more=None), action(priority=64, arguments='{"more": null}')),
    'own members that say nothing': (
        action_text('low', id='', more=False),
        action(priority=64, extra='{"data": {"id": "", "more": false}}'),
    ),
    'at the top': (
        json.dumps({**json.loads(action_text(7.5, voice='x')), 'id': 'a1', 'more': True}),
        action(arguments='{"voice": "x"}', extra='{"data": {"priority": 7.5}, "id": "a1", "more": true}'),
    ),
    'arguments that ROS cannot hold': (
        action_text('low', a='a\0b', b='\ud800'),
        action(priority=64, arguments='{"a": "a\\u0000b", "b": "\\ud800"}'),
    ),
    'arguments 63 deep': (
        action_text('low', a=None).replace('null', '[' * 62 + ']' * 62),
        action(priority=64, arguments='{"a": ' + '[' * 62 + ']' * 62 + '}'),
    ),
}
ACTION_ONE_WAY = {
    'no priority': (action_text('x').replace(', "priority": "x"', ''), action()),
    'no content': (
        '{"event_type": "action_required", "timestamp": 1704110400.0, "data": {"action": "stop"}}',
        [ActionEvent(stamp=NOON, action='stop')],
    ),
}
DETECTIONS = {
    'appeared': (
        '{"event": "object_appeared", "object_id": "person"}\n',
        [VisionEvent('object_appeared', objects=(DetectedObject('person'),))],
    ),
    'disappeared': (
        '{"event": "object_disappeared", "object_id": "person"}\n',
        [VisionEvent('object_disappeared', objects=(DetectedObject('person'),))],
    ),
    'visible': (
        '"{\\"visible_objects\\": [\\"person\\", \\"cup\\"]}"\n',
        [VisionEvent('visible_objects', objects=(DetectedObject('person'), DetectedObject('cup')))],
    ),
    'nothing visible': ('"{\\"visible_objects\\": []}"\n', [VisionEvent('visible_objects')]),
    'extra': (
        '{"event": "object_appeared", "object_id": "person", "frame": 7}\n',
        [VisionEvent('object_appeared', objects=(DetectedObject('person'),), extra='{"frame": 7}')],
    ),
    'extra in a string': (
        '"{\\"visible_objects\\": [\\"cup\\"], \\"frame\\": 7}"\n',
        [VisionEvent('visible_objects', objects=(DetectedObject('cup'),), extra='{"frame": 7}')],
    ),
}
DETECTIONS_ONE_WAY = {
    'encoded once': (
        '{"visible_objects": ["cup"]}\n',
        [VisionEvent('visible_objects', objects=(DetectedObject('cup'),))],
    ),
    'no newline': (
        '{"event": "object_appeared", "object_id": "person"}',
        [VisionEvent('object_appeared', objects=(DetectedObject('person'),))],
    ),
}
DETECTIONS_UNRECOGNISED = {
    'other event': '{"event": "object_moved", "object_id": "person"}',
    'no id': '{"event": "object_appeared"}',
    'string of something else': '"hello"',
    'string of a list': '"[1]"',
    'visible is no list': '"{\\"visible_objects\\": 5}"',
    'encoded three times': json.dumps('"{\\"visible_objects\\": []}"'),
    'nested 10,000 deep in a string': json.dumps('[' * 10_000),
    'cut line': '{"event": "object_appeared", \n',
}
TEXT = {
    'line': ('hello\n', [TextInput(text='hello')]),
    'blanks': ('  two  words \n', [TextInput(text='  two  words ')]),
    'not ASCII': ('grüß 👩‍👩‍👧\n', [TextInput(text='grüß 👩‍👩‍👧')]),
}
TEXT_ONE_WAY = {
    'no newline': ('hello', [TextInput(text='hello')]),
    'CRLF': ('hello\r\n', [TextInput(text='hello')]),
    'two lines': ('one\n\r\n\ntwo', [TextInput(text='one'), TextInput(text='two')]),
    'nul': ('a\0b\n', [TextInput(text='a\ufffdb')]),
    'nothing': ('\n', []),
}
BOTH_WAYS = {'speech': SPEECH, 'vision': VISION, 'detections': DETECTIONS, 'face': FACE, 'action': ACTION, 'text': TEXT}
ONE_WAY = {
    'speech': SPEECH_ONE_WAY,
    'detections': DETECTIONS_ONE_WAY,
    'face': FACE_ONE_WAY,
    'action': ACTION_ONE_WAY,
    'text': TEXT_ONE_WAY,
}
UNRECOGNISED = {
    'speech': SPEECH_UNRECOGNISED,
    'vision': JSON_UNRECOGNISED,
    'face': JSON_UNRECOGNISED,
    'action': JSON_UNRECOGNISED,
    'detections': DETECTIONS_UNRECOGNISED,
    'text': {'not UTF-8': b'caf\xe9'},
}


def cases(*tables):
    return [
        pytest.param(name, *case, id=f'{name}-{title}')
        for table in tables
        for name, rows in table.items()
        for title, case in rows.items()
    ]


def decode(name, *pieces):
    decoder = FORMATS[name].decoder(PENDING_LIMIT)
    events = [event for piece in pieces for event in decoder.feed(piece)]
    events += decoder.flush()
    assert decoder.pending == 0, 'a whole event leaves nothing behind'
    return events


@pytest.mark.parametrize(('name', 'wire', 'events'), cases(BOTH_WAYS, ONE_WAY))
def test_decoded(name, wire, events):
    data = wire.encode()
    assert decode(name, data) == events, 'whole'
    assert decode(name, *(bytes([byte]) for byte in data)) == events, 'byte by byte'
    for at in range(1, len(data)):
        assert decode(name, data[:at], data[at:]) == events, f'cut at {at}'


@pytest.mark.parametrize(('name', 'wire', 'events'), cases(BOTH_WAYS, ONE_WAY))
@pytest.mark.parametrize('between', ['', ' ', '\n', '\r\n \t'])
def test_decoded_with_events_behind(name, wire, events, between):
    if name == 'text':
        between = '\n' + between.strip(' \t')  # only a newline separates messages
    data = (wire + between).encode()
    assert decode(name, data * 3) == events * 3
    assert decode(name, *(bytes([byte]) for byte in data * 2)) == events * 2


@pytest.mark.parametrize(('name', 'wire', 'events'), cases(BOTH_WAYS))
def test_written_as_it_came(name, wire, events):
    written = [encoded.data for event in events if (encoded := FORMATS[name].encode(event))]
    assert len(written) == 1
    if name in ('speech', 'text', 'detections'):
        assert written[0].decode() == wire
    else:
        assert json.loads(written[0]) == json.loads(wire)


@pytest.mark.parametrize(('name', 'wire', 'events'), cases(ONE_WAY))
def test_written_means_the_same(name, wire, events):
    written = [encoded.data for event in events if (encoded := FORMATS[name].encode(event))]
    assert decode(name, *written) == events


@pytest.mark.parametrize(
    ('name', 'wire'),
    [
        pytest.param(name, wire, id=f'{name}-{title}')
        for name, rows in UNRECOGNISED.items()
        for title, wire in rows.items()
    ],
)
def test_unrecognised(name, wire):
    data = wire if isinstance(wire, bytes) else wire.encode()
    good, events = next(iter(BOTH_WAYS[name].values()))
    separator = b'\n' if name in ('speech', 'text') else b''
    stream = good.encode() + separator + data + separator + good.encode()
    for pieces in ([stream], [bytes([byte]) for byte in stream]):
        decoded = decode(name, *pieces)
        bad = decoded[len(events) : -len(events)]
        assert decoded == events + bad + events, 'the events before and behind it are untouched'
        assert bad, 'it is reported'
        assert all(isinstance(event, UnrecognisedMessage) and event.reason for event in bad)
        assert b''.join(event.data for event in bad).strip() == data.strip(), 'whole'
    assert bad[0].text.startswith(data.decode('utf-8', 'replace')[:10])


def test_local_time_is_of_a_zone():
    zone = timezone(timedelta(hours=5, minutes=30))
    decoder = speech_format.SpeechDecoder(PENDING_LIMIT, zone)
    [event] = decoder.feed(b'[2024-01-01 17:30:00] Speech started (Event #7)')
    assert event == started(7)
    assert speech_format.encode(event, zone=zone).data == b'[2024-01-01 17:30:00] Speech started (Event #7)'


@pytest.mark.parametrize(
    ('name', 'event'),
    [
        ('speech', SpeechEvent('transcript_partial', NOON, transcript='hel')),
        ('speech', stopped(7, follows=True)),
        ('speech', SpeechEvent('something', NOON)),
        ('vision', VisionEvent('something', NOON)),
        ('detections', VisionEvent('object_detected', NOON, objects=(PERSON,))),
        ('detections', VisionEvent('object_appeared', NOON)),
        ('face', FaceExpression('something')),
        ('action', ActionEvent('something')),
        ('text', TextInput(text='')),
        ('text', TextInput(text='\n')),
    ],
)
def test_events_without_a_form(name, event):
    assert FORMATS[name].encode(event) is None


def test_a_server_always_gets_a_transcript():
    assert speech_format.encode(stopped(7), to_server=True).data.decode() == f'{STOP} (Event #7) - Transcript: '
    assert (
        speech_format.encode(stopped(7, 2.5), to_server=True).data.decode()
        == f'{STOP} (Event #7) - Duration: 2.50 seconds - Transcript: '
    )


@pytest.mark.parametrize(
    ('text', 'read_back'),
    [
        ('two\nlines\r\nor\rthree', 'two lines or three'),
        (' around \n', 'around'),
        ('[2024-01-01 12:00:00] Speech started (Event #1)', None),
        ('Transcript: - Transcript: x', None),
        ('\u2028\u0085', None),
    ],
)
def test_transcript_stays_one_message(text, read_back):
    encoded = speech_format.encode(said(text, 7))
    assert decode('speech', encoded.data) == heard(read_back or text, 7)


def test_several_detections_are_several_lines():
    encoded = FORMATS['detections'].encode(VisionEvent('object_appeared', NOON, objects=(PERSON, CAR)))
    assert encoded.data == (
        b'{"event": "object_appeared", "object_id": "person"}\n{"event": "object_appeared", "object_id": "car"}\n'
    )


def test_nan_and_infinity_are_not_written():
    nan, infinity = float('nan'), float('inf')
    encoded = FORMATS['vision'].encode(
        VisionEvent(
            'object_detected',
            NOON,
            objects=(DetectedObject('a', confidence=nan, x=infinity, y=1.0, width=2.0, height=-infinity),),
        )
    )
    assert json.loads(encoded.data, parse_constant=pytest.fail)['data']['bounding_boxes'] == [[0.0, 1.0, 2.0, 0.0]]


NO_OBJECTS = [
    'no JSON',
    '[1]',
    '5',
    '{"a": NaN}',
    '[' * 100_000,
    '{"a": 1, "a": 2}',
    '{"a":' * 900 + '1' + '}' * 900,
]


@pytest.mark.parametrize('extra', [*NO_OBJECTS, '{"data": 5}'])
def test_an_extra_that_makes_no_sense_breaks_nothing(extra):
    encoded = FORMATS['face'].encode(FaceExpression(stamp=NOON, expression='happy', talking=True, extra=extra))
    message = json.loads(encoded.data)
    message.pop('a', None)
    assert message == json.loads(FACE_TEXT)


@pytest.mark.parametrize(
    ('name', 'event'),
    [
        ('vision', vision('object_detected', PERSON)[0]),
        ('face', FACE['face'][1][0]),
        ('action', action()[0]),
        ('detections', VisionEvent('object_appeared', objects=(DetectedObject('cup'),))),
        ('detections', VisionEvent('visible_objects', objects=(DetectedObject('cup'),))),
    ],
)
@pytest.mark.parametrize(
    'extra',
    [
        {'event_type': 5, 'event': 5, 'visible_objects': 5},
        {'data': {'objects': 7, 'expression': ['sad'], 'action': None}, 'object_id': 7, 'visible_objects': [7]},
        {'timestamp': 'z', 'data': {'bounding_boxes': [[1]], 'talking': 'yes', 'content': {}}, 'visible_objects': None},
    ],
)
def test_an_extra_does_not_break_the_message(name, event, extra):
    encoded = FORMATS[name].encode(replace(event, extra=json.dumps(extra)), limit=LEGACY_LIMIT)
    assert encoded == FORMATS[name].encode(event)


@pytest.mark.parametrize('arguments', [*NO_OBJECTS, '{"a":' * 64 + '1' + '}' * 64, '{}'])
def test_arguments_that_are_not_an_object_break_nothing(arguments):
    event = action(arguments=arguments)[0]
    assert FORMATS['action'].encode(event) == FORMATS['action'].encode(replace(event, arguments=''))


@pytest.mark.parametrize('own', [{}, {'id': 'a1', 'cause': 'b2', 'more': True}])
def test_arguments_with_the_names_of_our_members_break_nothing(own):
    arguments = {'action': 5, 'content': None, 'priority': 'low', 'id': 'x', 'cause': '', 'more': True, 'voice': 'y'}
    [event] = action(**own, arguments=json.dumps(arguments))
    data = json.loads(FORMATS['action'].encode(event).data)['data']
    assert data == {'action': 'speak', 'content': event.content, 'priority': 'normal', **own, 'voice': 'y'}


def test_our_members_win_over_somebody_elses():
    [event] = action(id='a1', more=True, arguments='{"id": 5, "cause": 6, "more": 7}')
    data = json.loads(FORMATS['action'].encode(event).data)['data']
    assert (data['id'], data['cause'], data['more']) == ('a1', 6, True)


def test_face_server_answers():
    face = FACE_TEXT.replace('happy', 'ack').encode()
    stream = b'ack' + face + b'ackack ack\n' + face + b'nack' + face + b'ac'
    for pieces in ([stream], [bytes([byte]) for byte in stream]):
        decoder = FORMATS['face'].answers.decoder(PENDING_LIMIT)
        events = [event for piece in pieces for event in decoder.feed(piece)] + decoder.flush()
        assert decoder.acks == 4
        assert [event.event_type for event in events] == [
            'draw_face',
            'draw_face',
            'unrecognised',
            'draw_face',
            'unrecognised',
        ]
        assert [event.data for event in events if isinstance(event, UnrecognisedMessage)] == [b'nack', b'ac']


def test_the_pipeline_s_readers_know_labels_and_not_things():
    """Of two people only the first one comes, and only the last one goes."""

    def lines(event_type, *counts):
        objects = tuple(DetectedObject('person', str(count), count=count) for count in counts)
        encoded = FORMATS['detections'].encode(VisionEvent(event_type, objects=objects))
        return encoded.data.decode().splitlines() if encoded else []

    came = '{"event": "object_appeared", "object_id": "person"}'
    gone = '{"event": "object_disappeared", "object_id": "person"}'
    assert lines('object_appeared', 0) == lines('object_appeared', 1) == lines('object_appeared', 1, 2) == [came]
    assert lines('object_appeared', 2) == lines('object_disappeared', 1) == []
    assert lines('object_disappeared', 0) == lines('object_disappeared', 1, 0) == [gone]
    assert lines('visible_objects', 1, 2) == [r'"{\"visible_objects\": [\"person\"]}"']
