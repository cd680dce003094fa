"""Which handlers an action can name, when they are made, and what becomes of broken ones."""

from __future__ import annotations

import json
import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gemma_events import registry
from gemma_events.action_output.handlers import ActionHandlers, action_of, all_makers, makers
from gemma_events.action_output.run import MAX_ARGUMENTS, Run, parse_arguments
from gemma_events.errors import ConfigurationError, DeviceError
from gemma_events.events import ActionEvent


class Wave:
    def __init__(self, node):
        self.node, self.closed = node, False

    def refusal(self, action):
        return 'too far' if action.content == 'far' else ''

    def execute(self, run):
        return True

    def close(self):
        self.closed = True

    def health(self):
        return {'waves': 3}


class Silent:
    """Without what is optional."""

    def __init__(self, node):
        pass

    def refusal(self, action):
        return ''

    def execute(self, run):
        return True


class Rude(Silent):
    def close(self):
        raise SystemExit('never')

    def health(self):
        raise ValueError('not your business')


class Mute:
    """Not a handler."""

    def refusal(self, action):
        return ''


def fail(*_):
    raise ValueError('two\nlines')


def leave(*_):
    raise SystemExit(4)


def named(*items):
    return ActionHandlers(makers('the node', items), logging.getLogger('robot'), map(action_of, items))


def refusal(handlers, name, content='', arguments=''):
    return handlers.refusal(ActionEvent(action=name, content=content, arguments=arguments))


def test_named_handlers_are_made_with_the_node_and_others_when_they_are_first_got():
    handlers = named(f'wave={__name__}:Wave')
    wave = handlers.get('wave')
    assert wave.node == 'the node'
    assert handlers.get('wave') is wave
    assert (refusal(handlers, 'wave'), refusal(handlers, 'wave', 'far')) == ('', 'too far')


def test_an_action_can_name_what_is_registered_or_in_the_parameter_and_nothing_else():
    handlers = named(f'wave={__name__}:Wave')
    assert (
        set(all_makers(None))
        == set(registry.names(registry.ACTION_HANDLERS))
        >= set(makers(None, []))
        == {'speak', 'express', 'stop', 'wait', 'run'}
    )
    assert refusal(handlers, 'speak') == ''  # not made yet
    for name in (f'{__name__}:Wave', f'x={__name__}:Wave', 'os:system', 'espeak_ng', '', 'wave '):
        assert refusal(handlers, name).startswith('unknown action')
        assert 'speak, ' in refusal(handlers, name)
        with pytest.raises(ConfigurationError, match='unknown action'):
            handlers.get(name)
    assert not handlers.broken


def test_other_packages_are_looked_for_when_an_action_first_names_what_is_none_of_ours():
    looked = []

    def find_others():
        looked.append(True)
        return {'wave': lambda: Wave('theirs'), 'speak': lambda: pytest.fail('ours counts')}

    handlers = ActionHandlers({'speak': lambda: Wave('ours')}, logging.getLogger('robot'), (), find_others)
    assert handlers.get('speak').node == 'ours'
    assert (refusal(handlers, 'wave'), refusal(handlers, 'dance'), looked) == ('', '', [])
    assert handlers.get('wave').node == 'theirs'
    with pytest.raises(ConfigurationError, match="unknown action 'dance': there is wave, speak"):
        handlers.get('dance')
    assert (refusal(handlers, 'wave', 'far'), len(looked)) == ('too far', 1)
    assert refusal(handlers, 'dance').startswith('unknown action')


def test_the_parameter_may_replace_what_is_registered():
    assert isinstance(named(f'speak={__name__}:Wave').get('speak'), Wave)


@pytest.mark.parametrize(
    'item, line',
    [
        ('nobody', "there is no action handler 'nobody': there are speak"),
        ('it=no_such_module:Class', "No module named 'no_such_module'"),
        (f'it={__name__}:NoSuchClass', 'NoSuchClass'),
        (f'it={__name__}:Mute', 'has no execute()'),
        (f'it={__name__}:fail', 'has no refusal() and no execute()'),
    ],
)
def test_a_broken_one_is_logged_once_in_a_line_and_the_others_work(caplog, item, line):
    handlers = named(item, f'wave={__name__}:Wave')
    name = action_of(item)
    for _ in range(2):
        assert line in refusal(handlers, name)
        with pytest.raises(ConfigurationError):
            handlers.get(name)
    assert [record.levelname for record in caplog.records] == ['ERROR']
    assert line in caplog.messages[0]
    assert '\n' not in caplog.text.strip()
    assert handlers.health() == {f'handler {name}': caplog.messages[0], 'waves': 3}


@pytest.mark.parametrize('constructor, line', [(fail, 'ValueError: two lines'), (leave, 'SystemExit: 4')])
def test_a_constructor_that_raises_is_a_line(monkeypatch, caplog, constructor, line):
    monkeypatch.setattr(Wave, '__init__', constructor)
    handlers = named(f'wave={__name__}:Wave')
    assert line in refusal(handlers, 'wave')
    assert len(caplog.messages) == 1


def test_a_missing_device_is_tried_again_and_logged_once(caplog):
    attempts = [DeviceError('no arm'), DeviceError('no arm'), None]

    def make():
        if error := attempts.pop(0):
            raise error
        return Silent(None)

    handlers = ActionHandlers({'wave': make}, logging.getLogger('robot'), ['wave'])
    assert (refusal(handlers, 'wave'), list(handlers.broken)) == ('', ['wave'])
    with pytest.raises(DeviceError):
        handlers.get('wave')
    assert handlers.get('wave')
    assert handlers.broken == {}
    assert caplog.messages == ['no arm']


def test_closing_and_health_are_optional_and_their_faults_end_nothing(caplog):
    handlers = named(f'rude={__name__}:Rude', f'silent={__name__}:Silent', f'wave={__name__}:Wave')
    wave = handlers.get('wave')
    assert handlers.health() == {
        'handler rude': "action handler 'rude' failed: ValueError: not your business",
        'waves': 3,
    }
    handlers.close()
    assert wave.closed
    assert caplog.messages == ["action handler 'rude' failed: SystemExit: never, while it was closed"]


@pytest.mark.parametrize(
    'text, line',
    [
        ('{', 'arguments is not a JSON object: '),
        ('nonsense', 'arguments is not a JSON object: '),
        ('[1]', 'arguments is not a JSON object, such as '),
        ('"x"', 'arguments is not a JSON object, such as '),
        ('{"x": NaN}', 'arguments is not a JSON object: NaN is not JSON'),
        ('{"x": ' + '[' * 60_000, 'arguments is not a JSON object: '),
        ('{"x": ' + '9' * 60_000 + '}', 'arguments is not a JSON object: '),
        (' ' * (MAX_ARGUMENTS + 1), f'at most {MAX_ARGUMENTS}'),
    ],
)
def test_arguments_that_are_not_a_json_object_are_refused_in_a_line(text, line):
    answer = refusal(named(f'silent={__name__}:Silent'), 'silent', '', text)
    assert line in answer
    assert '\n' not in answer
    assert len(answer) < 300


@given(st.dictionaries(st.text(), st.none() | st.booleans() | st.integers() | st.text() | st.lists(st.text())))
def test_a_run_has_the_members_of_any_json_object(members):
    assert Run(ActionEvent(arguments=json.dumps(members))).arguments == members


def test_without_arguments_there_are_none():
    assert Run(ActionEvent()).arguments == {}


@given(st.text())
def test_any_text_is_arguments_or_refused(text):
    try:
        assert isinstance(parse_arguments(text), dict)
    except ValueError as error:
        assert '\n' not in str(error)
