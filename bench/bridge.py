"""The bridge beside three references in the same run: bare rclpy, the obvious bridge, a raw socket."""

from __future__ import annotations

import functools
import json
import operator
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.figures import Figure, percentile
from bench.process import program

PATIENCE = 120.0
RATES = (1_000, 2_000, 3_000, 4_000, 5_000, 6_500, 8_000, 10_000, 12_500, 16_000, 20_000)  # events/s tried in turn
EVENTS = {100: 500, 1000: 5000}  # how many events are sent at a rate
ROUNDS = 3  # in turn with what is compared, so that a machine that slows down slows down both


@dataclass(frozen=True)
class Run:
    """What came of sending events: latencies in ms, how many were sent, CPU seconds of what lay between."""

    latencies: list[float]
    sent: int
    cpu: float = 0.0

    def __add__(self, other: Run) -> Run:
        return Run(self.latencies + other.latencies, self.sent + other.sent, self.cpu + other.cpu)

    @property
    def lost(self) -> int:
        """Events that did not arrive."""
        return self.sent - len(self.latencies)

    def p(self, share: float) -> float:
        """A percentile in ms; infinite where nothing arrived."""
        return percentile(self.latencies, share) if self.latencies else float('inf')


class Actor:
    """A process of `bench.load`: ready, then told to go, then asked for its result."""

    def __init__(self, *arguments: object) -> None:
        command = [sys.executable, '-m', 'bench.load', *map(str, arguments)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ready(self) -> None:
        """Wait until it is connected."""
        while (line := self.process.stdout.readline().strip()) != 'ready':
            if not line and self.process.poll() is not None:
                raise RuntimeError(f'{self.process.args} ended')

    def go(self) -> None:
        """Let it begin, or end."""
        self.process.stdin.write('\n')
        self.process.stdin.flush()

    def result(self) -> dict:
        """What it measured."""
        return json.loads(self.process.stdout.readline())

    def end(self) -> None:
        """Stop it, whatever it does."""
        self.process.kill()
        self.process.communicate()


def exchange(sender: tuple, receiver: tuple, count: int, between: subprocess.Popen | None = None) -> Run:
    """Start a receiver and a sender, send `count` events, collect the latencies."""
    with ExitStack() as stack:
        actors = [Actor(*receiver), Actor(*sender)]
        for actor in actors:
            stack.callback(actor.end)
        for actor in actors:
            actor.ready()
        actors[0].go()
        time.sleep(0.3)
        before = cpu(between)
        actors[1].go()
        latencies = actors[0].result()['latencies']
        return Run(latencies, count, cpu(between) - before)


def cpu(process: subprocess.Popen | None) -> float:
    """User and system seconds of a process so far."""
    if process is None:
        return 0.0
    fields = Path(f'/proc/{process.pid}/stat').read_text().rpartition(')')[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf('SC_CLK_TCK')


@contextmanager
def bridge(path: Path, kind: str, endpoint: str = 'main_event') -> Iterator[subprocess.Popen]:
    """A bridge that serves `path`: 'obvious', 'paced' or 'unpaced'; ours with one endpoint of the six."""
    if kind == 'obvious':
        command = [sys.executable, '-m', 'bench.obvious_bridge', str(path), endpoint]
    else:
        parameters = {
            'endpoints': f'[{endpoint}]',
            f'{endpoint}.path': path,
            f'{endpoint}.role': 'server',
            f'{endpoint}.pacing': str(kind == 'paced').lower(),
        }
        command = [
            program('bridge'),
            '--ros-args',
            '--log-level',
            'warn',
            *(part for name, value in parameters.items() for part in ('-p', f'{name}:={value}')),
        ]
    process = subprocess.Popen(command)
    try:
        end = time.monotonic() + PATIENCE
        while not path.exists():
            if time.monotonic() > end or process.poll() is not None:
                raise RuntimeError(f'the {kind} bridge did not serve {path}')
            time.sleep(0.05)
        time.sleep(1.0)
        yield process
    finally:
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        path.unlink(missing_ok=True)


def to_clients(kind: str, rate: int, clients: int, count: int, stalled: int = 0) -> Run:
    """Topic to sockets; each latency is that of the last client."""
    with TemporaryDirectory(prefix='gemma-') as folder, bridge(Path(folder) / 's', kind) as process:
        path = Path(folder) / 's'
        return exchange(('publish', rate, count), ('read', path, clients, count, stalled), count, process)


def to_topic(kind: str, rate: int, count: int) -> Run:
    """Socket to topic."""
    with TemporaryDirectory(prefix='gemma-') as folder, bridge(Path(folder) / 's', kind, 'text_input') as process:
        return exchange(
            ('write', Path(folder) / 's', rate, count), ('subscribe', count, 'events', 'text'), count, process
        )


def bare(rate: int, count: int, executor: str) -> Run:
    """Topic to topic, nothing between."""
    return exchange(('publish', rate, count), ('subscribe', count, executor), count)


def raw(rate: int, count: int) -> Run:
    """Socket to socket, nothing between."""
    with TemporaryDirectory(prefix='gemma-') as folder:
        path = Path(folder) / 's'
        with ExitStack() as stack:
            server, writer = Actor('relay', path, count), Actor('write', path, rate, count)
            for actor in (server, writer):
                stack.callback(actor.end)
            server.ready()
            server.go()
            writer.ready()
            writer.go()
            return Run(server.result()['latencies'], count)


def in_turn(run: Callable[..., Run], *variants: object) -> list[Run]:
    """What came of each variant, after all of them were run ROUNDS times in turn."""
    runs = [[run(variant) for variant in variants] for _ in range(ROUNDS)]
    return [functools.reduce(operator.add, column) for column in zip(*runs, strict=True)]


def most(run: type, *arguments: object) -> float:
    """The highest of RATES, in events a second, at which nothing is lost (one second of events each)."""
    best = 0
    for rate in RATES:
        if run(*arguments, rate).lost:
            break
        best = rate
    return best


def figures() -> Iterator[Figure]:
    """Latency, loss, and CPU time, each beside the obvious bridge."""
    for name, run in (
        ('bare rclpy, single-threaded', bare(1000, 5000, 'single')),
        ('bare rclpy, events executor', bare(1000, 5000, 'events')),
        ('raw socket', raw(1000, 5000)),
    ):
        yield Figure(f'{name}, 1000 Hz, p50', run.p(0.5), 'ms')
        yield Figure(f'{name}, 1000 Hz, p99', run.p(0.99), 'ms')
    yield from topic_to_client()
    yield from client_to_topic()
    yield from throughput()
    yield from stalled_client()


def topic_to_client() -> Iterator[Figure]:
    """100 and 1000 Hz, 1 and 32 clients."""
    for rate, clients in ((100, 1), (1000, 1), (100, 32), (1000, 32)):
        obvious, *runs = in_turn(
            lambda kind: to_clients(kind, rate, clients, EVENTS[rate]),  # noqa: B023
            'obvious',
            'paced',
            'unpaced',
        )
        for kind, run in zip(('paced', 'unpaced'), runs, strict=True):
            what = f'topic to {clients} client{"s" * (clients > 1)}, {rate} Hz, {kind}'
            strict = (rate, clients) == (1000, 1)
            yield Figure(f'{what}, p50', run.p(0.5), 'ms', obvious.p(0.5), at_most=0.75 if strict else 1.0)
            yield Figure(f'{what}, p99', run.p(0.99), 'ms', obvious.p(0.99), at_most=0.5 if strict else None)
            yield Figure(f'{what}, lost', run.lost, 'events', at_most=0)
            yield Figure(f'{what}, lost by the obvious bridge', obvious.lost, 'events')
            if strict:
                yield Figure(
                    f'{what}, CPU for 1000 events',
                    1e6 * run.cpu / run.sent,
                    'ms',
                    1e6 * obvious.cpu / obvious.sent,
                    at_most=0.5,
                )


def client_to_topic() -> Iterator[Figure]:
    """100 and 1000 Hz."""
    for rate in (100, 1000):
        obvious, run = in_turn(lambda kind: to_topic(kind, rate, EVENTS[rate]), 'obvious', 'unpaced')  # noqa: B023
        yield Figure(f'client to topic, {rate} Hz, p50', run.p(0.5), 'ms', obvious.p(0.5), at_most=1.0)
        yield Figure(f'client to topic, {rate} Hz, p99', run.p(0.99), 'ms', obvious.p(0.99), at_most=1.0)
        yield Figure(f'client to topic, {rate} Hz, lost', run.lost, 'events', at_most=0)


def throughput() -> Iterator[Figure]:
    """Most events a second with nothing lost."""
    obvious = most(lambda kind, rate: to_clients(kind, rate, 1, rate), 'obvious')
    for kind in ('unpaced', 'paced'):
        value = most(lambda kind, rate: to_clients(kind, rate, 1, rate), kind)
        yield Figure(
            f'topic to client, most with nothing lost, {kind}',
            value,
            '1/s',
            obvious,
            at_least=3.0 if kind == 'unpaced' else None,
        )
    obvious, ours = (most(lambda kind, rate: to_topic(kind, rate, rate), kind) for kind in ('obvious', 'unpaced'))
    yield Figure('client to topic, most with nothing lost', ours, '1/s', obvious, at_least=1.0)


def stalled_client() -> Iterator[Figure]:
    """One of 32 clients never reads: what the others notice."""
    for kind in ('paced', 'obvious'):
        before, during = in_turn(lambda stalled: to_clients(kind, 100, 32, 1000, stalled), 0, 1)  # noqa: B023
        yield Figure(
            f'one of 32 clients stalled, {kind}: p99 of the others',
            during.p(0.99),
            'ms',
            before.p(0.99),
            at_most=1.2 if kind == 'paced' else None,
        )
        yield Figure(
            f'one of 32 clients stalled, {kind}: lost by the others',
            during.lost,
            'events',
            at_most=0 if kind == 'paced' else None,
        )
