"""Messages of a topic from publishers of either reliability, each once."""

from __future__ import annotations

import contextlib
from copy import copy

import pytest

from gemma_events.events import SpeechEvent
from harness import PATIENCE, Ros, wait_for

pytest.importorskip('rclpy', reason='ROS 2 is not installed')

import rclpy
from rclpy.exceptions import InvalidHandle
from rclpy.executors import SingleThreadedExecutor
from rclpy.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy
from rclpy.qos_overriding_options import QoSOverridingOptions
from rclpy.serialization import deserialize_message
from std_msgs.msg import String

from gemma_events import executor, messages
from gemma_events.reception import Reception, Seen
from gemma_events.worker import Ticker

RELIABLE = QoSProfile(depth=5000)
BEST_EFFORT = QoSProfile(depth=5000, reliability=ReliabilityPolicy.BEST_EFFORT)


@pytest.fixture(params=['as it is', 'SingleThreadedExecutor'])
def ros(request, monkeypatch):
    """Each executor passes a message's information in its own way."""
    if request.param != 'as it is':
        monkeypatch.setattr(executor, 'create_executor', SingleThreadedExecutor)
    harness = Ros()
    try:
        yield harness
    finally:
        harness.close()


class Ear:
    """A node with a reception of the topic `words`."""

    def __init__(self, ros, raw=False, qos=RELIABLE, **options):
        self.node = rclpy.create_node('ear', **options)
        ros.executor.add_node(self.node)
        self.words = []
        self.reception = Reception(
            self.node,
            String,
            'words',
            self.hear,
            copy(qos),
            raw=raw,
            qos_overriding_options=QoSOverridingOptions.with_default_policies(),
        )

    def hear(self, message):
        self.words.append((deserialize_message(message, String) if isinstance(message, bytes) else message).data)

    def look(self):
        with contextlib.suppress(InvalidHandle):  # it was closed
            self.reception.look()

    def of(self, prefix):
        return [word for word in self.words if word.startswith(prefix)]


@pytest.fixture
def ear(ros):
    made = []

    def make(**options):
        made.append(Ear(ros, **options))
        tickers.append(Ticker('look', 0.05, lambda: ros.executor.create_task(made[-1].look), print))
        return made[-1]

    tickers = []
    yield make
    for ticker in tickers:
        ticker.close()
    for each in made:
        each.reception.close()
        ros.executor.remove_node(each.node)
        each.node.destroy_node()


def speak(ros, qos):
    """A publisher, once a subscription is matched with it."""
    publisher = ros.node.create_publisher(String, 'words', qos)
    wait_for(publisher.get_subscription_count, 'a subscription')
    return publisher, lambda text: publisher.publish(String(data=text))


@pytest.mark.uncounted
@pytest.mark.parametrize('raw', [False, True])
@pytest.mark.parametrize('ear_first', [True, False])
def test_publishers_of_either_reliability_are_heard_once_each(ros, ear, raw, ear_first):
    publishers = [ros.node.create_publisher(String, 'words', qos) for qos in (RELIABLE, BEST_EFFORT)] * (not ear_first)
    listener = ear(raw=raw)
    publishers = publishers or [ros.node.create_publisher(String, 'words', qos) for qos in (RELIABLE, BEST_EFFORT)]
    reliable, best_effort = publishers
    wait_for(lambda: reliable.get_subscription_count() == 2 and best_effort.get_subscription_count() == 1, 'matches')
    for number in range(2000):
        reliable.publish(String(data=f'r{number}'))
        best_effort.publish(String(data=f'b{number}'))
    wait_for(lambda: len(listener.of('r')) >= 2000, 'the last reliable one')
    # What is sent best effort may be lost, and what comes both ways comes the second time at its leisure.
    wait_for(lambda: best_effort.publish(String(data='end')) or 'end' in listener.words, 'a best-effort one')
    wait_for(lambda: listener.reception.duplicates, 'something both ways')
    assert listener.of('r') == [f'r{number}' for number in range(2000)], 'each once, in order'
    assert listener.of('b') == sorted(set(listener.of('b')), key=lambda word: int(word[1:])), 'once at most, in order'


