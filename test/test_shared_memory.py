"""Of the files in shared memory go those whose owner is gone, and no others."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gemma_events import shared_memory

NAME = 'fastrtps_0123456789abcdef'


def make(folder, name=NAME, age=3600.0):
    """A segment and its lock file; the path of the latter."""
    (folder / name).write_bytes(b'data')
    lock = folder / f'{name}_el'
    lock.touch()
    os.utime(lock, (time.time() - age, time.time() - age))
    return lock


@pytest.mark.parametrize('name', [NAME, 'fastdds_0123456789abcdef'])
def test_a_segment_that_nobody_locks_is_removed(tmp_path, name):
    make(tmp_path, name)
    assert shared_memory.remove_abandoned(tmp_path) == 1
    assert not list(tmp_path.iterdir())


def test_a_lock_whose_segment_is_gone_is_removed(tmp_path):
    make(tmp_path).with_name(NAME).unlink()
    assert shared_memory.remove_abandoned(tmp_path) == 1
    assert not list(tmp_path.iterdir())


def test_the_segment_of_a_living_process_stays(tmp_path):
    with make(tmp_path).open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert shared_memory.remove_abandoned(tmp_path) == 0
    assert len(list(tmp_path.iterdir())) == 2


def test_a_segment_that_is_just_being_made_stays(tmp_path):
    make(tmp_path, age=0)
    make(tmp_path, 'fastrtps_0000000000000000', age=-3600)  # the clock was set back
    assert shared_memory.remove_abandoned(tmp_path) == 0
    assert len(list(tmp_path.iterdir())) == 4


@pytest.mark.parametrize(
    'name', ['fastrtps_port7412', 'sem.fastrtps_port7412_mutex', 'other_0123456789abcdef', NAME + '0']
)
def test_what_is_no_segment_stays(tmp_path, name):
    make(tmp_path, name)
    assert shared_memory.remove_abandoned(tmp_path) == 0
    assert len(list(tmp_path.iterdir())) == 2


def test_a_link_is_not_followed(tmp_path):
    lock, target = make(tmp_path), tmp_path / 'target'
    lock.rename(target)
    lock.symlink_to(target)
    os.utime(lock, (0, 0), follow_symlinks=False)
    assert shared_memory.remove_abandoned(tmp_path) == 0
    assert len(list(tmp_path.iterdir())) == 3


def test_other_users_segments_stay(tmp_path, monkeypatch):
    make(tmp_path)
    monkeypatch.setattr(os, 'geteuid', lambda: os.getuid() + 1)
    assert shared_memory.remove_abandoned(tmp_path) == 0


def test_no_such_folder_is_nothing_to_do(tmp_path):
    assert shared_memory.remove_abandoned(tmp_path / 'none') == 0


def test_what_ros_leaves_when_it_is_killed_is_recognised_by_name_and_lock():
    pytest.importorskip('rclpy', reason='ROS 2 is not installed')
    with subprocess.Popen(
        [
            sys.executable,
            '-c',
            'import rclpy; rclpy.init(); node = rclpy.create_node("killed"); print(flush=True); input()',
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, 'ROS_AUTOMATIC_DISCOVERY_RANGE': 'SUBNET'},  # LOCALHOST does without shared memory
    ) as process:
        process.stdout.readline()
        opened = [path.resolve() for path in Path(f'/proc/{process.pid}/fd').iterdir()]
        locks = [path for path in opened if shared_memory.LOCK.fullmatch(path.name)]
        alive = [shared_memory._remove_if_abandoned(lock) for lock in locks]
        process.kill()
    if not locks:
        pytest.skip('this ROS middleware has no such files')
    assert not any(alive)
    assert all(shared_memory._remove_if_abandoned(lock) for lock in locks)
    assert not any(lock.exists() or lock.with_name(lock.name.removesuffix('_el')).exists() for lock in locks)
