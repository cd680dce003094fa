"""The fuzzer: its kept inputs always, a short run where atheris is installed."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

FUZZ = Path(__file__).parents[3] / 'fuzz'
SECONDS = 5


@pytest.fixture(scope='module')
def fuzzer():
    if not FUZZ.is_dir():
        pytest.skip('the fuzzer is in the source tree only')
    spec = importlib.util.spec_from_file_location('fuzz_wire', FUZZ / 'fuzz_wire.py')
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_kept_inputs(fuzzer):
    assert fuzzer.run_corpus(FUZZ / 'corpus') >= 20


def test_a_broken_promise_is_noticed(fuzzer, monkeypatch):
    from gemma_events.bridge.wire import json_stream

    monkeypatch.setattr(json_stream, 'RESTART_LENGTH', 1)  # the search then misses what was cut
    with pytest.raises(AssertionError):
        fuzzer.run_corpus(FUZZ / 'corpus')


def test_short_run(fuzzer, tmp_path):
    if importlib.util.find_spec('atheris') is None:
        pytest.skip('atheris is not installed: pip install atheris')
    corpus = shutil.copytree(FUZZ / 'corpus', tmp_path / 'corpus')
    run = subprocess.run(
        [sys.executable, FUZZ / 'fuzz_wire.py', f'-max_total_time={SECONDS}', '-rss_limit_mb=1024', corpus],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60 + SECONDS,
        check=False,
    )
    assert run.returncode == 0, (
        run.stderr[-3000:] if 'Uncaught' not in run.stderr else (run.stderr[run.stderr.index('Uncaught') :][:3000])
    )
