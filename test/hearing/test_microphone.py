"""Microphones: which one is meant, and a real one that is plugged in, freezes, and dies."""

from __future__ import annotations

import contextlib
import logging
import os
import queue
import threading
import time
import types

import numpy as np
import pytest
import virtual_microphone

from gemma_events import portaudio
from gemma_events.errors import DeviceError
from gemma_events.events import SECOND
from gemma_events.hearing import vad
from gemma_events.hearing.frames import SAMPLE_RATE
from gemma_events.hearing.listener import Listener, State
from gemma_events.hearing.microphone import Microphone, find_device, print_devices
from gemma_events.hearing.settings import HearingSettings
from gemma_events.hearing.timeline import Timeline
from gemma_events.hearing.utterances import Started, Stopped
from gemma_events.turns import Attention
from harness import wait_for

DEVICES = [
    {'index': 1, 'name': 'HDA Intel PCH: ALC892 (hw:0,0)', 'default': False},
    {'index': 4, 'name': 'USB Audio: front', 'default': True},
    {'index': 7, 'name': 'USB Audio', 'default': False},
]


@pytest.mark.parametrize(
    ('name', 'index'),
    [('', 4), ('default', 4), ('1', 1), ('USB Audio', 7), ('usb audio', 7), ('front', 4), ('ALC892', 1)],
)
def test_which_microphone_is_meant(name, index):
    assert find_device(DEVICES, name)['index'] == index


def test_without_a_default_the_first_one_is_taken():
    assert find_device([{**device, 'default': False} for device in DEVICES], '')['index'] == 1


@pytest.mark.parametrize(('devices', 'reason'), [(DEVICES, 'there are 1: HDA'), ([], 'plug one in')])
def test_a_microphone_that_is_not_there(devices, reason):
    with pytest.raises(DeviceError, match=reason):
        find_device(devices, 'headset')


def test_the_list_marks_the_one_that_is_taken(monkeypatch, capsys):
    monkeypatch.setattr('gemma_events.portaudio.load', lambda: None)
    more = {'max_input_channels': 2, 'default_samplerate': 48_000.0}
    monkeypatch.setattr(
        'gemma_events.hearing.microphone.input_devices', lambda _: [{**device, **more} for device in DEVICES]
    )
    assert print_devices() == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line for line in lines if line.startswith('*')] == ['*     4         2  48000  USB Audio: front']
    assert len(lines) == 4


def test_a_list_of_nothing_says_so(monkeypatch, capsys):
    monkeypatch.setattr('gemma_events.portaudio.load', lambda: None)
    monkeypatch.setattr('gemma_events.hearing.microphone.input_devices', lambda _: [])
    assert print_devices() == 1
    assert 'there is no microphone' in capsys.readouterr().out


@pytest.fixture
def plug(tmp_path, monkeypatch, request):
    """A virtual microphone, not yet plugged in; the test's parameter says whether it has a pipe."""
    if reason := virtual_microphone.missing():
        pytest.skip(reason)
    try:
        portaudio.load()
    except DeviceError as error:
        pytest.skip(str(error))
    monkeypatch.setitem(os.environ, 'XDG_RUNTIME_DIR', str(tmp_path / 'run'))
    one = virtual_microphone.VirtualMicrophone(tmp_path / 'run', piped=getattr(request, 'param', False))
    yield one
    one.unplug()


