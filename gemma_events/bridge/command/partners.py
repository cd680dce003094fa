"""The legacy programs, as they behave: what each sends, how it reads, what it cannot take."""

from __future__ import annotations

import itertools
import json
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from gemma_events.bridge.command.connections import Connections, receive
from gemma_events.bridge.wire import FORMATS, LEGACY_LIMIT
from gemma_events.errors import DeviceError
from gemma_events.events import (
    ActionEvent,
    DetectedObject,
    Event,
    FaceExpression,
    SpeechEvent,
    TextInput,
    VisionEvent,
)

RECONNECT = 1.0  # seconds
WAIT = 1.0  # seconds between two looks at nothing
Print = Callable[[str], None]


class Crashed(Exception):  # noqa: N818 - what the legacy program does
    """The legacy program cannot take what came, and ends."""


@dataclass(frozen=True)
class Partner:
    """A legacy program. `writes` gives its events for ever; `reads` says what it makes of one receive."""

    endpoint: str
    server: bool
    text: str
    writes: Callable[[], Iterator[Event]] | None = None
    reads: Callable[[bytes], str] | None = None
    answers: bool = False  # each receive with `ack`
    waits: bool = False  # for that answer
    patient: bool = False  # comes again when nobody listens, or the connection is lost
    lines: bool = False  # a line is a message to it, not a receive


@dataclass(frozen=True)
class Habits:
    """How a partner is to behave: seconds between two events or receives, how many (0: for ever), its buffer."""

    pace: float
    count: int
    size: int = LEGACY_LIMIT


# --- what they write --------------------------------------------------------------------------------------------


def microphone() -> Iterator[Event]:
    """Somebody says something, again and again."""
    for number in itertools.count(1):
        yield SpeechEvent(SpeechEvent.SPEECH_STARTED, time.time_ns(), event_number=number)
        yield SpeechEvent(
            SpeechEvent.TRANSCRIPT,
            time.time_ns(),
            event_number=number,
            duration=1_500_000_000,
            transcript=f'this is utterance number {number}',
        )


def vision_service() -> Iterator[Event]:
    """A person walks by."""
    for step in itertools.count():
        person = DetectedObject('person', confidence=0.95, x=10.0 * (step % 50), y=50.0, width=120.0, height=240.0)
        yield VisionEvent(VisionEvent.OBJECT_DETECTED, time.time_ns(), objects=(person,))


def detection_pipeline() -> Iterator[Event]:
    """A person comes and goes, the visible set behind each change."""
    person = (DetectedObject('person'),)
    while True:
        yield VisionEvent(VisionEvent.OBJECT_APPEARED, objects=person)
        yield VisionEvent(VisionEvent.VISIBLE_OBJECTS, objects=person)
        yield VisionEvent(VisionEvent.OBJECT_DISAPPEARED, objects=person)
        yield VisionEvent(VisionEvent.VISIBLE_OBJECTS)


def expression_emitter() -> Iterator[Event]:
    """One mood after another."""
    for expression in itertools.cycle(('happy', 'angry', 'normal')):
        yield FaceExpression(stamp=time.time_ns(), expression=expression, talking=expression == 'happy')


def action_source() -> Iterator[Event]:
    """Things to say."""
    for number in itertools.count(1):
        yield ActionEvent(stamp=time.time_ns(), action='speak', content=f'This is sentence number {number}.')


def terminal() -> Iterator[Event]:
    """The lines of the standard input."""
    for line in sys.stdin:
        yield TextInput(text=line)


# --- how they read ----------------------------------------------------------------------------------------------


def main_loop(data: bytes) -> str:
    """Everything behind the first `Transcript:` is what was said; without one it crashes."""
    text = data.decode()
    if 'Speech stopped' in text:
        if 'Transcript:' not in text:
            raise Crashed(f'a Speech stopped without Transcript: {text!r}')
        return f'heard {text.split("Transcript:", 1)[1].strip()!r}'
    return 'somebody speaks' if 'Speech started' in text else f'nothing it knows: {text!r}'


def speech_listener(data: bytes) -> str:
    """Looks for one of two phrases."""
    text = data.decode('utf-8', 'replace')
    for phrase in ('Speech started', 'Speech stopped'):
        if phrase in text:
            return f'{phrase}: {text!r}'
    return f'nothing it knows: {text!r}'


