"""The action_output node over real DDS, into the log and out of a virtual loudspeaker."""

from __future__ import annotations

import shutil
from dataclasses import dataclass

import numpy as np
import pytest
from tools.packages import install
from virtual_speaker import VirtualSpeaker

from gemma_events import registry
from gemma_events.events import ActionEvent, ActionStatus, FaceExpression, SpeechEvent, TextInput
from gemma_events.settings import setting
from harness import wait_for

pytest.importorskip('rclpy', reason='ROS 2 is not installed')

from rclpy.lifecycle import TransitionCallbackReturn
from rclpy.parameter import Parameter

from gemma_events.action_output.node import ActionOutputNode
from gemma_events.action_output.speech.speak import MAX_TEXT
from gemma_events.action_output.speech.synthesis import Sound

LONG = 'One sentence. ' + 'And many more words to come. ' * 30


class Robot:
    """The node, what it reports, and whom it listens to."""

    def __init__(self, ros, **parameters):
        self.node = ros.start(ActionOutputNode, **parameters)
        self.reported = ros.record(ActionStatus, 'action_status')
        self.ask = ros.publisher(ActionEvent, 'action')
        self.hear = ros.publisher(SpeechEvent, 'speech')

    def say(self, identity, text, priority=128):
        self.ask(ActionEvent(id=identity, action='speak', content=text, priority=priority, cause='c'))

    def steps(self, identity):
        return [status.event_type.removeprefix('action_') for status in self.reported if status.id == identity]

    def wait_for(self, identity, step):
        wait_for(lambda: step in self.steps(identity), f'{identity} to be {step}')
        return next(
            status for status in self.reported if status.id == identity and status.event_type == f'action_{step}'
        )


@pytest.fixture
def robot(ros):
    return Robot(ros, output='log', rate=300)


def test_speech_into_the_log_from_beginning_to_end(robot):
    robot.say('a', 'Hello. How are\nyou?')
    finished = robot.wait_for('a', 'finished')
    assert robot.steps('a') == ['queued', 'started', 'finished']
    assert (finished.content_done, finished.cause, finished.action, finished.source) == (
        'Hello. How are\nyou?',
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
        ('dance', '', 'there is speak, express, stop, wait, run'),
        ('speak', '', 'nothing'),
        ('speak', '\x01\n', 'nothing'),
        ('speak', 'x' * 1_000_000, f'at most {MAX_TEXT}'),
    ],
)
def test_what_cannot_be_done_is_rejected_with_the_reason(robot, action, text, detail):
    robot.ask(ActionEvent(id='a', action=action, content=text))
    assert detail in robot.wait_for('a', 'rejected').detail


def interrupt(robot, text='Wait, what do you mean?'):
    """A person talks for a second."""
    robot.hear(SpeechEvent(SpeechEvent.SPEECH_STARTED, robot.node.now(), event_number=1))
    wait_for(lambda: robot.node._conversation._manners._utterances, 'the person to be heard')
    spoke = {'event_number': 1, 'duration': 1_000_000_000}
    robot.hear(SpeechEvent(SpeechEvent.SPEECH_STOPPED, transcript_follows=True, **spoke))
    robot.hear(SpeechEvent(SpeechEvent.TRANSCRIPT, transcript=text, **spoke))


def test_speech_gives_way_to_a_person(robot):
    robot.say('a', LONG)
    robot.say('b', 'Next.')
    robot.wait_for('a', 'started')
    wait_for(lambda: robot.node._runner._run.content_done, 'the first sentence')
    interrupt(robot)
    cancelled = robot.wait_for('a', 'cancelled')
    assert cancelled.detail == "a person said 'Wait, what do you mean?'"
    assert LONG.startswith(cancelled.content_done)
    assert cancelled.content_done.startswith('One')
    assert robot.steps('b') == ['queued', 'cancelled']
    robot.say('c', 'I mean this.')
    robot.wait_for('c', 'finished')
    assert robot.node.health().values['stops'] == 1


def test_speech_goes_on_after_a_mhm(robot):
    robot.say('a', 'One sentence. And one more. And a third.')
    robot.wait_for('a', 'started')
    interrupt(robot, 'Mhm.')
    assert robot.wait_for('a', 'finished').content_done == 'One sentence. And one more. And a third.'
    assert robot.node.health().values['pauses'] == 1


