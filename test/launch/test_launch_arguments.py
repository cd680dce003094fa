"""The launch arguments are read as people write them, and the names agree with the nodes' parameters and the README."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

pytest.importorskip('rclpy', reason='ROS 2 is not installed')

from gemma_events.errors import ConfigurationError
from gemma_events.launch_arguments import ARGUMENTS, ParameterArgument, parameters, read

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ('name', 'text', 'value'),
    [
        *(('composed', text, True) for text in ('true', 'True', 'TRUE', '1', ' true ')),
        *(('respawn', text, False) for text in ('false', 'False', 'FALSE', '0')),
        ('use_sim_time', 'True', True),
        ('use_sim_time', '', None),
        ('audio_source', '', None),
        ('audio_source', '7', '7'),
        ('model', 'off', 'off'),
        ('namespace', 'gemma', 'gemma'),
        ('namespace', 'robot1/head/', 'robot1/head'),
        ('namespace', '/abs/', '/abs'),
        ('namespace', '/', '/'),
        ('namespace', '', ''),
        ('nodes', 'hearing, bridge,hearing,', ['hearing', 'bridge']),
        ('nodes', 'my_robot.arm:ArmNode', ['my_robot.arm:ArmNode']),
        ('log_level', 'WARN', 'warn'),
        ('params_file', '', ''),
        ('params_file', '~/p.yaml', '{home}/p.yaml'),
    ],
)
def test_what_people_write_is_taken(tmp_path, monkeypatch, name, text, value):
    monkeypatch.setenv('HOME', str(tmp_path))
    (tmp_path / 'p.yaml').touch()
    assert read(name, text) == (value.format(home=tmp_path) if isinstance(value, str) else value)


@pytest.mark.parametrize(
    ('name', 'text', 'reason'),
    [
        *((name, 'perhaps', 'it takes true or false') for name in ('composed', 'respawn', 'use_sim_time', 'strict')),
        ('composed', '', 'it takes true or false'),
        *(('namespace', text, 'it takes letters') for text in ('a-b', 'a//b', 'a b', '~', '1a', '/a/1')),
        ('nodes', 'hearing,nose', "there is no node 'nose': there are hearing, "),
        ('nodes', '', 'there are hearing, '),
        ('params_file', '/none.yaml', 'there is no such file'),
        ('params_file', '~no_such_user/p.yaml', 'there is no such file'),
        ('params_file', '/', 'there is no such file'),
        ('log_level', 'loud', 'it takes debug, info, '),
    ],
)
def test_what_cannot_be_is_a_line_with_what_it_takes(name, text, reason):
    with pytest.raises(ConfigurationError) as error:
        read(name, text)
    assert str(error.value).startswith(f'{name} is {text!r}: ')
    assert reason in str(error.value)


def test_arguments_that_are_parameters_stand_below_keys_of_their_own():
    assert parameters({'nodes': ['vision'], 'strict': None, 'model': None}) == {}
    assert parameters({'use_sim_time': False, 'audio_source': '7', 'model': 'base', 'socket_root': '/s'}) == {
        '/**/**': {'ros__parameters': {'use_sim_time': False}},
        '/**/**/bridge': {'ros__parameters': {'socket_root': '/s'}},
        '/**/**/hearing': {'ros__parameters': {'audio_source': '7', 'model': 'base'}},
    }


def test_each_is_a_parameter_of_the_node_that_it_is_for():
    nodes = yaml.safe_load((ROOT / 'config' / 'gemma_events.yaml').read_text())
    for name, argument in ARGUMENTS.items():
        if isinstance(argument, ParameterArgument) and name != 'use_sim_time':  # that one is of ROS
            for key in [f'/**/{argument.node}'] if argument.node else nodes:
                assert name in nodes[key]['ros__parameters']


def test_the_readme_names_none_that_is_not_there():
    _, table = (ROOT / 'README.md').read_text().split('| argument | default | |\n')
    rows = table.partition('\n\n')[0].splitlines()[1:]
    assert {row.split('`')[1] for row in rows} <= set(ARGUMENTS)
