"""Actions done one after the other, and what is reported of each."""

from __future__ import annotations

import logging
import threading
from asyncio import CancelledError

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gemma_events.action_output.handlers import ActionHandlers
from gemma_events.action_output.requests import Kind
from gemma_events.action_output.runner import ActionRunner
from gemma_events.errors import ConfigurationError, DeviceError
from gemma_events.events import ActionEvent
from harness import wait_for

FAULTS = {'bug': KeyError('oops'), 'exit': SystemExit(3), 'cancel': CancelledError()}


class Nothing:
    """Has neither a text nor a truth value."""

    def __str__(self):
        raise RuntimeError('no text')

    def __bool__(self):
        raise RuntimeError('neither true nor false')


class Waiter:
    """Does an action until it is released or cancelled; or what its content says."""

    def __init__(self):
        self.released, self.done, self.asked = threading.Event(), 'begun', []

    def refusal(self, action):
        self.asked.append(action.content)
        if action.content == 'refuse badly':
            raise SystemExit('out')
        if action.content == 'refuse with nothing':
            return Nothing()
        return 'no' if action.content == 'refuse' else ''

    def execute(self, run):
        run.content_done = self.done
        if run.action.content == 'lose the device':
            raise DeviceError('the arm fell off')
        if run.action.content in FAULTS:
            raise FAULTS[run.action.content]
        if run.action.content in ('content_done', 'detail', 'reason'):
            setattr(run, run.action.content, Nothing())
            return run.action.content != 'reason'
        if run.action.content == 'progress':
            run.progress(Nothing(), Nothing())
        if run.action.content == 'give up':
            return False
        if run.action.content == 'hang':
            self.released.wait(30)
        while not self.released.wait(0.01):
            if run.cancelled.is_set():
                return False
        return True


class Stage:
    def __init__(self, limit):
        self.waiter, self.reported = Waiter(), []
        handlers = ActionHandlers(
            {'late': lambda: self.make_late(), 'wait': lambda: self.waiter}, logging.getLogger(), ['wait']
        )
        self.now = 100.0  # seconds
        self.runner = ActionRunner('robot', handlers, limit, self.reported.append, lambda: self.now)

    def offer(self, identity, priority=128, content='', action='wait'):
        self.runner.offer(ActionEvent(id=identity, action=action, content=content, priority=priority, cause='why'))

    def steps(self, identity):
        return [status.event_type.removeprefix('action_') for status in self.reported if status.id == identity]

    def wait_for(self, identity, step):
        wait_for(lambda: step in self.steps(identity), f'{identity} to be {step}')

    def make_late(self):
        """The handler that is made only when an action names it."""
        raise NotImplementedError


@pytest.fixture
def stage():
    made = Stage(limit=2)
    yield made
    made.waiter.released.set()
    made.runner.close(10)


def test_an_action_from_beginning_to_end(stage):
    stage.offer('a')
    stage.wait_for('a', 'started')
    stage.waiter.released.set()
    stage.wait_for('a', 'finished')
    assert stage.steps('a') == ['queued', 'started', 'finished']
    assert {(status.action, status.cause) for status in stage.reported} == {('wait', 'why')}
    assert stage.reported[-1].content_done == 'begun'


def test_one_without_an_id_gets_one(stage):
    stage.offer('')
    stage.offer('')
    assert stage.steps('robot-1')[0] == stage.steps('robot-2')[0] == 'queued'


def test_the_more_urgent_is_done_next(stage):
    stage.offer('a')
    stage.wait_for('a', 'started')
    stage.offer('b', 64)
    stage.offer('c', 192)
    stage.waiter.released.set()
    stage.wait_for('b', 'finished')
    assert [status.id for status in stage.reported if status.event_type == 'action_finished'] == ['a', 'c', 'b']


@pytest.mark.parametrize(
    'action, content, detail',
    [
        ('wait', 'refuse', 'no'),
        ('wait', 'refuse badly', "action handler 'wait' failed: SystemExit: out"),
        ('wait', 'refuse with nothing', "action handler 'wait' failed: RuntimeError: neither true nor false"),
        ('dance', '', "unknown action 'dance': there is late, wait"),
        ('', '', "unknown action ''"),
    ],
)
def test_what_cannot_be_done_is_rejected_with_the_reason(stage, action, content, detail):
    stage.offer('a', action=action, content=content)
    assert stage.steps('a') == ['rejected']
    assert stage.reported[0].detail.startswith(detail)


