"""`wire play`: the legacy programs with something to say, and what happens to them in words."""

from __future__ import annotations

import itertools
import json
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gemma_events.bridge.command.legacy_programs import (
    SERVERS,
    Finished,
    Stage,
    emitter,
    face_window_once,
    listener,
    main_loop,
    microphone,
    producer,
    text_loop,
)
from gemma_events.bridge.settings import LEGACY
from gemma_events.bridge.sockets import Identity, identify, remove
from gemma_events.bridge.wire import FORMATS, Format
from gemma_events.errors import DeviceError
from gemma_events.events import ActionEvent, DetectedObject, Event, FaceExpression, SpeechEvent, TextInput, VisionEvent

Print = Callable[[str], None]


@dataclass(frozen=True)
class Program:
    """A legacy program: its endpoint, how it behaves, and a line of help.

    `writes` gives the events that it sends, for ever; `reads` says what it makes of one message.
    """

    endpoint: str
    behaviour: Callable[[str, Stage], None]
    text: str
    writes: Callable[[], Iterator[Event]] = lambda: iter(())
    reads: Callable[[bytes], str] = repr
    lines: bool = False  # a line is a message to it, not a receive

    @property
    def server(self) -> bool:
        """Whether it binds the path."""
        return self.behaviour in SERVERS

    @property
    def form(self) -> Format[Any]:
        """The format of its endpoint."""
        return FORMATS[LEGACY[self.endpoint]['format']]


@dataclass(frozen=True)
class Habits:
    """How a program is to behave: seconds of work on a message, how many messages (0: for ever), and the bytes of its
    receive buffer.
    """

    pace: float
    count: int
    size: int


# --- what they write --------------------------------------------------------------------------------------------


def utterances() -> Iterator[Event]:
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


def person_walks_by() -> Iterator[Event]:
    """A person, in one picture after another."""
    for step in itertools.count():
        person = DetectedObject('person', confidence=0.95, x=10.0 * (step % 50), y=50.0, width=120.0, height=240.0)
        yield VisionEvent(VisionEvent.OBJECT_DETECTED, time.time_ns(), objects=(person,))


def person_comes_and_goes() -> Iterator[Event]:
    """The changes, and the visible set behind each."""
    person = (DetectedObject('person'),)
    while True:
        yield VisionEvent(VisionEvent.OBJECT_APPEARED, objects=person)
        yield VisionEvent(VisionEvent.VISIBLE_OBJECTS, objects=person)
        yield VisionEvent(VisionEvent.OBJECT_DISAPPEARED, objects=person)
        yield VisionEvent(VisionEvent.VISIBLE_OBJECTS)


def moods() -> Iterator[Event]:
    """One after another."""
    for expression in itertools.cycle(('happy', 'angry', 'normal')):
        yield FaceExpression(stamp=time.time_ns(), expression=expression, talking=expression == 'happy')


def sentences() -> Iterator[Event]:
    """Things to say."""
    for number in itertools.count(1):
        yield ActionEvent(stamp=time.time_ns(), action='speak', content=f'This is sentence number {number}.')


def typed() -> Iterator[Event]:
    """The lines of the standard input."""
    for line in sys.stdin:
        yield TextInput(text=line)


# --- how they read ----------------------------------------------------------------------------------------------


def hear(data: bytes) -> str:
    """Everything behind the first `Transcript:` is what was said."""
    text = data.decode('utf-8', 'replace')
    if 'Speech stopped' in text and 'Transcript:' in text:
        return f'heard {text.split("Transcript:", 1)[1].strip()!r}'
    return 'somebody speaks' if 'Speech started' in text else f'nothing it knows: {text!r}'


def look_for_speech(data: bytes) -> str:
    """Looks for one of two phrases."""
    text = data.decode('utf-8', 'replace')
    for phrase in ('Speech started', 'Speech stopped'):
        if phrase in text:
            return f'{phrase}: {text!r}'
    return f'nothing it knows: {text!r}'


def read_json(data: bytes) -> str:
    """Takes a message for one JSON value."""
    try:
        return f'message {json.dumps(json.loads(data), ensure_ascii=False)}'
    except ValueError as error:
        return f'cannot be read: {error}: {data!r}'


