"""Loudspeakers that take this and not that, by a PortAudio that is none."""

from __future__ import annotations

import threading
from types import SimpleNamespace

import numpy as np
import pytest

from gemma_events import portaudio
from gemma_events.action_output.speech.playout import Playout
from gemma_events.action_output.speech.speaker import Speaker
from gemma_events.action_output.speech.stream import LATENCIES, Playing
from gemma_events.errors import DeviceError
from harness import wait_for

NEVER = threading.Event()
FINE, LATE = SimpleNamespace(output_underflow=False), SimpleNamespace(output_underflow=True)


class PortAudioError(Exception):
    def __str__(self):
        return self.args[0]


class CallbackAbort(Exception):  # noqa: N818  sounddevice's name
    pass


class Card:
    """The sounddevice module, with one output device that takes some formats; its streams are driven by the test."""

    PortAudioError, CallbackAbort = PortAudioError, CallbackAbort

    def __init__(self, rates=(48_000,), channels=(1, 2), kinds=('int16',), error=-9997, most=2):
        self.takes, self.error, self.tried, self.streams = (rates, channels, kinds), error, [], []
        self.devices = [
            {'name': 'card', 'index': 0, 'max_output_channels': most, 'default_samplerate': 48_000.0},
            {'name': 'microphone', 'index': 1, 'max_output_channels': 0, 'default_samplerate': 44_100.0},
        ]
        self.default = SimpleNamespace(device=(1, 0))

    def query_devices(self):
        return self.devices

    def _terminate(self):
        pass

    def _initialize(self):
        pass

    def OutputStream(self, rate, blocksize, device, channels, kind, *, latency, callback, finished_callback):  # noqa: N802
        self.tried.append((rate, channels, kind))
        rates, numbers, kinds = self.takes
        if rate not in rates or channels not in numbers or kind not in kinds:
            raise PortAudioError('Invalid sample rate', self.error)
        self.streams.append(FakeStream(blocksize, channels, kind, latency, callback))
        return self.streams[-1]


class FakeStream:
    def __init__(self, blocksize, channels, kind, latency, callback):
        self.latency, self.closed = latency, False
        self.out, self._callback = np.ones((blocksize, channels), kind), callback

    def start(self):
        pass

    def stop(self):
        pass

    def close(self, ignore_errors=True):
        self.closed = True

    def block(self, status=FINE):
        self._callback(self.out, len(self.out), None, status)
        return self.out.copy()


@pytest.fixture
def plug(monkeypatch):
    def plug(card):
        monkeypatch.setattr(portaudio, 'load', lambda: card)
        monkeypatch.setattr(portaudio, '_streams', 0)  # those of the card are not closed
        return Speaker(lambda block, rate, latency: None)

    return plug


@pytest.mark.parametrize(
    'card, found',
    [
        (Card(rates=(22_050, 48_000)), (22_050, 1, 'int16')),
        (Card(rates=(48_000,)), (48_000, 1, 'int16')),
        (Card(rates=(16_000,)), (16_000, 1, 'int16')),
        (Card(channels=(2,)), (48_000, 2, 'int16')),
        (Card(channels=(8,), most=8), (48_000, 8, 'int16')),
        (Card(kinds=('float32',)), (48_000, 1, 'float32')),
        (Card(channels=(2,), kinds=('float32',), rates=(44_100,)), (44_100, 2, 'float32')),
    ],
)
def test_it_takes_the_first_format_that_the_card_takes(plug, card, found):
    stream = plug(card).take('', 22_050, 0, NEVER)
    assert card.tried[-1] == found
    assert stream.rate == found[0]
    playout = Playout(stream.rate)
    playout.feed(np.full(10_000, 16_384, np.int16))
    stream.play(Playing(playout, NEVER, NEVER))
    for _ in range(6):  # it begins with a little silence
        out = card.streams[0].block()
    assert out.dtype == found[2]
    assert np.allclose(out, 16_384 if found[2] == 'int16' else 0.5, atol=1e-3)


def test_a_card_that_takes_nothing_is_an_error_with_its_reason(plug):
    with pytest.raises(DeviceError, match="no speaker 'card': Invalid sample rate"):
        plug(Card(rates=())).take('card', 22_050, 0, NEVER)


def test_a_card_that_is_in_use_is_not_tried_in_all_formats(plug):
    card = Card(rates=(), error=-9985)
    with pytest.raises(DeviceError):
        plug(card).take('card', 22_050, 0, NEVER)
    assert len(card.tried) <= 2, 'once more after devices have been looked for'


def test_an_unknown_one_is_an_error_with_the_names(plug):
    with pytest.raises(DeviceError, match="no speaker 'boom': there are 0: card"):
        plug(Card()).take('boom', 22_050, 0, NEVER)


def test_one_that_stumbles_is_opened_anew_and_loses_no_sound(plug):
    card = Card(rates=(22_050,))
    speaker = plug(card)
    stream, playout = speaker.take('card', 22_050, 0, NEVER), Playout(22_050)
    playout.feed(np.arange(1, 4411, dtype=np.int16))
    stream.play(Playing(playout, NEVER, NEVER))
    heard = [card.streams[0].block() for _ in range(7)]
    for _ in range(4):
        assert not card.streams[0].block(LATE).any()
    stream.watch()
    wait_for(lambda: len(card.streams) == 2, 'the new stream')
    wait_for(lambda: stream.watch() or not stream._pending, 'it to be taken')
    assert card.streams[0].closed
    assert card.streams[1].latency == LATENCIES[1]
    heard += [card.streams[1].block() for _ in range(22)]
    sound = np.concatenate(heard)[:, 0]
    assert np.array_equal(sound[sound > 0], np.arange(1, 4411)), 'nothing twice, and nothing left out'
    speaker.give_back(stream, 0)
    speaker.take('card', 22_050, 0, NEVER)
    assert card.streams[2].latency == LATENCIES[1], 'it is known for the next time'
    assert speaker.health()['speaker underruns'] == 0


def test_a_few_late_blocks_are_counted_and_change_nothing(plug):
    card = Card(rates=(22_050,))
    speaker = plug(card)
    stream = speaker.take('', 22_050, 0, NEVER)
    for number in range(200):
        card.streams[0].block(LATE if number % 20 < 2 else FINE)
        stream.watch()
    assert len(card.streams) == 1
    assert speaker.health()['speaker underruns'] == 20


def test_one_that_always_stumbles_is_an_error(plug):
    card = Card(rates=(22_050,))
    stream = plug(card).take('', 22_050, 0, NEVER)
    stream.play(Playing(Playout(22_050), NEVER, NEVER))

    def stumble():
        for _ in range(5):
            card.streams[-1].block(LATE)
        stream.watch()

    with pytest.raises(DeviceError, match='too late'):
        wait_for(stumble, 'the error')
    assert card.streams[-1].latency == LATENCIES[-1]