def test_without_room_one_is_rejected_or_makes_room(stage):
    stage.offer('now')
    stage.wait_for('now', 'started')
    for identity, priority in (('a', 64), ('b', 128), ('c', 64), ('d', 255)):
        stage.offer(identity, priority)
    assert stage.steps('c') == ['rejected']
    assert stage.steps('a') == ['queued', 'cancelled']
    assert stage.steps('d') == ['queued']
    assert stage.runner.dropped == 2


@pytest.mark.parametrize(
    'content, detail',
    [
        ('lose the device', 'the arm fell off'),
        ('bug', "action handler 'wait' failed: KeyError: 'oops'"),
        ('exit', "action handler 'wait' failed: SystemExit: 3"),
        ('cancel', "action handler 'wait' failed: CancelledError"),
    ],
)
def test_a_failure_is_reported_and_the_next_action_is_done(stage, content, detail):
    stage.offer('a', content=content)
    stage.wait_for('a', 'failed')
    assert detail in stage.reported[-1].detail
    assert stage.reported[-1].content_done == 'begun'
    stage.waiter.released.set()
    stage.offer('b')
    stage.wait_for('b', 'finished')


@pytest.mark.parametrize('content', ['content_done', 'detail', 'reason', 'progress'])
def test_what_a_handler_leaves_that_is_no_text_does_no_harm(stage, content):
    stage.waiter.released.set()
    stage.offer('a', content=content)
    stage.wait_for('a', 'cancelled' if content == 'reason' else 'finished')
    stage.offer('b')
    stage.wait_for('b', 'finished')


def test_a_handler_whose_qualities_cannot_be_told_has_none(stage):
    Waiter.streams = property(lambda self: Nothing().missing)
    Waiter.resumable = property(lambda self: bool(Nothing()))
    try:
        stage.offer('a')
        stage.wait_for('a', 'started')
        stage.offer('b', 255)
        stage.waiter.released.set()
        stage.wait_for('b', 'finished')
    finally:
        del Waiter.streams, Waiter.resumable


def test_how_far_an_action_is_can_be_told_whatever_its_handler_says(stage):
    stage.waiter.done = 5
    stage.offer('a')
    stage.wait_for('a', 'started')
    wait_for(lambda: stage.runner.progress()[1] == '5')


def test_what_is_being_done_and_for_how_long(stage):
    assert stage.runner.doing is None
    stage.offer('a', content='hang')
    stage.wait_for('a', 'started')
    stage.now += 2.0
    assert stage.runner.doing == ('wait', 2.0, None)
    stage.runner.cancel(lambda action: True, 'make way')
    stage.now += 3.0
    stage.runner.cancel(lambda action: True, 'make way, please')  # it hangs since the first time
    assert stage.runner.doing == ('wait', 5.0, 3.0)
    stage.waiter.released.set()
    stage.wait_for('a', 'finished')
    assert stage.runner.doing is None


def test_cancelling_hits_only_what_it_is_meant_for(stage):
    for identity, priority in (('a', 128), ('b', 128), ('c', 255)):
        stage.offer(identity, priority)
        if identity == 'a':
            stage.wait_for('a', 'started')
    stage.runner.cancel(lambda action: action.priority < 255, 'make way')
    stage.wait_for('c', 'started')
    assert stage.steps('a') == ['queued', 'started', 'cancelled']
    assert stage.steps('b') == ['queued', 'cancelled']
    cancelled = [status for status in stage.reported if status.event_type == 'action_cancelled']
    assert {status.detail for status in cancelled} == {'make way'}
    assert {status.id: status.content_done for status in cancelled} == {'a': 'begun', 'b': ''}


def test_a_handler_that_ends_by_itself_says_so(stage):
    stage.offer('a', content='give up')
    stage.wait_for('a', 'cancelled')
    assert stage.reported[-1].detail == "action handler 'wait' ended it"


