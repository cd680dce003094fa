"""Actions that another node does, over DDS: by its action server, service or topic."""

from __future__ import annotations

import threading
import time

import pytest

from gemma_events.errors import DeviceError
from gemma_events.events import ActionEvent, ActionStatus
from harness import wait_for

pytest.importorskip('rclpy', reason='ROS 2 is not installed')

from action_msgs.srv import CancelGoal
from rcl_interfaces.srv import GetParameters
from rclpy.action import ActionServer, CancelResponse, GoalResponse
from rclpy.task import Future
from std_msgs.msg import String

from gemma_events.action import Act
from gemma_events.action_output.limbs import asking
from gemma_events.action_output.node import ActionOutputNode

ROUTES = {
    'routes.wave.name': 'arm/wave',
    'routes.wave.interface': 'gemma_events/action/Act',
    'routes.wave.timeout_s': 0.3,
    'routes.ask.type': 'service',
    'routes.ask.interface': 'rcl_interfaces/srv/GetParameters',
    'routes.ask.timeout_s': 0.3,
    'routes.tell.type': 'topic',
    'routes.tell.interface': 'std_msgs/msg/String',
    'routes.tell.content_field': 'data',
    'routes.tell.timeout_s': 0.3,
}


class Robot:
    def __init__(self, ros, **more):
        self.ros, self.node = ros, ros.start(ActionOutputNode, output='log', **{**ROUTES, **more})
        self.statuses, self.ask = ros.record(ActionStatus, 'action_status'), ros.publisher(ActionEvent, 'action')

    def wait_for(self, identity, step):
        def found():
            return [each for each in self.statuses if (each.id, each.event_type) == (identity, f'action_{step}')]

        return wait_for(found, f'{identity} to be {step}')[0]


@pytest.fixture
def robot(ros):
    return Robot(ros)


class Arm:
    """An action server that waves three times, or as its goal's content says."""

    def __init__(self, ros):
        self.ros, self.goals, self.cancelled = ros, [], threading.Event()
        self.start()

    def start(self):
        self.server = ActionServer(
            self.ros.node,
            Act,
            'arm/wave',
            execute_callback=lambda handle: None,
            goal_callback=lambda goal: GoalResponse.REJECT if goal.content == 'reject' else GoalResponse.ACCEPT,
            handle_accepted_callback=self.accept,
            cancel_callback=self.cancel,
        )

    def accept(self, handle):
        self.goals.append(handle.request)
        threading.Thread(target=self.wave, args=(handle,), daemon=True).start()

    def cancel(self, _handle):
        self.cancelled.set()
        return CancelResponse.ACCEPT

    def wave(self, handle):
        handle.publish_feedback(Act.Feedback(content_done='waved once'))
        if handle.request.content == 'hang':
            return
        if handle.request.content == 'be cancelled':
            self.cancelled.wait(20)
        time.sleep(0.1)
        end_it = {'fail': handle.abort, 'be cancelled': handle.canceled}.get(handle.request.content, handle.succeed)

        def end(_handle):
            end_it()
            return Act.Result(content_done='waved')

        self.ros.executor.create_task(handle.execute, end)


@pytest.fixture
def arm(ros):
    made = Arm(ros)
    yield made
    if made.server:
        ros.call(made.server.destroy)


def test_an_action_server_does_it(robot, arm):
    robot.ask(ActionEvent(id='a', action='wave', content='twice', arguments='{"cause": "joy", "priority": 7}'))
    assert '"content_done": "waved once"' in robot.wait_for('a', 'progress').content_done
    assert '"content_done": "waved"' in robot.wait_for('a', 'finished').content_done
    assert (arm.goals[0].content, arm.goals[0].cause, arm.goals[0].priority) == ('twice', 'joy', 7)


def test_run_names_the_route(robot, arm):
    robot.ask(ActionEvent(id='a', action='run', content='wave', arguments='{"content": "once"}'))
    assert robot.wait_for('a', 'finished').action == 'run'
    assert arm.goals[0].content == 'once'
    steps = [status for status in robot.statuses if status.id == 'a']
    assert {(status.action, status.id) for status in steps} == {('run', 'a')}
    robot.ask(ActionEvent(id='b', action='run', content='dance'))
    assert robot.wait_for('b', 'rejected').detail == "there is no route 'dance': there is wave, ask, tell"


@pytest.mark.parametrize(
    ('content', 'line'), [('reject', "action 'arm/wave' has rejected it"), ('fail', "action 'arm/wave' has aborted it")]
)
def test_a_server_that_does_not(robot, arm, content, line):
    robot.ask(ActionEvent(id='a', action='wave', content=content))
    assert line in robot.wait_for('a', 'failed').detail


def test_cancelling_cancels_the_goal(robot, arm):
    robot.ask(ActionEvent(id='a', action='wave', content='hang'))
    robot.wait_for('a', 'progress')
    robot.ask(ActionEvent(action='stop', content='a'))
    robot.wait_for('a', 'cancelled')
    assert arm.cancelled.wait(20)


def test_a_server_that_dies_in_the_middle(robot, arm, monkeypatch):
    monkeypatch.setattr(asking, 'GONE', 0.1)
    robot.ask(ActionEvent(id='a', action='wave', content='hang'))
    robot.wait_for('a', 'progress')
    arm.ros.call(arm.server.destroy)
    arm.server = None
    assert 'has gone in the middle' in robot.wait_for('a', 'failed').detail


