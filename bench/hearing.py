"""The hearing node without a recogniser: CPU of its thread, an hour of sound, and how soon a stop is reported."""

from __future__ import annotations

import threading
import time
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import rclpy
from rclpy.parameter import Parameter
from rclpy.signals import SignalHandlerOptions
from rclpy.task import Future

from bench.figures import Figure, percentile
from bench.recordings import LANGUAGES, RATE, minute
from gemma_events import messages
from gemma_events.events import SpeechEvent, to_seconds
from gemma_events.executor import create_executor
from gemma_events.hearing.frames import FRAME_SAMPLES
from gemma_events.hearing.node import HearingNode

THREAD = 'hearing'  # the name of the node's audio thread
WARM_UP = 5.0  # seconds at the start that are not measured: loading
STOP_MARGIN = 0.06  # seconds after the hangover within which a stop has to be reported
PATIENCE = 300.0


def figures() -> Iterator[Figure]:
    """CPU share, delays, and an hour of sound."""
    rclpy.init(signal_handler_options=SignalHandlerOptions.NO)
    try:
        with TemporaryDirectory() as folder:
            speech, _ = minute(LANGUAGES[0], np.random.default_rng(1))
            yield from real_time(write(Path(folder) / 'minute.wav', speech, 1))
            yield from fast(write(Path(folder) / 'hour.wav', speech, 60))
    finally:
        rclpy.shutdown()


def real_time(path: Path) -> Iterator[Figure]:
    """A minute at the pace of a microphone."""
    with hearing(path, 'real_time') as (node, arrivals, _):
        time.sleep(WARM_UP)
        clock = time.pthread_getcpuclockid(thread().ident)
        cpu, begin = time.clock_gettime(clock), time.monotonic()
        time.sleep(40)
        share = 100 * (time.clock_gettime(clock) - cpu) / (time.monotonic() - begin)
        hangover = node.settings.hangover_ms / 1000
    late = [
        at - to_seconds(event.stamp) - hangover
        for at, event in arrivals
        if event.event_type == SpeechEvent.SPEECH_STOPPED
    ]
    yield Figure('audio thread, a real-time stream, share of one core', share, '%', at_most=1.0)
    yield Figure(
        f'end of speech to speech_stopped, beyond the hangover, p50 of {len(late)}', 1000 * percentile(late, 0.5), 'ms'
    )
    yield Figure(
        'end of speech to speech_stopped, beyond the hangover, p95',
        1000 * percentile(late, 0.95),
        'ms',
        at_most=1000 * STOP_MARGIN,
    )


def fast(path: Path) -> Iterator[Figure]:
    """An hour as fast as it goes."""
    begin = time.monotonic()
    with hearing(path, 'fast') as (node, _, memory):
        while not node.finished and time.monotonic() - begin < PATIENCE:
            time.sleep(0.05)
        took = time.monotonic() - begin
        frames = node._listener.metrics.frames
        memory.append(resident())
    yield Figure('an hour of sound played fast', took, 's', at_most=20)
    yield Figure('an hour of sound played fast, frames lost', 3600 * RATE / FRAME_SAMPLES - frames, '', at_most=0)
    yield Figure('an hour of sound played fast, growth of memory', memory[-1] - memory[0], 'MB')


@contextmanager
def hearing(path: Path, pace: str) -> Iterator[tuple[HearingNode, list[tuple[float, Any]], list[float]]]:
    """The node on a file, and a subscriber that notes when each event came."""
    node = HearingNode(
        parameter_overrides=[
            Parameter('audio_source', value=str(path)),
            Parameter('audio_pace', value=pace),
            Parameter('recogniser', value='none'),
        ]
    )
    listener = rclpy.create_node('listener')
    arrivals: list[tuple[float, Any]] = []
    listener.create_subscription(
        messages.MESSAGE_TYPES[SpeechEvent],
        'speech',
        lambda message: arrivals.append((time.time(), messages.to_event(message))),
        messages.EVENT_QOS,
    )
    executor, stop = create_executor(), Future()
    for one in (node, listener):
        executor.add_node(one)
    spinning = threading.Thread(target=executor.spin_until_future_complete, args=(stop, PATIENCE))
    spinning.start()
    memory = [resident()]
    node.start()
    try:
        yield node, arrivals, memory
    finally:
        node.close()
        stop.set_result(None)
        executor.wake()
        spinning.join()
        listener.destroy_node()


def thread() -> threading.Thread:
    """The node's audio thread."""
    return next(one for one in threading.enumerate() if one.name == THREAD)


def write(path: Path, sound: np.ndarray, times: int) -> Path:
    """A WAV file with a sound repeated."""
    with wave.open(str(path), 'wb') as out:
        out.setparams((1, 2, RATE, 0, 'NONE', ''))
        data = (sound * 32767).astype(np.int16).tobytes()
        for _ in range(times):
            out.writeframes(data)
    return path


def resident() -> float:
    """This process's resident memory in MB."""
    return int(Path('/proc/self/statm').read_text().split()[1]) * 4096 / 1e6
