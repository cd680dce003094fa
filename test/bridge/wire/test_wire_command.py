"""The command `wire`, as a user starts it: real processes, real sockets, no ROS."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from gemma_events.bridge.command import main

ROOT = Path(__file__).parents[3]
# SIGINT as for a program in the foreground: where the tests run in the background, it would be ignored.
START = (
    'import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler); '
    'from gemma_events.bridge.command import main; status = main(sys.argv[1:]); '
    'assert "rclpy" not in sys.modules; sys.exit(status)'
)
ENVIRONMENT = os.environ | {'PYTHONPATH': f'{ROOT}:{os.environ.get("PYTHONPATH", "")}', 'PYTHONUTF8': '1', 'TZ': 'UTC'}
PATIENCE = 20.0


class Wire:
    """A running command; `line` waits for what it prints."""

    def __init__(self, *arguments, folder):
        self.process = subprocess.Popen(
            [sys.executable, '-c', START, *map(str, arguments)],
            cwd=folder,
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=ENVIRONMENT,
        )
        self._lines = queue.Queue()
        self._pumping = threading.Thread(target=self._pump, daemon=True)
        self._pumping.start()

    def _pump(self):
        for line in self.process.stdout:
            self._lines.put(line.rstrip('\n'))

    def line(self, beginning):
        seen = []
        with contextlib.suppress(queue.Empty):
            while True:
                seen.append(self._lines.get(timeout=PATIENCE))
                if seen[-1].startswith(beginning):
                    return seen[-1]
        return pytest.fail(f'no line that begins with {beginning!r}: {seen}')

    def close(self):
        self.process.kill()
        self.process.wait()
        self._pumping.join()
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            stream.close()

    def end(self, number=signal.SIGINT):
        self.process.send_signal(number)
        status = self.process.wait(PATIENCE)
        assert (status, self.process.stderr.read()) == (0, '')


@pytest.fixture
def wire(tmp_path):
    started = []

    def start(*arguments):
        started.append(Wire(*arguments, folder=tmp_path))
        return started[-1]

    yield start
    for command in started:
        command.close()


def run(folder, *arguments, data=b''):
    return subprocess.run(
        [sys.executable, '-c', START, *map(str, arguments)],
        cwd=folder,
        input=data,
        capture_output=True,
        timeout=PATIENCE,
        check=False,
        env=ENVIRONMENT,
    )


def test_send_and_read(wire, tmp_path):
    reader = wire('read', '--serve', 'main_event')
    reader.line('# serving')
    sent = run(
        tmp_path,
        'send',
        'main_event',
        'transcript',
        'transcript=turn on the light',
        'event_number=7',
        'duration=2.31',
        'stamp=1704110403',
    )
    assert sent.returncode == 0, sent.stderr
    line = reader.line('2024-01-01 12:00:03.000 transcript')
    assert line.endswith('event_number=7 duration=2.31 transcript="turn on the light"')
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(str(tmp_path / 'sockets/tau_hearing_socket'))
        client.sendall(b'[2024-01-01 12:00:03] Speech stopped - Transcript: no ')
        client.sendall(b'end\n' + b'hello \xff')
        assert reader.line('2024-01-01 12:00:03.000 transcript').endswith('transcript="no end"')
        assert 'reason=' in reader.line('- unrecognised')
    reader.end()
    assert not (tmp_path / 'sockets/tau_hearing_socket').exists()


def test_what_is_shown_can_be_sent(tmp_path):
    arguments = [
        'object_detected',
        'objects=[{"label": "cup", "confidence": 0.5, "x": 1.5, "width": 3}]',
        'image_width=640',
        'stamp=1704110403',
    ]
    written = run(tmp_path, 'send', '--dry-run', 'vision', *arguments).stdout
    assert json.loads(written)['data']['bounding_boxes'] == [[1.5, 0.0, 3.0, 0.0]]
    shown = run(tmp_path, 'read', '--format', 'vision', '-', data=written).stdout.decode()
    assert shown == (
        '2024-01-01 12:00:03.000 object_detected objects=[{"label": "cup", "confidence": 0.5, "x": 1.5, '
        '"width": 3.0}] image_width=640\n'
    )


def test_read_a_file(tmp_path):
    file = tmp_path / 'recorded.bin'
    file.write_bytes(b'"{\\"visible_objects\\": [\\"cup\\"]}"\n{"event": "object_app')
    shown = run(tmp_path, 'read', '--format', 'detections', file)
    assert shown.returncode == 0
    lines = shown.stdout.decode().splitlines()
    assert lines[0] == '- visible_objects objects=[{"label": "cup"}]'
    assert lines[1].startswith('- unrecognised')


PAIRS = [
    ('main_loop', 'microphone', "heard 'this is utterance number 1'", 'sent'),
    ('face_window', 'expression_emitter', "draws 'angry', talking: False", "answer b'ack'"),
    ('text_loop', 'terminal', "typed 'what time is it'", 'sent'),
    ('vision_service', 'vision_listener', 'sent', 'message {"event_type": "object_detected"'),
    ('detection_pipeline', 'detection_listener', 'sent', 'message "{\\"visible_objects\\": [\\"person\\"]}"'),
    ('action_source', 'executor', 'sent', 'message {"event_type": "action_required"'),
]


@pytest.mark.parametrize(('server', 'client', 'server_line', 'client_line'), PAIRS)
def test_legacy_programs_play_together(wire, tmp_path, server, client, server_line, client_line):
    path = tmp_path / 'socket'
    serving = wire('play', server, path, '--pace', '0.1')
    serving.line('serving')
    connected = wire('play', client, path, '--pace', '0.1')
    connected.process.stdin.write('what time is it\n')
    connected.process.stdin.flush()
    connected.line(client_line)
    serving.line(server_line)
    if client != 'terminal':  # which waits for another line
        connected.end()
    serving.end(signal.SIGTERM)
    assert not path.exists()


def test_a_listener_comes_again(wire, tmp_path):
    listener = wire('play', 'vision_listener', tmp_path / 'socket', '--pace', '0')
    listener.line('waits')
    first = wire('play', 'vision_service', tmp_path / 'socket', '--pace', '0.05')
    listener.line('message')
    second = wire('play', 'vision_service', tmp_path / 'socket', '--pace', '0.05')  # a legacy server steals the path
    second.line('serving')
    first.end()
    assert (tmp_path / 'socket').exists(), 'not its own any more'
    listener.line('a connection was closed')
    listener.line('message')
    for command in (listener, second):
        command.end()


@pytest.mark.parametrize(
    ('program', 'message', 'reason'),
    [
        ('face_window', b'{"event_type": "draw_face"}{"event_type": "draw_face"}', b'Extra data'),
        ('main_loop', b'[2024-01-01 12:00:03] Speech stopped (Event #7)', b'without Transcript'),
    ],
)
def test_a_legacy_program_that_cannot_take_it_ends(wire, tmp_path, program, message, reason):
    server = wire('play', program, tmp_path / 'socket')
    server.line('serving')
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(str(tmp_path / 'socket'))
        client.sendall(message)
        assert server.process.wait(PATIENCE) == 3
    assert reason.decode() in server.process.stderr.read()


def test_count_and_size(wire, tmp_path):
    server = wire('play', 'text_loop', tmp_path / 'socket', '--count', '2', '--size', '3', '--pace', '0')
    server.line('serving')
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(str(tmp_path / 'socket'))
        client.sendall(b'hello')
        server.line("typed 'hel'")
        server.line("typed 'lo'")
        assert server.process.wait(PATIENCE) == 0


@pytest.mark.parametrize(
    ('arguments', 'status', 'text'),
    [
        ((), 2, 'COMMAND'),
        (('read', 'nowhere'), 1, 'say --format'),
        (('read', 'vision'), 1, 'nobody serves it'),
        (('read', '--format', 'text', '--serve', 'file'), 1, 'not a socket'),
        (('read', '--format', 'text', '--serve', 'x' * 200), 1, '107 bytes'),
        (('read', '--format', 'text', '--serve', '/proc/nowhere/socket'), 1, '/proc/nowhere'),
        (('read', '--format', 'text', '.'), 1, 'directory'),
        (('play', 'microphone'), 1, 'nobody serves it'),
        (('play', 'face_window', 'file'), 1, 'not a socket'),
        (('play', 'face_window', '/proc/nowhere/socket'), 1, '/proc/nowhere'),
        (('play', 'somebody'), 2, 'invalid choice'),
        (('play', 'microphone', '--pace', '-1'), 2, '0 to 3600'),
        (('play', 'main_loop', '--count', '0'), 2, '1 or more'),
        (('send', 'vision', 'object_detected', 'thing=5'), 1, 'the fields are'),
        (('send', 'vision', 'object_detected', 'objects=[5]'), 1, 'not a value for objects'),
        (('send', 'vision', 'object_detected', 'image_width=wide'), 1, 'not a value for image_width'),
        (('send', 'main_event', 'speech_started', 'stamp=1e300'), 1, 'cannot be written'),
        (('send', 'main_event', 'something'), 1, 'no form'),
        (('send', 'vision', 'visible_objects', '--limit', '10'), 2, '256 to'),
    ],
)
def test_bad_arguments_end_in_one_line(tmp_path, monkeypatch, capsys, arguments, status, text):
    (tmp_path / 'file').write_text('mine')
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(signal, 'signal', lambda _number, _handler: None)  # in this process: that of the tests
    try:
        result = main(list(arguments))
    except SystemExit as end:
        result = end.code
    error = capsys.readouterr().err
    assert result == status
    assert text in error.splitlines()[-1]
    assert 'Traceback' not in error
    assert (tmp_path / 'file').read_text() == 'mine'


def test_an_error_ends_the_process(tmp_path):
    result = run(tmp_path, 'read', 'vision')
    assert result.returncode == 1
    assert [b'nobody serves it' in line for line in result.stderr.splitlines()] == [True]


def test_help_has_examples(tmp_path):
    assert b'wire read main_event' in run(tmp_path, '--help').stdout
    assert b'face_window' in run(tmp_path, 'play', '--help').stdout
