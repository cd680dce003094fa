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
from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState, GetState
from rcl_interfaces.msg import ParameterType
from rcl_interfaces.srv import SetParameters, SetParametersAtomically
from rclpy.parameter import Parameter
from rclpy.qos import DurabilityPolicy, ReliabilityPolicy

from gemma_events import messages, rclpy_internals
from gemma_events.node import Health, ManagedNode
from gemma_events.vision.node import VisionNode


@dataclass(frozen=True)
class EchoSettings:
    loudness: int = setting(2, 'how loud', low=0, high=3, live=True)
    pitch: float = setting(1.0, 'how high', low=0.5, high=2.0, live=True)
    words: tuple[str, ...] = setting((), 'what to listen for', live=True)
    mode: str = setting('good', 'what to do', choices=('good', 'bad', 'broken', 'off'))


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


def test_parameters_are_described_and_bounded_and_say_when_they_can_be_set(ros):
    node = ros.start(EchoNode)
    described = node.describe_parameter('loudness')
    assert (described.description, described.read_only) == ('how loud', False)
    assert described.additional_constraints == 'can be set at any time'
    assert (described.integer_range[0].from_value, described.integer_range[0].to_value) == (0, 3)
    assert not node.describe_parameter('mode').read_only
    assert 'while the node is unconfigured' in node.describe_parameter('mode').additional_constraints
    assert node.describe_parameter('autostart').read_only
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
    colour: str = setting('red', 'its colour', choices=('red', 'blue'))


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
    assert not node.set_parameters([Parameter('words', value=[1.5])])[0].successful


@pytest.mark.parametrize('words', [None, [], ['hey']])
def test_a_list_is_described_as_a_list_of_strings_also_when_it_is_empty(ros, words):
    node = ros.start(EchoNode, words=words)
    assert node.describe_parameter('words').type == ParameterType.PARAMETER_STRING_ARRAY
    assert node.set_parameters([Parameter('words', Parameter.Type.BOOL_ARRAY, [])])[0].successful  # of `ros2 param set`
    assert node.describe_parameter('words').type == ParameterType.PARAMETER_STRING_ARRAY
    assert node.get_parameter('words').type_ == Parameter.Type.STRING_ARRAY


BAD = [
    ('loudness', 4),
    ('loudness', 'very'),
    ('loudness', None),
    ('pitch', float('nan')),
    ('pitch', True),
    ('mode', 'ugly'),
    ('mode', True),
    ('words', 'hey'),
    ('words', 3),
    ('words', True),
    ('words', [1.5]),
    ('words', [b'a']),
]


@pytest.mark.parametrize('name, value', [*BAD, ('autostart', 3), ('strict', 'perhaps')])
def test_a_bad_parameter_at_the_start_is_one_line_with_its_value_until_it_is_mended(ros, name, value):
    node = ros.create(EchoNode, **{name: value})
    assert node.fault.startswith(f'parameter {name} ')
    assert '\n' not in node.fault
    assert not node.start()
    assert state(node) == 'unconfigured'
    assert node.fault.startswith(f'parameter {name} ')
    assert node.steps == ['cleanup'], 'it was not even configured'
    if name not in ('autostart', 'strict'):  # which are of the process
        assert node.set_parameters([node.get_parameter(name)])[0].successful
        assert node.start()
        assert not node.fault


def test_all_that_is_bad_is_said_and_what_is_good_holds_once_that_is_mended(ros):
    node = ros.create(EchoNode, loudness=3, mode='ugly', words=[1.5])
    assert not node.start()
    assert 'parameter mode ' in node.fault
    assert 'parameter words ' in node.fault
    assert node.set_parameters([Parameter('mode', value='good')])[0].successful
    assert not node.start()
    assert 'parameter mode ' not in node.fault
    assert node.set_parameters([Parameter('words', value=['hey'])])[0].successful
    assert node.start()
    assert (node.settings.loudness, node.settings.words) == (3, ('hey',))


@pytest.mark.parametrize('name, value', BAD)
def test_a_bad_set_request_is_answered_with_the_same_line_and_changes_nothing(ros, name, value):
    node = ros.create(EchoNode, words=['you'])
    node.start()
    type_, before = node.describe_parameter(name).type, node.settings
    if value is None:
        assert not node.set_parameters([Parameter(name)])[0].successful, 'this would delete it'
        return
    [answer] = ask(ros, SetParameters, 'echo/set_parameters', [Parameter(name, value=value)]).results
    assert not answer.successful
    assert answer.reason.startswith(f'parameter {name} ')
    assert '\n' not in answer.reason
    assert (node.describe_parameter(name).type, node.settings) == (type_, before)
    assert node.active


def ask(ros, service_type, name, parameters):
    """What the node answers to a request of another process."""
    client = ros.node.create_client(service_type, name)
    wait_for(client.service_is_ready, 'the service')
    request = service_type.Request(parameters=[parameter.to_parameter_msg() for parameter in parameters])
    answer = client.call_async(request)
    wait_for(answer.done, 'the answer')
    return answer.result()


