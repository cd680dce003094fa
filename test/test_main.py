"""What cannot work at all is one line, and status 78, which says that another try does not help."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip('rclpy', reason='ROS 2 is not installed')

ROOT = Path(__file__).resolve().parents[1]
PROGRAM = "import sys; from gemma_events.main import main; sys.exit(main('gemma_events'))"


def run(*arguments, **environment):
    """The lines of stderr that are ours; the process has ended with EX_CONFIG, and without a traceback."""
    done = subprocess.run(
        [sys.executable, '-c', PROGRAM, *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, **environment},
    )
    assert done.returncode == os.EX_CONFIG
    assert 'Traceback' not in done.stderr
    return [said for said in done.stderr.splitlines() if said.startswith('gemma_events: ')]


@pytest.mark.parametrize(
    ('arguments', 'line'),
    [
        (['-p', 'handlers:=[speak, wave=my_robot.arm:Wave]'], 'in a list quote what has a colon'),
        (
            ['--params-file', '/none.yaml'],
            "'--params-file /none.yaml'. Error: Error opening YAML file: there is",
        ),
        (['-r', '__ns:=/a-b'], 'a namespace looks like /gemma'),
        (['--log-level', 'loud'], '--log-level takes debug'),
        (['-p'], 'trailing -p flag'),
        (['--no-such-flag', '5'], "unknown ROS arguments ['--no-such-flag', '5']"),
    ],
)
def test_ros_arguments_that_cannot_be_read(arguments, line):
    [said] = run('--ros-args', *arguments)
    assert line in said


def test_a_parameter_file_that_cannot_be_read_has_its_line(tmp_path):
    file = tmp_path / 'p.yaml'
    file.write_text('/**:\n  ros__parameters:\n    list: [1, a]\n')
    [said] = run('--ros-args', '--params-file', str(file))
    assert f'{file}' in said
    assert 'line_num 3' in said
    assert '.c:' not in said


@pytest.mark.parametrize('arguments', [['--nodes', 'nose'], ['--end-with', 'x'], ['unknown']])
def test_arguments_of_ours_that_cannot_be_read(arguments):
    [said] = run(*arguments)
    assert arguments[-1] in said


@pytest.mark.parametrize(
    ('environment', 'line'),
    [
        ({'ROS_DOMAIN_ID': '300'}, 'from 0 to 232'),
        ({'ROS_DOMAIN_ID': '-1'}, 'from 0 to 232'),
        ({'ROS_DOMAIN_ID': 'abc'}, 'from 0 to 232'),
        ({'RMW_IMPLEMENTATION': 'rmw_nix'}, 'installed are rmw_'),
        ({'ROS_LOG_DIR': '/proc/nix'}, 'set ROS_LOG_DIR'),
        ({'ROS_LOG_DIR': '/proc'}, 'set ROS_LOG_DIR'),
        ({'ROS_LOG_DIR': '', 'ROS_HOME': '/dev/null'}, 'set ROS_LOG_DIR'),
        ({'ROS_SECURITY_ENABLE': 'true', 'ROS_SECURITY_STRATEGY': 'Enforce'}, 'ROS_SECURITY_KEYSTORE'),
    ],
)
def test_an_environment_that_cannot_work(environment, line):
    [said] = run(**environment)
    assert line in said


def test_a_working_directory_that_was_deleted(tmp_path, monkeypatch):
    script, gone = tmp_path / 'script.py', tmp_path / 'gone'  # as a script: with -c Python itself needs the directory
    script.write_text(PROGRAM)
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    done = subprocess.run(
        [sys.executable, script],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, 'PYTHONPATH': str(ROOT)},
    )
    assert done.returncode == os.EX_CONFIG
    assert done.stderr == 'gemma_events: the working directory was deleted: start in one that exists\n'
