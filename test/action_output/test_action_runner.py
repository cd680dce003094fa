"""Actions done one after the other, and what is told of each."""

from __future__ import annotations

import threading

import pytest

from gemma_events.action_output.handlers import ActionRunner
from gemma_events.errors import DeviceError
from gemma_events.events import ActionEvent
from harness import wait_for


class Waiter:
    """Does an action until it is released or cancelled; or what its content tells."""

    def __init__(self):
        self.released = threading.Event()

    def refusal(self, action):
        return 'no' if action.content == 'refuse' else ''

    def execute(self, run):
        run.content_done = 'begun'
        if run.action.content == 'lose the device':
            raise DeviceError('the arm fell off')
        if run.action.content == 'bug':
            raise KeyError('oops')
        if run.action.content == 'hang':
            self.released.wait(30)
        while not self.released.wait(0.01):
            if run.cancelled.is_set():
                return False
        return True


class Stage:
    def __init__(self, limit):
        self.waiter, self.told = Waiter(), []
        self.runner = ActionRunner('robot', {'wait': self.waiter}, limit, self.told.append)

    def offer(self, identity, priority=128, content='', action='wait'):
        self.runner.offer(ActionEvent(id=identity, action=action, content=content, priority=priority, cause='why'))

    def steps(self, identity):
        return [status.event_type.removeprefix('action_') for status in self.told if status.id == identity]

    def wait_for(self, identity, step):
        wait_for(lambda: step in self.steps(identity), f'{identity} to be {step}')


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
    assert {(status.action, status.cause) for status in stage.told} == {('wait', 'why')}
    assert stage.told[-1].content_done == 'begun'


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
    assert [status.id for status in stage.told if status.event_type == 'action_finished'] == ['a', 'c', 'b']


@pytest.mark.parametrize(
    'action, content, detail',
    [('wait', 'refuse', 'no'), ('dance', '', "unknown action 'dance': there is wait"), ('', '', "unknown action ''")],
)
def test_what_cannot_be_done_is_rejected_with_the_reason(stage, action, content, detail):
    stage.offer('a', action=action, content=content)
    assert stage.steps('a') == ['rejected']
    assert stage.told[0].detail.startswith(detail)


def test_without_room_one_is_rejected_or_makes_room(stage):
    stage.offer('now')
    stage.wait_for('now', 'started')
    for identity, priority in (('a', 64), ('b', 128), ('c', 64), ('d', 255)):
        stage.offer(identity, priority)
    assert stage.steps('c') == ['rejected']
    assert stage.steps('a') == ['queued', 'cancelled']
    assert stage.steps('d') == ['queued']
    assert stage.runner.dropped == 2


@pytest.mark.parametrize('content, detail', [('lose the device', 'the arm fell off'), ('bug', 'oops')])
def test_a_failure_is_told_and_the_next_action_is_done(stage, content, detail):
    stage.offer('a', content=content)
    stage.wait_for('a', 'failed')
    assert detail in stage.told[-1].detail
    assert stage.told[-1].content_done == 'begun'
    stage.waiter.released.set()
    stage.offer('b')
    stage.wait_for('b', 'finished')


def test_cancelling_meets_what_it_is_meant_for(stage):
    for identity, priority in (('a', 128), ('b', 128), ('c', 255)):
        stage.offer(identity, priority)
        if identity == 'a':
            stage.wait_for('a', 'started')
    stage.runner.cancel(lambda action: action.priority < 255, 'make way')
    stage.wait_for('c', 'started')
    assert stage.steps('a') == ['queued', 'started', 'cancelled']
    assert stage.steps('b') == ['queued', 'cancelled']
    cancelled = [status for status in stage.told if status.event_type == 'action_cancelled']
    assert {status.detail for status in cancelled} == {'make way'}
    assert {status.id: status.content_done for status in cancelled} == {'a': 'begun', 'b': ''}


def test_closing_cancels_all_and_takes_no_more(stage):
    stage.offer('a')
    stage.wait_for('a', 'started')
    stage.offer('b')
    assert stage.runner.close(10)
    assert stage.steps('a') == ['queued', 'started', 'cancelled']
    assert stage.steps('b') == ['queued', 'cancelled']
    stage.offer('c')
    assert stage.steps('c') == ['rejected']


def test_an_executor_that_hangs_is_left_behind_and_its_action_told_once(stage):
    stage.offer('a', content='hang')
    stage.wait_for('a', 'started')
    assert not stage.runner.close(0.1)
    assert stage.steps('a') == ['queued', 'started', 'cancelled']
    stage.waiter.released.set()
    assert stage.runner.close(10)
    assert stage.steps('a') == ['queued', 'started', 'cancelled']
