"""Broken streams: where a decoder recovers, what it holds back meanwhile, and for how long."""

from __future__ import annotations

import random

import pytest

from gemma_events.bridge.wire import FORMATS, PENDING_LIMIT
from gemma_events.events import UnrecognisedMessage

FACE = b'{"event_type": "draw_face", "timestamp": 1.0, "data": {"expression": "happy", "talking": true}}'
LINE = b'{"event": "object_appeared", "object_id": "person"}\n'
START = b'[2024-01-01 12:00:00] Speech started (Event #7)'
STOP = b'[2024-01-01 12:00:03] Speech stopped (Event #7) - Transcript: turn on the light'
GOOD = {'face': FACE, 'detections': LINE, 'speech': START, 'text': b'hello\n'}


def outcome(name, data, limit=PENDING_LIMIT, byte_by_byte=False):
    """What a stream gives, True for an event that was understood, the bytes of one that was not."""
    decoder = FORMATS[name].decoder(limit)
    events = []
    for piece in [bytes([byte]) for byte in data] if byte_by_byte else [data]:
        events += decoder.feed(piece)
        assert decoder.pending <= limit
    events += decoder.flush()
    return [event.data if isinstance(event, UnrecognisedMessage) else True for event in events]


@pytest.mark.parametrize(
    ('name', 'data', 'expected'),
    [
        ('face', b'hello ' + FACE, [b'hello ', True]),
        ('face', b'hello\nworld\n' + FACE, [b'hello\n', b'world\n', True]),
        ('face', FACE + b'}}' + FACE, [True, b'}}', True]),
        ('face', b'123 true' + FACE, [b'123 true', True]),
        ('face', b'\xef\xbb\xbf' + FACE, [True]),
        ('face', b'\xef\xbb' + FACE, [b'\xef\xbb', True]),
        ('face', b"{'event_type': 'draw_face'}" + FACE, [b"{'event_type': 'draw_face'}", True]),
        ('face', b'"{\\"visible_objects\\": [\\"cup\\"]}"\n' + FACE, [b'"{\\"visible_objects\\": [\\"cup\\"]}"', True]),
        ('face', b'[' + FACE + b', ' + FACE + b']' + FACE, [b'[' + FACE + b', ' + FACE + b']', True]),
        ('face', b'[1}' + FACE, [b'[1}', True]),
        ('face', b'{"a" 1, "b": {"c": 2}}' + FACE, [b'{"a" 1, "b": {"c": 2}}', True]),
        ('face', b'{"a": "\\x"} ' + FACE, [b'{"a": "\\x"} ', True]),
        ('face', b'{"a": "line\nbreak"} ' + FACE, [b'{"a": "line\nbreak"} ', True]),
        ('face', START + FACE, [b'[2024-01-01 12:00:00] Speech started (Event #7)', True]),
        ('detections', b'{"event": \n' + LINE, [b'{"event": \n', True]),
        ('detections', b'"{\\"visible\n' + LINE, [b'"{\\"visible\n', True]),
        ('detections', LINE[:-1] + LINE[:-1] + b'\n\r\n' + LINE, [True, True, True]),
        ('speech', b'hello ' + START, [b'hello ', True]),
        ('speech', START + b' and more\n' + START, [True, b'and more', True]),
        ('speech', STOP[:40] + START, [STOP[:40], True]),
        ('speech', b'[2024-01-01 12:0' + START, [b'[2024-01-01 12:0', True]),
        ('speech', b'\xff\xfe\0' + START, [b'\xff\xfe\0', True]),
    ],
)
@pytest.mark.parametrize('byte_by_byte', [False, True])
def test_it_recovers_behind_what_is_broken(name, data, expected, byte_by_byte):
    result = outcome(name, data + GOOD[name], byte_by_byte=byte_by_byte)
    if result[0] == b'[2024-01-01 12:00:00]':  # a JSON list has the same form
        result[:2] = [b''.join(result[:2])]
    assert result == [*expected, True]


@pytest.mark.parametrize('at', range(1, len(FACE)))
def test_a_message_cut_off_costs_at_most_one_other(at):
    result = outcome('face', FACE[:at] + FACE * 3)
    assert result[-2:] == [True, True]
    assert b''.join(FACE if piece is True else piece for piece in result) == FACE[:at] + FACE * 3, 'nothing is lost'


@pytest.mark.parametrize('at', range(1, len(LINE) - 1))
def test_a_line_cut_off_costs_none(at):
    assert outcome('detections', LINE[:at] + b'\n' + LINE * 2) == [LINE[:at] + b'\n', True, True]


@pytest.mark.parametrize('at', range(1, len(STOP)))
def test_speech_cut_off_costs_none(at):
    assert outcome('speech', STOP[:at] + START + STOP)[-3:] == [True, True, True]


