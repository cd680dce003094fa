"""Sound through the real PortAudio to a virtual loudspeaker, recorded."""

from __future__ import annotations

import itertools
import threading

import numpy as np
import pytest
from virtual_speaker import VirtualSpeaker

from gemma_events.action_output.speech import stream as stream_module
from gemma_events.action_output.speech.playout import Playout
from gemma_events.action_output.speech.speaker import Speaker
from gemma_events.action_output.speech.stream import Playing
from gemma_events.errors import DeviceError
from harness import wait_for

pytest.importorskip('sounddevice', exc_type=(ImportError, OSError), reason='sounddevice or PortAudio is not installed')

RATE = 22_050
NEVER = threading.Event()


def tone(seconds):
    return (9000 * np.sin(2 * np.pi * 440 * np.arange(round(seconds * RATE)) / RATE)).astype(np.int16)


class Voice:
    """A Speaker on the virtual loudspeaker, what it plays, and what its tap gets."""

    def __init__(self, loudspeaker):
        self.loudspeaker, self.tapped = loudspeaker, []
        self.speaker = Speaker(lambda block, rate, latency: self.tapped.append(block))

    def take(self, device='pulse', lead_in=0.0):
        self.stream = self.speaker.take(device, RATE, lead_in, NEVER)
        return self.stream

    def play(self, sound, finish=True):
        self.playout, self.paused, self.cancelled = Playout(self.stream.rate), threading.Event(), threading.Event()
        self.playout.feed(sound)
        if finish:
            self.playout.finish()
        self.stream.play(Playing(self.playout, self.paused, self.cancelled))

    def wait_for(self, condition, what):
        def look():
            self.stream.watch()
            return condition()

        return wait_for(look, what)

    def wait_for_sound(self, seconds):
        self.wait_for(lambda: self.loudspeaker.seconds_of_sound() > seconds, 'some sound')

    def wait_until_over(self):
        self.wait_for(lambda: self.playout.over(self.stream.held), 'all to be heard')


@pytest.fixture
def voice(tmp_path, monkeypatch):
    loudspeaker = VirtualSpeaker(tmp_path, monkeypatch)
    voice = Voice(loudspeaker)
    yield voice
    loudspeaker.close()
    voice.speaker.close()
    wait_for(lambda: not voice.speaker._closing or not voice.speaker._closing.hangs, 'the stream to be closed')


def test_all_that_was_fed_has_been_heard_when_it_says_so_also_in_the_next_speech(voice):
    voice.take()
    for number in (1, 2):
        voice.play(tone(0.3))
        voice.wait_until_over()
        heard = voice.loudspeaker.seconds_of_sound()
        voice.wait_for_sound(number * 0.29)  # the recorder is behind
        assert heard > number * 0.3 - 0.1, 'nothing was left to be heard but what the recorder holds'
        voice.speaker.give_back(voice.stream, keep=60)
        assert voice.take() is voice.stream
    assert voice.loudspeaker.seconds_of_sound() < 0.65
    health = voice.speaker.health()
    assert (health['device'], health['speaker rate'], health['speaker opened']) == ('pulse', RATE, 1)
    silent = [block is None for block in voice.tapped]
    assert [is_silent for is_silent, _ in itertools.groupby(silent)][-4:] == [False, True, False, True]
    assert silent.count(False) == 2 * 24
    voice.speaker.give_back(voice.stream, keep=0)


def test_it_begins_with_silence_when_it_was_just_opened(voice):
    voice.take(lead_in=0.5)
    voice.play(tone(0.2))
    first = len(voice.loudspeaker.loud())
    voice.wait_until_over()
    voice.wait_for_sound(0.18)
    assert voice.loudspeaker.loud().index(True) - first > 40
    voice.speaker.give_back(voice.stream, keep=60)
    voice.take(lead_in=0.5)
    assert voice.stream._lead <= 0, 'it was open'
    voice.speaker.give_back(voice.stream, keep=0)


def test_a_cut_is_heard_at_once_and_the_same_stream_plays_the_next_sound(voice):
    stream = voice.take()
    voice.play(tone(10))
    voice.wait_for_sound(0.3)
    voice.cancelled.set()
    voice.stream.stop()
    assert 0.2 * RATE < voice.playout.heard(voice.stream.held) < 3 * RATE
    voice.speaker.give_back(voice.stream, keep=60)
    wait_for(lambda: not any(voice.loudspeaker.loud()[-20:]), 'silence')
    before = voice.loudspeaker.seconds_of_sound()
    assert before < 3
    assert voice.tapped[-1] is None
    assert voice.take() is stream
    voice.play(tone(0.2))
    voice.wait_until_over()
    voice.wait_for_sound(before + 0.18)
    voice.speaker.give_back(stream, keep=0)


