"""Write config/gemma_events.yaml: every parameter of every node with its default and description.

python scripts/write_config.py [FILE]
"""

from __future__ import annotations

import sys
import textwrap
from pathlib import Path
from typing import Any

import rclpy
import yaml

from gemma_events import rclpy_internals, registry
from gemma_events.main import RunnableNode
from gemma_events.parameters import AT_ANY_TIME, AT_THE_START
from gemma_events.settings import plain

CONFIG = Path(__file__).resolve().parents[1] / 'config' / 'gemma_events.yaml'
HEAD = """\
# All parameters with their defaults. Copy what you change; give the copy to
#   ros2 launch gemma_events gemma_events.launch.py params_file:=FILE
# Those marked (live) can also be set while the node runs:  ros2 param set /gemma/hearing NAME VALUE
# The others, but for those marked (at the start), can be set while it is unconfigured, and hold from then on:
#   ros2 lifecycle set /gemma/hearing deactivate;  ros2 lifecycle set /gemma/hearing cleanup;
#   ros2 param set ...;  ros2 lifecycle set /gemma/hearing configure;  ros2 lifecycle set /gemma/hearing activate
# The QoS of topics of events: qos_overrides./gemma/speech.publisher.depth and so on (history, depth, reliability,
# durability).
# Written by `make config`.
"""
WHEN = {AT_ANY_TIME: ' (live)', AT_THE_START: ' (at the start)'}
OF_ROS = {'use_sim_time', 'start_type_description_service'}  # what rclpy declares itself


def config() -> str:
    """The file's text. Needs rclpy to be initialised."""
    lines = [HEAD]
    for name in registry.own(registry.NODES):
        node = registry.create(registry.NODES, name, RunnableNode)
        lines += [f'/**/{name}:', '  ros__parameters:']
        for parameter in rclpy_internals.parameter_names(node):
            if parameter not in OF_ROS and not parameter.startswith('qos_overrides.'):
                lines += _lines(node, parameter)
        lines.append('')
        node.destroy_node()
    return '\n'.join(lines)


def _lines(node: Any, name: str) -> list[str]:
    descriptor = node.describe_parameter(name)
    ranges = [*descriptor.integer_range, *descriptor.floating_point_range]
    bounds = f' ({plain(ranges[0].from_value)} to {plain(ranges[0].to_value)})' if ranges else ''
    when = WHEN.get(descriptor.additional_constraints, '')
    value = node.get_parameter(name).value
    text = yaml.safe_dump(
        [list(value)] if isinstance(value, (list, tuple)) else [value], default_flow_style=True, width=10_000
    ).strip()[1:-1]
    comment = textwrap.wrap(f'{descriptor.description}{bounds}{when}', 110)
    return [*(f'    # {line}' for line in comment), f'    {name}: {text}']


if __name__ == '__main__':
    rclpy.init()
    try:
        Path(sys.argv[1] if len(sys.argv) > 1 else CONFIG).write_text(config(), encoding='utf-8')
    finally:
        rclpy.shutdown()
