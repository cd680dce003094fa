"""What the README and the examples show works as it stands there."""

from __future__ import annotations

import importlib
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from gemma_events.events import ActionEvent, FaceExpression, SpeechEvent, TextInput
from harness import PATIENCE, wait_for

ROOT = Path(__file__).resolve().parents[1]
PARROT = ROOT / 'examples' / 'parrot.py'
TEXTS = [ROOT / 'README.md', *ROOT.glob('doc/*.md'), *ROOT.glob('examples/*/README.md')]
COMMANDS = [
    pytest.param(*match, id=' '.join(match)[:70])
    for text in TEXTS
    if text.exists()
    for match in re.findall(r'ros2 \S+ \S+ .*?\b(gemma_events/\w+/\w+) "(\{.*\})"', text.read_text(encoding='utf-8'))
]


def test_the_readme_shows_the_parrot():
    shown = re.findall(r'```python\n(.*?)```', (ROOT / 'README.md').read_text(encoding='utf-8'), re.DOTALL)
    assert PARROT.read_text(encoding='utf-8') in shown
    assert len(PARROT.read_text(encoding='utf-8').splitlines()) <= 40


def test_the_parrot_answers_whoever_says_something_until_ctrl_c(ros):
    process = subprocess.Popen([sys.executable, PARROT], stderr=subprocess.PIPE, text=True)
    try:
        actions, faces = ros.record(ActionEvent, '/gemma/action'), ros.record(FaceExpression, '/gemma/face_expression')
        hear, type_ = ros.publisher(SpeechEvent, '/gemma/speech'), ros.publisher(TextInput, '/gemma/text_input')
        for topic in ('action', 'face_expression'):
            wait_for(lambda topic=topic: ros.node.count_publishers(f'/gemma/{topic}'), 'its publishers')
        once = SpeechEvent(SpeechEvent.TRANSCRIPT, 7 * 10**9, 'hearing', transcript='turn on the light')
        wait_for(lambda: hear(once) or (actions and faces), 'an action')  # the first one may precede discovery
        said = actions[0]
        assert said.event_type in ('', ActionEvent.ACTION_REQUIRED)
        assert (said.action, said.content, said.priority) == (
            'speak',
            'You said: turn on the light',
            ActionEvent.NORMAL,
        )
        assert 'hearing at 7.' in said.cause
        assert {action.id for action in actions} == {said.id} != {''}, 'what comes twice is said once'
        assert faces[0].expression == 'happy'
        hear(SpeechEvent(SpeechEvent.SPEECH_STARTED, 8 * 10**9, 'hearing'))
        wait_for(lambda: faces[-1].expression == 'neutral', 'a face that can show that it listens')
        hear(SpeechEvent(SpeechEvent.SPEECH_STOPPED, 9 * 10**9, 'hearing', transcript_follows=True))
        wait_for(lambda: faces[-1].expression == 'thinking', 'thinking')
        hear(SpeechEvent(SpeechEvent.TRANSCRIPT, 9 * 10**9, 'hearing', error='nothing was understood'))
        wait_for(lambda: faces[-1].expression == 'neutral', 'the end of thinking')
        for text in (' ', 'hello'):
            type_(TextInput(stamp=10 * 10**9, source='bridge', text=text))
        wait_for(lambda: actions[-1].content == 'You said: hello', 'the answer to what was typed')
        assert len({action.id for action in actions}) == 2
    finally:
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=PATIENCE)
    assert said == ''


@pytest.mark.parametrize(('interface', 'fields'), COMMANDS)
def test_a_command_fills_the_fields_of_its_message(interface, fields):
    pytest.importorskip('rclpy', reason='ROS 2 is not installed')
    package, kind, name = interface.split('/')
    made = getattr(importlib.import_module(f'{package}.{kind}'), name)
    message = (made.Goal if kind == 'action' else made)()
    for field, value in yaml.safe_load(fields.replace('\\"', '"')).items():
        assert field in message.get_fields_and_field_types()
        setattr(message, field, value)  # which says whether it fits