def draw(data: bytes) -> str:
    """Draws a face."""
    face = json.loads(data)['data']
    return f'draws {face["expression"]!r}, talking: {face.get("talking", False)}'


def read_text(data: bytes) -> str:
    """Takes a message for a line."""
    return f'typed {data.decode("utf-8", "replace").strip()!r}'


PROGRAMS = {
    'main_loop': Program('main_event', main_loop, 'hears what is said', reads=hear),
    'microphone': Program('main_event', microphone, 'says something; gives up when nobody listens', utterances),
    'speech_listener': Program('main_event', listener, 'hears what is said', reads=look_for_speech),
    'vision_service': Program('vision', producer, 'sees a person walk by', person_walks_by),
    'vision_listener': Program('vision', listener, 'receives what is seen', reads=read_json),
    'face_window': Program(
        'face_expression',
        face_window_once,
        'draws a face and answers ack; accepts one connection in its life',
        reads=draw,
    ),
    'expression_emitter': Program('face_expression', emitter, 'has moods and waits for acks', moods),
    'detection_pipeline': Program('gstreamer', producer, 'sees a person come and go', person_comes_and_goes),
    'detection_listener': Program('gstreamer', listener, 'receives who comes and goes', reads=read_json, lines=True),
    'text_loop': Program('text_input', text_loop, 'reads what is typed', reads=read_text),
    'terminal': Program('text_input', microphone, 'sends the lines of standard input', typed),
    'action_source': Program('action_output', producer, 'has things said', sentences),
    'executor': Program('action_output', listener, 'receives what is to be done', reads=read_json),
}


def play(program: Program, path: Path, habits: Habits, output: Print) -> None:
    """Behave as a program until it has dealt with `habits.count` messages, or its connection is lost.

    Raises Crashed where it cannot take what came, DeviceError where nobody serves the path of one that gives up
    then, and OSError where the path cannot be served.
    """
    scene = _Scene(program, path, output)
    stage = Stage(scene.messages(), scene.report, pause=habits.pace, count=habits.count, size=habits.size)
    if program.server:
        path.parent.mkdir(parents=True, exist_ok=True)
    try:
        program.behaviour(os.fspath(path), stage)
    except Finished:
        pass
    except (ConnectionRefusedError, FileNotFoundError) as error:
        raise DeviceError(f'{path}: nobody serves it ({error.strerror})') from error
    finally:
        scene.clear()


class _Scene:
    """What a program is played with; it keeps in mind what it has seen of it."""

    def __init__(self, program: Program, path: Path, output: Print) -> None:
        self._program, self._path, self._output = program, path, output
        self._identity: Identity | None = None  # of the socket file that it made
        self._somebody = threading.Event()  # is there to write to
        self._line = b''

    def messages(self) -> Iterator[bytes]:
        """What it sends; a server waits for its first client."""
        self._somebody.wait()
        for event in self._program.writes():
            encoded = self._program.form.encode(event, to_server=not self._program.server)
            if encoded:
                yield encoded.data

    def report(self, word: str, data: bytes) -> None:
        """Show what has happened."""
        if word == 'serves':
            self._identity = identify(self._path)
        elif word in ('accepted', 'connected'):
            self._somebody.set()
        if word == 'got':
            for message in self._split(data):
                self._output(self._program.reads(message))
        else:
            self._output(_WORDS[word].format(path=self._path, data=data, text=data.decode('utf-8', 'replace')))

    def _split(self, data: bytes) -> list[bytes]:
        if not self._program.lines:
            return [data]
        *messages, self._line = (self._line + data).split(b'\n')
        return messages

    def clear(self) -> None:
        """Remove the socket file, unless another program has put its own there."""
        if self._identity and self._identity == identify(self._path):
            remove(self._path, self._identity)


_WORDS = {
    'serves': 'serving {path}',
    'accepted': 'somebody has connected',
    'connected': 'connected to {path}',
    'waits': 'waits for somebody to serve {path}',
    'sent': 'sent {text!r}',
    'answer': 'answer {data!r}',
    'lost': 'a connection was closed',
}
