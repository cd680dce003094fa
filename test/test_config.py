"""config/gemma_events.yaml says what the code has."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip('rclpy', reason='ROS 2 is not installed')

TOP = Path(__file__).resolve().parents[1]


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
