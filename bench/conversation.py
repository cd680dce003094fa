"""A conversation without the recogniser: from a transcript to the parrot's first sound, and from sound to the mouth.

The nodes and examples/parrot.py are processes; the loudspeaker is a virtual one that is recorded.
"""

from __future__ import annotations

import contextlib
import itertools
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import numpy.typing as npt
import rclpy
from rclpy.signals import SignalHandlerOptions
from rclpy.task import Future
from sensor_msgs.msg import Image

from bench.figures import Figure, percentile
from bench.process import program, running, wait_until_active
from bench.virtual_sound import VirtualSound
from gemma_events import messages
from gemma_events.events import ENDINGS, ActionEvent, ActionStatus, SpeechEvent
from gemma_events.executor import create_executor, spin

TIMES = 25  # that each is measured
PARROT = Path(__file__).resolve().parents[1] / 'examples' / 'parrot.py'
ANSWER = 150  # ms, from a transcript to the first sample that is heard
MOUTH = 60  # ms, between a mouth that opens and what is heard, either way
OPEN = 0.01  # of the lower half of the face, that look different: a mouth that opens
STILL = ('blinking', 'saccades', 'breathing', 'listening', 'thinking', 'glance', 'sleep')  # what else moves a face
REST = 1.0  # seconds for the mouth to close
LONGEST = 3.0  # seconds of an answer, at most, that are looked at
PATIENCE = 30.0


def figures() -> Iterator[Figure]:
    """Milliseconds."""
    given = {'output': 'device', 'device': 'pulse', 'keep_open_s': '600.0'} | dict.fromkeys(STILL, 'false')
    parameters = [part for name, value in given.items() for part in ('-p', f'{name}:={value}')]
    nodes = [program('gemma_events'), '--nodes', 'action_output,face_expression', '--ros-args', '-r', '__ns:=/gemma']
    rclpy.init(signal_handler_options=SignalHandlerOptions.NO)
    try:
        with (
            TemporaryDirectory() as folder,
            contextlib.closing(VirtualSound(Path(folder))) as sound,
            running([[*nodes, *parameters]]) as (robot,),
        ):
            wait_until_active(robot, 2)
            with person() as one:
                yield from is_seen(one, sound)
                with running([[sys.executable, str(PARROT)]]):
                    yield from is_answered(one, sound)
    finally:
        rclpy.shutdown()


class Person:
    """Who talks, listens and looks."""

    def __init__(self, node: Any) -> None:
        self.statuses: list[ActionStatus] = []
        self.pictures: list[tuple[float, Image]] = []  # seconds of time.time(), since `look`
        self._node, self._numbers = node, itertools.count(1)
        types = messages.MESSAGE_TYPES
        self._ask = node.create_publisher(types[ActionEvent], 'action', messages.EVENT_QOS)
        self._speech = node.create_publisher(types[SpeechEvent], 'speech', messages.EVENT_QOS)
        node.create_subscription(
            types[ActionStatus],
            'action_status',
            lambda message: self.statuses.append(messages.to_event(message)),
            messages.EVENT_QOS,
        )
        node.create_subscription(Image, 'face_image', lambda picture: self.pictures.append((time.time(), picture)), 5)
        wait_for(lambda: self._ask.get_subscription_count() and node.count_publishers('action_status'))
        wait_for(lambda: self.pictures)

    def meet_parrot(self) -> None:
        """Wait until it hears, and is heard."""
        wait_for(lambda: self._node.count_publishers('action') == 2 and self._speech.get_subscription_count() >= 3)
        answered = len(self.statuses)
        wait_for(lambda: self.say('Hello.') and wait_a_moment(lambda: len(self.statuses) > answered))
        wait_for(lambda: self.statuses[-1].event_type in ENDINGS)
        time.sleep(REST)

    def say(self, text: str) -> float:
        """Have said something, as hearing tells it: when."""
        now = time.time()
        event = SpeechEvent(SpeechEvent.TRANSCRIPT, time.time_ns(), 'bench', next(self._numbers), transcript=text)
        self._speech.publish(messages.to_message(event))
        return now

    def ask_for(self, text: str) -> float:
        """Let the robot say something: when."""
        now = time.time()
        self._ask.publish(
            messages.to_message(ActionEvent(id=f'ask {next(self._numbers)}', action='speak', content=text))
        )
        return now

    def wait_for_the_end(self, already: int) -> None:
        """Of one more action than had ended before."""
        wait_for(lambda: self.ended > already)

    @property
    def ended(self) -> int:
        """How many actions have."""
        return sum(status.event_type in ENDINGS for status in self.statuses)


