"""Actions that another node does, over DDS: by its action server, service or topic."""

from __future__ import annotations

import threading
import time

import pytest

from gemma_events.events import ActionEvent, ActionStatus
from harness import wait_for

pytest.importorskip('rclpy', reason='ROS 2 is not installed')

from rcl_interfaces.srv import GetParameters
from rclpy.action import ActionServer, CancelResponse, GoalResponse
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
    def __init__(self, ros):
        self.ros, self.node = ros, ros.start(ActionOutputNode, output='log', **ROUTES)
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
        self.server = ActionServer(
            ros.node,
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
        time.sleep(0.1)

        def end(handle):
            handle.abort() if handle.request.content == 'fail' else handle.succeed()
            return Act.Result(content_done='waved')

        self.ros.executor.create_task(handle.execute, end)


@pytest.fixture
def arm(ros):
    made = Arm(ros)
    yield made
    if made.server:
        made.server.destroy()


def test_an_action_server_does_it(robot, arm):
    robot.ask(ActionEvent(id='a', action='wave', content='twice', arguments='{"cause": "joy", "priority": 7}'))
    assert '"content_done": "waved once"' in robot.wait_for('a', 'progress').content_done
    assert '"content_done": "waved"' in robot.wait_for('a', 'finished').content_done
    assert (arm.goals[0].content, arm.goals[0].cause, arm.goals[0].priority) == ('twice', 'joy', 7)


def test_run_names_the_route(robot, arm):
    robot.ask(ActionEvent(id='a', action='run', content='wave', arguments='{"content": "once"}'))
    assert robot.wait_for('a', 'finished').action == 'run'
    assert arm.goals[0].content == 'once'
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
    arm.server.destroy()
    arm.server = None
    assert 'has gone in the middle' in robot.wait_for('a', 'failed').detail


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
    ],
)
def test_what_does_not_fit_is_rejected(robot, action, arguments, line):
    robot.ask(ActionEvent(id='a', action=action, arguments=arguments))
    assert line in robot.wait_for('a', 'rejected').detail


@pytest.mark.parametrize(
    ('values', 'line'),
    [
        ({'routes.wave.name': 'arm/wave'}, 'set routes.wave.interface'),
        ({'routes.wave.interface': 'no_such/action/Wave'}, 'cannot be loaded'),
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
