"""A process with nodes: what cannot work stops nothing else, and however it is ended, it ends cleanly."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from tools.packages import install

from harness import wait_for

pytest.importorskip('rclpy', reason='ROS 2 is not installed')

ROOT = Path(__file__).resolve().parents[1]
PROGRAM = """
import sys
from gemma_events import signals
signals.on_end(lambda *_: sys.exit(3))
from gemma_events.main import main
sys.exit(main('gemma_events'))
"""
NODES = """
from gemma_events.bridge.node import BridgeNode
from rclpy.node import Node
class Works(Node):
    def __init__(self):
        super().__init__('works')
    def start_to(self, state):
        self.get_logger().info(f'is {state}')
        return True
    def close(self):
        self.get_logger().info('closed')
        self.destroy_node()
class Unable(Works):
    def start_to(self, state):
        return False
class Strict(Unable):
    strict = True
class Late(Works):
    def start_to(self, state):
        return state == 'inactive'
class Raises(Works):
    def start_to(self, state):
        raise ValueError('no\\nbattery')
class Leaves(Works):
    def start_to(self, state):
        raise SystemExit(3)
class Clings(Works):
    def close(self):
        raise ValueError('stuck')
class Unmade(Works):
    def __init__(self):
        raise ValueError('no arms')
class StrictWorks(Works):
    strict = True
