"""Sound through the real PortAudio to a virtual loudspeaker, recorded."""

from __future__ import annotations

import math
import threading
from array import array

import pytest
from virtual_speaker import VirtualSpeaker

from gemma_events.action_output.speech.speaker import Speaker
from gemma_events.errors import DeviceError
from harness import wait_for

pytest.importorskip('sounddevice', exc_type=(ImportError, OSError), reason='sounddevice or PortAudio is not installed')

RATE = 22_050
NEVER = threading.Event()


@pytest.fixture
def loudspeaker(tmp_path, monkeypatch):
    speaker = VirtualSpeaker(tmp_path, monkeypatch)
    yield speaker
    speaker.close()


def tone(seconds):
    step = 2 * math.pi * 440 / RATE
    return array('h', (round(9000 * math.sin(step * n)) for n in range(int(seconds * RATE)))).tobytes()


def test_all_that_was_fed_has_been_heard_when_it_says_so(loudspeaker):
    speaker = Speaker('pulse', RATE)
    for _ in range(4):
        speaker.feed(tone(0.25))
    speaker.wait_until_played(NEVER)
    assert speaker.played >= 2 * RATE
    speaker.close()
    wait_for(lambda: loudspeaker.seconds_of_sound() > 0.97, 'a second of sound')  # the recorder is a bit behind
    assert loudspeaker.seconds_of_sound() < 1.05


def test_it_can_be_fed_while_it_plays(loudspeaker):
    speaker = Speaker('pulse', RATE)
    for _ in range(3):
        speaker.feed(tone(0.5))
        speaker.wait_until_taken(0.2, NEVER)
    speaker.wait_until_played(NEVER)
    speaker.close()
    wait_for(lambda: loudspeaker.seconds_of_sound() > 1.4, 'the sound')


def test_closing_cuts_the_sound(loudspeaker):
    speaker = Speaker('pulse', RATE)
    speaker.feed(tone(10))
    wait_for(lambda: loudspeaker.seconds_of_sound() > 0.3, 'some sound')
    before = loudspeaker.seconds_of_sound()
    assert 0 < speaker.played < 2 * RATE * 10
    speaker.close()
    wait_for(lambda: not any(loudspeaker.loud()[-20:]), 'silence')
    assert loudspeaker.seconds_of_sound() < before + 1  # not the ten that were fed


def test_a_lost_device_is_an_error(loudspeaker):
    speaker = Speaker('pulse', RATE)
    speaker.feed(tone(60))
    wait_for(lambda: loudspeaker.seconds_of_sound() > 0.1, 'some sound')
    loudspeaker.server.kill()
    with pytest.raises(DeviceError, match='lost'):
        speaker.wait_until_played(NEVER)
    speaker.close()


def test_a_frozen_sound_server_is_an_error_and_hangs_nobody(loudspeaker):
    speaker = Speaker('pulse', RATE)
    speaker.feed(tone(60))
    wait_for(lambda: loudspeaker.seconds_of_sound() > 0.1, 'some sound')
    loudspeaker.freeze()
    with pytest.raises(DeviceError, match='stuck'):
        speaker.wait_until_played(NEVER)
    speaker.close()
    with pytest.raises(DeviceError, match='stuck'):  # the last one could not be closed yet
        Speaker('pulse', RATE)
    loudspeaker.server.kill()
    wait_for(lambda: not Speaker._closing.is_alive(), 'the stuck stream to be closed')


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
        Speaker(device, RATE)