def test_a_stop_word_ends_everything_where_the_owner_says_so(robot):
    robot.node.set_parameters([Parameter('stop_words_end', value='everything')])
    robot.ask(ActionEvent(id='w', action='wait', content='60'))
    robot.wait_for('w', 'started')
    interrupt(robot, 'Stop!')
    robot.wait_for('w', 'cancelled')


def test_a_stop_word_for_everything_ends_a_face_for_a_time(ros):
    robot, asked = Robot(ros, output='log', stop_words_end='everything'), ros.record(FaceExpression, 'face_expression')
    robot.ask(ActionEvent(id='a', action='express', content='angry', arguments='{"seconds": 60}'))
    robot.wait_for('a', 'finished')
    interrupt(robot, 'Stop!')
    wait_for(lambda: [event.expression for event in asked] == ['angry', 'neutral'], 'the face to return')


def test_old_news_of_a_person_stop_nothing(robot):
    robot.say('a', 'One sentence.')
    robot.wait_for('a', 'started')
    robot.hear(SpeechEvent(SpeechEvent.SPEECH_STARTED, robot.node.now() - 10_000_000_000, event_number=1))
    robot.wait_for('a', 'finished')
    assert robot.node.health().values['stale speech_started'] == 1


def test_speech_waits_for_a_person_to_finish(robot):
    robot.hear(SpeechEvent(SpeechEvent.SPEECH_STARTED, event_number=1))
    wait_for(lambda: robot.node._conversation._manners._utterances, 'the person to be heard')
    robot.say('a', 'May I?')
    robot.say('now', 'Fire!', ActionEvent.URGENT)
    robot.wait_for('now', 'finished')
    assert robot.steps('a') == ['queued']
    robot.hear(SpeechEvent(SpeechEvent.SPEECH_STOPPED, event_number=1))
    robot.wait_for('a', 'finished')


@pytest.mark.parametrize('priority, barge_in', [(ActionEvent.URGENT, 'stop'), (ActionEvent.HIGH, 'off')])
def test_urgent_speech_does_not_give_way_nor_does_any_when_that_is_switched_off(robot, priority, barge_in):
    robot.node.set_parameters([Parameter('barge_in', value=barge_in)])
    robot.say('a', 'Mind the step. ' * 3, priority)
    robot.wait_for('a', 'started')
    robot.hear(SpeechEvent(SpeechEvent.SPEECH_STARTED))
    robot.wait_for('a', 'finished')


def test_unknown_actions_may_be_for_another_node(ros):
    robot = Robot(ros, output='log', unknown_actions='ignore')
    robot.ask(ActionEvent(id='a', action='dance'))
    robot.say('b', 'Hello.')
    robot.wait_for('b', 'finished')
    assert not robot.steps('a')


def test_what_is_for_another_node_gets_no_status_but_parts_may_leave_out_their_action(ros):
    robot = Robot(ros, output='log', unknown_actions='ignore')
    robot.ask(ActionEvent('odd', id='a', action='dance'))
    robot.ask(ActionEvent(id='w', action='wait', content='0.', more=True))
    robot.ask(ActionEvent(id='w', content='1'))
    robot.wait_for('w', 'finished')
    assert not robot.steps('a')


def test_an_event_of_unknown_type_is_no_part(robot):
    robot.ask(ActionEvent(id='w', action='wait', content='0', more=True))
    robot.ask(ActionEvent('odd', id='w', action='wait', content='1000'))
    robot.ask(ActionEvent(id='w', action='wait', content='.1'))
    robot.wait_for('w', 'finished')
    assert robot.steps('w') == ['queued', 'started', 'finished']
    assert robot.node.health().values['doubled requests'] == 1


def test_an_id_stays_used_when_the_node_was_inactive(robot):
    robot.ask(ActionEvent(id='a', action='wait', content='0'))
    robot.ask(ActionEvent(action='wait', content='0'))
    robot.wait_for('action_output-1', 'finished')
    robot.node.trigger_deactivate()
    robot.node.trigger_activate()
    robot.ask(ActionEvent(id='a', action='wait', content='0'))
    robot.ask(ActionEvent(action='wait', content='0'))
    robot.wait_for('action_output-2', 'finished')
    assert robot.steps('a') == robot.steps('action_output-1') == ['queued', 'started', 'finished']