def test_closing_cancels_all_and_takes_no_more(stage):
    stage.offer('a')
    stage.wait_for('a', 'started')
    stage.offer('b')
    assert stage.runner.close(10)
    assert stage.steps('a') == ['queued', 'started', 'cancelled']
    assert stage.steps('b') == ['queued', 'cancelled']
    stage.offer('c')
    assert stage.steps('c') == ['rejected']


def test_a_handler_that_hangs_is_left_behind_and_its_action_reported_once(stage):
    stage.offer('a', content='hang')
    stage.wait_for('a', 'started')
    assert not stage.runner.close(0.1)
    assert stage.steps('a') == ['queued', 'started', 'cancelled']
    stage.waiter.released.set()
    assert stage.runner.close(10)
    assert stage.steps('a') == ['queued', 'started', 'cancelled']


def test_a_handler_is_made_in_the_runners_thread_when_an_action_first_names_it(stage):
    threads = []
    stage.make_late = lambda: threads.append(threading.current_thread()) or stage.waiter
    stage.waiter.released.set()
    for identity in 'ab':
        stage.offer(identity, action='late')
        stage.wait_for(identity, 'finished')
    assert threads == [stage.runner._thread]
    assert stage.steps('a') == ['queued', 'started', 'finished']


def test_an_action_that_is_refused_when_its_handler_has_been_made_is_rejected_then(stage):
    stage.make_late = lambda: stage.waiter
    stage.offer('a', action='late', content='refuse')
    stage.wait_for('a', 'rejected')
    assert stage.steps('a') == ['queued', 'rejected']
    assert stage.reported[-1].detail == 'no'


@pytest.mark.parametrize(
    'error, step',
    [
        (ConfigurationError('no arm'), 'rejected'),
        (DeviceError('no arm'), 'rejected'),
        (KeyError('no arm'), 'failed'),  # a fault of this package: registry.create catches those of others
    ],
)
def test_a_handler_that_cannot_be_made_ends_nothing(stage, error, step):
    def fail():
        raise error

    stage.make_late = fail
    stage.offer('a', action='late')
    stage.wait_for('a', step)
    assert 'no arm' in stage.reported[-1].detail
    stage.waiter.released.set()
    stage.offer('b')
    stage.wait_for('b', 'finished')


def test_an_action_that_is_cancelled_while_its_handler_is_made_is_not_started(stage):
    making, go_on = threading.Event(), threading.Event()

    def make():
        making.set()
        go_on.wait(10)
        return stage.waiter

    stage.make_late = make
    stage.offer('a', action='late')
    assert making.wait(10)
    stage.runner.cancel(lambda action: True, 'make way')
    go_on.set()
    stage.wait_for('a', 'cancelled')
    assert stage.steps('a') == ['queued', 'cancelled']


def test_what_a_handler_says_was_done_can_always_be_published(stage):
    stage.waiter.released.set()
    for identity, done in (('a', 'half \ud800 a character'), ('b', None), ('c', 3)):
        stage.waiter.done = done
        stage.offer(identity)
        stage.wait_for(identity, 'finished')
    assert [status.content_done for status in stage.reported if status.event_type == 'action_finished'] == [
        'half \ufffd a character',
        '',
        '3',
    ]


# --- urgent actions ---------------------------------------------------------------------------------


class Speaker:
    """Says its words one by one; goes on where it was."""

    resumable = streams = True

    def __init__(self):
        self.said, self.asked = [], []

    def refusal(self, action):
        self.asked.append((action.content, action.more))
        return '' if action.more or action.content.strip() else 'nothing to say'

    def execute(self, run):
        run.memory = run.memory or 0
        for number, word in enumerate(word for part in run.parts() for word in part.split()):
            if number < run.memory:
                continue
            if run.cancelled.wait(0.002):
                return False
            self.said.append(word)
            run.memory, run.content_done = number + 1, f'{run.content_done} {word}'.strip()
        return not run.cancelled.is_set()


@pytest.fixture
def talker():
    made = Stage(limit=100)
    made.speaker, made.resumes, made.begins = Speaker(), True, True
    handlers = ActionHandlers(
        {'speak': lambda: made.speaker, 'wait': lambda: made.waiter, 'now': Now},
        logging.getLogger(),
        ['speak', 'wait', 'now'],
    )
    made.runner.close(10)
    made.runner = ActionRunner(
        'robot', handlers, 100, made.reported.append, may_begin=lambda action: made.begins, resumes=lambda: made.resumes
    )
    yield made
    made.waiter.released.set()
    assert made.runner.close(10)


