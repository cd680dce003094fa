"""The action_output node over real DDS, into the log and out of a virtual loudspeaker."""

from __future__ import annotations

import shutil

import pytest
from virtual_speaker import VirtualSpeaker

from gemma_events.events import ActionEvent, ActionStatus, SpeechEvent
from harness import wait_for

pytest.importorskip('rclpy', reason='ROS 2 is not installed')

from rclpy.parameter import Parameter

from gemma_events.action_output.node import ActionOutputNode
from gemma_events.action_output.speak import MAX_TEXT

LONG = 'One sentence. ' + 'And many more words to come. ' * 30


class Robot:
    """The node, what it tells, and whom it listens to."""

    def __init__(self, ros, **parameters):
        self.node = ros.start(ActionOutputNode, **parameters)
        self.told = ros.record(ActionStatus, 'action_status')
        self.ask = ros.publisher(ActionEvent, 'action')
        self.hear = ros.publisher(SpeechEvent, 'speech')

    def say(self, identity, text, priority=128):
        self.ask(ActionEvent(id=identity, action='speak', content=text, priority=priority, cause='c'))

    def steps(self, identity):
        return [status.event_type.removeprefix('action_') for status in self.told if status.id == identity]

    def wait_for(self, identity, step):
        wait_for(lambda: step in self.steps(identity), f'{identity} to be {step}')
        return next(status for status in self.told if status.id == identity and status.event_type == f'action_{step}')


@pytest.fixture
def robot(ros):
    return Robot(ros, output='log', speed=450)


def test_speech_into_the_log_from_beginning_to_end(robot):
    robot.say('a', 'Hello. How are\nyou?')
    finished = robot.wait_for('a', 'finished')
    assert robot.steps('a') == ['queued', 'started', 'finished']
    assert (finished.content_done, finished.cause, finished.action, finished.source) == (
        'Hello. How are you?',
        'c',
        'speak',
        'action_output',
    )
    assert 0 <= robot.node.now() - finished.stamp < 60e9
    assert robot.node.health().values['speech output'] == 'log'


def test_one_without_an_id_gets_one(robot):
    robot.say('', 'Hello.')
    robot.wait_for('action_output-1', 'finished')


@pytest.mark.parametrize(
    'action, text, detail',
    [
        ('dance', '', 'there is speak'),
        ('speak', '', 'nothing'),
        ('speak', '\x01\n', 'nothing'),
        ('speak', 'x' * 1_000_000, f'at most {MAX_TEXT}'),
    ],
)
def test_what_cannot_be_done_is_rejected_with_the_reason(robot, action, text, detail):
    robot.ask(ActionEvent(id='a', action=action, content=text))
    assert detail in robot.wait_for('a', 'rejected').detail


def test_speech_gives_way_when_a_person_starts_to_talk(robot):
    robot.say('a', LONG)
    robot.say('b', 'Next.')
    robot.wait_for('a', 'started')
    wait_for(lambda: robot.node._runner._run.content_done, 'the first sentence')
    robot.hear(SpeechEvent(SpeechEvent.TRANSCRIPT))  # not the beginning of speech
    robot.hear(SpeechEvent(SpeechEvent.SPEECH_STARTED))
    cancelled = robot.wait_for('a', 'cancelled')
    assert cancelled.detail == 'a person started to talk'
    assert LONG.startswith(cancelled.content_done)
    assert 'One sentence.' in cancelled.content_done
    assert robot.steps('b') == ['queued', 'cancelled']


@pytest.mark.parametrize('priority, give_way', [(ActionEvent.URGENT, True), (ActionEvent.HIGH, False)])
def test_urgent_speech_does_not_give_way_nor_any_when_told_not_to(robot, priority, give_way):
    robot.node.set_parameters([Parameter('give_way', value=give_way)])
    robot.say('a', 'Mind the step. ' * 3, priority)
    robot.wait_for('a', 'started')
    robot.hear(SpeechEvent(SpeechEvent.SPEECH_STARTED))
    robot.wait_for('a', 'finished')