@contextlib.contextmanager
def person() -> Iterator[Person]:
    """One who is in touch with the robot."""
    node = rclpy.create_node('person', namespace='gemma')
    executor, stop = create_executor(), Future()
    executor.add_node(node)
    spinning = threading.Thread(target=spin, args=(executor, stop))
    spinning.start()
    try:
        yield Person(node)
    finally:
        stop.set_result(None)
        executor.wake()
        spinning.join()
        node.destroy_node()


def is_answered(one: Person, sound: VirtualSound) -> Iterator[Figure]:
    """From a transcript on its topic to the first sample of the answer."""
    one.meet_parrot()
    took = []
    for number in range(TIMES):
        before = one.ended
        asked = one.say(f'This is number {number}.')
        one.wait_for_the_end(before)
        time.sleep(0.3 + 0.013 * (number % 7))
        took.append(1000 * (first(sound, asked) - asked))
    yield Figure(f'transcript to answer, with the parrot, p50 of {TIMES}', percentile(took, 0.5), 'ms')
    yield Figure('transcript to answer, with the parrot, p95', percentile(took, 0.95), 'ms', at_most=ANSWER)


def is_seen(one: Person, sound: VirtualSound) -> Iterator[Figure]:
    """From the first sample that is heard to the first picture with an open mouth; before it: negative."""
    late = []
    for number in range(TIMES):
        time.sleep(REST + 0.013 * (number % 7))
        rest, before = mouth(one.pictures[-1][1]), one.ended
        one.pictures.clear()
        asked = one.ask_for(f'Go {number}.')
        one.wait_for_the_end(before)
        time.sleep(0.3)
        opens = next((at for at, picture in one.pictures if differs(mouth(picture), rest)), None)
        if opens is not None:
            late.append(1000 * (opens - first(sound, asked)))
    yield Figure('mouths that did not open', TIMES - len(late), '', at_most=0)
    if late:
        off = [abs(one) for one in late]
        yield Figure(f'sound to an open mouth in a picture, p50 of {len(late)}', percentile(late, 0.5), 'ms')
        yield Figure('sound to an open mouth in a picture, either way, p95', percentile(off, 0.95), 'ms', at_most=MOUTH)


def mouth(picture: Image) -> npt.NDArray[np.int16]:
    """The lower half of a face, in grey."""
    pixels = np.frombuffer(picture.data, np.uint8).reshape(picture.height, picture.width, 3)
    return pixels[picture.height // 2 :].mean(axis=2).astype(np.int16)


def differs(one: npt.NDArray[np.int16], other: npt.NDArray[np.int16]) -> bool:
    """Whether they look different."""
    return one.shape != other.shape or bool((np.abs(one - other) > 30).mean() > OPEN)


def first(sound: VirtualSound, begin: float) -> float:
    """When the first sound after a time was heard."""
    return begin + float(np.flatnonzero(sound.loud(begin, begin + LONGEST))[0]) / 1000


def wait_a_moment(condition: Callable[[], Any]) -> Any:
    """The condition's value after a second, or as soon as it is true."""
    end = time.monotonic() + 1
    while not (value := condition()) and time.monotonic() < end:
        time.sleep(0.002)
    return value


def wait_for(condition: Callable[[], Any]) -> Any:
    """The condition's value once it is true."""
    end = time.monotonic() + PATIENCE
    while not (value := condition()):
        if time.monotonic() > end:
            raise RuntimeError('waited in vain')
        time.sleep(0.002)
    return value