def test_what_is_clear_is_taken_as_meant_at_the_start_and_in_a_set_request(ros):
    given = {'pitch': 2, 'loudness': 3.0, 'mode': False, 'words': [1000]}
    node = ros.create(EchoNode, **given)
    assert (node.settings.pitch, node.settings.loudness, node.settings.words) == (2.0, 3, ('1000',))
    assert node.settings.mode == 'off'
    other = ros.create(EchoNode)
    parameters = [Parameter(name, value=value) for name, value in given.items()]
    assert all(answer.successful for answer in other.set_parameters(parameters))
    assert other.settings == node.settings
    assert other.get_parameter('pitch').type_ == Parameter.Type.DOUBLE


def test_a_setting_that_is_not_live_can_be_set_while_unconfigured_and_holds_from_then_on(ros):
    node = ros.create(EchoNode)
    change = [Parameter('mode', value='off')]
    for step, undo, redo in (
        (node.trigger_configure, 'cleanup', 'configure'),
        (node.trigger_activate, 'deactivate and cleanup', 'configure and activate'),
    ):
        step()
        refused = node.set_parameters(change)[0]
        assert not refused.successful
        assert f'ros2 lifecycle set /echo {undo}, set it, then {redo}' in refused.reason
    assert node.set_parameters([Parameter('mode', value='good')])[0].successful, 'it is that already'
    node.trigger_deactivate()
    node.trigger_cleanup()
    assert node.set_parameters(change)[0].successful
    assert node.start()
    assert node.settings.mode == 'off'
    assert 'changed' not in ' '.join(node.steps)


def test_a_parameter_that_does_not_exist_cannot_be_set_and_the_one_that_is_like_it_is_named(ros):
    ros.create(EchoNode)
    [answer] = ask(ros, SetParameters, 'echo/set_parameters', [Parameter('loudnes', value=3)]).results
    assert answer.reason == 'there is no parameter loudnes: is loudness meant?'


@pytest.mark.parametrize('name', ['autostart', 'strict'])
def test_what_the_process_reads_at_its_start_cannot_be_set(ros, name):
    node = ros.create(EchoNode)
    refused = node.set_parameters([Parameter(name, value=not getattr(node, name))])[0]
    assert not refused.successful
    assert refused.reason == f'parameter {name} can only be given at the start'


@dataclass(frozen=True)
class BandSettings:
    low: int = setting(1, 'the lower end', low=0, high=9, live=True)
    high: int = setting(5, 'the upper end', low=0, high=9, live=True)
    name: str = setting('', 'its name', live=True)

    def __post_init__(self):
        if self.low > self.high:
            raise ConfigurationError(f'low {self.low} is above high {self.high}')
        if self.name == 'noise':
            raise ValueError('noise is no band')


class BandNode(ManagedNode[BandSettings]):
    def __init__(self, **options):
        super().__init__('band', BandSettings, **options)


def test_settings_that_belong_together_are_set_together(ros):
    node = ros.start(BandNode)
    both = [Parameter('low', value=7), Parameter('high', value=8)]
    answers = node.set_parameters(both)
    assert [answer.successful for answer in answers] == [False, True]
    assert answers[0].reason == 'low 7 is above high 5'
    assert 'noise is no band' in node.set_parameters([Parameter('name', value='noise')])[0].reason
    assert node.set_parameters([Parameter('high', value=2)])[0].successful
    assert ask(ros, SetParametersAtomically, 'band/set_parameters_atomically', both).result.successful
    assert node.settings == BandSettings(7, 8)
    refused = node.set_parameters_atomically([Parameter('low', value=0), Parameter('high', value=10)])
    assert 'parameter high is 10' in refused.reason
    assert node.settings == BandSettings(7, 8)


def test_settings_that_do_not_fit_together_at_the_start_can_be_mended_one_by_one(ros):
    node = ros.create(BandNode, low=9, high=2, name='noise')
    assert not node.start()
    assert node.fault == 'low 9 is above high 2'
    for name, value in (('name', 'a'), ('low', 8), ('high', 9)):
        assert node.set_parameters([Parameter(name, value=value)])[0].successful
    assert node.settings == BandSettings(8, 9, 'a')
    assert node.start()


def test_a_fault_is_an_error_in_the_diagnostics_until_the_node_works(ros):
    got = []
    ros.node.create_subscription(DiagnosticArray, '/diagnostics', got.append, 10)
    node = ros.create(EchoNode, mode='ugly')

    def said():
        return (got[-1].status[0].level, got[-1].status[0].message) if got else None

    wait_for(lambda: said() and said()[0] == Health.ERROR, 'the fault')
    assert said()[1].startswith("parameter mode is 'ugly': it takes one of")
    node.set_parameters([Parameter('mode', value='bad')])
    assert not node.start()
    assert node.fault == 'mode bad cannot work: take good'
    wait_for(lambda: said() == (Health.ERROR, node.fault), 'the next fault')
    node.trigger_cleanup()
    node.set_parameters([Parameter('mode', value='good')])
    assert node.start()
    wait_for(lambda: said() == (Health.OK, 'fine'), 'health')


