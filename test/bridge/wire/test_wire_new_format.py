"""A seventh format, which no legacy program and no endpoint has: its module and its row in FORMATS are all it takes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import status_format
from status_format import STATUS

from gemma_events.bridge.command import main
from gemma_events.bridge.wire import FORMATS
from gemma_events.events import ActionStatus, UnrecognisedMessage

FINISHED = ActionStatus('action_finished', 7_000_000_000, id='a1', detail='said it')
LINE = b'{"event_type": "action_finished", "timestamp": 7.0, "data": {"id": "a1", "detail": "said it"}}\n'


@pytest.fixture(autouse=True)
def row(monkeypatch):
    monkeypatch.setitem(FORMATS, STATUS.name, STATUS)
    monkeypatch.setattr(signal, 'signal', lambda _number, _handler: None)  # `main` is called in this process


def test_both_ways():
    assert STATUS.encode(FINISHED).data == LINE
    assert STATUS.decoder(1024).feed(LINE * 2) == [FINISHED] * 2
    [unrecognised] = STATUS.decoder(1024).feed(b'{"event_type": "action_finished", "data": {}}\n')
    assert isinstance(unrecognised, UnrecognisedMessage)
    assert len(STATUS.encode(ActionStatus('action_failed', detail='x' * 1000), limit=256).data) == 256


def test_the_command_reads_and_sends_it(tmp_path, capfdbinary):
    arguments = ['action_finished', 'stamp=7', 'id=a1', 'detail=said it']
    assert main(['send', '--dry-run', '--format', 'status', 'nowhere', *arguments]) == 0
    assert capfdbinary.readouterr().out == LINE
    (tmp_path / 'recorded').write_bytes(LINE)
    assert main(['read', '--format', 'status', str(tmp_path / 'recorded')]) == 0
    assert b'action_finished id="a1" detail="said it"' in capfdbinary.readouterr().out


def test_the_help_has_its_example(capsys):
    with pytest.raises(SystemExit):
        main(['send', '--help'])
    assert 'wire send --format status PATH action_finished id=a1' in capsys.readouterr().out


def test_the_documentation_has_this_format():
    text = (Path(__file__).parents[3] / 'doc/extending.md').read_text()
    example = text.split('```python\nEVENT_TYPES', 1)[1].split('```', 1)[0]
    assert 'Format(' in example
    assert example in Path(status_format.__file__).read_text()


# In a process of its own: the row is there before the bridge's settings are imported, as it is in the package.
ENDPOINT = """
import sys
from gemma_events.bridge.wire import FORMATS
from status_format import STATUS
FORMATS[STATUS.name] = STATUS

from pathlib import Path
from bridging import Bridge, Client
from gemma_events.events import ActionStatus
from harness import wait_for

path = Path(sys.argv[1])
bridge = Bridge(my_status={'path': path, 'format': 'status'})
try:
    client = Client(path)
    bridge.wait_peers('my_status', 1)
    bridge.publish('action_status', ActionStatus('action_finished', 7_000_000_000, id='a1', detail='said it'))
    print(client.receive(), end='')
    client.send(b'{"event_type": "action_started", "timestamp": 7.0, "data": {"id": "b2"}}\\n')
    wait_for(lambda: bridge.published, 'the event')
    print(bridge.published[0].event_type, bridge.published[0].id)
finally:
    client.socket.close()
    bridge.close()
"""


def test_an_endpoint_has_it_by_parameters_alone(tmp_path):
    here = Path(__file__).parent
    folders = [here, here.parent, here.parents[1], here.parents[2]]
    environment = os.environ | {'PYTHONPATH': os.pathsep.join([*map(str, folders), os.environ.get('PYTHONPATH', '')])}
    program = subprocess.run(
        [sys.executable, '-c', ENDPOINT, tmp_path / 'socket'],
        capture_output=True,
        env=environment,
        timeout=60,
        check=False,
    )
    assert program.stderr == b''
    assert program.stdout == LINE + b'action_started b2\n'