def test_a_pause_ends_text_but_not_json():
    decoder = FORMATS['face'].decoder(PENDING_LIMIT)
    assert decoder.feed(FACE[:40]) == decoder.flush() == []
    assert decoder.pending == 40
    assert [event.expression for event in decoder.feed(FACE[40:])] == ['happy']
    decoder = FORMATS['speech'].decoder(PENDING_LIMIT)
    assert decoder.feed(STOP) == []
    assert [event.event_type for event in decoder.flush()] == ['speech_stopped', 'transcript']


@pytest.mark.parametrize(
    ('name', 'data'), [('face', FACE[:40]), ('face', b'"hel'), ('detections', LINE[:20]), ('face', b'hello')]
)
def test_what_is_left_at_the_end_is_reported(name, data):
    decoder = FORMATS[name].decoder(PENDING_LIMIT)
    [event] = decoder.feed(data) + decoder.flush(closed=True)
    assert event.data == data
    assert decoder.pending == 0
    assert decoder.flush(closed=True) == []


@pytest.mark.parametrize(
    ('name', 'endless'),
    [
        ('face', b'{"a": "' + b'x' * 1000),
        ('face', b'[' * 1000),
        ('face', b'{"a": ' + b'1' * 1000),
        ('face', b'{"a":' * 200),
        ('face', b'x' * 1000),
        ('face', b'{"a": 1' + b' ' * 1000),
        ('face', b'"' + b'\\n' * 500),
        ('detections', b'"' + b'x' * 1000),
        ('speech', STOP + b' and' * 250),
        ('speech', b'[2024-01-01' * 100),
        ('text', b'x' * 1000),
        ('text', '😀'.encode() * 250),
    ],
)
@pytest.mark.parametrize('byte_by_byte', [False, True])
def test_endless_messages(name, endless, byte_by_byte):
    result = outcome(name, endless + b'\n' + GOOD[name] * 2, 128, byte_by_byte)
    assert result[-2:] == [True, True]
    assert True not in result[:-2]
    assert b''.join(result[:-2]).strip() == endless.strip(), 'whole, in pieces'
    assert max(map(len, result[:-2])) <= 128


def test_an_event_as_long_as_the_limit_is_too_long():
    assert outcome('face', FACE, len(FACE) + 1) == [True]
    assert outcome('face', FACE, len(FACE) + 1, byte_by_byte=True) == [True]
    assert outcome('face', b' ' + FACE, len(FACE) + 1, byte_by_byte=True) == [True]


@pytest.mark.parametrize('limit', [64, 100, 256])
def test_cuts_do_not_matter_for_garbage_either(limit):
    chance = random.Random(limit)
    parts = [
        FACE,
        LINE,
        START,
        STOP,
        FACE[:30],
        b'{"event_type"',
        b'}{',
        b'[[',
        b'"',
        b'\\',
        b'x' * 90,
        b'\n',
        b' ',
        b'}\n\n',
        b'{\n"event": 1',
        b'\0',
        b'ack',
        b'{"a":',
        b'\xf0\x9f',
        b'\xef\xbb\xbf',
        b'1.5e',
        b'[2024-01-01 12:00:00] Speech',
    ]
    for _ in range(150):
        data = b''.join(chance.choices(parts, k=12))
        cuts = sorted(chance.sample(range(len(data)), 5)) if len(data) > 5 else []
        pieces = [data[a:b] for a, b in zip([0, *cuts], [*cuts, len(data)], strict=True)]
        for name in FORMATS:
            decoder = FORMATS[name].decoder(limit)
            whole = decoder.feed(data) + decoder.flush(closed=True)
            cut = [event for piece in pieces for event in decoder.feed(piece)] + decoder.flush(closed=True)
            assert cut == whole, (name, pieces)


@pytest.mark.parametrize(
    'hostile',
    [
        b'{"event_type":' * 4700,
        b'[' * 65_000,
        b'"' * 65_000,
        b'{' * 65_000,
        b'}{' * 32_000,
        b'{"a":"' + b'\\n' * 32_000,
        b'[' + b'{"event":1},' * 5000 + b'!',
        b'\n' * 65_000,
        (b'{"event_type":' * 8 + b'!') * 570,
        b'[2024-01-01 12:00:00] Speec' * 2400,
        b'ack' * 21_000,
    ],
    ids=lambda data: data[:12].decode(),
)
@pytest.mark.uncounted
@pytest.mark.parametrize('name', list(GOOD))  # vision and action have the decoder of face
def test_nothing_takes_quadratic_time(name, hostile):
    """That would be minutes, and end at the time-out of all tests; it is tenths of a second."""
    decoder = FORMATS[name].decoder(PENDING_LIMIT)
    for at in range(0, len(hostile), 64):
        decoder.feed(hostile[at : at + 64])
        assert decoder.pending <= PENDING_LIMIT
    decoder.flush(closed=True)
    assert decoder.pending == 0