def test_cut_while_it_pauses_it_just_ends(voice):
    voice.take()
    voice.play(tone(10))
    voice.wait_for_sound(0.1)
    voice.paused.set()
    voice.wait_for(lambda: voice.stream._quiet > 2 * voice.stream.held, 'the pause to be heard')
    voice.cancelled.set()
    voice.stream.stop()
    assert voice.stream.fresh, 'there was nothing to abort'
    voice.speaker.give_back(voice.stream, keep=0)


def test_it_is_closed_after_a_while_without_speech(voice):
    voice.take()
    voice.speaker.give_back(voice.stream, keep=0.2)
    wait_for(lambda: voice.speaker._closing, 'the device to be closed')
    voice.take()
    assert voice.speaker.health()['speaker opened'] == 2
    voice.speaker.give_back(voice.stream, keep=0)


def test_a_lost_device_is_an_error_and_the_next_speech_finds_it_again(voice, tmp_path, monkeypatch):
    voice.take()
    voice.play(tone(60))
    voice.wait_for_sound(0.1)
    voice.loudspeaker.server.kill()
    with pytest.raises(DeviceError, match='lost'):
        voice.wait_until_over()
    voice.speaker.give_back(voice.stream, keep=60)
    assert voice.speaker.health()['speaker lost'] == 1
    with pytest.raises(DeviceError, match='no speaker'):
        voice.take()
    voice.loudspeaker.close()
    voice.loudspeaker = VirtualSpeaker(tmp_path / 'again', monkeypatch)
    voice.stream = wait_for(lambda: taken(voice), 'the device')
    voice.play(tone(0.2))
    voice.wait_until_over()
    voice.wait_for_sound(0.18)
    voice.speaker.give_back(voice.stream, keep=0)
    voice.loudspeaker.close()


def taken(voice):
    try:
        return voice.take()
    except DeviceError:
        return None


def test_one_that_was_lost_while_it_was_idle_is_opened_anew(voice, tmp_path, monkeypatch):
    stream = voice.take()
    voice.speaker.give_back(stream, keep=60)
    voice.loudspeaker.close()
    wait_for(lambda: not stream.fresh, 'the device to be lost')
    voice.loudspeaker = VirtualSpeaker(tmp_path / 'again', monkeypatch)
    assert wait_for(lambda: taken(voice), 'the device') is not stream
    assert voice.speaker.lost == 1
    voice.speaker.give_back(voice.stream, keep=0)
    voice.loudspeaker.close()


def test_a_frozen_sound_server_is_an_error_and_hangs_nobody(voice, monkeypatch):
    voice.take()
    voice.play(tone(60))
    voice.wait_for_sound(0.1)
    monkeypatch.setattr(stream_module, 'PATIENCE', 1.0)
    voice.loudspeaker.freeze()
    with pytest.raises(DeviceError, match=r'stuck|lost'):
        voice.wait_until_over()
    voice.speaker.give_back(voice.stream, keep=60)
    with pytest.raises(DeviceError, match=r'stuck|not answer'):  # the last one could not be closed yet
        voice.take()
    voice.loudspeaker.server.kill()


def test_a_server_that_is_frozen_when_it_is_to_be_opened_hangs_nobody(voice, monkeypatch):
    voice.take()
    voice.speaker.give_back(voice.stream, keep=0)  # it is known that there is one
    monkeypatch.setattr('gemma_events.portaudio.LIMIT', 0.2)
    voice.loudspeaker.freeze()
    with pytest.raises(DeviceError, match='does not answer'):
        voice.take()
    cancelled = threading.Event()
    cancelled.set()
    assert voice.speaker.take('pulse', RATE, 0, cancelled) is None
    voice.loudspeaker.server.kill()


@pytest.mark.parametrize('device', ['no such speaker', '4711', ''])
def test_no_such_speaker(tmp_path, monkeypatch, device):
    monkeypatch.setenv('XDG_RUNTIME_DIR', str(tmp_path))
    monkeypatch.setenv('PULSE_SERVER', f'unix:{tmp_path}/nobody')
    if not device:
        import sounddevice

        if any(
            item['max_output_channels'] and item['name'] not in ('pulse', 'default')
            for item in sounddevice.query_devices()
        ):
            pytest.skip('this machine has a loudspeaker')
    with pytest.raises(DeviceError, match='no speaker'):
        Speaker(print).take(device, RATE, 0, NEVER)
