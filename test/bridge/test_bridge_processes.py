"""Each legacy program and the bridge as processes, over real sockets and DDS: started in either order, and killed."""

from __future__ import annotations

import itertools
import signal
import subprocess
import sys

import pytest

from harness import wait_for

pytest.importorskip('rclpy', reason='ROS 2 is not installed')

from gemma_events.bridge.settings import LEGACY
from gemma_events.bridge.wire import FORMATS
from gemma_events.events import ActionEvent, DetectedObject, FaceExpression, SpeechEvent, TextInput, VisionEvent

STAMP = 1_704_110_400 * 10**9
EVENTS = {  # with a number that is found again
    'speech': lambda number: SpeechEvent('transcript', stamp=STAMP, event_number=1, transcript=f'no {number} end'),
    'vision': lambda number: VisionEvent('object_appeared', stamp=STAMP, objects=(DetectedObject(f'no {number} end'),)),
    'face_expression': lambda number: FaceExpression(stamp=STAMP, expression=f'no {number} end'),
    'text_input': lambda number: TextInput(stamp=STAMP, text=f'no {number} end'),
    'action': lambda number: ActionEvent(stamp=STAMP, action='speak', content=f'no {number} end'),
}
WIRE = {
    'main_event': '[2024-01-01 12:00:00] Speech stopped (Event #1) - Transcript: {}\n',
    'vision': '{{"event_type": "object_appeared", "timestamp": 1.0, "data": {{"objects": ["{}"]}}}}',
    'face_expression': '{{"event_type": "draw_face", "timestamp": 1.0, "data": {{"expression": "{}"}}}}',
    'gstreamer': '{{"event": "object_appeared", "object_id": "{}"}}\n',
    'text_input': '{}\n',
    'action_output': '{{"event_type": "action_required", "timestamp": 1.0, "data": {{"action": "{}"}}}}',
}
READERS = [(name, 'listener') for name in LEGACY if name != 'face_expression'] + [
    ('main_event', 'main_loop'),
    ('text_input', 'main_loop'),
    ('face_expression', 'face_window'),
]
WRITERS = (
    [(name, 'microphone') for name in LEGACY if name != 'face_expression']
    + [(name, 'producer') for name in ('vision', 'gstreamer', 'action_output')]
    + [('face_expression', 'emitter')]
)
SERVERS = ('main_loop', 'face_window', 'producer')


class BridgeProcess:
    """A bridge with one endpoint."""

    def __init__(self, name, path):
        program = "import sys; from gemma_events.main import main; sys.exit(main('bridge'))"
        self._command = [
            sys.executable,
            '-c',
            program,
            '--ros-args',
            '-p',
            f"endpoints:=['{name}']",
            '-p',
            f'{name}.path:={path}',
        ]
        self.start()

    def start(self):
        self.process = subprocess.Popen(self._command, stderr=subprocess.PIPE, text=True)
        self.said = ''
        while 'active' not in self.said:
            assert self.process.poll() is None
            self.said += self.process.stderr.readline()

    def kill(self):
        self.process.kill()
        self.process.communicate()

    def close(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            self.said += self.process.communicate(timeout=20)[1]
            assert self.process.returncode == 0
            assert 'Traceback' not in self.said


@pytest.fixture
def start_bridge():
    processes = []

    def start(*arguments):
        processes.append(BridgeProcess(*arguments))
        return processes[-1]

    yield start
    for process in processes:
        process.close()


def numbers(texts):
    """The numbers of the events in these texts, which have one each."""
    found = [[int(piece.split(' end')[0]) for piece in text.split('no ')[1:]] for text in texts]
    assert all(len(some) == 1 for some in found), f'one event a receive, not {texts}'
    return [number for [number] in found]


@pytest.mark.parametrize(('name', 'role'), READERS)
def test_a_program_that_reads(ros, start_legacy, path, start_bridge, name, role):
    topic = FORMATS[LEGACY[name]['format']].topic
    publisher = None
    counter = itertools.count(1)

    def got(program):
        texts = program.got()
        # Of lines, a receive may end in the middle of one.
        return numbers(''.join(texts).split('\n')[:-1] if name == 'gstreamer' else texts)

    def reaches(program):
        """Publish until one event arrives; those behind it arrive too, one a receive, in order."""
        nonlocal publisher
        event = EVENTS[topic]
        publisher = publisher or ros.publisher(type(event(0)), topic)
        before = len(got(program))
        wait_for(lambda: publisher(event(next(counter))) or len(got(program)) > before, 'an event')
        last = next(counter)
        for number in range(last, last + 5):
            publisher(event(number))
            if role == 'face_window':  # of what queues up only the newest matters
                wait_for(lambda: got(program)[-1] == number, f'event {number}')  # noqa: B023
        next(itertools.islice(counter, 3, None))
        wait_for(lambda: got(program)[-1] == last + 4, f'event {last + 4}')
        new = got(program)[before:]
        if role == 'face_window':
            new = [number for number in new if number >= last]
        assert new == list(range(new[0], last + 5))
        assert program.got('crashed') == []

    legacy = start_legacy(role, path)
    if role in SERVERS:
        legacy.wait('serves')
    bridge = start_bridge(name, path)
    reaches(legacy)
    bridge.kill()
    bridge.start()
    reaches(legacy)
    legacy.kill()
    legacy = start_legacy(role, path)
    reaches(legacy)


@pytest.mark.parametrize(('name', 'role'), WRITERS)
def test_a_program_that_writes(ros, start_legacy, path, start_bridge, name, role):
    topic = FORMATS[LEGACY[name]['format']].topic
    events = ros.record(type(EVENTS[topic](0)), topic)
    counter = itertools.count(1)

    def arrives(program):
        """All that it sends, once the first event has come through."""
        before = len(events)

        def send():
            program.send(WIRE[name].format(f'no {next(counter)} end').encode())

        # The subscription of this test may not know the bridge yet.
        wait_for(lambda: send() or len(events) > before, 'an event')
        last = next(counter)
        for number in range(last, last + 5):
            program.send(WIRE[name].format(f'no {number} end').encode())
        next(itertools.islice(counter, 3, None))
        wait_for(lambda: f'no {last + 4} end' in str(events[-1]), f'event {last + 4}')
        got = numbers(str(event) for event in events[before:] if 'no ' in str(event))
        assert got == list(range(got[0], last + 5))

    def start():
        """One that found the bridge: the socket file of a bridge that was killed just now is not replaced at once."""
        while True:
            program = start_legacy(role, path)
            wait_for(lambda: program.said or program.process.poll() is not None, 'it to start')  # noqa: B023
            if program.process.poll() is None:
                program.wait('accepted' if role in SERVERS else 'connected')
                return program

    if role in SERVERS:
        legacy = start_legacy(role, path)
        legacy.wait('serves')
        bridge = start_bridge(name, path)
    else:  # it gives up at once when nobody listens
        bridge = start_bridge(name, path)
        legacy = start()
    arrives(legacy)
    bridge.kill()
    bridge.start()
    if role not in SERVERS:
        legacy = start()
    arrives(legacy)
    legacy.kill()
    arrives(start())
