"""What the README shows works as it stands there."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from gemma_events.events import ActionEvent, SpeechEvent
from harness import PATIENCE, wait_for

README = Path(__file__).resolve().parents[1] / 'README.md'


def test_its_node_hears_and_acts(ros):
    """A person says something, and the node lets the robot say it again."""
    nodes = [text for text in re.findall(r'```python\n(.*?)```', README.read_text(), re.S) if 'rclpy.spin' in text]
    if not nodes:
        pytest.skip('the README shows no node')
    [text] = nodes
    assert len(text.splitlines()) <= 15
    process = subprocess.Popen([sys.executable, '-c', text], cwd=README.parent)
    try:
        actions = ros.record(ActionEvent, '/gemma/action')
        hear = ros.publisher(SpeechEvent, '/gemma/speech')
        wait_for(lambda: ros.node.count_publishers('/gemma/action'), 'its publisher')
        hear(SpeechEvent(SpeechEvent.SPEECH_STARTED))
        said = SpeechEvent(SpeechEvent.TRANSCRIPT, transcript='turn on the light')
        wait_for(lambda: hear(said) or actions, 'an action')  # the first one may precede discovery
        assert actions[0].event_type in ('', ActionEvent.ACTION_REQUIRED)
        assert (actions[0].action, actions[0].priority) == ('speak', ActionEvent.NORMAL)
        assert 'turn on the light' in actions[0].content
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(PATIENCE)
