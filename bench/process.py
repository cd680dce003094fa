"""Memory and start-up of all nodes in one process and in one each, beside bare rclpy nodes in the same run."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.figures import Figure
from gemma_events import registry

SETTLE = 4.0  # seconds from the last node being active to the measurement
PATIENCE = 30.0
BARE = """
import rclpy, sys
from rclpy.executors import SingleThreadedExecutor
from rclpy.signals import SignalHandlerOptions
rclpy.init(signal_handler_options=SignalHandlerOptions.NO)
executor = SingleThreadedExecutor()
for name in sys.argv[1:]:
    executor.add_node(rclpy.create_node(name))
print('active', flush=True)
executor.spin()
"""


def figures() -> Iterator[Figure]:
    """PSS in MB (smaps_rollup), start-up in seconds."""
    names = list(registry.own(registry.NODES))
    bare_one, _ = measure([[sys.executable, '-c', BARE, *names]], 1)
    bare_five, _ = measure([[sys.executable, '-c', BARE, name] for name in names], len(names))
    with TemporaryDirectory(prefix='gemma-') as folder:
        arguments = ['--ros-args', '-p', f'socket_root:={folder}', '-p', 'recogniser:=none']
        one, start = measure([[program('gemma_events'), *arguments]], 5)
        five, _ = measure([[program(name), *arguments] for name in names], 5)
    yield Figure('memory, five nodes in one process', one, 'MB', at_most=100)
    yield Figure('memory, bare rclpy nodes in one process', bare_one, 'MB')
    yield Figure('memory, one process to five processes', one, 'MB', reference=five, at_most=0.45)
    yield Figure('memory, bare, one process to five', bare_one, 'MB', reference=bare_five)
    yield Figure('start, from gemma_events started to all nodes active', start, 's', at_most=3)


def program(name: str) -> str:
    """An installed executable."""
    from ament_index_python.packages import get_package_prefix

    return str(Path(get_package_prefix('gemma_events')) / 'lib' / 'gemma_events' / name)


def measure(commands: list[list[str]], active: int) -> tuple[float, float]:
    """Memory in MB of all processes together, and seconds until `active` nodes have said that they are active."""
    begin = time.monotonic()
    with running(commands) as processes:
        said, end = 0, begin + PATIENCE
        for process in processes:
            while said < active and time.monotonic() < end:
                line = process.stdout.readline()
                said += bool(re.search(r'\bactive$', line.strip()))
                if said == active or (len(processes) > 1 and line.strip().endswith('active')):
                    break
        if said < active:
            raise RuntimeError(f'only {said} of {active} nodes became active')
        took = time.monotonic() - begin
        time.sleep(SETTLE)
        return sum(pss(process.pid) for process in processes), took


def wait_until_active(process: subprocess.Popen[str], nodes: int) -> None:
    """Read what a process prints until so many of its nodes have said that they are active."""
    said = ''
    while nodes and (line := process.stdout.readline()):
        said += line
        nodes -= line.rstrip().endswith('active')
    if nodes:
        raise RuntimeError(f'{process.args} ended before its nodes were active:\n{said}')


@contextmanager
def running(commands: list[list[str]]) -> Iterator[list[subprocess.Popen[str]]]:
    """Processes that print into pipes, ended by SIGTERM."""
    processes = [
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) for command in commands
    ]
    try:
        yield processes
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.communicate(timeout=PATIENCE)


def pss(pid: int) -> float:
    """Proportional set size of a process in MB."""
    text = Path(f'/proc/{pid}/smaps_rollup').read_text()
    return int(re.search(r'^Pss:\s+(\d+) kB', text, re.MULTILINE).group(1)) / 1000
