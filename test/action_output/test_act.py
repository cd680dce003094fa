"""Goals of the action server `act`, over DDS."""

from __future__ import annotations

import threading

import pytest

from gemma_events.events import ActionEvent, ActionStatus
from harness import wait_for

pytest.importorskip('rclpy', reason='ROS 2 is not installed')

from action_msgs.msg import GoalStatus
from action_msgs.srv import CancelGoal
from rclpy.action import ActionClient
from rclpy.parameter import Parameter
from rclpy.task import Future

from gemma_events.action import Act
from gemma_events.action_output import act
from gemma_events.action_output.node import ActionOutputNode
from gemma_events.executor import create_executor, spin

LONG = 'One sentence. ' + 'And many more words to come. ' * 30


class Client:
    """A program that asks by goals."""

    def __init__(self, ros):
        self.ros, self.node = ros, ros.start(ActionOutputNode, output='log', rate=300)
        self.statuses = ros.record(ActionStatus, 'action_status')
        self.client = ActionClient(ros.node, Act, 'act')
        assert self.client.wait_for_server(20)
        self.feedback = []

    def send(self, action='speak', content='Hello.', **fields):
        goal = Act.Goal(action=action, content=content, **fields)

        def heard(message):
            self.feedback.append(message.feedback.content_done)

        return wait(self.ros.call(lambda: self.client.send_goal_async(goal, feedback_callback=heard)))

    def result(self, handle):
        return wait(self.ros.call(handle.get_result_async))

    def steps(self, identity):
        return [status.event_type.removeprefix('action_') for status in self.statuses if status.id == identity]


def wait(future):
    wait_for(future.done, 'an answer')
    return future.result()


@pytest.fixture
def client(ros):
    made = Client(ros)
    yield made
    made.client.destroy()


def test_a_goal_that_is_done(client):
    answer = client.result(client.send(content='One sentence. And another one.', id='a', cause='why'))
    assert answer.status == GoalStatus.STATUS_SUCCEEDED
    assert (answer.result.ending, answer.result.id) == ('action_finished', 'a')
    assert answer.result.content_done == 'One sentence. And another one.'
    assert client.feedback, 'it told how far it was'
    wait_for(lambda: client.steps('a') == ['queued', 'started', 'finished'], 'the same on the topic')
    assert client.statuses[-1].cause == 'why'


def test_a_goal_without_an_id_gets_one(client):
    assert client.result(client.send()).result.id == 'action_output-1'


def test_a_goal_that_cannot_be_done_says_why(client):
    answer = client.result(client.send('dance'))
    assert answer.status == GoalStatus.STATUS_ABORTED
    assert answer.result.ending == 'action_rejected'
    assert 'unknown action' in answer.result.detail


def test_goals_are_cancelled_while_they_are_done_and_while_they_wait(client):
    first, second = client.send(content=LONG, id='a'), client.send(content=LONG, id='b')
    wait_for(lambda: client.feedback, 'the first to speak')
    for handle, name in ((second, 'b'), (first, 'a')):
        assert wait(handle.cancel_goal_async()).goals_canceling
        answer = client.result(handle)
        assert (answer.status, answer.result.ending) == (GoalStatus.STATUS_CANCELED, 'action_cancelled')
        assert answer.result.id == name
    assert LONG.startswith(answer.result.content_done)
    assert answer.result.content_done


def test_what_somebody_else_stops_is_aborted(client):
    handle = client.send(content=LONG)
    wait_for(lambda: client.feedback, 'it to speak')
    client.node.cancel(lambda action: True, 'so')
    answer = client.result(handle)
    assert (answer.status, answer.result.ending) == (GoalStatus.STATUS_ABORTED, 'action_cancelled')
    assert answer.result.detail == 'so'


def test_an_id_that_is_in_use_is_refused(client):
    first = client.send(content=LONG, id='a')
    assert 'asked for already' in client.result(client.send(id='a')).result.detail
    wait(first.cancel_goal_async())
    assert client.result(first).result.ending == 'action_cancelled'
    client.node._receive(ActionEvent(id='b', action='speak', content='one', more=True))
    assert 'asked for already' in client.result(client.send(id='b')).result.detail
    assert client.node._requests.kind(ActionEvent(id='b', more=True), 0.0).name == 'PART', 'it still waits for its own'


