"""What rclpy keeps to itself is still where this package looks for it."""

from __future__ import annotations

import pytest

pytest.importorskip('rclpy', reason='ROS 2 is not installed')

from rclpy.lifecycle import LifecycleNode
from rclpy.parameter import Parameter

from gemma_events import rclpy_internals


@pytest.fixture
def node(ros):
    """A lifecycle node with a parameter from outside."""
    one = LifecycleNode('internals', parameter_overrides=[Parameter('volume', value=3)])
    yield one
    one.destroy_node()


def test_parameters_given_at_the_start_can_be_read_and_changed_until_they_are_declared(node):
    overrides = rclpy_internals.parameter_overrides(node)
    assert overrides['volume'].value == 3
    overrides['volume'] = Parameter('volume', value=4.0)
    assert node.declare_parameter('volume', 1.0).value == 4.0


def test_parameters_come_in_the_order_in_which_they_were_declared(node):
    for name in ('second', 'first'):
        node.declare_parameter(name, 0)
    assert rclpy_internals.parameter_names(node)[-2:] == ['second', 'first']


def test_the_state_has_the_name_that_ros_gives_it(node):
    states = [rclpy_internals.lifecycle_state(node)]
    for step in (node.trigger_configure, node.trigger_activate, node.trigger_shutdown):
        step()
        states.append(rclpy_internals.lifecycle_state(node))
    assert states == ['unconfigured', 'inactive', 'active', 'finalized']
