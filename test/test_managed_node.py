"""The base of the nodes over real DDS: life cycle, parameters, diagnostics, events."""

from __future__ import annotations

import time
from dataclasses import dataclass

import pytest

from gemma_events.errors import ConfigurationError
from gemma_events.events import SpeechEvent
from gemma_events.settings import setting
from harness import wait_for

pytest.importorskip('rclpy', reason='ROS 2 is not installed')

from diagnostic_msgs.msg import DiagnosticArray
from lifecycle_msgs.srv import ChangeState, GetState
from rclpy.parameter import Parameter

from gemma_events import messages, rclpy_internals
from gemma_events.node import Health, ManagedNode


@dataclass(frozen=True)
class EchoSettings:
    loudness: int = setting(2, 'how loud', low=0, high=3, live=True)
    words: tuple[str, ...] = setting((), 'what to listen for', live=True)
    mode: str = setting('good', 'what to do', choices=('good', 'bad', 'broken'))


class EchoNode(ManagedNode[EchoSettings]):
    """Writes down each step, and answers each event with the same text, louder."""

    def __init__(self, **options):
        super().__init__('echo', EchoSettings, **options)
        self.steps = []
        self.publish = self.create_event_publisher(SpeechEvent, 'out')
        self.create_event_subscription(SpeechEvent, 'in', self.answer)

    def answer(self, event):
        self.publish(SpeechEvent('transcript', transcript=event.transcript + '!' * self.settings.loudness))

    def configure(self):
        self.steps.append('configure')

    def activate(self):
        self.steps.append('activate')
        if self.settings.mode == 'bad':
            raise ConfigurationError('mode bad cannot work: take good')
        if self.settings.mode == 'broken':
            raise KeyError('a bug')

    def deactivate(self):
        self.steps.append('deactivate')

    def cleanup(self):
        self.steps.append('cleanup')

    def settings_changed(self, names):
        self.steps.append(f'changed {sorted(names)}')

    def health(self):
        return Health('fine', values={'answers': 3})


def state(node):
    return rclpy_internals.lifecycle_state(node)


def test_events_go_through_with_source_and_time(ros):
    node = ros.start(EchoNode)
    events = ros.record(SpeechEvent, 'out')
    ros.publisher(SpeechEvent, 'in')(SpeechEvent('transcript', transcript='hé'))
    wait_for(lambda: events, 'an answer')
    assert (events[0].transcript, events[0].source) == ('hé!!', 'echo')
    assert node.steps == ['configure', 'activate']


def test_an_inactive_node_neither_hears_nor_speaks(ros):
    node = ros.start(EchoNode)
    events = ros.record(SpeechEvent, 'out')
    publish = ros.publisher(SpeechEvent, 'in')

    def answers():
        return [event.transcript for event in events]

    node.trigger_deactivate()
    arrived = []
    node.create_subscription(messages.MESSAGE_TYPES[SpeechEvent], 'in', arrived.append, messages.EVENT_QOS)
    wait_for(lambda: publish(SpeechEvent('transcript', transcript='muted')) or arrived, 'the events')
    for text in ('muted', 'last'):
        publish(SpeechEvent('transcript', transcript=text))
    # An executor that has handed the last one to the second subscription has handed all before it to the first.
    wait_for(lambda: arrived[-1].transcript == 'last', 'the last one')
    node.trigger_activate()
    wait_for(lambda: publish(SpeechEvent('transcript', transcript='heard')) or 'heard!!' in answers(), 'an answer')
    assert 'muted!!' not in answers()
    assert node.steps == ['configure', 'activate', 'deactivate', 'activate']


def test_without_autostart_a_manager_leads_it_through_the_states(ros):
    node = ros.create(EchoNode, autostart=False)
    assert node.start()
    assert state(node) == 'unconfigured'
    change = ros.node.create_client(ChangeState, 'echo/change_state')
    query = ros.node.create_client(GetState, 'echo/get_state')
    wait_for(change.service_is_ready, 'the service')
    for transition, expected in ((1, 'inactive'), (3, 'active'), (4, 'inactive'), (2, 'unconfigured')):
        request = ChangeState.Request()
        request.transition.id = transition
        future = change.call_async(request)
        wait_for(future.done, 'the transition')
        assert future.result().success
        answer = query.call_async(GetState.Request())
        wait_for(answer.done, 'the state')
        assert answer.result().current_state.label == expected
    assert node.steps == ['configure', 'activate', 'deactivate', 'cleanup']