def test_an_urgent_goal_comes_first(client):
    first = client.send(content=LONG)
    wait_for(lambda: client.feedback, 'the first to speak')
    assert client.result(client.send(content='Fire!', priority=Act.Goal.URGENT)).result.ending == 'action_finished'
    wait(first.cancel_goal_async())
    assert 'One' in client.result(first).result.content_done


def test_deactivating_answers_all_and_takes_no_more(client):
    handles = [client.send(content=LONG) for _ in range(3)]
    client.node.trigger_deactivate()
    assert [client.result(handle).result.detail for handle in handles] == ['the node stops'] * 3
    assert not client.send().accepted
    client.node.trigger_activate()
    assert client.result(client.send()).result.ending == 'action_finished'
    assert len(client.node._act) == 0


def test_a_storm_of_goals_has_as_many_endings(client):
    handles = [client.send('wait', '0', priority=priority) for priority in (0, 64, 128, 255) for _ in range(20)]
    endings = {client.result(handle).result.ending for handle in handles}
    assert endings <= {'action_finished', 'action_rejected', 'action_cancelled'}
    assert len(client.node._act) == 0


def test_goals_of_a_process_that_ends_are_answered(ros):
    """Its executor runs no more then."""
    node = ActionOutputNode(parameter_overrides=[Parameter('output', value='log')])
    executor, stop = create_executor(), Future()
    executor.add_node(node)
    spinning = threading.Thread(target=spin, args=(executor, stop))
    spinning.start()
    assert node.start()
    client = ActionClient(ros.node, Act, 'act')
    assert client.wait_for_server(20)
    goals = [Act.Goal(action='wait', content='60', id=name) for name in 'abc']
    handles = [wait(sent) for sent in ros.call(lambda: [client.send_goal_async(goal) for goal in goals])]
    results = ros.call(lambda: [handle.get_result_async() for handle in handles])
    wait_for(
        lambda: all(each._callbacks for each in node._act._server._result_futures.values()), 'them to be asked for'
    )
    stop.set_result(None)
    executor.wake()
    spinning.join(20)
    executor.remove_node(node)
    node.close()
    assert [wait(each).result.detail for each in results] == ['the node stops'] * 3
    client.destroy()


def test_goals_are_refused_where_there_are_too_many(client, monkeypatch):
    monkeypatch.setattr(act, 'MAX_GOALS', 2)
    first, second = client.send('wait', '60'), client.send('wait', '60')
    assert not client.send('wait', '60').accepted
    assert client.node.health().values['goals refused'] == 1
    wait(first.cancel_goal_async())
    assert client.result(first).status == GoalStatus.STATUS_CANCELED
    assert not client.send('wait', '60').accepted, 'its result is kept for a time'
    monkeypatch.setattr(act, 'RESULT_TIMEOUT', 0)
    assert client.send('wait', '0').accepted
    wait(second.cancel_goal_async())


def test_all_goals_are_cancelled_at_once(client):
    handles = [client.send('wait', '60') for _ in range(3)]
    request = CancelGoal.Request()
    asked = client.client._client_handle.send_cancel_request(request)
    assert asked
    assert {client.result(handle).status for handle in handles} == {GoalStatus.STATUS_CANCELED}


def test_one_goal_tells_how_far_it_is_though_its_handler_only_says_so_in_its_run(client):
    client.result(client.send(content='One. Two. Three. Four.'))
    assert client.feedback == sorted(client.feedback, key=len)
    assert client.feedback[0] == 'One.'


def test_what_a_goal_asks_for_may_be_long_and_is_not_kept(client):
    answer = client.result(client.send(content='x' * 1_000_000))
    assert 'at most' in answer.result.detail
    assert all(not handle.request.content for handle in client.node._act._server._goal_handles.values())
