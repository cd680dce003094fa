"""config/gemma_events.yaml says what the code has."""

from __future__ import annotations

import ast
import dataclasses
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

pytest.importorskip('rclpy', reason='ROS 2 is not installed')

TOP = Path(__file__).resolve().parents[1]
CONFIG = TOP / 'config' / 'gemma_events.yaml'
READABLE = ('.py', '.msg', '.action', '.ini', '.cfg', '.toml', '.xml')
WORD = r'\b[A-Za-z0-9_]+_[a-z0-9_]+\b'
OF_OTHERS = {'ament_python_install_package', 'rqt_image_view'}  # words of other packages
DOCUMENTS = [TOP / 'README.md', TOP / 'CONTRIBUTING.md', *sorted((TOP / 'doc').glob('*.md'))]
# What is surely about a parameter or an argument of a launch file: name:=value, ros2 param set /node name,
# parameter `name`, and the keys of a file of parameters.
SURE = re.compile(
    r"""([a-z_][a-z0-9_.]*):= | param\ set\ \S+\ ([a-z][a-z0-9_.]*) | parameters?\ `([a-z][a-z0-9_.]*)`""", re.X
)
FILE = re.compile(r'^```yaml\n(.*?ros__parameters:.*?)^```', re.MULTILINE | re.DOTALL)


def test_the_configuration_file_lists_every_parameter_with_its_default(tmp_path):
    fresh = tmp_path / 'fresh.yaml'
    subprocess.run(
        [sys.executable, TOP / 'scripts' / 'write_config.py', fresh],
        check=True,
        timeout=60,
        env={**os.environ, 'PYTHONPATH': os.pathsep.join((str(TOP), os.environ.get('PYTHONPATH', '')))},
    )
    assert (TOP / 'config' / 'gemma_events.yaml').read_text() == fresh.read_text(), 'run: make config'


def test_the_file_can_be_given_to_the_nodes(ros):
    """What it holds is accepted by every node."""
    import rclpy

    from gemma_events import registry
    from gemma_events.main import RunnableNode

    for name in registry.own(registry.NODES):
        context = rclpy.Context()
        rclpy.init(context=context, args=['--ros-args', '--params-file', str(TOP / 'config' / 'gemma_events.yaml')])
        node = registry.create(registry.NODES, name, RunnableNode, context=context)
        node.destroy_node()
        rclpy.shutdown(context=context)


def parameters():
    """The names of all parameters, a route's too; those of an endpoint also without the endpoint's name."""
    from gemma_events.action_output.limbs.route import PREFIX, RouteSettings

    names = [name for node in yaml.safe_load(CONFIG.read_text()).values() for name in node['ros__parameters']]
    route = {f'{PREFIX}wave.{field.name}' for field in dataclasses.fields(RouteSettings)}
    return {'use_sim_time', *names, *(name.partition('.')[2] for name in names), *route}


def launch_words():
    """All strings in the launch files: the names of their arguments are among them."""
    trees = [ast.parse(path.read_text()) for path in (TOP / 'launch').glob('*.py')]
    return {node.value for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Constant)}


def keys(text):
    """The names of the parameters in a file of parameters."""
    return [name for node in yaml.safe_load(text).values() for name in node['ros__parameters']]


@pytest.mark.parametrize('document', DOCUMENTS, ids=lambda document: document.name)
def test_parameters_that_the_documentation_names_exist(document):
    text = document.read_text()
    named = [name for match in SURE.finditer(text) for name in match.groups() if name]
    named += [name for block in FILE.findall(text) for name in keys(block)]
    known = parameters() | launch_words()
    assert [name for name in named if not known & {name, name.partition('.')[2]} and not name.startswith('__')] == []


@pytest.mark.parametrize('document', DOCUMENTS, ids=lambda document: document.name)
def test_words_that_the_documentation_takes_from_the_code_are_in_the_code(document):
    """So that a parameter, message, topic or function that is renamed is renamed here, too."""
    folders = ('gemma_events', 'launch', 'msg', 'action', 'scripts', 'test', 'examples')
    files = [path for folder in folders for path in (TOP / folder).rglob('*') if path.suffix in READABLE]
    code = ' '.join(path.read_text() for path in files) + ' '.join(path.stem for path in files)
    quoted = ' '.join(re.findall('`([^`\\n]+)`', document.read_text()))
    assert set(re.findall(WORD, quoted)) - set(re.findall(WORD, code)) - OF_OTHERS == set()


def test_each_parameter_of_each_node_is_described(ros):
    from gemma_events import rclpy_internals, registry
    from gemma_events.main import RunnableNode

    for name in registry.own(registry.NODES):
        node = registry.create(registry.NODES, name, RunnableNode)
        listed = set(yaml.safe_load(CONFIG.read_text())[f'/**/{name}']['ros__parameters'])
        for parameter in set(rclpy_internals.parameter_names(node)) - {
            'use_sim_time',
            'start_type_description_service',
        }:
            described = node.describe_parameter(parameter)
            assert described.description, parameter
            if not parameter.startswith('qos_overrides.'):
                assert parameter in listed
                assert described.additional_constraints, parameter
        node.destroy_node()