@pytest.mark.parametrize(
    'mode, expected',
    [
        ('bad', 'inactive'),  # the user has to change something: it can be tried again
        ('broken', 'unconfigured'),  # a fault of ours: back to the beginning
    ],
)
def test_a_failing_step_is_undone(ros, mode, expected):
    node = ros.create(EchoNode, mode=mode)
    assert not node.start()
    assert state(node) == expected
    assert not node.active
    assert 'deactivate' in node.steps


def test_close_undoes_from_every_state(ros):
    node = ros.start(EchoNode)
    node.trigger_shutdown()
    assert node.steps == ['configure', 'activate', 'deactivate', 'cleanup']
    assert state(node) == 'finalized'


def test_parameters_are_described_bounded_and_live_or_read_only(ros):
    node = ros.start(EchoNode)
    described = node.describe_parameter('loudness')
    assert (described.description, described.read_only) == ('how loud', False)
    assert (described.integer_range[0].from_value, described.integer_range[0].to_value) == (0, 3)
    assert node.describe_parameter('mode').read_only
    assert node.set_parameters([Parameter('loudness', value=3)])[0].successful
    assert node.settings.loudness == 3
    assert node.steps[-1] == "changed ['loudness']"
    refused = node.set_parameters([Parameter('loudness', value=4)])[0]
    assert not refused.successful
    assert refused.reason
    assert node.settings.loudness == 3


@dataclass(frozen=True)
class PartSettings:
    depth: int = setting(3, 'how deep', low=1, high=9, live=True)


def test_a_part_that_is_made_while_the_node_works_can_publish_and_declare_settings(ros):
    node = ros.start(EchoNode, **{'part.depth': 4})
    assert node.declare_settings(PartSettings, 'part.').depth == 4
    publish = node.create_event_publisher(SpeechEvent, 'more')
    events = ros.record(SpeechEvent, 'more')
    publish(SpeechEvent('transcript'))
    wait_for(lambda: events, 'the event')
    node.set_parameters([Parameter('part.depth', value=5)])
    assert node.declare_settings(PartSettings, 'part.').depth == 5, 'the part was made anew'


def test_a_list_may_be_empty_or_not(ros):
    node = ros.start(EchoNode, words=['hey', 'you'])
    assert node.settings.words == ('hey', 'you')
    assert node.set_parameters([Parameter('words', Parameter.Type.STRING_ARRAY, [])])[0].successful
    assert node.settings.words == ()
    assert node.set_parameters([Parameter('words', value=['hey'])])[0].successful
    assert node.settings.words == ('hey',)
    assert not node.set_parameters([Parameter('words', value=[1])])[0].successful


@pytest.mark.parametrize(
    'name, value',
    [('loudness', 4), ('loudness', 'very'), ('mode', 'ugly'), ('autostart', 3), ('words', 'hey'), ('words', [1, 2])],
)
def test_a_bad_parameter_at_start_is_one_line_with_its_value(ros, name, value):
    with pytest.raises(ConfigurationError) as error:
        EchoNode(parameter_overrides=[Parameter(name, value=value)])
    assert name in str(error.value)
    assert str(value)[1:-1] in str(error.value)
    assert '\n' not in str(error.value)


def test_diagnostics_tell_state_and_figures(ros):
    got = []
    ros.node.create_subscription(DiagnosticArray, '/diagnostics', got.append, 10)
    ros.start(EchoNode)
    wait_for(lambda: got and got[-1].status[0].values[0].value == 'active', 'diagnostics')
    status = got[-1].status[0]
    assert (status.name, status.message) == ('/echo', 'fine')
    assert [(pair.key, pair.value) for pair in status.values] == [('state', 'active'), ('answers', '3')]


def test_a_callback_that_fails_ends_nothing(ros):
    """One node's fault must not end the others of its process."""

    def fail():
        raise KeyError('a bug')

    ros.node.create_timer(0.02, fail)
    node = ros.start(EchoNode)
    events = ros.record(SpeechEvent, 'out')
    publish = ros.publisher(SpeechEvent, 'in')
    wait_for(lambda: publish(SpeechEvent('transcript', transcript='hé')) or len(events) > 3, 'answers')
    assert node.active


def test_its_clock_follows_simulated_time_also_when_that_changes(ros):
    node = ros.create(EchoNode, use_sim_time=True)
    assert node.now() == 0, 'nobody publishes a clock'
    node.set_parameters([Parameter('use_sim_time', value=False)])
    assert abs(node.now() - time.time_ns()) < 60 * 10**9
    node.set_parameters([Parameter('use_sim_time', value=True)])
    assert node.now() == 0
