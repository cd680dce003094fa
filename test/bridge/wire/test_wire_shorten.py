"""Events that are longer than a reader's buffer: what is left of them."""

from __future__ import annotations

import json

import pytest

from gemma_events.bridge.wire import FORMATS, LEGACY_LIMIT, PENDING_LIMIT
from gemma_events.bridge.wire.codec import SHORTEST_LIMIT
from gemma_events.bridge.wire.shorten import cut, most
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

NOW = 1_704_110_400 * SECOND + 123_456_789
WORDS = 'the quick brown fox jumps over the lazy dog ' * 100
MANY = tuple(
    DetectedObject(f'object {number}', confidence=0.5, x=number + 0.125, y=10.5, width=20.25, height=30.0)
    for number in range(30)
)


def encode(name, event, limit=LEGACY_LIMIT):
    encoded = FORMATS[name].encode(event, limit=limit)
    assert len(encoded.data) <= limit
    events = FORMATS[name].decoder(PENDING_LIMIT).feed(encoded.data + b'\n')
    assert not any(isinstance(event, UnrecognisedMessage) for event in events)
    return encoded, events


def test_most():
    for high in range(6):
        for limit in range(7):
            assert most(high, lambda count, limit=limit: count <= limit) == min(high, limit)


@pytest.mark.parametrize(
    ('text', 'room', 'short'),
    [
        ('turn on the light', 12, 'turn on the…'),
        ('turn on the light', 13, 'turn on the…'),
        ('turn on the light', 11, 'turn on…'),
        ('turn  on', 6, 'turn…'),
        ('supercalifragilistic', 6, 'super…'),
        ('turn', 1, ''),
        ('turn on', 0, ''),
        ('tu rn', 3, 'tu…'),
        ('a\u2003b c', 4, 'a\u2003b…'),
    ],
)
def test_cut(text, room, short):
    assert cut(text, lambda text: len(text) <= room) == short


@pytest.mark.parametrize(
    'words', [WORDS, 'ж' * 3000, '😀 ' * 1000, '"\\\n\x01' * 900, '😀' * 3000, '\ud800' * 2500, 'x' * 1_000_000]
)
@pytest.mark.parametrize('limit', [SHORTEST_LIMIT, LEGACY_LIMIT, 60_000])
def test_text_is_cut(words, limit):
    for name, event in (
        (
            'speech',
            SpeechEvent('transcript', NOW, event_number=2**32 - 1, duration=2**31 * SECOND - 1, transcript=words),
        ),
        ('text', TextInput(text=words)),
        ('action', ActionEvent(stamp=NOW, id='i' * 300, action='speak', content=words)),
        ('action', ActionEvent(stamp=NOW, action=words, content='x')),
        ('face', FaceExpression(stamp=NOW, expression=words)),
        ('vision', VisionEvent('object_disappeared', NOW, objects=(DetectedObject(words),) * 3)),
        ('detections', VisionEvent('object_disappeared', NOW, objects=(DetectedObject(words),))),
        (
            'detections',
            VisionEvent('visible_objects', NOW, objects=tuple(DetectedObject(f'{n}{words}') for n in range(3))),
        ),
    ):
        encoded, events = encode(name, event, limit)
        assert events
        if name == 'detections' and len(events[0].objects) < len(event.objects) and limit > len(words):
            assert {item.label[1:] for item in events[0].objects} == {words}, 'objects go before a label is cut'
        elif encoded.shortened:
            assert '…'.encode() in encoded.data or rb'\u2026' in encoded.data
            # All the room is used, but for a word.
            assert len(encoded.data) > limit - 32 or name == 'vision'
        else:
            assert len(words) < limit


def test_a_transcript_ends_behind_a_word():
    encoded, (_, event) = encode('speech', SpeechEvent('transcript', NOW, transcript=WORDS))
    assert encoded.shortened
    assert WORDS.startswith(event.transcript.removesuffix('…') + ' ')


@pytest.mark.parametrize('name', ['vision', 'face', 'action', 'text', 'speech'])
def test_what_fits_stays_whole(name):
    # Longer than the limit as ASCII, not as UTF-8.
    event = {
        'vision': VisionEvent('visible_objects', NOW, objects=(DetectedObject('ж' * 300),)),
        'face': FaceExpression(stamp=NOW, expression='ж' * 300),
        'action': ActionEvent(stamp=NOW, action='speak', content='ж' * 300),
        'text': TextInput(text='ж' * 300),
        'speech': SpeechEvent('transcript', NOW, transcript='ж' * 300),
    }[name]
    encoded, events = encode(name, event)
    assert not encoded.shortened
    assert 'ж' * 300 in repr(events)