"""


class Process:
    """The executable `gemma_events` running, with its output in a file."""

    def __init__(self, folder: Path, *arguments: str, shell: str = 'exec "$@"', **environment: str) -> None:
        self.log = folder / 'log'
        with self.log.open('w') as log:
            self.popen = subprocess.Popen(
                ['sh', '-c', shell, 'sh', sys.executable, '-c', PROGRAM, *arguments],
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=folder,
                env={**os.environ, 'PYTHONPATH': f'{folder}:{ROOT}', **environment},
            )

    def wait_for(self, text: str) -> None:
        """Wait until it is in the output."""
        wait_for(lambda: text in self.log.read_text() or self.popen.poll() is not None, text)
        assert text in self.log.read_text()

    def end(self, *signals: int) -> int:
        """Send them at once; the exit status."""
        for number in signals:
            self.popen.send_signal(number)
        return self.popen.wait(20)


@pytest.fixture
def start(tmp_path, monkeypatch):
    """Start a process with these nodes of the package `robot`; killed with the test."""
    started = []

    def start_one(*arguments, **options):
        started.append(Process(tmp_path, *arguments, **options))
        return started[-1]

    (tmp_path / 'robot').mkdir()
    install(tmp_path / 'robot', monkeypatch, 'robot', NODES, {})
    (tmp_path / 'robot' / 'robot.py').rename(tmp_path / 'robot.py')
    (tmp_path / 'robot').rename(tmp_path / 'metadata')
    yield start_one
    for process in started:
        process.popen.kill()
        process.popen.wait()


def nodes(*names):
    """The arguments for nodes of the package."""
    return '--nodes', ','.join(f'robot:{name}' for name in names)


@pytest.mark.parametrize(
    ('bad', 'reason'),
    [
        ('Unmade', 'cannot be made: ValueError: no arms'),
        ('Unable', ''),
        ('Late', ''),
        ('Raises', 'does not become inactive: ValueError: no battery'),
        ('Leaves', 'does not become inactive: SystemExit: 3'),
        ('Nobody', 'cannot be loaded'),
    ],
)
def test_a_node_that_cannot_work_does_not_end_the_others(start, bad, reason):
    process = start(*nodes(bad, 'Works'))
    process.wait_for('is active')
    assert process.end(signal.SIGTERM) == 0
    log = process.log.read_text()
    assert log.count(reason) == 1 or not reason
    assert log.count('closed') == (1 if bad in ('Unmade', 'Nobody') else 2)
    assert 'Traceback' not in log


@pytest.mark.parametrize(
    'names', [('Unable',), ('Unmade', 'Raises'), ('Strict', 'Works'), ('Unmade', 'StrictWorks'), ('Late', 'Nobody')]
)
def test_without_a_node_that_works_or_with_a_strict_one_that_does_not_the_process_ends(start, names):
    process = start(*nodes(*names))
    assert process.popen.wait(20) == os.EX_CONFIG
    assert 'Traceback' not in process.log.read_text()


OUR_OWN = ('--nodes', 'hearing,vision', '--ros-args', '-p', 'recogniser:=none', '-p', 'audio_source:=/nope.wav')


def test_a_file_that_is_not_there_keeps_hearing_from_working_and_no_other_node(start):
    process = start(*OUR_OWN)
    process.wait_for('[vision]: active')
    assert process.end(signal.SIGTERM) == 0
    log = process.log.read_text()
    assert log.count('/nope.wav') == 1
    assert 'Traceback' not in log


@pytest.mark.parametrize('arguments', [(*OUR_OWN, '-p', 'strict:=true'), ('--nodes', 'hearing', *OUR_OWN[2:])])
def test_alone_or_where_it_must_not_be_it_ends_the_process(start, arguments):
    process = start(*arguments)
    assert process.popen.wait(20) == os.EX_CONFIG
    log = process.log.read_text()
    assert log.count('/nope.wav') == 1
    assert 'Traceback' not in log


@pytest.mark.parametrize('root', ['~no_such_user/x', '/proc/nope'])
def test_a_bridge_that_has_no_place_for_its_sockets_is_a_line_and_the_end(start, root):
    process = start('--nodes', 'bridge', '--ros-args', '-p', f'socket_root:={root}', '-p', 'strict:=true')
    assert process.popen.wait(20) == os.EX_CONFIG
    assert 'Traceback' not in process.log.read_text()


def test_a_strict_node_that_works_does_not_mind_the_others(start):
    process = start(*nodes('Unable', 'StrictWorks'))
    process.wait_for('is active')
    assert process.end(signal.SIGTERM) == 0


def test_a_node_that_does_not_close_keeps_nothing_from_ending(start):
    process = start(*nodes('Works', 'Clings'))
    process.wait_for('is active')
    assert process.end(signal.SIGTERM) == 0
    log = process.log.read_text()
    assert 'Clings does not close: ValueError: stuck' in log
    assert log.count('closed') == 1


def test_no_way_to_the_network_at_present_is_worth_another_try(start):
    process = start('--nodes', 'vision,face_expression', ROS_STATIC_PEERS='no.such.peer.invalid')
    assert process.popen.wait(60) == os.EX_TEMPFAIL
    log = process.log.read_text()
    assert log.count('vision, face_expression: error creating node') == 1
    assert 'Traceback' not in log


ENDS = [
    *((number,) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)),
    (signal.SIGINT, signal.SIGINT, signal.SIGTERM),
    (signal.SIGTERM, signal.SIGHUP, signal.SIGCONT),
    (signal.SIGQUIT, signal.SIGQUIT),
]


@pytest.mark.parametrize('signals', ENDS, ids=lambda signals: '+'.join(number.name for number in signals))
def test_every_signal_that_ends_services_and_terminals_ends_it_cleanly(start, tmp_path, signals):
    process = start('--nodes', 'bridge')
    process.wait_for('active')
    assert (tmp_path / 'uds_socket').exists()
    assert process.end(*signals) == 0
    assert not list(tmp_path.rglob('*_socket'))
    assert 'Traceback' not in process.log.read_text()


def test_nohup_is_respected(start):
    process = start(*nodes('Works'), shell='trap "" HUP; exec "$@"')
    process.wait_for('is active')
    _, ignored = Path(f'/proc/{process.popen.pid}/status').read_text().split('SigIgn:')
    assert int(ignored.split()[0], 16) & (1 << (signal.SIGHUP - 1))
    assert process.end(signal.SIGHUP, signal.SIGTERM) == 0


@pytest.mark.parametrize('closed', ['>&-', '2>&-', '<&- >&- 2>&-'])
def test_closed_standard_streams_do_not_matter(start, closed, tmp_path):
    process = start('--nodes', 'bridge', shell=f'exec "$@" {closed}')
    wait_for((tmp_path / 'uds_socket').exists, 'the bridge')
    assert process.end(signal.SIGTERM) == 0


def test_it_ends_with_its_launcher(start, tmp_path):
    with subprocess.Popen(['sleep', '600']) as launcher:
        process = start('--nodes', 'bridge', '--end-with', str(launcher.pid))
        process.wait_for('active')
        launcher.kill()
        assert process.popen.wait(20) == 0
    assert not list(tmp_path.rglob('*_socket'))


@pytest.mark.parametrize('pid', ['0', '9' * 30])
def test_where_its_launcher_cannot_be_watched_it_says_so(start, pid):
    process = start(*nodes('Works'), '--end-with', pid)
    process.wait_for('is active')
    assert process.end(signal.SIGTERM) == 0
    assert f'does not end with process {pid}' in process.log.read_text()


def test_keys_of_a_parameter_file_that_match_no_node_are_a_warning(start, tmp_path):
    file = tmp_path / 'p.yaml'
    file.write_text('works:\n  ros__parameters: {a: 1}\n/**/hearing:\n  ros__parameters: {a: 1}\n')
    process = start(*nodes('Works'), '--ros-args', '-r', '__ns:=/gemma', '--params-file', str(file))
    process.wait_for('is active')
    assert process.end(signal.SIGTERM) == 0
    [line] = [line for line in process.log.read_text().splitlines() if 'no node is called' in line]
    assert line.endswith('p.yaml: no node is called works; here are /gemma/works: is /**/works meant?')


def test_debugging_logs_what_the_nodes_do_and_nothing_of_ros_itself(start):
    process = start('--nodes', 'vision', '--debug')
    process.wait_for('] [vision]: published on visible_objects')
    process.end(signal.SIGTERM)
    debug = [line for line in process.log.read_text().splitlines() if line.startswith('[DEBUG]')]
    assert debug
    assert all('] [vision]: ' in line for line in debug), debug


def test_dds_has_ended_before_python_ends(tmp_path):
    program = (
        'import os, signal, threading\n'
        'from gemma_events.main import main\n'
        'threading.Timer(1.0, os.kill, (os.getpid(), signal.SIGTERM)).start()\n'
        'assert main("gemma_events", ["gemma_events", "--nodes", "vision"]) == 0\n'
        'names = {open(f"/proc/self/task/{task}/comm").read().strip() for task in os.listdir("/proc/self/task")}\n'
        'print(sorted(name for name in names if name.startswith("dds.") and name != "dds.shm.wdog"))'
    )
    done = subprocess.run([sys.executable, '-c', program], capture_output=True, text=True, timeout=60, cwd=tmp_path)
    assert done.stdout == '[]\n', done.stdout + done.stderr


def test_parameters_of_nodes_that_cannot_work_or_run_elsewhere_are_known(start, tmp_path):
    (tmp_path / 'p.yaml').write_text(
        '/**:\n  ros__parameters: {background: 0, hangover_ms: 600, vision.mode: 0600, visoin.mode: 0600}\n'
    )
    process = start('--nodes', 'face_expression,vision', '--ros-args', '--params-file', 'p.yaml')
    process.wait_for('[vision]: active')
    process.end(signal.SIGTERM)
    unknown = [line for line in process.log.read_text().splitlines() if 'no node here has a parameter' in line]
    assert len(unknown) == 1, unknown
    assert unknown[0].endswith('visoin.mode: is vision.mode meant?'), unknown


def test_where_no_node_can_be_made_nothing_is_said_of_those_that_are_there(start, tmp_path):
    (tmp_path / 'p.yaml').write_text('/**:\n  ros__parameters:\n    use_sim_time: 1\n')
    process = start('--nodes', 'face_expression,vision', '--ros-args', '--params-file', 'p.yaml')
    assert process.popen.wait(20) == os.EX_CONFIG
    [line] = process.log.read_text().splitlines()
    assert 'face_expression, vision: ' in line
    assert "'use_sim_time'" in line


def test_a_strict_node_that_cannot_work_ends_all_before_anything_is_active(start):
    process = start(*OUR_OWN, '-p', 'strict:=true')
    assert process.popen.wait(20) == os.EX_CONFIG
    log = process.log.read_text()
    assert ']: active' not in log
    assert log.splitlines()[-1].endswith('strict is set, and not everything can work: the process ends')