def test_a_group_of_a_part_that_is_given_badly_fails_what_declares_it(ros):
    node = ros.start(EchoNode, **{'part.depth': 0, 'part.colour': 'green'})
    for _ in range(2):
        with pytest.raises(ConfigurationError) as error:
            node.declare_settings(PartSettings, 'part.')
        assert 'parameter part.depth is 0: it takes a whole number from 1 to 9' in str(error.value)
        assert "parameter part.colour is 'green': it takes one of 'red', 'blue'" in str(error.value)
    assert node.active
    mend = [Parameter('part.colour', value='blue'), Parameter('part.depth', value=2)]
    assert all(answer.successful for answer in node.set_parameters(mend)), 'no one uses them as they are'
    assert node.declare_settings(PartSettings, 'part.') == PartSettings(2, 'blue')
    assert not node.set_parameters([Parameter('part.colour', value='red')])[0].successful, 'now somebody does'


def test_a_group_of_a_constructor_that_is_given_badly_makes_configure_fail(ros):
    class Both(EchoNode):
        def __init__(self, **options):
            super().__init__(**options)
            self.part = self.declare_settings(PartSettings, 'part.')

        def group_changed(self, prefix, settings):
            self.part = settings

    node = ros.create(Both, **{'part.depth': 10, 'loudness': 9})
    assert not node.start()
    assert 'parameter loudness is 9' in node.fault
    assert 'parameter part.depth is 10' in node.fault
    node.set_parameters([Parameter('part.depth', value=4), Parameter('loudness', value=1)])
    assert node.start()
    assert (node.part.depth, node.settings.loudness) == (4, 1)


def test_a_value_that_rclpy_itself_refuses_is_one_line(ros):
    with pytest.raises(ConfigurationError, match=r"use_sim_time.*expecting type 'BOOL'$") as error:
        EchoNode(parameter_overrides=[Parameter('use_sim_time', value=1)])
    assert '\n' not in str(error.value)


QOS = 'qos_overrides./out.publisher.'


def test_the_qos_of_events_can_be_given(ros):
    given = {'depth': 7, 'reliability': 'best_effort', 'durability': 'transient_local', 'history': 'keep_last'}
    node = ros.start(EchoNode, **{QOS + name: value for name, value in given.items()})
    wanted = (ReliabilityPolicy.BEST_EFFORT, DurabilityPolicy.TRANSIENT_LOCAL)

    def offered():
        found = [info.qos_profile for info in ros.node.get_publishers_info_by_topic('/out')]
        return [(profile.reliability, profile.durability) for profile in found]

    wait_for(lambda: wanted in offered(), 'the publisher')
    assert node.get_parameter(QOS + 'depth').value == 7
    assert messages.EVENT_QOS.depth != 7, "the profile of all other topics' is as it was"
    assert QOS + 'depth' in node.list_parameters([], 0).names, 'main does not warn of it'


@pytest.mark.parametrize(
    'name, value', [('depth', 'deep'), ('depth', -1), ('reliability', 'sometimes'), ('history', 1)]
)
def test_a_qos_that_cannot_be_makes_configure_fail_with_one_line(ros, name, value):
    node = ros.create(EchoNode, **{QOS + name: value})
    assert not node.start()
    assert node.fault.startswith('qos_overrides of /out: ')
    assert '\n' not in node.fault


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


STATES = {'unconfigured': 1, 'inactive': 2, 'active': 3}


@pytest.mark.parametrize('state', STATES)
@pytest.mark.parametrize('request_id', [0, 1, 2, 3, 4, 8, 99])
def test_every_request_for_a_transition_is_answered(ros, capfd, state, request_id):
    node = ros.create(VisionNode)
    for step in {'unconfigured': (), 'inactive': ('configure',), 'active': ('configure', 'activate')}[state]:
        getattr(node, f'trigger_{step}')()
    possible = {'unconfigured': (1,), 'inactive': (2, 3), 'active': (4,)}[state]
    client = ros.node.create_client(ChangeState, f'{node.get_name()}/change_state')
    assert client.wait_for_service(10)
    answer = client.call_async(ChangeState.Request(transition=Transition(id=request_id)))
    wait_for(answer.done, 'an answer')
    assert answer.result().success == (request_id in possible)
    if request_id not in possible:
        log = capfd.readouterr().err
        assert f': the node is {state}' in log or f"from current state ({STATES[state]}, '{state}')" in log, (
            'from Kilted on'
        )
    ros.node.destroy_client(client)


def test_a_bad_value_is_said_although_the_node_does_not_start_by_itself(ros, capfd):
    node = ros.create(VisionNode, autostart=False, detection_rate='fast')
    assert node.start()
    assert "parameter detection_rate is 'fast': it takes a number" in capfd.readouterr().err