def test_a_microphone_that_comes_speaks_freezes_and_dies(plug, conversation):
    settings, heard = HearingSettings(vad='webrtc'), []
    listener = Listener(
        lambda: Microphone('pulse', 0, time.time_ns),
        lambda: vad.create(settings),
        lambda: settings,
        1,
        lambda one, timeline: heard.append((type(one), timeline.stamp(one.utterance.start))),
        lambda _: True,
        lambda: Attention.LISTEN,
        logging.getLogger('test'),
    )

    def becomes(state):
        wait_for(lambda: listener.state is state, f'the microphone to be {state.value}')

    try:
        becomes(State.LOST)
        plug.plug_in()
        becomes(State.LISTENING)
        player = plug.play(conversation)
        wait_for(lambda: [kind for kind, _ in heard].count(Stopped) >= 2, 'two utterances')
        starts = [stamp / 1e9 for kind, stamp in heard if kind is Started]
        assert starts[1] - starts[0] == pytest.approx(1.43 + 1.2, abs=0.3)  # as in the recording
        player.kill()
        player.wait()
        plug.freeze()
        becomes(State.LOST)
        plug.thaw()
        becomes(State.LISTENING)
        plug.unplug()
        becomes(State.LOST)
    finally:
        listener.close()
    assert not [thread for thread in threading.enumerate() if thread.name == 'hearing']


def test_a_microphone_closes_while_the_sound_server_is_frozen(plug):
    plug.plug_in()
    microphone = wait_for(opened, 'the microphone')
    chunks = microphone.chunks()
    next(chunks)
    plug.freeze()
    microphone.close()
    assert list(chunks) == []  # ends; the device is closed by a thread that nobody waits for
    plug.thaw()
    wait_for(
        lambda: not [thread for thread in threading.enumerate() if thread.name == 'close sound'],
        'the device to be closed',
    )


def opened():
    """The microphone; None while PortAudio has not found it yet."""
    with contextlib.suppress(DeviceError):
        return Microphone('pulse', 0, time.time_ns)


PIECE = 160  # samples, 10 ms


@pytest.fixture
def feed(plug):
    """Write 10 ms of sound every 10 ms from now on, of samples that say which piece it is; gives when that began."""
    over, threads = threading.Event(), []

    def write(began):
        with plug.pipe.open('wb', buffering=0) as pipe:
            for number in range(1, 30_000):
                if over.wait(max(0.0, began + number * PIECE / SAMPLE_RATE - time.monotonic())):
                    return
                pipe.write(np.full(PIECE, number, np.int16).tobytes())

    def start():
        now, began = time.time_ns(), time.monotonic()
        threads.append(threading.Thread(target=write, args=(began,), name='feed'))
        threads[0].start()
        return now

    yield start
    over.set()
    for thread in threads:
        thread.join()


@pytest.mark.parametrize('plug', [True], indirect=True)
@pytest.mark.parametrize('pause', [0.0, 0.3, 1.0])  # seconds from opening to the first sound
def test_no_stamp_is_before_the_sound(plug, feed, pause):
    """Also in the first seconds, in which PulseAudio is wrong by up to half a second about how old its sound is."""
    plug.plug_in()
    microphone = wait_for(opened, 'the microphone')
    time.sleep(pause)
    began = feed() / SECOND
    timeline, position, errors = Timeline(), 0, []
    for chunk in microphone.chunks():
        timeline.anchor(position, chunk.stamp)
        for offset in np.flatnonzero(np.diff(chunk.samples)) + 1:  # where a piece begins
            captured = began + (int(chunk.samples[offset]) - 1) * PIECE / SAMPLE_RATE
            errors.append(timeline.stamp(position + int(offset)) / SECOND - captured)
        position += len(chunk.samples)
        if position > 3 * SAMPLE_RATE:
            break
    microphone.close()
    assert -0.03 < min(errors) < 0.1  # how late single ones are depends on how busy the machine is


def test_what_is_lost_before_it_comes_is_counted():
    microphone = Microphone.__new__(Microphone)
    microphone.dropped, microphone._rate, microphone._now = 0, SAMPLE_RATE, time.time_ns
    microphone._queue = queue.Queue(1)
    for overflow in (False, True, False):
        microphone._hear(np.zeros((960, 1)), 960, None, types.SimpleNamespace(input_overflow=overflow))
    assert microphone.dropped == 3  # two for which there was no room, one that PortAudio tells of
