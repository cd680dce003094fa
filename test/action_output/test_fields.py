"""ROS messages from JSON and back."""

from __future__ import annotations

import json

import pytest

from gemma_events.errors import ConfigurationError

pytest.importorskip('rclpy', reason='ROS 2 is not installed')

from geometry_msgs.msg import PoseWithCovariance, TwistStamped
from hypothesis import given
from hypothesis import strategies as st
from rclpy.serialization import deserialize_message, serialize_message
from sensor_msgs.msg import BatteryState, JointState
from std_msgs.msg import Bool, Byte, ByteMultiArray, Char, Float32, Float64, Int8, String, UInt8, UInt64

from gemma_events.action_output.limbs.fields import DEEPEST, LONGEST, fill, load, to_json
from gemma_events.msg import ActionEvent, VisionEvent


def sent(message):
    """As it arrives."""
    return deserialize_message(serialize_message(message), type(message))


@pytest.mark.parametrize(
    ('message', 'values'),
    [
        (Float64, {'data': 1}),
        (Float32, {'data': -0.5}),
        (Int8, {'data': -128}),
        (UInt64, {'data': 2**64 - 1}),
        (Byte, {'data': 255}),
        (Char, {'data': 65}),
        (ByteMultiArray, {'data': [0, 1, 255]}),
        (Bool, {'data': True}),
        (String, {'data': 'Grüße 🤖'}),
        (TwistStamped, {'header': {'stamp': {'sec': 5}, 'frame_id': 'base'}, 'twist': {'linear': {'x': 1.5}}}),
        (JointState, {'name': ['a', 'b'], 'position': [0, 1.5]}),
        (PoseWithCovariance, {'covariance': [0.5] * 36}),
        (VisionEvent, {'objects': [{'label': 'cup', 'x': 3}]}),
        (UInt8, {}),
    ],
)
def test_a_message_of_json(message, values):
    arrived = sent(fill(message(), values))

    def holds(found, wanted):
        if isinstance(wanted, dict):
            return all(holds(found[name], value) for name, value in wanted.items())
        if isinstance(wanted, list):
            return all(map(holds, found, wanted))
        return found == wanted

    assert holds(json.loads(to_json(arrived)), values)


@pytest.mark.parametrize(
    ('message', 'values', 'line'),
    [
        (Float64, {'data': '1'}, "data is '1': it takes a number"),
        (Float64, {'data': True}, 'data is True: it takes a number'),
        (Float64, {'data': float('nan')}, 'data is nan'),
        (Float64, {'data': 10**400}, 'it takes a number'),
        (Float32, {'data': 1e300}, 'it takes a number'),
        (Int8, {'data': 1.0}, 'it takes a whole number from -128 to 127'),
        (Int8, {'data': 128}, 'it takes a whole number from -128 to 127'),
        (UInt64, {'data': -1}, 'it takes a whole number from 0 to 18446744073709551615'),
        (Byte, {'data': 256}, 'from 0 to 255'),
        (Bool, {'data': 1}, 'it takes true or false'),
        (String, {'data': 5}, 'it takes a text'),
        (String, {'data': 'a\0b'}, 'it takes a text'),
        (String, {'data': '\ud800'}, 'it takes a text'),
        (String, {'date': 'x'}, "there is no field 'date': is data meant?"),
        (String, {'_data': 'x'}, "there is no field '_data'"),
        (TwistStamped, {'twist': 5}, 'twist takes an object, of geometry_msgs/Twist'),
        (TwistStamped, {'twist': {'linear': {'q': 1}}}, "there is no field 'twist.linear.q'"),
        (JointState, {'name': 'a'}, 'name takes a list'),
        (JointState, {'name': ['a', 5]}, 'name[1] is 5: it takes a text'),
        (PoseWithCovariance, {'covariance': [1.0]}, 'covariance has 1 items: it takes 36'),
    ],
)
def test_what_does_not_fit_is_a_line(message, values, line):
    with pytest.raises(ValueError) as failure:
        fill(message(), values)
    assert line in str(failure.value)
    assert '\n' not in str(failure.value)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(['sec', 'x', 'data']), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(
    st.sampled_from([BatteryState, TwistStamped, JointState, PoseWithCovariance, ActionEvent, VisionEvent]).flatmap(
        lambda message: st.tuples(
            st.just(message), st.dictionaries(st.sampled_from(list(message.get_fields_and_field_types())), json_values)
        )
    )
)
def test_whatever_is_asked_for_it_is_a_message_or_a_line(asked):
    message, values = asked
    try:
        made = fill(message(), values)
    except ValueError:
        return
    sent(made)
    to_json(made)


def test_json_that_is_too_deep():
    values = {}
    for _ in range(2 * DEEPEST):
        values = {'pose': values}
    with pytest.raises(ValueError):
        fill(PoseWithCovariance(), values)


def test_what_comes_back_is_bounded_and_can_be_printed():
    assert len(to_json(String(data='x' * 1_000_000))) <= LONGEST + 3
    assert len(to_json(JointState(position=[0.0] * 100_000))) <= LONGEST + 3
    assert to_json(Float64(data=float('nan'))) == '{"data": "nan"}'


@pytest.mark.parametrize(
    'interface',
    ['', 'String', 'std_msgs/String', 'std_msgs/srv/String', 'os/msg/../x', 'no_such/msg/X', 'std_msgs/msg/Nothing'],
)
def test_an_interface_that_there_is_not(interface):
    with pytest.raises(ConfigurationError, match='interface'):
        load(interface, 'msg')
    assert load('std_msgs/msg/String', 'msg') is String
