"""The action speak over real DDS, with the real espeak-ng out of a virtual loudspeaker that is recorded."""

from __future__ import annotations

import re
import shutil
import threading

import numpy as np
import pytest
from virtual_speaker import RATE, VirtualSpeaker

from gemma_events.events import ActionEvent, ActionStatus, FaceExpression
from harness import wait_for

pytest.importorskip('rclpy', reason='ROS 2 is not installed')

from rclpy.parameter import Parameter

from gemma_events.action_output.node import ActionOutputNode
from gemma_events.action_output.run import Run
from gemma_events.action_output.speech.playback import QOS
from gemma_events.action_output.speech.positions import word_ends
from gemma_events.action_output.speech.samples import resample
from gemma_events.action_output.speech.sentences import sentences
from gemma_events.action_output.speech.synthesis import Delivery
from gemma_events.msg import Playback

NEVER = threading.Event()
TEXT = 'One small step for a robot, one giant leap for all of its friends.'


class Robot:
    def __init__(self, ros, **parameters):
        self.node = ros.start(ActionOutputNode, **parameters)
        self.reported = ros.record(ActionStatus, 'action_status')
        self.ask = ros.publisher(ActionEvent, 'action')
        self.face = ros.record(FaceExpression, 'face_expression')

    def say(self, identity, text=TEXT, arguments=''):
        self.ask(ActionEvent(id=identity, action='speak', content=text, arguments=arguments))

    def wait_for(self, identity, step):
        return wait_for(lambda: self.statuses(identity, step), f'{identity} to be {step}')[0]

    def statuses(self, identity, step):
        return [each for each in self.reported if (each.id, each.event_type) == (identity, f'action_{step}')]

    @property
    def handler(self):
        return self.node.handlers._made['speak']


@pytest.fixture
def loud(ros, tmp_path, monkeypatch):
    pytest.importorskip('sounddevice', exc_type=(ImportError, OSError), reason='sounddevice is not installed')
    if not shutil.which('espeak-ng'):
        pytest.skip('espeak-ng is not installed')
    loudspeaker = VirtualSpeaker(tmp_path, monkeypatch)
    robot = Robot(ros, output='device', device='pulse')
    robot.loudspeaker = loudspeaker
    yield robot
    robot.node.trigger_deactivate()
    robot.node.trigger_cleanup()
    robot.loudspeaker.close()


def spoken(robot, text=TEXT):
    """The sound of a sentence as it is recorded, from its first loud sample to its last, and the words' ends in it."""
    (sentence,) = sentences(text, '')
    sound = robot.handler._synthesiser.synthesise(sentence, Delivery(), NEVER)
    begin = np.flatnonzero(np.abs(sound.samples.astype(int)) > 300)[0]
    ends = [(end - begin) * RATE / sound.rate for end in word_ends(sentence, sound)]
    return trimmed(resample(sound.samples, sound.rate, RATE)), ends


def trimmed(samples):
    loud = np.flatnonzero(np.abs(samples.astype(int)) > 300)
    return samples[loud[0] : loud[-1] + 1].astype(float)


def pieces(recording, gap):
    """What lies between silences of more than `gap` seconds."""
    loud = np.flatnonzero(np.abs(recording.astype(int)) > 300)
    breaks = np.flatnonzero(np.diff(loud) > gap * RATE)
    return [recording[part[0] : part[-1] + 1].astype(float) for part in np.split(loud, breaks + 1)]


def likeness(one, other):
    """Of two pieces of sound, 1: the same. They may be shifted by a few milliseconds."""
    length = min(len(one), len(other)) - 400
    scores = [
        np.corrcoef(one[200 : 200 + length], other[200 + shift : 200 + shift + length])[0, 1]
        for shift in range(-160, 161, 2)
        if 200 + shift + length <= len(other)
    ]
    return max(scores)


def test_all_is_heard_once_and_the_face_and_the_topic_say_when(loud, ros):
    played = []
    subscription = ros.node.create_subscription(Playback, 'playback', played.append, QOS)
    wait_for(lambda: subscription.get_publisher_count(), 'playback')
    loud.say('a')
    finished = loud.wait_for('a', 'finished')
    assert (finished.content_done, finished.detail) == (TEXT, '')
    expected, _ = spoken(loud)
    (heard,) = wait_for(lambda: pieces(loud.loudspeaker.samples(), 0.5), 'the sound')
    # A busy machine may make the card wait, which is silence more.
    assert len(heard) >= len(expected) - 0.02 * RATE, 'no tail is cut'
    assert likeness(heard, expected) > 0.9
    wait_for(lambda: played and not played[-1].samples, 'the end of playback')
    samples = np.concatenate([np.array(message.samples, np.int16) for message in played])
    assert played[0].rate == 22_050
    assert played[0].header.frame_id == 'speaker'
    assert len(trimmed(samples)) / 22_050 > 0.8 * len(expected) / RATE, 'best effort'
    stamps = [message.header.stamp.sec + message.header.stamp.nanosec / 1e9 for message in played]
    assert stamps == sorted(stamps)
    assert [face.talking for face in wait_for(lambda: len(loud.face) == 2 and loud.face, 'the face')] == [True, False]