def json_listener(data: bytes) -> str:
    """Takes a receive for one JSON value."""
    try:
        return f'message {json.dumps(json.loads(data), ensure_ascii=False)}'
    except ValueError as error:
        return f'cannot be read: {error}: {data!r}'


def face_window(data: bytes) -> str:
    """Draws a face; closes and exits over what is no JSON."""
    try:
        message = json.loads(data)
        return f'draws {message["data"]["expression"]!r}, talking: {message["data"].get("talking", False)}'
    except (ValueError, KeyError, TypeError) as error:
        raise Crashed(f'{error}: {data!r}') from error


def text_reader(data: bytes) -> str:
    """Takes a receive for one message."""
    return f'typed {data.decode("utf-8", "replace").strip()!r}'


PARTNERS = {
    'main_loop': Partner('main_event', True, 'hears what is said', reads=main_loop),
    'microphone': Partner('main_event', False, 'says something; gives up when nobody listens', writes=microphone),
    'speech_listener': Partner('main_event', False, 'hears what is said', reads=speech_listener, patient=True),
    'vision_service': Partner('vision', True, 'sees a person walk by', writes=vision_service),
    'vision_listener': Partner('vision', False, 'is told what is seen', reads=json_listener, patient=True),
    'face_window': Partner('face_expression', True, 'draws a face and answers ack', reads=face_window, answers=True),
    'expression_emitter': Partner(
        'face_expression', False, 'has moods and waits for acks', writes=expression_emitter, waits=True
    ),
    'detection_pipeline': Partner('gstreamer', True, 'sees a person come and go', writes=detection_pipeline),
    'detection_listener': Partner(
        'gstreamer', False, 'is told who comes and goes', reads=json_listener, patient=True, lines=True
    ),
    'text_loop': Partner('text_input', True, 'reads what is typed', reads=text_reader),
    'terminal': Partner('text_input', False, 'sends the lines of standard input', writes=terminal),
    'action_source': Partner('action_output', True, 'has things said', writes=action_source),
    'executor': Partner('action_output', False, 'is told what to do', reads=json_listener, patient=True),
}


def play(partner: Partner, wire_format: str, path: Path, habits: Habits, output: Print) -> None:
    """Behave as a partner until its count is reached or its connection is lost. Raises Crashed and GemmaError."""
    left = habits.count
    while True:
        try:
            with Connections(path, serve=partner.server, steal=True) as connections:
                output(f'{"serving" if partner.server else "connected to"} {path}')
                if partner.writes:
                    left = _write(partner, wire_format, connections, habits, left, output)
                else:
                    left = _read(partner, connections, habits, left, output)
        except DeviceError:
            if not partner.patient:
                raise
        if (habits.count and not left) or not partner.patient:
            return
        output(f'waits for somebody to serve {path}')
        time.sleep(RECONNECT)


def _read(partner: Partner, connections: Connections, habits: Habits, left: int, output: Print) -> int:
    """Gives back how many messages are left to be read."""
    assert partner.reads
    line = b''
    while not connections.closed:
        for connection in connections.readable(WAIT):
            data = receive(connection, habits.size)
            if not data:
                output('a connection was closed')
                connections.close(connection)
                continue
            messages = [data]
            if partner.lines:
                *messages, line = (line + data).split(b'\n')
            for message in messages:
                output(partner.reads(message))
                if partner.answers:
                    connections.send(connection, b'ack')
                left -= 1
                if left == 0:
                    return 0
            time.sleep(habits.pace)
    return left


def _write(
    partner: Partner, wire_format: str, connections: Connections, habits: Habits, left: int, output: Print
) -> int:
    """Gives back how many events are left to be written."""
    assert partner.writes
    for event in partner.writes():
        while not connections.open and not connections.closed:
            connections.readable(WAIT)  # a server waits for its first client
        encoded = FORMATS[wire_format].encode(event, to_server=not partner.server)
        if encoded is None:
            continue
        for connection in list(connections.open):
            connections.send(connection, encoded.data)
        if connections.closed:
            output('the connection was closed')
            return left
        output(f'sent {encoded.data.decode()!r}')
        left -= 1
        if left == 0 and not partner.waits:
            return 0
        connections.let_in(habits.pace)
        if partner.waits:
            output(f'answer {receive(connections.open[0], habits.size)!r}')
        if left == 0:
            return 0
    return left
