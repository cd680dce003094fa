"""Whatever text a parameter is given, a node takes it or stays unconfigured with one line."""

from __future__ import annotations

import pytest

pytest.importorskip('rclpy', reason='ROS 2 is not installed')

from rclpy.lifecycle import TransitionCallbackReturn
from rclpy.parameter import Parameter

from gemma_events import rclpy_internals
from gemma_events.action_output.node import ActionOutputNode
from gemma_events.face_expression.node import FaceExpressionNode
from gemma_events.hearing.node import HearingNode
from gemma_events.vision.node import VisionNode

ODD = [
    '~nosuchuser/x', 'x' * 300, '/' + 'x' * 300, 'y' * 5000, 'a b', 'a\nb', ':', 'x:', ':y', 'os:path', '..', '/',
    '/dev/null', '/proc/self/mem', '-x', '*', '(', '[', '%s', '{}', '\u202e', '²', '9' * 30, 'topic:', 'topic:a b',
    'topic:{x}', 'topic:' + 'x' * 300, '\t', '\x1b[31m', 'http://x/y', 'file:///x.wav', '..:..', 'builtins:exit', '',
]  # fmt: skip
QUIET = {HearingNode: {'recogniser': 'none', 'audio_source': 'topic:x'}, ActionOutputNode: {'output': 'log'}}


@pytest.mark.parametrize('node_class', [ActionOutputNode, FaceExpressionNode, HearingNode, VisionNode])
def test_an_odd_text_is_taken_or_refused_in_one_line(ros, node_class, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # some are the names of folders, which are made
    node = ros.create(node_class, **QUIET.get(node_class, {}))
    texts = [
        name
        for name in rclpy_internals.parameter_names(node)
        if isinstance(node.get_parameter(name).value, (str, list, tuple)) and not name.startswith('qos_overrides.')
    ]
    assert texts
    for name in texts:
        before = node.get_parameter(name)
        for odd in ODD:
            value = [odd] if before.type_ is Parameter.Type.STRING_ARRAY else odd
            answer = node.set_parameters([Parameter(name, value=value)])[0]
            assert answer.successful != bool(answer.reason), (name, odd)
            assert '\n' not in answer.reason, (name, odd)
            if answer.successful and node.trigger_configure() != TransitionCallbackReturn.SUCCESS:
                assert node.fault, (name, odd)
                assert '\n' not in node.fault, (name, odd)
                assert 'a fault in gemma_events' not in node.fault, (name, odd)
            if rclpy_internals.lifecycle_state(node) != 'unconfigured':
                node.trigger_cleanup()
        node.set_parameters([before])