class Now:
    """Is done when it comes."""

    at_once = True

    def refusal(self, action):
        return ''

    def execute(self, run):
        return True


def endings(stage):
    """The last statuses of each id."""
    last = ('finished', 'cancelled', 'failed', 'rejected')
    return {
        identity: [step for step in stage.steps(identity) if step in last]
        for identity in {status.id for status in stage.reported}
    }


def test_an_urgent_action_interrupts_speech_which_goes_on_afterwards(talker):
    words = [str(number) for number in range(50)]
    talker.offer('long', content=' '.join(words), action='speak')
    wait_for(lambda: len(talker.speaker.said) > 5, 'some words')
    talker.offer('fire', 255, content='FIRE', action='speak')
    talker.wait_for('long', 'finished')
    assert talker.steps('long') == ['queued', 'started', 'finished']
    assert talker.steps('fire') == ['queued', 'started', 'finished']
    assert 'FIRE' in talker.speaker.said[5:-5]
    assert [word for word in talker.speaker.said if word != 'FIRE'] == words, 'none is lost, none said twice'
    assert talker.reported[-1].content_done == ' '.join(words)


@pytest.mark.parametrize('action', ['speak', 'wait'])
def test_what_does_not_go_on_is_cancelled_with_the_reason(talker, action):
    talker.resumes = action == 'wait'
    talker.offer('long', content='word ' * 1000, action=action)
    talker.wait_for('long', 'started')
    talker.offer('fire', 255, content='FIRE', action='speak')
    talker.wait_for('fire', 'finished')
    assert talker.steps('long') == ['queued', 'started', 'cancelled']
    assert "'fire' is urgent" in next(each.detail for each in talker.reported if each.event_type == 'action_cancelled')


def test_urgent_actions_wait_for_each_other(talker):
    talker.offer('a', 255)
    talker.wait_for('a', 'started')
    talker.offer('b', 255)
    talker.offer('c', 254)
    talker.waiter.released.set()
    talker.wait_for('c', 'finished')
    assert [each.id for each in talker.reported if each.event_type == 'action_finished'] == ['a', 'b', 'c']


def test_what_is_interrupted_can_be_cancelled(talker):
    talker.offer('long', content='word ' * 1000, action='speak')
    talker.wait_for('long', 'started')
    talker.offer('urgent', 255)
    talker.wait_for('urgent', 'started')
    assert talker.runner.cancel(lambda action: action.id == 'long', 'enough') == ['long']
    assert talker.steps('long') == ['queued', 'started', 'cancelled']


def test_an_urgent_action_whose_parts_are_missing_interrupts_when_they_are_there(talker):
    talker.offer('long', action='wait')
    talker.wait_for('long', 'started')
    talker.runner.offer(ActionEvent(id='u', action='wait', priority=255, more=True))
    assert talker.steps('u') == ['queued']
    assert not talker.runner.doing.cancelled
    talker.runner.offer(ActionEvent(id='u', action='wait', more=False))
    talker.wait_for('u', 'started')


def test_an_action_that_waits_for_its_parts_lets_others_go_first(talker):
    talker.runner.offer(ActionEvent(id='slow', action='wait', content='1', more=True))
    talker.offer('quick', content='hello', action='speak')
    talker.wait_for('quick', 'finished')
    talker.waiter.released.set()
    talker.runner.offer(ActionEvent(id='slow', action='wait', content='2', more=False))
    talker.wait_for('slow', 'finished')
    assert talker.steps('slow') == ['queued', 'started', 'finished']


def test_speech_begins_before_its_last_part(talker):
    talker.runner.offer(ActionEvent(id='a', action='speak', content='one ', more=True))
    wait_for(lambda: talker.speaker.said == ['one'], 'the first word')
    talker.runner.offer(ActionEvent(id='a', action='speak', content='two', more=False))
    talker.wait_for('a', 'finished')
    assert talker.steps('a') == ['queued', 'started', 'finished']
    assert talker.speaker.said == ['one', 'two']