def test_what_is_going_on_is_in_the_health(robot):
    robot.ask(ActionEvent(id='a', action='wait', content='60', priority=0))
    robot.wait_for('a', 'started')
    robot.ask(ActionEvent(id='b', action='wait', content='60', priority=0))
    robot.wait_for('b', 'queued')
    values = robot.node.health().values
    assert (values['doing'], values['waiting'], values['open goals']) == ('wait', 1, 0)


def test_stop_ends_what_is_done_and_what_waits(robot):
    robot.say('a', LONG)
    robot.say('b', LONG)
    robot.say('c', 'Three.')
    robot.wait_for('a', 'started')
    robot.ask(ActionEvent(id='s', action='stop', content='b'))
    assert robot.wait_for('s', 'finished').content_done == 'b'
    robot.ask(ActionEvent(id='t', action='stop', arguments='{"id": "nobody"}'))
    assert 'there is no action' in robot.wait_for('t', 'finished').detail
    robot.ask(ActionEvent(id='u', action='stop'))
    assert robot.wait_for('u', 'finished').content_done == 'c a'
    for name in 'abc':
        assert robot.wait_for(name, 'cancelled')


def test_a_face_for_a_time_and_until_further_notice(ros):
    robot, asked = Robot(ros, output='log'), ros.record(FaceExpression, 'face_expression')
    robot.ask(ActionEvent(id='a', action='express', content='happy'))
    robot.wait_for('a', 'finished')
    robot.ask(ActionEvent(id='b', action='express', content='angry', arguments='{"seconds": 0.2}'))
    robot.wait_for('b', 'finished')
    wait_for(lambda: [event.expression for event in asked] == ['happy', 'angry', 'happy'], 'the face to return')


def test_a_face_for_a_time_comes_to_an_end_with_a_stop_and_with_the_node(ros):
    robot, asked = Robot(ros, output='log'), ros.record(FaceExpression, 'face_expression')
    angry = {'action': 'express', 'content': 'angry', 'arguments': '{"seconds": 60}'}
    robot.ask(ActionEvent(id='a', **angry))
    robot.wait_for('a', 'finished')
    robot.ask(ActionEvent(action='stop'))
    wait_for(lambda: [event.expression for event in asked] == ['angry', 'neutral'], 'the face to return')
    robot.ask(ActionEvent(id='b', **angry))
    robot.wait_for('b', 'finished')
    robot.node.trigger_deactivate()
    wait_for(lambda: [event.expression for event in asked[2:]] == ['angry', 'neutral'], 'the face to return')


def test_a_face_for_a_time_leaves_the_one_that_somebody_else_asked_for(ros):
    robot, asked = Robot(ros, output='log'), ros.record(FaceExpression, 'face_expression')
    show = ros.publisher(FaceExpression, 'face_expression')
    robot.ask(ActionEvent(id='a', action='express', content='angry', arguments='{"seconds": 60}'))
    robot.wait_for('a', 'finished')
    show(FaceExpression(expression='sad', talking=True, source='me'))
    express = robot.node.handlers.get('express')
    wait_for(lambda: express._faces.lasting == 'sad', 'it to see that')
    robot.ask(ActionEvent(id='s', action='stop'))
    robot.wait_for('s', 'finished')
    robot.ask(ActionEvent(action='express', content='happy'))
    wait_for(lambda: [event.expression for event in asked] == ['angry', 'sad', 'happy'], 'three faces')
    assert [event.talking for event in asked] == [False, True, True], 'who talks goes on'


@pytest.mark.parametrize(
    ('action', 'content', 'arguments', 'line'),
    [
        ('wait', '', '', "seconds is ''"),
        ('wait', 'x' * 1_000_000, '', 'from 0 to 3600'),
        ('wait', 'long', '', "seconds is 'long'"),
        ('wait', '', '{"seconds": true}', "seconds is 'True'"),
        ('wait', '-1', '', 'from 0 to 3600'),
        ('wait', '', '{"seconds": 1e999}', 'from 0 to 3600'),
        ('wait', '', '{"seconds": NaN}', 'NaN is not JSON'),
        ('express', '', '', 'the content has to be an expression'),
        ('express', 'happy', '{"seconds": []}', "seconds is '[]'"),
        ('express', '', '{"expression": 5}', "expression is '5'"),
        ('stop', '', '{"id": 5}', "id is '5'"),
        ('stop', '', '[]', 'arguments is not a JSON object'),
    ],
)
def test_what_is_asked_for_wrongly_is_rejected(robot, action, content, arguments, line):
    robot.ask(ActionEvent(id='a', action=action, content=content, arguments=arguments))
    assert line in robot.wait_for('a', 'rejected').detail


