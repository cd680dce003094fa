"""What any node says of itself on `/diagnostics`."""

from __future__ import annotations

import socket

import pytest

from gemma_events.events import ActionEvent, FaceExpression, SpeechEvent
from harness import wait_for

pytest.importorskip('rclpy', reason='ROS 2 is not installed')

import rclpy
from diagnostic_msgs.msg import DiagnosticArray
from rclpy.context import Context
from rclpy.duration import Duration
from rclpy.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy
from std_msgs.msg import String
from test_managed_node import EchoNode

from gemma_events import messages
from gemma_events.diagnostics import message, unmatched
from gemma_events.node import Health

SPEECH = messages.MESSAGE_TYPES[SpeechEvent]
LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)


class Doctor:
    """The last status of each node, by its full name."""

    def __init__(self, ros):
        self.statuses = {}
        ros.node.create_subscription(DiagnosticArray, '/diagnostics', self._hear, 10)

    def _hear(self, message):
        for status in message.status:
            self.statuses[status.name] = status

    def wait(self, name, level, *words):
        def found():
            status = self.statuses.get(name)
            return status and status.level == level and all(word in status.message for word in words) and status

        return wait_for(found, f'{name} to be {level!r} with {words}')


@pytest.fixture
def doctor(ros):
    return Doctor(ros)


def test_a_subscriber_that_asks_for_more_than_is_offered_is_named_until_it_is_gone(ros, doctor, capfd):
    ros.start(EchoNode)
    doctor.wait('/echo', Health.OK, 'fine')
    greedy = ros.node.create_subscription(SPEECH, 'out', print, LATCHED)
    doctor.wait('/echo', Health.WARN, '/test', '/out', 'durability', 'qos_overrides')
    ros.node.destroy_subscription(greedy)
    doctor.wait('/echo', Health.OK, 'fine')
    ros.node.create_subscription(SPEECH, 'out', print, LATCHED)
    doctor.wait('/echo', Health.WARN, '/test', '/out')
    assert capfd.readouterr().err.count('/test, which subscribes to /out, gets nothing') == 2, 'once for each'


@pytest.mark.parametrize(
    'asked, word',
    [
        (QoSProfile(depth=1, deadline=Duration(seconds=1)), 'deadline'),
        (QoSProfile(depth=1, liveliness_lease_duration=Duration(seconds=1)), 'liveliness'),
    ],
)
def test_each_policy_is_named(ros, asked, word):
    node = ros.start(EchoNode)
    ros.node.create_subscription(SPEECH, 'out', print, asked)
    [condition] = wait_for(lambda: list(unmatched(node)), 'the mismatch')
    assert condition.level == Health.WARN
    assert f'let it have the {word}' in condition.text


def test_a_publisher_that_offers_less_than_is_asked_for_is_named(ros, doctor, capfd):
    ros.start(EchoNode, **{'qos_overrides./in.subscription.durability': 'transient_local'})
    publisher = ros.node.create_publisher(SPEECH, 'in', 1)
    doctor.wait('/echo', Health.WARN, 'nothing comes from /test', '/in', 'durability')
    assert capfd.readouterr().err.count('nothing comes from /test, which publishes on /in') == 1, 'once'
    ros.node.destroy_publisher(publisher)
    doctor.wait('/echo', Health.OK)


@pytest.fixture
def stranger():
    """A node of another process, as far as DDS can tell: in one, a topic has one type."""
    context = Context()
    rclpy.init(context=context)
    node = rclpy.create_node('stranger', context=context)
    yield node
    node.destroy_node()
    rclpy.shutdown(context=context)


def test_a_publisher_of_another_type_is_named(ros, doctor, stranger):
    ros.start(EchoNode)
    stranger.create_publisher(String, 'in', 1)
    doctor.wait('/echo', Health.WARN, '/stranger, which publishes on /in', 'std_msgs/msg/String', 'SpeechEvent')


def test_a_subscriber_of_another_type_is_named(ros, doctor, stranger):
    ros.start(EchoNode)
    stranger.create_subscription(String, 'out', print, 1)
    doctor.wait('/echo', Health.WARN, '/stranger, which subscribes to /out', 'std_msgs/msg/String', 'SpeechEvent')


def test_publishers_and_subscribers_that_match_are_no_trouble(ros):
    node = ros.start(EchoNode)
    for qos in (1, QoSProfile(depth=1, reliability=ReliabilityPolicy.BEST_EFFORT), LATCHED):
        publisher = ros.node.create_publisher(SPEECH, 'in', qos)
        wait_for(publisher.get_subscription_count, 'the node')
    best_effort = QoSProfile(depth=1, reliability=ReliabilityPolicy.BEST_EFFORT)
    subscription = ros.node.create_subscription(SPEECH, 'out', print, best_effort)
    wait_for(subscription.get_publisher_count, 'the node')
    wait_for(lambda: not list(unmatched(node)), 'no trouble')