def test_a_stream_may_begin_with_nothing(talker):
    for content, more in (('', True), ('one ', True), ('two', False)):
        talker.runner.offer(ActionEvent(id='a', action='speak', content=content, more=more))
    talker.wait_for('a', 'finished')
    assert talker.speaker.said == ['one', 'two']


def test_a_stream_that_has_ended_with_nothing_is_refused(talker):
    talker.offer('first')
    for more in (True, False):
        talker.runner.offer(ActionEvent(id='a', action='speak', content=' ', more=more))
    talker.waiter.released.set()
    talker.wait_for('a', 'rejected')
    assert talker.steps('a') == ['queued', 'rejected']


def test_a_handler_is_asked_about_a_content_that_is_whole(talker):
    talker.runner.offer(ActionEvent(id='a', action='wait', content='ref', more=True))
    talker.runner.offer(ActionEvent(id='a', action='wait', content='use', more=False))
    talker.wait_for('a', 'rejected')
    assert talker.waiter.asked == ['refuse']
    assert talker.steps('a') == ['queued', 'rejected']


def test_what_goes_on_is_not_asked_about_again(talker):
    talker.offer('long', content='word ' * 30, action='speak')
    wait_for(lambda: talker.speaker.said, 'a word')
    talker.offer('fire', 255, content='FIRE', action='speak')
    talker.wait_for('long', 'finished')
    assert len([asked for asked in talker.speaker.asked if asked[0].startswith('word')]) == 2


def test_parts_that_come_while_it_is_interrupted_are_said_afterwards(talker):
    talker.runner.offer(ActionEvent(id='a', action='speak', content='one ', more=True))
    wait_for(lambda: talker.speaker.said == ['one'], 'the first word')
    talker.offer('urgent', 255)
    talker.wait_for('urgent', 'started')
    talker.runner.offer(ActionEvent(id='a', action='speak', content='two ', more=True))
    talker.runner.offer(ActionEvent(id='a', action='speak', content='three', more=False))
    talker.waiter.released.set()
    talker.wait_for('a', 'finished')
    assert talker.speaker.said == ['one', 'two', 'three']
    assert talker.steps('a') == ['queued', 'started', 'finished']


def test_an_urgent_action_whose_last_part_never_comes_interrupts_when_that_is_clear(talker):
    talker.runner._more_timeout = lambda: 0.05
    talker.offer('long')
    talker.wait_for('long', 'started')
    talker.runner.offer(ActionEvent(id='u', action='wait', content='', priority=255, more=True))
    wait_for(lambda: talker.runner.look() or 'started' in talker.steps('u'), 'the urgent one to begin')
    talker.waiter.released.set()
    talker.wait_for('u', 'finished')
    assert 'the last part never came' in talker.reported[-1].detail
    assert talker.steps('long') == ['queued', 'started', 'cancelled']


@pytest.mark.parametrize(('content', 'ending'), [('bug', 'failed'), ('exit', 'failed'), ('hang', 'finished')])
def test_an_urgent_action_that_goes_wrong_takes_nothing_with_it(talker, content, ending):
    talker.offer('long', content='word ' * 20, action='speak')
    wait_for(lambda: talker.speaker.said, 'a word')
    talker.offer('urgent', 255, content=content)
    talker.wait_for('urgent', 'started')
    talker.waiter.released.set()
    talker.wait_for('long', 'finished')
    assert talker.steps('urgent') == ['queued', 'started', ending]
    assert talker.steps('long') == ['queued', 'started', 'finished']


def test_the_robot_is_switched_off_while_one_is_interrupted(talker):
    talker.offer('long', content='word ' * 1000, action='speak')
    talker.wait_for('long', 'started')
    talker.offer('urgent', 255, content='hang')
    talker.wait_for('urgent', 'started')
    assert not talker.runner.close(0.1)
    for identity in ('long', 'urgent'):
        assert talker.steps(identity) == ['queued', 'started', 'cancelled']


def test_ids_are_known_to_the_next_runner(talker):
    talker.offer('a', content='hello', action='speak')
    talker.wait_for('a', 'finished')
    talker.runner.close(10)
    talker.runner = ActionRunner(
        'robot', talker.runner._handlers, 100, talker.reported.append, requests=talker.runner._requests
    )
    talker.offer('a', content='hello', action='speak')
    talker.offer('b', content='you', action='speak')
    talker.wait_for('b', 'finished')
    assert talker.steps('a') == ['queued', 'started', 'finished']