def test_a_reliable_publisher_alone_costs_nothing(ros, ear):
    listener = ear()
    _, say = speak(ros, RELIABLE)
    say('hello')
    wait_for(lambda: listener.words, 'a word')
    assert not listener.reception.widened
    assert listener.reception._reliable.callback == listener.hear


def test_best_effort_publishers_come_go_and_come_again(ros, ear, monkeypatch):
    listener = ear()
    _, say = speak(ros, RELIABLE)
    for round_ in range(3):
        publisher, whisper = speak(ros, BEST_EFFORT)
        whisper(f'whispered {round_}')
        say(f'said {round_}')
        wait_for(lambda: {f'whispered {round_}', f'said {round_}'} <= set(listener.words), 'both words')  # noqa: B023
        ros.node.destroy_publisher(publisher)
        wait_for(lambda: not listener.reception.widened, 'the end of the second subscription')
    say('last')
    wait_for(lambda: 'last' in listener.words, 'the last word')
    assert len(listener.words) == 7
    assert listener.reception._reliable.callback == listener.hear


def test_one_closed_while_widened_hears_no_more(ros, ear):
    listener = ear()
    _, whisper = speak(ros, BEST_EFFORT)
    whisper('hello')
    wait_for(lambda: listener.words, 'a word')
    listener.reception.close()
    assert [*listener.node.subscriptions, *listener.node.timers] == []


def test_a_volatile_or_transient_best_effort_publisher_is_heard(ros, ear):
    listener = ear()
    _, whisper = speak(
        ros, QoSProfile(depth=1, reliability=ReliabilityPolicy.BEST_EFFORT, durability=DurabilityPolicy.TRANSIENT_LOCAL)
    )
    whisper('hello')
    wait_for(lambda: listener.words == ['hello'], 'a word')


def test_qos_overrides_are_obeyed(ros, ear):
    name = 'qos_overrides./words.subscription.'
    overrides = [
        rclpy.Parameter(name + 'depth', value=7),
        rclpy.Parameter(name + 'reliability', value='best_effort'),
    ]
    listener = ear(parameter_overrides=overrides)
    profile = listener.reception._reliable.qos_profile
    assert (profile.depth, profile.reliability) == (7, ReliabilityPolicy.BEST_EFFORT)
    _, whisper = speak(ros, BEST_EFFORT)
    whisper('hello')
    wait_for(lambda: listener.words == ['hello'], 'a word')
    assert not listener.reception.widened


def test_of_what_comes_both_ways_the_first_is_new():
    seen = Seen(10)
    assert [seen.is_new(way, key) for way, key in [(0, 'a'), (1, 'a'), (1, 'b'), (1, 'c'), (0, 'b'), (0, 'a')]] == [
        True,
        False,
        True,
        True,
        False,
        True,
    ]
    assert seen.duplicates == 2
    assert seen.came(1, 'c')
    seen.clear()
    assert not seen.came(1, 'c')


def test_what_comes_one_way_only_is_forgotten_in_time():
    seen = Seen(3)
    assert all(seen.is_new(1, key) for key in range(1000))
    assert [key for key in range(1000) if seen.came(1, key)] == [997, 998, 999]
    assert not seen.is_new(0, 999)
    assert seen.is_new(0, 5)


def test_an_event_node_hears_best_effort_publishers(ros):
    from test_managed_node import EchoNode

    node = ros.start(EchoNode)
    events = ros.record(SpeechEvent, 'out')
    publisher = ros.node.create_publisher(messages.MESSAGE_TYPES[SpeechEvent], 'in', BEST_EFFORT)
    wait_for(publisher.get_subscription_count, 'the node')
    publisher.publish(messages.to_message(SpeechEvent('transcript', transcript='psst')))
    wait_for(lambda: events, 'an answer', PATIENCE)
    assert events[0].transcript == 'psst!!'
    assert node.active