def test_a_pause_loses_no_word_and_repeats_none(loud):
    run = Run(ActionEvent(action='speak', content=TEXT))
    speaking = threading.Thread(target=loud.handler.execute, args=(run,))
    speaking.start()
    expected, _ = spoken(loud)
    wait_for(lambda: loud.loudspeaker.seconds_of_sound() > 1, 'some words')
    run.paused.set()
    wait_for(lambda: len(loud.face) == 2, 'the face to pause')
    wait_for(lambda: not any(loud.loudspeaker.loud()[-80:]), 'silence')
    before = run.content_done
    run.paused.clear()
    speaking.join()
    assert run.content_done == TEXT
    assert TEXT.startswith(before)
    first, second = wait_for(lambda: pieces(loud.loudspeaker.samples(), 0.7), 'the sound')
    twice = (len(first) + len(second) - len(expected)) / RATE
    assert -0.15 < twice < 0.32, 'less than the quiet between two words is missing, and no more than a word is twice'
    assert likeness(first, expected[: len(first)]) > 0.9
    assert likeness(second, expected[-len(second) :]) > 0.9
    wait_for(lambda: [face.talking for face in loud.face] == [True, False, True, False], 'the face')


def test_when_it_is_cut_the_words_that_were_heard_are_told(loud):
    loud.say('a')
    _, ends = spoken(loud)
    wait_for(lambda: loud.loudspeaker.seconds_of_sound() > 1.5, 'some words')
    loud.node._runner.cancel(lambda action: True, 'enough')
    done = loud.wait_for('a', 'cancelled').content_done
    wait_for(lambda: not any(loud.loudspeaker.loud()[-30:]), 'silence')
    (heard,) = pieces(loud.loudspeaker.samples(), 0.5)
    words = sum(end <= len(heard) for end in ends)
    assert TEXT.startswith(done)
    assert abs(len(done.split()) - words) <= 1
    loud.say('b', 'Still here.')
    assert loud.wait_for('b', 'finished').content_done == 'Still here.'
    assert loud.node.health().values['speaker opened'] == 1


def test_it_goes_on_with_the_sentence_that_was_cut(loud):
    run = Run(ActionEvent(action='speak', content='One. Two three four five six. Seven.'))
    threading.Timer(1.6, run.cancelled.set).start()
    assert not loud.handler.execute(run)
    before, sentence = run.content_done, run.memory.sentences
    run.cancelled.clear()
    assert loud.handler.execute(run)
    assert run.content_done == run.action.content
    assert before in run.content_done
    assert sentence >= 1, 'the first one is not said again'


def test_a_lost_loudspeaker_fails_and_the_next_speech_finds_another(loud, tmp_path, monkeypatch):
    loud.say('a', TEXT * 5)
    wait_for(lambda: loud.loudspeaker.seconds_of_sound() > 0.2, 'some sound')
    loud.loudspeaker.close()
    assert 'lost' in loud.wait_for('a', 'failed').detail
    loud.loudspeaker = VirtualSpeaker(tmp_path / 'again', monkeypatch)
    loud.say('b', 'Here again.')
    loud.wait_for('b', 'finished')
    assert loud.node.health().values['speaker lost'] == 1


def test_what_nobody_hears_says_so(ros, tmp_path, monkeypatch):
    monkeypatch.setenv('XDG_RUNTIME_DIR', str(tmp_path))
    monkeypatch.setenv('PULSE_SERVER', f'unix:{tmp_path}/nobody')
    robot = Robot(ros, device='no such speaker', rate=300)
    robot.say('a', 'Hello.')
    finished = robot.wait_for('a', 'finished')
    assert finished.content_done == 'Hello.'
    assert finished.detail.startswith("only logged, nobody heard it: there is no speaker 'no such speaker'")
    robot.node.set_parameters([Parameter('output', value='log')])
    robot.say('b', 'Hello.')
    assert robot.wait_for('b', 'finished').detail == 'only logged, nobody heard it: output is log'
    assert [face.talking for face in robot.face] == [True, False, True, False]


def test_a_player_elsewhere_gets_all_on_the_topic(ros):
    played = []
    subscription = ros.node.create_subscription(Playback, 'playback', played.append, QOS)
    robot = Robot(ros, output='topic')
    wait_for(lambda: subscription.get_publisher_count(), 'playback')
    robot.say('a')
    finished = robot.wait_for('a', 'finished')
    assert (finished.content_done, finished.detail) == (TEXT, '')
    wait_for(lambda: played and not played[-1].samples, 'the end of playback')
    samples = np.concatenate([np.array(message.samples, np.int16) for message in played])
    expected, _ = spoken(robot)
    heard = trimmed(resample(samples, played[0].rate, RATE))
    assert likeness(heard, expected) > 0.9
    assert [len(message.samples) == 0 for message in played].count(True) == 1


@pytest.mark.parametrize(
    'arguments, reason',
    [
        ('{"volume": 201}', 'volume is .201.: it takes a number from 0 to 200 %'),
        ('{"volume": true}', 'volume'),
        ('{"volume": "loud"}', 'volume'),
        ('{"rate": 1000}', 'rate'),
        ('{"voice": 7}', 'voice'),
        ('{"language": ["en"]}', 'language'),
        ('{"volume": NaN}', 'NaN'),
    ],
)
def test_arguments_that_cannot_be_are_rejected(ros, arguments, reason):
    robot = Robot(ros, output='log')
    robot.say('a', 'Hello.', arguments)
    assert re.search(reason, robot.wait_for('a', 'rejected').detail)


def test_volume_is_the_actions(loud):
    loud.say('a', 'Hello.', '{"volume": 20}')
    loud.wait_for('a', 'finished')
    (quiet,) = wait_for(lambda: pieces(loud.loudspeaker.samples(), 0.5), 'the sound')
    expected, _ = spoken(loud, 'Hello.')
    assert np.abs(quiet).max() == pytest.approx(0.2 * np.abs(expected).max(), rel=0.2)