def test_nothing_is_done_twice_for_one_id(talker):
    for _ in range(3):
        talker.offer('a', content='hello', action='speak')
    talker.wait_for('a', 'finished')
    talker.offer('a', content='hello', action='speak')
    talker.offer('b', content='you', action='speak')
    talker.wait_for('b', 'finished')
    assert talker.steps('a') == ['queued', 'started', 'finished']
    assert talker.speaker.said == ['hello', 'you']
    assert talker.runner._requests.counts[Kind.DOUBLED] == 3


def test_it_does_not_begin_before_it_may(talker):
    talker.begins = False
    talker.offer('a', content='hello', action='speak')
    wait_for(lambda: talker.steps('a') == ['queued'], 'it to wait')
    talker.begins = True
    talker.wait_for('a', 'finished')


def test_what_is_done_at_once_waits_for_nothing(talker):
    talker.offer('long')
    talker.wait_for('long', 'started')
    talker.offer('n', action='now')
    assert talker.steps('n') == ['started', 'finished']


def test_what_is_paused_is_what_is_being_done(talker):
    talker.offer('long')
    talker.wait_for('long', 'started')
    run = talker.runner._run
    talker.runner.pause(lambda action: action.action == 'speak')
    assert not run.paused.is_set()
    talker.runner.pause(lambda action: action.action == 'wait')
    assert run.paused.is_set()
    talker.runner.resume()
    assert not run.paused.is_set()


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(0, 255), max_size=20))
def test_all_that_wait_are_done_by_priority_then_arrival(priorities):
    stage = Stage(limit=100)
    stage.offer('now', 255)
    stage.wait_for('now', 'started')
    for number, priority in enumerate(priorities):
        stage.offer(str(number), priority)
    stage.waiter.released.set()
    wait_for(lambda: stage.runner.counts['action_finished'] == len(priorities) + 1, 'all to end')
    assert stage.runner.close(10)
    done = [status.id for status in stage.reported if status.event_type == 'action_finished']
    wanted = sorted(range(len(priorities)), key=lambda number: (-priorities[number], number))
    assert done == ['now', *map(str, wanted)]


@settings(max_examples=15, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(['speak', 'wait', 'now', 'cancel', 'part']), st.sampled_from([0, 64, 128, 255])),
        max_size=40,
    )
)
def test_in_any_storm_each_action_has_one_ending_and_speech_loses_no_word(events):
    stage = Stage(limit=100)
    speaker, stage.waiter.released = Speaker(), threading.Event()
    stage.waiter.released.set()
    handlers = ActionHandlers(
        {'speak': lambda: speaker, 'wait': lambda: stage.waiter, 'now': Now},
        logging.getLogger(),
        ['speak', 'wait', 'now'],
    )
    stage.runner.close(10)
    stage.runner = ActionRunner('robot', handlers, 100, stage.reported.append)
    for number, (kind, priority) in enumerate(events):
        if kind == 'cancel':
            stage.runner.cancel(
                lambda action, each=number: action.priority < 128 and int(action.id) % 2 == each % 2, 'so'
            )
        elif kind == 'part':
            stage.runner.offer(
                ActionEvent(id=str(number), action='speak', content=f'{number}-a ', priority=priority, more=True)
            )
            stage.runner.offer(ActionEvent(id=str(number), action='speak', content=f'{number}-b'))
        else:
            stage.runner.offer(
                ActionEvent(id=str(number), action=kind, content=f'{number}-a {number}-b', priority=priority)
            )
    wanted = {str(number) for number, (kind, _) in enumerate(events) if kind != 'cancel'}
    wait_for(lambda: all(endings(stage).get(each) for each in wanted), 'all to end')
    assert stage.runner.close(10)
    assert all(len(each) == 1 for each in endings(stage).values())
    assert len(speaker.said) == len(set(speaker.said)), 'nothing is said twice'
    for status in stage.reported:
        if status.event_type == 'action_finished' and status.action == 'speak':
            assert {f'{status.id}-a', f'{status.id}-b'} <= set(speaker.said)