def test_deactivating_cancels_all_with_a_status_each(robot):
    robot.say('a', LONG)
    robot.say('b', LONG)
    robot.wait_for('a', 'started')
    robot.node.trigger_deactivate()
    assert robot.wait_for('a', 'cancelled').detail == 'the node stops'
    assert robot.wait_for('b', 'cancelled')
    robot.node.trigger_activate()
    robot.say('c', 'Here again.')
    robot.wait_for('c', 'finished')


def test_with_no_speaker_auto_logs_and_device_fails_and_says_why(ros, tmp_path, monkeypatch):
    monkeypatch.setenv('XDG_RUNTIME_DIR', str(tmp_path))
    monkeypatch.setenv('PULSE_SERVER', f'unix:{tmp_path}/nobody')
    robot = Robot(ros, device='no such speaker', speed=450)
    robot.say('a', 'Hello.')
    robot.wait_for('a', 'finished')
    assert robot.node.health().values['speech output'].startswith('log, for there is no')
    robot.node.set_parameters([Parameter('output', value='device')])
    robot.say('b', 'Hello.')
    assert 'no speaker' in robot.wait_for('b', 'failed').detail
    assert robot.node.health().level == robot.node.health().ERROR


@pytest.fixture
def loud_robot(ros, tmp_path, monkeypatch):
    pytest.importorskip(
        'sounddevice', exc_type=(ImportError, OSError), reason='sounddevice or PortAudio is not installed'
    )
    if not shutil.which('espeak-ng'):
        pytest.skip('espeak-ng is not installed')
    loudspeaker = VirtualSpeaker(tmp_path, monkeypatch)
    robot = Robot(ros, output='device', device='pulse')
    robot.loudspeaker = loudspeaker
    yield robot
    loudspeaker.close()


def test_speech_that_is_finished_has_been_heard(loud_robot):
    loud_robot.say('a', 'Hello. I am a robot.')
    assert loud_robot.wait_for('a', 'finished').content_done == 'Hello. I am a robot.'
    wait_for(lambda: not any(loud_robot.loudspeaker.loud()[-20:]), 'silence')  # the recorder is a bit behind
    assert 0.7 < loud_robot.loudspeaker.seconds_of_sound() < 3


def test_speech_that_gives_way_falls_silent(loud_robot):
    loud_robot.say('a', LONG)
    loud_robot.wait_for('a', 'started')
    wait_for(lambda: loud_robot.node._runner._run.content_done, 'the first sentence')
    loud_robot.hear(SpeechEvent(SpeechEvent.SPEECH_STARTED))
    done = loud_robot.wait_for('a', 'cancelled').content_done
    assert done
    assert LONG.startswith(done)
    wait_for(lambda: not any(loud_robot.loudspeaker.loud()[-20:]), 'silence')
    assert loud_robot.loudspeaker.seconds_of_sound() < 10  # of 60


def test_a_speaker_that_is_lost_fails_the_action_and_the_node_stays_up(loud_robot):
    loud_robot.say('a', LONG)
    wait_for(lambda: loud_robot.loudspeaker.seconds_of_sound() > 0.2, 'some sound')
    loud_robot.loudspeaker.server.kill()
    assert 'lost' in loud_robot.wait_for('a', 'failed').detail
    loud_robot.node.set_parameters([Parameter('output', value='log')])
    loud_robot.say('b', 'Still here.')
    loud_robot.wait_for('b', 'finished')


def test_a_missing_espeak_fails_the_action_and_says_what_to_install(loud_robot, tmp_path, monkeypatch):
    monkeypatch.setenv('PATH', str(tmp_path))
    loud_robot.say('a', 'Hello.')
    assert 'apt install espeak-ng' in loud_robot.wait_for('a', 'failed').detail
