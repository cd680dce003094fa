"""A process that watches its launcher sends itself SIGTERM when that ends, and nothing when it ends itself."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from pathlib import Path

import pytest

from gemma_events.launcher import LauncherWatch
from harness import wait_for


@pytest.fixture
def received():
    """The signals that this process has got."""
    numbers = []
    before = signal.signal(signal.SIGTERM, lambda number, _frame: numbers.append(number))
    yield numbers
    signal.signal(signal.SIGTERM, before)


@pytest.mark.parametrize('end', [signal.SIGTERM, signal.SIGKILL])
def test_it_is_told_when_the_launcher_ends(received, end):
    with subprocess.Popen(['sleep', '600']) as launcher, LauncherWatch(launcher.pid):
        assert not received
        launcher.send_signal(end)
        wait_for(lambda: received == [signal.SIGTERM], 'the signal')


def test_it_is_told_when_the_launcher_is_gone_already(received):
    with subprocess.Popen(['true']) as launcher:
        pass
    with LauncherWatch(launcher.pid):
        wait_for(lambda: received == [signal.SIGTERM], 'the signal')


def test_a_watch_that_ends_first_leaves_nothing_behind(received):
    def owned():
        return len(list(Path('/proc/self/fd').iterdir())), threading.active_count()

    before = owned()
    with LauncherWatch(os.getppid()):
        assert owned() != before
    assert owned() == before
    assert not received


def test_what_is_no_process_is_an_error():
    with pytest.raises(OSError, match='Invalid argument'):
        LauncherWatch(0)