def test_a_node_is_no_trouble_as_long_as_one_of_its_subscriptions_matches(ros):
    node = ros.create(EchoNode)
    unreliable = QoSProfile(depth=1, reliability=ReliabilityPolicy.BEST_EFFORT)
    for qos in (QoSProfile(depth=1), unreliable):
        ros.node.create_subscription(SPEECH, 'both', lambda message: None, qos)
    publisher = node.create_publisher(SPEECH, 'both', unreliable)
    wait_for(lambda: node.count_subscribers('both') == 2 and publisher.get_subscription_count() == 1, 'both')
    assert not list(unmatched(node))


def test_an_event_of_unknown_type_is_reported_and_not_taken(ros, doctor, capfd):
    node = ros.start(EchoNode)
    events = ros.record(SpeechEvent, 'out')
    publish = ros.publisher(SpeechEvent, 'in')
    for event_type in ('transcrypt', '', 'TRANSCRIPT', 'action_required', 'x' * 100_000):
        publish(SpeechEvent(event_type, source='somebody'))
    publish(SpeechEvent('transcript', transcript='end'))
    wait_for(lambda: events, 'an answer')
    assert [event.transcript for event in events] == ['end!!']
    status = doctor.wait('/echo', Health.WARN, '/in', 'unknown event_type', 'speech_started, speech_stopped')
    assert ('events of unknown type', '5') in [(pair.key, pair.value) for pair in status.values]
    assert len(status.message) < 400
    log = capfd.readouterr().err
    assert log.count("unknown event_type 'transcrypt'") == 1
    assert 'somebody' in log
    assert node.active


class ObeyingNode(EchoNode):
    """Takes events of classes with one type only."""

    def __init__(self, **options):
        super().__init__(**options)
        self.got = []
        self.refused = []
        for event_class in (ActionEvent, FaceExpression):
            self.create_event_subscription(
                event_class, event_class.__name__, self.got.append, lambda event, reason: self.refused.append(reason)
            )


def test_an_empty_type_is_the_only_one_there_is(ros):
    node = ros.start(ObeyingNode)
    for event_class in (ActionEvent, FaceExpression):
        publish = ros.publisher(event_class, event_class.__name__)
        publish(event_class(''))
        publish(event_class('other'))
        publish(event_class())
    wait_for(lambda: len(node.got) == 4, 'the events')
    got = sorted(event.event_type for event in node.got)  # two topics have no common order
    assert got == ['action_required', 'action_required', 'draw_face', 'draw_face']
    assert [reason.partition(':')[0] for reason in node.refused] == ["unknown event_type 'other'"] * 2


def test_bytes_that_are_no_message_end_nothing(ros):
    node = ros.start(EchoNode)
    events = ros.record(SpeechEvent, 'out')
    publisher = ros.node.create_publisher(SPEECH, 'in', messages.EVENT_QOS)
    wait_for(publisher.get_subscription_count, 'the node')
    for junk in (b'', b'\0', b'\0\1\0\0', b'\0\1\0\0' + b'\xff' * 40, bytes(4) + bytes(range(256))):
        publisher.publish(junk)
    publisher.publish(messages.to_message(SpeechEvent('transcript', transcript='end')))
    wait_for(lambda: any(event.transcript == 'end!!' for event in events), 'an answer')
    assert node.active


def test_time_that_nobody_publishes_is_a_warning(ros, doctor):
    ros.start(EchoNode, use_sim_time=True)
    doctor.wait('/echo', Health.WARN, 'use_sim_time', '/clock')


class DeviceNode(EchoNode):
    def health(self):
        return Health('fine', values={'device': 'USB microphone'})


def test_the_hardware_is_the_device_or_else_the_computer(ros, doctor):
    ros.start(EchoNode)
    assert doctor.wait('/echo', Health.OK).hardware_id == socket.gethostname()
    ros.start(DeviceNode)
    wait_for(lambda: doctor.statuses['/echo'].hardware_id == 'USB microphone', 'the device')


def test_at_debug_each_event_is_a_line(ros, capfd):
    from rclpy.logging import LoggingSeverity

    node = ros.start(EchoNode)
    events = ros.record(SpeechEvent, 'out')
    publish = ros.publisher(SpeechEvent, 'in')
    publish(SpeechEvent('transcript', transcript='one'))
    wait_for(lambda: events, 'an answer')
    node.get_logger().set_level(LoggingSeverity.DEBUG)
    publish(SpeechEvent('transcript', transcript='two'))
    wait_for(lambda: len(events) == 2, 'an answer')
    node.get_logger().set_level(LoggingSeverity.INFO)
    lines = [line.partition(']: ')[2] for line in capfd.readouterr().err.splitlines() if ' on ' in line]
    assert "received on in: transcript transcript='two'" in lines
    assert "published on out: transcript transcript='two!!'" in lines
    assert not any('one' in line for line in lines)


def test_a_value_that_has_no_text_leaves_the_others(ros):
    class Nothing:
        def __str__(self):
            raise RuntimeError('no text')

    array = message(ros.node, Health('fine', values={'arm': Nothing(), 'hand': 5, 'device': Nothing()}), 0)
    assert [(value.key, value.value) for value in array.status[0].values] == [
        ('arm', ''),
        ('hand', '5'),
        ('device', ''),
    ]
    assert array.status[0].hardware_id == socket.gethostname()
