"""A package that registers what cannot work costs a line, never a traceback, and nothing else stops working."""

from __future__ import annotations

import os
import subprocess
import sys
from types import SimpleNamespace

import pytest
from tools.packages import install
from vision.videos import make_video

from harness import wait_for

pytest.importorskip('rclpy', reason='ROS 2 is not installed')

from gemma_events import registry
from gemma_events.action_output.handlers import ActionHandler
from gemma_events.action_output.speech.speak import Synthesiser
from gemma_events.errors import ConfigurationError
from gemma_events.events import ActionEvent
from gemma_events.hearing.recognisers import Recogniser
from gemma_events.hearing.vad import VoiceActivity
from gemma_events.main import RunnableNode
from gemma_events.vision.detectors import Detector

PROTOCOLS = {
    registry.NODES: RunnableNode,
    registry.ACTION_HANDLERS: ActionHandler,
    registry.SYNTHESISERS: Synthesiser,
    registry.DETECTORS: Detector,
    registry.RECOGNISERS: Recogniser,
    registry.VOICE_ACTIVITY: VoiceActivity,
}
SOURCES = {  # what a package may be like, and what is said about it
    'import': ('import no_such_module', "cannot be loaded: ModuleNotFoundError: No module named 'no_such_module'"),
    'syntax': ('class Robot(:', 'cannot be loaded: SyntaxError: invalid syntax'),
    'exit': ('raise SystemExit(3)', 'cannot be loaded: SystemExit: 3'),
    'error': ('raise ValueError("two\\nlines")', 'cannot be loaded: ValueError: two lines'),
    'class': ('', "cannot be loaded: AttributeError: module 'broken_robot' has no attribute 'Robot'"),
    'methods': ('class Robot: pass', 'has no '),
    'constructor': (
        'class Robot:\n'
        '    def __init__(self, *_): raise ValueError("no battery")\n'
        '    refusal = execute = synthesise = detect = transcribe = start_to = close = print\n',
        'cannot be made: ValueError: no battery',
    ),
    'leave': (
        'class Robot:\n'
        '    def __init__(self, *_): raise SystemExit(3)\n'
        '    refusal = execute = synthesise = detect = transcribe = start_to = close = print\n',
        'cannot be made: SystemExit: 3',
    ),
}
PROGRAM = "import sys; from gemma_events.main import main; sys.exit(main('gemma_events'))"


@pytest.fixture
def broken(tmp_path, monkeypatch):
    """Install a package whose only module is this text, registered as `broken` in each group."""
    monkeypatch.delitem(sys.modules, 'broken_robot', raising=False)

    def make(kind):
        entries = {group.name: {'broken': 'broken_robot:Robot'} for group in registry.GROUPS}
        install(tmp_path, monkeypatch, 'broken_robot', SOURCES[kind][0], entries)
        monkeypatch.setenv('PYTHONPATH', f'{tmp_path}{os.pathsep}{os.environ.get("PYTHONPATH", "")}')
        return SOURCES[kind][1]

    return make


@pytest.mark.parametrize('group', registry.GROUPS, ids=lambda group: group.name)
@pytest.mark.parametrize('kind', SOURCES)
def test_of_every_kind_it_is_one_line_that_says_where_it_comes_from_why_and_what_else_there_is(broken, group, kind):
    reason = broken(kind)
    with pytest.raises(ConfigurationError) as error:
        registry.create(group, 'broken', PROTOCOLS[group], SimpleNamespace())
    line = str(error.value)
    assert line.startswith(f"{group.kind} 'broken': broken_robot:Robot (broken_robot) {reason}")
    assert line.endswith(f'there are {", ".join(registry.names(group))}')
    assert '\n' not in line


@pytest.mark.parametrize('group', registry.GROUPS, ids=lambda group: group.name)
def test_a_name_that_nobody_registers_is_one_line_with_those_there_are(group):
    with pytest.raises(ConfigurationError) as error:
        registry.create(group, 'nobody', PROTOCOLS[group])
    names = ', '.join(registry.names(group))
    assert str(error.value) == f"there is no {group.kind} 'nobody': there are {names}, or name one as module:Class"


def run(*arguments):
    """The exit status and the output of the nodes, which end by themselves."""
    done = subprocess.run([sys.executable, '-c', PROGRAM, *arguments], capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize('kind', ['exit', 'constructor'])
@pytest.mark.parametrize(
    'arguments',
    [
        ['--nodes', 'broken'],
        ['--nodes', 'vision', '--ros-args', '-p', 'source:=VIDEO', '-p', 'detector:=broken'],
    ],
    ids=['node', 'detector'],
)
def test_what_a_node_cannot_do_without_ends_the_process_with_a_line(broken, tmp_path, kind, arguments):
    reason = broken(kind)
    video = make_video(tmp_path, 0) if 'vision' in arguments else ''
    status, output = run(*(argument.replace('VIDEO', video) for argument in arguments))
    assert status == os.EX_CONFIG
    assert output.count(reason) == 1
    assert len(output.splitlines()) == 1
    assert 'Traceback' not in output


@pytest.mark.parametrize('kind', ['import', 'exit', 'methods', 'leave'])
def test_a_broken_handler_is_a_line_and_the_node_does_other_actions(broken, tmp_path, ros, kind):
    reason = broken(kind)
    log = tmp_path / 'log'
    arguments = ('--nodes', 'action_output', '--ros-args', '-p', 'handlers:=[broken, speak]', '-p', 'output:=log')
    with log.open('w') as output:
        process = subprocess.Popen(
            [sys.executable, '-c', PROGRAM, *arguments],
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        statuses, ask = ros.actions()
        for name in ('first', 'second'):
            ask(ActionEvent(id=name, action='broken'))
        ask(ActionEvent(id='third', action='speak', content='Hello.'))
        wait_for(lambda: any(status.event_type == 'action_finished' for status in statuses), 'the speech')
    finally:
        process.terminate()
        assert process.wait(20) == 0
    details = [status.detail for status in statuses if status.id in ('first', 'second') and status.detail]
    assert len(details) == 2
    assert all(reason in detail for detail in details)
    assert log.read_text().count(reason) == 1
    assert 'Traceback' not in log.read_text()