def test_an_action_of_unknown_type_is_rejected_once_and_one_without_type_is_done(robot):
    robot.ask(ActionEvent('action_requierd', id='a', action='speak', content='Hello.'))
    robot.ask(ActionEvent('', id='b', action='speak', content='Hello.'))
    robot.ask(ActionEvent('cancel', action='speak', content='Hello.'))
    robot.wait_for('b', 'finished')
    rejected = robot.wait_for('a', 'rejected')
    assert (rejected.detail, rejected.action) == (
        "unknown event_type 'action_requierd': ActionEvent has action_required",
        'speak',
    )
    assert robot.steps('a') == ['rejected']
    assert robot.wait_for('action_output-1', 'rejected'), 'one without an id gets one'
    assert robot.node.values() == {'events of unknown type': 2}


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
    robot = Robot(ros, device='no such speaker', rate=300)
    robot.say('a', 'Hello.')
    robot.wait_for('a', 'finished')
    assert robot.node.health().values['speech output'].startswith('log, for there is no')
    assert robot.node.health().level == robot.node.health().WARN, 'nobody hears the robot'
    assert 'connect a speaker, or set output to log' in robot.node.health().summary
    robot.node.set_parameters([Parameter('output', value='device')])
    robot.say('b', 'Hello.')
    assert 'no speaker' in robot.wait_for('b', 'failed').detail
    assert robot.node.health().level == robot.node.health().ERROR


class Nod:
    """A handler that publishes, with a setting of its own."""

    made = 0

    def __init__(self, node):
        Nod.made += 1
        self.node = node
        self.settings = node.declare_settings(NodSettings, 'nod.')
        self.publish = node.create_event_publisher(TextInput, 'nods')

    def refusal(self, action):
        return ''

    def execute(self, run):
        if run.action.content == 'break':
            raise SystemExit(5)
        self.publish(TextInput(text=f'{self.settings.depth} {run.arguments}'))
        return True


@dataclass(frozen=True)
class NodSettings:
    depth: int = setting(3, 'how deep', low=1, high=9)


NOD = f'nod={__name__}:Nod'


def test_a_handler_of_another_package_has_the_node_to_publish_and_to_declare_settings(ros):
    robot = Robot(ros, **{'handlers': ['speak', NOD], 'output': 'log', 'nod.depth': 4})
    nods = ros.record(TextInput, 'nods')
    robot.ask(ActionEvent(id='a', action='nod', arguments='{"times": 2}'))
    robot.wait_for('a', 'finished')
    wait_for(lambda: nods, 'a nod')
    assert (nods[0].text, nods[0].source) == ("4 {'times': 2}", 'action_output')


def test_a_registered_handler_is_made_when_an_action_first_names_it(ros, tmp_path, monkeypatch):
    install(tmp_path, monkeypatch, 'arms', '', {registry.ACTION_HANDLERS.name: {'nod': f'{__name__}:Nod'}})
    robot, made = Robot(ros, output='log'), Nod.made
    nods = ros.record(TextInput, 'nods')
    robot.ask(ActionEvent(id='a', action='nod'))
    robot.wait_for('a', 'finished')
    assert Nod.made == made + 1
    wait_for(lambda: robot.ask(ActionEvent(action='nod')) or nods, 'a nod')  # the first one may precede discovery


def test_configuring_again_makes_the_handlers_anew(ros):
    robot = Robot(ros, handlers=[NOD])
    made = Nod.made
    for step in ('deactivate', 'cleanup', 'configure', 'activate'):
        assert getattr(robot.node, f'trigger_{step}')() == TransitionCallbackReturn.SUCCESS
    assert Nod.made == made + 1
    robot.ask(ActionEvent(id='a', action='nod'))
    robot.wait_for('a', 'finished')


