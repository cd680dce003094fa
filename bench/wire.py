"""Ten million events through the codecs of the bridge: the time for each format, and whether memory grows."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

from bench.figures import Figure
from gemma_events.bridge.wire import FORMATS
from gemma_events.bridge.wire.codec import LEGACY_LIMIT, PENDING_LIMIT
from gemma_events.events import (
    SECOND,
    ActionEvent,
    DetectedObject,
    Event,
    FaceExpression,
    SpeechEvent,
    TextInput,
    VisionEvent,
)

EVENTS = 10_000_000
BATCH = 1000
STAMP = 1_767_265_200 * SECOND
OBJECTS = (
    DetectedObject('person', confidence=0.95, x=34.0, y=50.5, width=120.0, height=240.0),
    DetectedObject('car', confidence=0.95, x=300.0, y=80.0, width=90.0, height=60.0),
)
SAMPLES: dict[str, Event] = {
    'speech': SpeechEvent(
        SpeechEvent.TRANSCRIPT,
        STAMP,
        event_number=7,
        duration=2 * SECOND,
        transcript='turn on the light in the kitchen',
    ),
    'vision': VisionEvent(VisionEvent.OBJECT_DETECTED, STAMP, objects=OBJECTS),
    'detections': VisionEvent(VisionEvent.VISIBLE_OBJECTS, objects=OBJECTS),
    'face': FaceExpression(stamp=STAMP, expression='happy', talking=True),
    'action': ActionEvent(stamp=STAMP, action='speak', content='Hello, how can I help you?', priority=192),
    'text': TextInput(text='turn on the light'),
}


def figures() -> Iterator[Figure]:
    """Microseconds to encode and decode an event; growth of memory over all."""
    for name in SAMPLES:
        through(name, BATCH)  # loads what is loaded once
    before = resident()
    for name in SAMPLES:
        encode, decode = through(name, EVENTS // len(SAMPLES))
        yield Figure(f'{name}: encode an event', 1e6 * encode, 'us')
        yield Figure(f'{name}: decode an event', 1e6 * decode, 'us')
    yield Figure('ten million events through the codecs, growth of memory', resident() - before, 'MB', at_most=1)


def through(name: str, count: int) -> tuple[float, float]:
    """Seconds an event to encode, and to decode one by one."""
    wire, event = FORMATS[name], SAMPLES[name]
    decoder = wire.decoder(PENDING_LIMIT)
    encoding = decoding = 0.0
    for _ in range(count // BATCH):
        begin = time.process_time()
        for _ in range(BATCH):
            encoded = wire.encode(event, limit=LEGACY_LIMIT)
        middle = time.process_time()
        end = b'' if encoded.data.endswith(b'\n') or name not in ('speech', 'text') else b'\n'
        for _ in range(BATCH):
            decoder.feed(encoded.data + end)
        encoding, decoding = encoding + middle - begin, decoding + time.process_time() - middle
    return encoding / count, decoding / count


def resident() -> float:
    """This process's resident memory in MB."""
    return int(Path('/proc/self/statm').read_text().split()[1]) * 4096 / 1e6