def test_a_server_that_is_started_anew_in_the_middle(robot, arm, monkeypatch):
    monkeypatch.setattr(asking, 'AGAIN', 0.2)
    robot.ask(ActionEvent(id='a', action='wave', content='hang'))
    robot.wait_for('a', 'progress')
    arm.ros.call(lambda: (arm.server.destroy(), arm.start()))
    assert 'was started anew' in robot.wait_for('a', 'failed').detail


def test_a_server_that_takes_too_long(ros, arm):
    robot = Robot(ros, **{'routes.wave.limit_s': 0.5})
    robot.ask(ActionEvent(id='a', action='wave', content='hang'))
    assert robot.wait_for('a', 'failed').detail == "action 'arm/wave' takes longer than its limit_s"
    assert arm.cancelled.wait(20)


def test_a_goal_that_somebody_else_cancels(robot, arm):
    robot.ask(ActionEvent(id='a', action='wave', content='be cancelled'))
    robot.wait_for('a', 'progress')
    client = robot.node.handlers.get('wave')._asked._client._client_handle
    assert client.send_cancel_request(CancelGoal.Request())  # all goals
    assert robot.wait_for('a', 'cancelled').detail == "action 'arm/wave' was cancelled by somebody else"


def test_an_urgent_action_ends_what_another_node_does(robot, arm):
    robot.ask(ActionEvent(id='a', action='wave', content='hang'))
    robot.wait_for('a', 'progress')
    robot.ask(ActionEvent(id='b', action='wait', content='0', priority=255))
    robot.wait_for('b', 'finished')
    assert "'b' is urgent" in robot.wait_for('a', 'cancelled').detail


@pytest.mark.parametrize('action', ['wave', 'ask', 'tell'])
def test_nobody_is_there(robot, action):
    robot.ask(ActionEvent(id='a', action=action))
    assert 'nobody is there' in robot.wait_for('a', 'failed').detail
    robot.ask(ActionEvent(id='b', action='wait', content='0'))
    robot.wait_for('b', 'finished')


def test_a_service_answers(robot, ros):
    ros.node.create_service(GetParameters, 'ask', lambda request, response: response)
    robot.ask(ActionEvent(id='a', action='ask', arguments='{"names": ["x"]}'))
    assert robot.wait_for('a', 'finished').content_done == '{"values": []}'


def test_a_topic_is_told(robot, ros):
    heard = []
    ros.node.create_subscription(String, 'tell', lambda message: heard.append(message.data), 10)
    robot.ask(ActionEvent(id='a', action='tell', content='hello'))
    robot.wait_for('a', 'finished')
    wait_for(lambda: heard == ['hello'], 'the message')


@pytest.mark.parametrize(
    ('action', 'arguments', 'line'),
    [
        ('wave', '{"priority": 256}', 'priority is 256: it takes a whole number from 0 to 255'),
        ('wave', '{"prio": 1}', "there is no field 'prio'"),
        ('ask', '{"names": "x"}', 'names takes a list'),
        ('tell', '{"data": NaN}', 'NaN is not JSON'),
        ('ask', '', "it takes no content: rcl_interfaces/srv/GetParameters has no field 'content'"),
    ],
)
def test_what_does_not_fit_is_rejected(robot, action, arguments, line):
    robot.ask(ActionEvent(id='a', action=action, content='' if arguments else 'Hello', arguments=arguments))
    assert line in robot.wait_for('a', 'rejected').detail


@pytest.mark.parametrize(
    ('values', 'line'),
    [
        ({'routes.wave.name': 'arm/wave'}, 'set routes.wave.interface'),
        ({'routes.wave.interface': 'no_such/action/Wave'}, 'cannot be loaded'),
        ({'routes.wave.interface': 'gemma_events/action/Act', 'routes.wave.name': 'a b'}, "invalid topic name 'a b'"),
        ({'routes.wave.interface': 'std_msgs/msg/String'}, 'it takes package/action/Name'),
        (
            {'routes.wave.type': 'dance', 'routes.wave.interface': 'gemma_events/action/Act'},
            "one of 'action', 'service'",
        ),
    ],
)
def test_a_route_that_cannot_work_says_so_and_the_others_work(ros, values, line):
    node = ros.create(ActionOutputNode, output='log', **values)
    node.start()
    assert line in str(node.health()) + node.fault + ' '.join(map(str, node.handlers.broken.values()))


class Handle:
    accepted, cancelled = True, 0

    def cancel_goal_async(self):
        self.cancelled += 1


class Client:
    """Of an action; the answer to its goal comes when the test wants."""

    def __init__(self):
        self.sent = Future()

    def send_goal_async(self, goal, feedback_callback):
        return self.sent


def test_a_goal_can_be_given_up_before_it_is_sent_before_it_is_accepted_and_afterwards():
    unsent = asking._Goal(Client(), None, None)
    unsent.give_up()
    with pytest.raises(DeviceError):
        unsent.send()
    for accepted_first in (False, True):
        client, handle = Client(), Handle()
        goal = asking._Goal(client, None, None)
        goal.send()
        for step in (goal.give_up, lambda c=client, h=handle: c.sent.set_result(h))[:: -1 if accepted_first else 1]:
            assert not handle.cancelled
            step()
        assert handle.cancelled == 1


def test_a_server_that_does_not_say_whether_it_accepts_fails_it(robot, arm):
    robot.node.handlers.get('wave')._asked._client.send_goal_async = lambda *_, **__: Future()  # as if it were lost
    robot.ask(ActionEvent(id='a', action='wave'))
    assert robot.wait_for('a', 'failed').detail.endswith('has neither accepted nor rejected it within timeout_s')