def test_a_broken_handler_is_in_the_health_and_the_status_and_the_others_work(ros):
    robot = Robot(ros, handlers=['wave', 'speak', NOD], output='log', rate=300)
    robot.ask(ActionEvent(id='a', action='wave'))
    assert "there is no action handler 'wave'" in robot.node.health().summary
    # Nobody registers it, so it is named by the parameter only: its line says which names there are.
    assert robot.wait_for('a', 'rejected').detail == robot.node.health().summary
    assert robot.node.health().level == robot.node.health().WARN
    robot.ask(ActionEvent(id='b', action='nod', content='break'))
    assert robot.wait_for('b', 'failed').detail == "action handler 'nod' failed: SystemExit: 5"
    assert robot.node.health().level == robot.node.health().ERROR
    robot.say('c', 'Hello.')
    robot.wait_for('c', 'finished')


def test_an_action_never_names_a_class(ros):
    robot = Robot(ros, output='log')
    made = Nod.made
    for name in (f'{__name__}:Nod', NOD):
        robot.ask(ActionEvent(id=name, action=name))
        assert robot.wait_for(name, 'rejected').detail.startswith('unknown action')
    assert Nod.made == made


@pytest.mark.parametrize('item', ['', 'test.x:Nod', 'nod=', 'nod=module', '=module:Class', 'a b'])
def test_a_bad_list_of_handlers_is_one_line_with_the_form(ros, item):
    node = ros.create(ActionOutputNode, handlers=[item])
    assert not node.start()
    assert 'name=module:Class, such as' in node.fault
    assert '\n' not in node.fault


def test_an_unknown_synthesiser_is_one_line_with_the_names(ros):
    node = ros.create(ActionOutputNode, synthesiser='nobody')
    assert not node.start()
    assert "there is no synthesiser 'nobody': there are espeak" in node.fault


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
    interrupt(loud_robot)
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


class Beep:
    """A synthesiser that needs nothing, and fails when the text says so."""

    def __init__(self, settings):
        if settings.volume == 0:
            raise ValueError('no volume')

    def refusal(self, delivery):
        return ''

    def synthesise(self, sentence, delivery, cancelled):
        if sentence.text == 'Break.':
            raise SystemExit(5)
        if sentence.text == 'Lie.':
            return [1, 2]
        return Sound(np.full(8000, 3000, np.int16), 16_000)


@pytest.fixture
def beeping_robot(ros, tmp_path, monkeypatch):
    pytest.importorskip(
        'sounddevice', exc_type=(ImportError, OSError), reason='sounddevice or PortAudio is not installed'
    )
    loudspeaker = VirtualSpeaker(tmp_path, monkeypatch)
    yield lambda **more: Robot(ros, output='device', device='pulse', **more)
    loudspeaker.close()


def test_a_synthesiser_of_another_package_is_heard_and_its_faults_fail_one_speech(beeping_robot):
    robot = beeping_robot(synthesiser=f'{__name__}:Beep')
    for text, line in (('Break.', 'failed: SystemExit: 5'), ('Lie.', 'did not return a Sound')):
        robot.say(text, text)
        detail = robot.wait_for(text, 'failed').detail
        assert detail.startswith(f"synthesiser '{__name__}:Beep' failed: ")
        assert line in detail
        assert robot.node.health().summary == detail
    robot.say('c', 'Beep.')
    assert robot.wait_for('c', 'finished').content_done == 'Beep.'
    assert robot.node.health().values['device'] == 'pulse', 'the hardware_id'


@pytest.mark.parametrize(
    'synthesiser, line',
    [
        ('no_such_module:Beep', "No module named 'no_such_module'"),
        (f'{__name__}:Nod', 'has no synthesise()'),
        (f'{__name__}:Beep', 'ValueError: no volume'),
    ],
)
def test_a_broken_synthesiser_fails_speech_and_the_node_goes_on(beeping_robot, synthesiser, line):
    robot = beeping_robot(synthesiser=synthesiser, volume=0)
    robot.say('a', 'Hello.')
    assert line in robot.wait_for('a', 'failed').detail
    assert line in robot.node.health().summary
    robot.node.set_parameters([Parameter('output', value='log')])
    robot.say('b', 'Hello.')
    robot.wait_for('b', 'finished')
