"""The examples of doc/extending.md, registered by a package that is not this one."""

from __future__ import annotations

import importlib
import re
import sys
from pathlib import Path

import pytest
from sounds import silence, to_frames

from gemma_events.hearing import recognisers, vad
from gemma_events.hearing.recognisers import RecognitionSettings
from gemma_events.hearing.vad import VadSettings

DOC = Path(__file__).parents[2] / 'doc' / 'extending.md'


@pytest.fixture
def package(tmp_path, monkeypatch):
    """Install a section's module and entry point."""

    def install(section):
        text = re.split(r'^## ', DOC.read_text(encoding='utf-8'), flags=re.MULTILINE)
        (body,) = (part for part in text if part.startswith(section))
        (python,) = re.findall(r'```python\n# (\S+)\n(.*?)```', body, re.DOTALL)
        (ini,) = re.findall(r'```ini\n\[options.entry_points\]\n(\S+) =\n +(.*?)\n```', body, re.DOTALL)
        (toml,) = re.findall(r'```toml\n\[project.entry-points."(\S+)"\]\n(\S+) = "(\S+)"\n```', body)
        assert ini == (toml[0], f'{toml[1]} = {toml[2]}')
        path = tmp_path / python[0]
        path.parent.mkdir()
        path.write_text(python[1], encoding='utf-8')
        metadata = tmp_path / 'my_robot-1.0.dist-info'
        metadata.mkdir()
        (metadata / 'METADATA').write_text('Metadata-Version: 2.1\nName: my-robot\nVersion: 1.0\n')
        (metadata / 'entry_points.txt').write_text(f'[{ini[0]}]\n{ini[1]}\n')
        monkeypatch.syspath_prepend(tmp_path)
        return toml[1], toml[2]

    yield install
    for name in [name for name in sys.modules if name.partition('.')[0] == 'my_robot']:
        del sys.modules[name]
    importlib.invalidate_caches()


def test_the_recogniser(package, voices):
    for name in package('A recogniser'):
        settings = RecognitionSettings(recogniser=name)
        recognisers.check(settings)
        (candidate,) = recognisers.candidates(settings)
        recogniser = candidate.load()
        assert recogniser.transcribe(voices['Front_Center'].tobytes(), settings).text == 'hello'
        assert recogniser.transcribe(silence(1).tobytes(), settings).error


def test_the_detector(package, voices):
    for name in package('Voice activity'):
        settings = VadSettings(vad=name)
        vad.check(settings)
        detector = vad.create(settings)
        assert not any(vad.detect(detector, to_frames(silence(1)), settings))
        assert any(vad.detect(detector, to_frames(voices['Front_Center']), settings))
