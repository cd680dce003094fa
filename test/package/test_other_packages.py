"""What other packages register works in the nodes: built by colcon, of either build type, and installed by pip."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from pathlib import Path

import numpy as np
import pytest
from action_output.virtual_speaker import VirtualSpeaker
from building import BUILD_TIME, install, run
from tools.sounds import write_wav
from vision.videos import make_video

from harness import wait_for

pytest.importorskip('rclpy', reason='ROS 2 is not installed')

from gemma_events.events import ActionEvent, SpeechEvent, VisionEvent
from gemma_events.hearing.frames import SAMPLE_RATE

HERE = Path(__file__).resolve().parent
EXAMPLES = HERE.parents[1] / 'examples'
REGISTERED = {
    'wave': 'waving_robot',
    'beep': 'waving_robot',
    'light': 'waving_robot',
    'one_word': 'waving_robot',
    'loud': 'waving_robot',
    'greeter': 'waving_robot',
    'bow': 'bowing_robot',
    'nod': 'nodding_robot',
}
PROGRAM = "import sys; from gemma_events.main import main; sys.exit(main('gemma_events'))"

pytestmark = [
    pytest.mark.timeout(2 * BUILD_TIME),
    pytest.mark.skipif(not shutil.which('colcon'), reason='colcon is not installed'),
]


class Robot:
    """All three packages installed, and the nodes as a process that finds them.

    `other`: one whose package that pip has installed is used here too.
    """

    def __init__(self, folder: Path, *options: str, other: Robot | None = None) -> None:
        ignored = shutil.ignore_patterns('cpp_listener', '*cache*', '*.py[co]')
        for packages in (HERE, EXAMPLES):
            shutil.copytree(packages, folder / 'src', ignore=ignored, dirs_exist_ok=True)
        run('colcon', 'build', *options, '--packages-select', 'waving_robot', 'bowing_robot', cwd=folder)
        self._venv = other._venv if other else folder
        self._environment = (other._environment if other else install(folder / 'src' / 'nodding_robot', folder)) | {
            'ROS_LOG_DIR': str(folder)
        }
        sourced = ['bash', '-c', '. install/setup.bash && exec "$@"', 'bash']  # as users do
        self._program = [*sourced, str(self._venv / 'venv' / 'bin' / 'python'), '-c', PROGRAM]
        self._folder = folder
        self._processes: list[subprocess.Popen[str]] = []

    def start(self, *arguments: str, **parameters: str) -> Path:
        """Start a process; the file with its output."""
        log = self._folder / f'{len(self._processes)}.log'
        given = [part for name, value in parameters.items() for part in ('-p', f'{name}:={value}')]
        with log.open('w') as output:
            process = subprocess.Popen(
                [*self._program, *arguments, *(['--ros-args', *given] if given else [])],
                cwd=self._folder,
                env={**os.environ, **self._environment},
                stdout=output,
                stderr=subprocess.STDOUT,
                text=True,
            )
        self._processes.append(process)
        return log

    def wait(self) -> int:
        """The exit status of the process that was started last."""
        return self._processes[-1].wait(60)

    def end(self) -> None:
        """End what was started."""
        for process in self._processes:
            if process.poll() is None:
                process.send_signal(signal.SIGINT)
                process.wait(20)


@pytest.fixture(scope='module')
def built(tmp_path_factory):
    return Robot(tmp_path_factory.mktemp('robot'))


@pytest.fixture
def robot(built):
    yield built
    built.end()


def test_all_that_they_register_is_listed_with_its_package(robot):
    log = robot.start('--list')
    assert robot.wait() == 0
    rows = {row[0]: row[1:] for row in map(str.split, log.read_text().splitlines()) if len(row) == 3}
    assert {name: rows[name][0] for name in REGISTERED} == REGISTERED
    assert rows['wave'][1] == 'waving_robot.wave:Wave'
    assert rows['speak'] == ['gemma_events', 'gemma_events.action_output.speech.speak:Speak']


def test_they_are_also_found_in_a_workspace_of_symbolic_links(built, tmp_path):
    robot = Robot(tmp_path, '--symlink-install', other=built)
    log = robot.start('--list')
    assert robot.wait() == 0
    for name in REGISTERED:
        assert f' {name} ' in log.read_text()


def test_actions_of_each_package_are_done_and_a_node_of_one_asks_for_them(robot, ros):
    log = robot.start(
        '--nodes', 'action_output,greeter', handlers='[speak, wave]', output='log', **{'wave.pause': '0.01'}
    )
    statuses, ask = ros.actions()
    ended = ('action_finished', 'action_rejected', 'action_failed')

    def done(name):
        return next((status for status in statuses if status.id == name and status.event_type in ended), None)

    ask(ActionEvent(id='wave', action='wave', arguments='{"times": 2}'))
    ask(ActionEvent(id='far', action='wave', content='far'))
    ask(ActionEvent(id='often', action='wave', arguments='{"times": "twice"}'))
    ask(ActionEvent(id='bow', action='bow'))
    ask(ActionEvent(id='nod', action='nod'))
    ask(ActionEvent(id='no', action='dance'))
    results = [wait_for(lambda name=name: done(name), name) for name in ('wave', 'far', 'often', 'bow', 'nod', 'no')]
    assert [(status.event_type, status.content_done, status.detail) for status in results] == [
        ('action_finished', 'waved 2 times', ''),
        ('action_rejected', '', 'waving takes no content'),
        ('action_rejected', '', 'times is a whole number from 1 to 10'),
        ('action_finished', 'bowed', ''),
        ('action_finished', 'nodded', ''),
        ('action_rejected', '', results[-1].detail),
    ]
    unknown, names = results[-1].detail.split(': there is ')
    assert (unknown, set(names.split(', '))) == (
        "unknown action 'dance'",
        {*('speak', 'express', 'stop', 'wait', 'run', 'wave', 'bow', 'nod')},
    )
    ros.publisher(SpeechEvent, 'speech')(SpeechEvent(SpeechEvent.SPEECH_STARTED))
    assert wait_for(lambda: done('greeting-1'), 'the greeting').content_done == 'waved 1 times'
    assert 'no node here has a parameter' not in log.read_text()


def test_a_detector_looks_at_a_video(robot, ros, tmp_path):
    lights = make_video(tmp_path, *([200] * 40 + [0] * 40) * 8)  # on and off, so that discovery may take its time
    robot.start('--nodes', 'vision', source=lights, detector='light', detection_rate='20.0', frame_id='eye')
    events = ros.record(VisionEvent, 'vision')
    appeared = wait_for(lambda: [event for event in events if event.event_type == 'object_appeared'], 'light')[0]
    seen = appeared.objects[0]
    assert (seen.label, seen.width, seen.height, appeared.frame_id) == ('light', 320.0, 240.0, 'eye')
    assert 0.7 < seen.confidence < 0.9


def test_a_synthesiser_is_heard(robot, ros, tmp_path, monkeypatch):
    loudspeaker = VirtualSpeaker(tmp_path, monkeypatch)
    robot.start('--nodes', 'action_output', output='device', device='pulse', synthesiser='beep')
    statuses, ask = ros.actions()
    ask(ActionEvent(id='a', action='speak', content='One two three.'))
    wait_for(lambda: any(status.event_type == 'action_finished' for status in statuses), 'the speech')
    wait_for(lambda: loudspeaker.seconds_of_sound() > 0.25, 'three beeps')  # the recorder is a bit behind
    robot.end()
    loudspeaker.close()


def test_a_recogniser_and_a_voice_activity_detector_hear(robot, ros, tmp_path):
    second = np.arange(SAMPLE_RATE)
    tone = 8000 * np.sin(2 * np.pi * 300 / SAMPLE_RATE * second)
    recording = write_wav(tmp_path / 'tones.wav', np.concatenate([tone, 0 * tone] * 12))
    robot.start('--nodes', 'hearing', audio_source=str(recording), recogniser='one_word', vad='loud')
    events = ros.record(SpeechEvent, 'speech')
    wait_for(lambda: any(event.transcript == 'hello' for event in events), 'a transcript')