@pytest.mark.parametrize('kind', ['visible_objects', 'object_appeared'])
@pytest.mark.parametrize('label', ['人物识别', '\U0001f600', 'Stuhl für Gäste', 'x'])
def test_lines_that_share_a_receive_have_no_character_that_it_could_cut(kind, label):
    objects = tuple(DetectedObject(f'{label}{number}') for number in range(40))
    encoded = FORMATS['detections'].encode(VisionEvent(kind, objects=objects), limit=LEGACY_LIMIT)
    events = FORMATS['detections'].decoder(PENDING_LIMIT).feed(encoded.data)
    assert encoded.data.isascii()
    assert all(len(line) < 1024 for line in encoded.data.splitlines())
    kept = [item.label for event in events for item in event.objects]
    assert kept == [item.label for item in objects][: len(kept)]
    assert len(kept) >= 15


def test_boxes_go_from_the_end_and_labels_stay():
    encoded, [event] = encode('vision', VisionEvent('visible_objects', NOW, objects=MANY))
    assert encoded.shortened
    data = json.loads(encoded.data)['data']
    assert data['objects'] == [item.label for item in MANY]
    assert len(data['bounding_boxes']) == len(MANY), 'one box an object, or none at all'
    boxes = [item.width for item in event.objects]
    kept = boxes.index(0.0)
    assert 5 < kept < 30
    assert boxes == [20.25] * kept + [0.0] * (30 - kept)


def test_then_all_boxes_and_then_objects_from_the_end():
    encoded, [event] = encode('vision', VisionEvent('visible_objects', NOW, objects=MANY * 2))
    assert 'bounding_boxes' not in json.loads(encoded.data)['data']
    assert len(event.objects) == 60
    encoded, [event] = encode('vision', VisionEvent('visible_objects', NOW, objects=MANY * 4))
    labels = [item.label for item in event.objects]
    assert labels == [item.label for item in MANY * 4][: len(labels)]
    assert 60 < len(labels) < 120


def test_members_that_no_legacy_program_reads_go_first():
    objects = tuple(
        DetectedObject(item.label, 'id' * 30, item.confidence, item.x, item.y, item.width, item.height)
        for item in MANY[:10]
    )
    extra = json.dumps({'data': {'embedding': [0.5] * 300}, 'node': 'x'})
    encoded, [event] = encode('vision', VisionEvent('object_detected', NOW, objects=objects, extra=extra))
    assert encoded.shortened
    assert [item.width for item in event.objects] == [20.25] * 10
    assert event.extra == ''
    encoded, [event] = encode('action', ActionEvent(stamp=NOW, action='speak', content='Hello!', extra=extra))
    assert encoded.shortened
    assert (event.content, event.extra) == ('Hello!', '')


def test_arguments_go_next_and_then_the_content():
    def short(arguments, content, extra=''):
        event = ActionEvent(
            stamp=NOW,
            id='i' * 20,
            cause='c',
            action='walk',
            content=content,
            arguments=json.dumps(arguments),
            more=True,
            extra=extra,
        )
        encoded, [event] = encode('action', event)
        assert encoded.shortened
        assert (event.id, event.cause, event.more, event.extra) == ('', '', False, '')
        return event

    few, many = {'speed': 1}, {'steps': [0.5] * 300}
    event = short(few, 'home', extra=json.dumps(many))
    assert (json.loads(event.arguments), event.content) == (few, 'home')
    event = short(few, 'x' * 880)
    assert (json.loads(event.arguments), event.content) == (few, 'x' * 880)
    event = short(many, 'home')
    assert (event.arguments, event.content) == ('', 'home')
    event = short(few, WORDS)
    assert event.arguments == ''
    assert event.content.endswith('…')


def test_each_line_of_detections_is_short():
    event = VisionEvent('object_appeared', NOW, objects=tuple(DetectedObject(WORDS) for _ in range(3)))
    encoded = FORMATS['detections'].encode(event, limit=LEGACY_LIMIT)
    lines = encoded.data.splitlines(keepends=True)
    assert encoded.shortened
    assert len(lines) == 3
    assert max(map(len, lines)) <= LEGACY_LIMIT


def test_lone_surrogates_in_a_long_message_stay_what_they_are():
    arguments = dict.fromkeys('\ud800\ud801', 'ж' * 200)
    encoded, [event] = encode('action', ActionEvent(stamp=NOW, action='wave', arguments=json.dumps(arguments)))
    assert not encoded.shortened
    assert json.loads(event.arguments) == arguments
