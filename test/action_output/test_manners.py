"""When the robot begins, pauses and stops, while people talk: tables, and whole conversations."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gemma_events.action_output.manners import (
    ECHO_MEMORY,
    LONGEST_PAUSE,
    MAX_PAUSES,
    REMEMBERED,
    STALE,
    TEXT_WAIT,
    Manners,
    near,
)
from gemma_events.events import SECOND, ActionEvent, ActionStatus, SpeechEvent
from gemma_events.turns import LONGEST_UTTERANCE

SAYS = 'The kitchen is on the left, behind the second door.'


@dataclass(frozen=True)
class Owner:
    """What the robot's owner decides."""

    barge_in: str = 'pause'
    barge_in_ms: int = 600
    backchannels: tuple[str, ...] = ()
    stop_words: tuple[str, ...] = ()
    begin_limit_s: float = 10.0


class Talk:
    """A conversation, told event by event; times in seconds."""

    def __init__(self, policy=None, seed=0, speaking=True):
        self.policy, self.now, self.manners, self.stops = policy or Owner(), SECOND, Manners(seed), []
        if speaking:
            self.robot('started')

    def _take(self, manners):
        self.manners = manners
        if manners.stop:
            self.stops.append(manners.stop)
            self.robot('cancelled')

    def robot(self, what, name='1', action='speak'):
        status = ActionStatus(f'action_{what}', id=name, action=action)
        self._take(self.manners.after(status, self.now, self.policy))
        return self

    def person(self, kind, number=1, source='hearing', age=0.0, **fields):
        event = SpeechEvent(kind, source=source, event_number=number, **fields)
        self._take(self.manners.after(event, self.now, self.policy, int(age * SECOND), SAYS))
        return self

    def starts(self, number=1, **options):
        return self.person('speech_started', number, **options)

    def ends(self, number=1, follows=True, **options):
        return self.person('speech_stopped', number, transcript_follows=follows, **options)

    def text(self, text, number=1, kind='transcript', **options):
        return self.person(kind, number, transcript=text, **options)

    def wait(self, seconds):
        """Time goes by, looked at as often as the node does."""
        end = self.now + int(seconds * SECOND)
        while self.now < end and not self.stops:
            self.now = min(end, self.now + SECOND // 20)
            self._take(self.manners.at(self.now, self.policy))
        self.now = end
        return self

    def may_begin(self, waits=0.0):
        return self.manners.may_begin(self.now, self.now - int(waits * SECOND), self.policy)

    @property
    def state(self):
        return 'stop' if self.stops else 'pause' if self.manners.pauses else 'speak'


def talk(**policy):
    return Talk(Owner(**policy))


CONVERSATIONS = {
    'nobody says anything': (lambda t: t.wait(100), 'speak'),
    'a person starts': (lambda t: t.starts(), 'pause'),
    'a cough': (lambda t: t.starts().wait(0.3).ends(follows=False), 'speak'),
    'a cough that is to be recognised': (lambda t: t.starts().wait(0.3).ends(), 'speak'),
    'a cough, and no words': (lambda t: t.starts().wait(0.9).ends().text(''), 'speak'),
    'a mhm': (lambda t: t.starts().wait(0.8).ends().wait(0.3).text('Mhm.', language='en'), 'speak'),
    'a mhm, told meanwhile': (lambda t: t.starts().wait(0.8).text('Mhm', kind='transcript_partial'), 'pause'),
    'the robot itself': (lambda t: t.starts().wait(2).ends().text('kitchen is on the left'), 'speak'),
    'a word of another': (lambda t: t.starts().wait(0.8).ends().text('Which kitchen do you mean?'), 'stop'),
    'a person, while it goes on': (
        lambda t: t.starts().wait(0.8).text('Wait, I meant', kind='transcript_partial'),
        'stop',
    ),
    'the first word, which may become anything': (
        lambda t: t.starts().wait(0.3).text('Wait', kind='transcript_partial'),
        'pause',
    ),
    'nobody can tell what it was': (lambda t: t.starts().wait(0.8).ends(follows=False), 'stop'),
    'recognition failed': (lambda t: t.starts().wait(0.8).ends().text('', error='too slow'), 'stop'),
    'the text never comes': (lambda t: t.starts().wait(0.8).ends().wait(TEXT_WAIT / SECOND), 'stop'),
    'somebody who does not end': (lambda t: t.starts().wait(LONGEST_PAUSE / SECOND), 'stop'),
    'a short stop': (lambda t: t.starts().wait(0.4).ends().wait(0.2).text('Stop!'), 'stop'),
    'a stop, while it goes on': (lambda t: t.starts().wait(0.3).text('stop', kind='transcript_partial'), 'stop'),
    'news of before': (lambda t: t.starts(age=STALE / SECOND), 'speak'),
    'news of just now': (lambda t: t.starts(age=2.0), 'pause'),
    'a clock ahead': (lambda t: t.starts(age=-3600.0), 'pause'),
    'a start that comes after its end': (lambda t: t.ends(duration=SECOND // 5).starts(), 'speak'),
    'the same start twice': (lambda t: t.starts().starts().wait(0.3).ends(), 'speak'),
    'an end of nothing': (lambda t: t.ends(follows=False, duration=0), 'speak'),
    'a microphone that numbers half': (lambda t: t.starts(7).wait(0.3).ends(0, follows=False), 'speak'),
    'a microphone that numbers nothing': (
        lambda t: t.starts(0).wait(0.3).ends(0, follows=False).wait(1).starts(0),
        'pause',
    ),
    'a text without a number': (lambda t: t.starts(7).wait(2).text('turn on the light', 0), 'stop'),
    'a text out of nowhere': (lambda t: t.text('turn on the light', 0), 'stop'),
    'two people, one of whom says something': (
        lambda t: t.starts(1, source='a').starts(1, source='b').wait(1).ends(1, source='a').text('mhm', source='a'),
        'pause',
    ),
    'a microphone that starts anew': (
        lambda t: t.starts(1).wait(0.2).ends(1).wait(STALE / SECOND).starts(1),
        'pause',
    ),
    'one that lost an end': (lambda t: t.starts(1).wait(1).starts(2).wait(0.2).ends(2), 'speak'),
}


@pytest.mark.parametrize('name', CONVERSATIONS)
def test_conversation(name):
    tell, expected = CONVERSATIONS[name]
    assert tell(Talk()).state == expected


@pytest.mark.parametrize(
    ('policy', 'name', 'expected'),
    [
        ('off', 'a person starts', 'speak'),
        ('off', 'a word of another', 'speak'),
        ('off', 'somebody who does not end', 'speak'),
        ('off', 'a short stop', 'stop'),
        ('stop', 'a person starts', 'stop'),
        ('stop', 'news of before', 'speak'),
        ('stop', 'nobody says anything', 'speak'),
    ],
)
def test_what_the_owner_decides(policy, name, expected):
    assert CONVERSATIONS[name][0](talk(barge_in=policy)).state == expected


def test_a_longer_barge_in_time():
    assert talk(barge_in_ms=2000).starts().wait(1).ends().text('Which kitchen?').state == 'speak'


def test_more_backchannels():
    assert talk(backchannels=('roger',)).starts().wait(1).ends().text('Roger.').state == 'speak'


def test_more_stop_words():
    assert Talk().starts().wait(0.4).ends().text('Pineapple!').state == 'speak'
    assert talk(stop_words=('pineapple',)).starts().wait(0.4).ends().text('Pineapple!').state == 'stop'


def test_a_stop_word_says_so():
    (stop,) = Talk().starts().wait(0.4).ends().text('Stop!').stops
    assert stop.by_word
    assert 'Stop!' in stop.reason


def test_a_stop_word_stops_what_else_moves_too():
    (stop,) = Talk(speaking=False).starts().wait(0.4).ends().text('Stop!').stops
    assert stop.by_word


def test_who_began_before_the_robot_does_not_interrupt_it():
    talk = Talk(speaking=False).starts().wait(11).robot('started')
    assert talk.wait(1).state == 'speak'
    assert talk.ends().text('and so on and so forth').state == 'speak'
    assert talk.starts(2).state == 'pause'


def test_the_next_speech_is_not_stopped_for_the_last_one():
    talk = Talk().starts().wait(0.8).text('Wait, I meant', kind='transcript_partial')
    talk.stops.clear()
    assert talk.robot('started', '2').wait(0.1).ends().text('Wait, I meant the bathroom').state == 'speak'


def test_other_actions_do_not_pause():
    assert Talk(speaking=False).robot('started', action='wave').starts().state == 'speak'


def test_it_does_not_begin_while_somebody_speaks():
    talk = Talk(speaking=False)
    assert talk.may_begin()
    assert not talk.starts().may_begin()
    assert not talk.wait(3).may_begin(waits=3)
    assert talk.may_begin(waits=10)
    assert talk.ends().may_begin()


def test_an_end_that_is_never_told_keeps_nobody_waiting():
    assert Talk(speaking=False).starts().wait(LONGEST_UTTERANCE / SECOND).may_begin()


def test_a_robot_that_has_heard_itself_does_not_pause_for_itself_again():
    talk = Talk().starts().wait(1).ends().text('The kitchen is on the left')
    assert talk.starts(2).wait(0.5).state == 'speak'
    assert talk.robot('finished').may_begin(), 'it need not wait for its own voice'
    talk.robot('started', '2')
    assert talk.starts(3).wait(1).ends(3).text('Where is that?', 3).state == 'stop'
    talk.stops.clear()
    assert talk.wait(ECHO_MEMORY / SECOND).robot('started', '3').starts(4).state == 'pause'


def test_noise_that_comes_again_and_again_pauses_no_more():
    talk = Talk()
    for number in range(1, MAX_PAUSES + 1):
        assert talk.starts(number).state == 'pause'
        assert talk.wait(0.1).ends(number, follows=False).wait(10).state == 'speak'
    assert talk.starts(99).state == 'speak'
    assert talk.robot('finished').robot('started', '2').starts(100).state == 'pause'


def test_it_remembers_so_many_utterances():
    talk = Talk()
    for number in range(1, 10 * REMEMBERED):
        talk.starts(number, source=f'microphone {number}')
    assert len(talk.manners._utterances) == REMEMBERED


@pytest.mark.parametrize('seed', range(10))
def test_two_robots_that_pause_for_each_other_go_on_one_after_the_other(seed):
    """They begin together; each hears the other begin after 0.3 s, and end after 0.6 s of silence."""
    robots, heard, since = [Talk(seed=2 * seed), Talk(seed=2 * seed + 1)], [False, False], [0, 0]
    for step in range(600):  # 30 s
        speak = [robot.state == 'speak' for robot in robots]
        for robot, other in (0, 1), (1, 0):
            if heard[robot] == speak[other]:
                since[robot] = step
            elif step - since[robot] == (12 if heard[robot] else 6):
                heard[robot], since[robot] = speak[other], step
                if heard[robot]:
                    robots[robot].starts(step)
                else:
                    robots[robot].ends(0, follows=False, duration=SECOND // 2)
            robots[robot].wait(0.05)
    assert sorted(robot.state for robot in robots) == ['speak', 'stop']


@given(
    st.lists(
        st.tuples(
            st.sampled_from(['starts', 'ends', 'text', 'partial', 'robot starts', 'robot ends']),
            st.integers(0, 3),
            st.sampled_from(['', 'mhm', 'stop', 'where is that', 'The kitchen is on the left']),
            st.floats(0, 12),
        ),
        max_size=30,
    ),
    st.sampled_from(['off', 'pause', 'stop']),
)
def test_whatever_is_told_it_never_pauses_for_ever(events, barge_in):
    talk = Talk(Owner(barge_in=barge_in))
    for kind, number, text, pause in events:
        talk.stops.clear()
        match kind:
            case 'starts':
                talk.starts(number)
            case 'ends':
                talk.ends(number, follows=bool(text))
            case 'text':
                talk.text(text, number)
            case 'partial':
                talk.text(text, number, kind='transcript_partial')
            case 'robot starts':
                talk.robot('started', str(number))
            case _:
                talk.robot('finished', str(number))
        assert not (talk.manners.pauses and barge_in != 'pause')
        talk.wait(pause)
    talk.stops.clear()
    talk.wait(LONGEST_PAUSE / SECOND + 10)
    assert talk.state != 'pause'
    assert talk.may_begin(waits=10)


def test_what_the_microphone_may_have_heard():
    content = 'x' * 1000 + 'here' + 'y' * 1000
    assert 'here' in near(ActionEvent(content=content), content[:1000])
    assert len(near(ActionEvent(content=content), content[:1000])) == 800
    assert near(ActionEvent(content='short'), '') == 'short'


def test_speech_that_goes_on_after_an_urgent_one_gives_way_again():
    talk = Talk().robot('started', '2').robot('finished', '2').wait(1)
    assert talk.starts().manners.pauses
    talk.robot('finished', '1')
    assert not talk.manners.pauses


def test_the_end_of_speech_that_waits_leaves_the_other_one_paused():
    talk = Talk().robot('started', '2').wait(1).starts()
    assert talk.robot('cancelled', '1').manners.pauses
