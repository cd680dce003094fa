"""Sound files: any rate, any number of channels, damaged, or none at all."""

from __future__ import annotations

import logging
import os
import time
from pathlib import Path

import numpy as np
import pytest

from gemma_events.errors import ConfigurationError
from gemma_events.events import SECOND
from gemma_events.hearing.frames import NANOSECONDS_PER_SAMPLE, SAMPLE_RATE
from gemma_events.hearing.sources import kind_of

av = pytest.importorskip('av')
from sounds import silence, write_wav  # noqa: E402

from gemma_events.hearing.file_source import FileSource, check  # noqa: E402

LOG = logging.getLogger('test')
START = 10**18


class Clock:
    """The node's clock: it began at `start` a while ago, and can be set."""

    def __init__(self, start=START):
        self.offset = start - time.monotonic_ns()

    def __call__(self):
        return time.monotonic_ns() + self.offset


def read(path, channel=0, real_time=False, now=lambda: START):
    return list(FileSource(path, real_time, channel, now, LOG).chunks())


def samples(chunks):
    return np.concatenate([chunk.samples for chunk in chunks])


def tone(rate, seconds=2.0, channels=1):
    wave = 10_000 * np.sin(2 * np.pi * 440 * np.arange(int(rate * seconds)) / rate)
    return np.repeat(wave[:, np.newaxis], channels, axis=1)


@pytest.mark.parametrize('rate', [8000, 11_025, 16_000, 44_100, 48_000, 96_000])
@pytest.mark.parametrize('channels', [1, 2, 8])
def test_any_rate_and_any_number_of_channels(tmp_path, rate, channels):
    sound = samples(read(write_wav(tmp_path / 'tone.wav', tone(rate, channels=channels), rate, channels)))
    assert len(sound) == pytest.approx(2 * SAMPLE_RATE, abs=20)
    spectrum = np.abs(np.fft.rfft(sound[1600:-1600].astype(float)))
    assert np.argmax(spectrum) * SAMPLE_RATE / (len(sound) - 3200) == pytest.approx(440, abs=1)
    assert np.abs(sound).max() == pytest.approx(10_000, rel=0.05)


@pytest.mark.parametrize(('channel', 'peak'), [(0, 4000), (1, 8000), (2, 0), (9, 0)])
def test_one_channel_or_the_mean_of_all(tmp_path, channel, peak):
    stereo = np.stack([np.tile([8000, -8000], 8000), np.zeros(16_000)], axis=1)
    sound = samples(read(write_wav(tmp_path / 'stereo.wav', stereo, channels=2), channel))
    assert np.abs(sound).max() == pytest.approx(peak, abs=2)


def test_sound_that_needs_no_conversion_is_left_as_it_is(tmp_path):
    noise = np.random.default_rng(1).integers(-30_000, 30_000, 33_333).astype(np.int16)
    assert np.array_equal(samples(read(write_wav(tmp_path / 'noise.wav', noise))), noise)


@pytest.mark.parametrize('real_time', [False, True])
def test_stamps_follow_the_position_in_the_file(tmp_path, real_time):
    clock = Clock() if real_time else lambda: START
    before = clock()
    chunks = read(write_wav(tmp_path / 'silence.wav', silence(0.5)), real_time=real_time, now=clock)
    start, position = chunks[0].stamp, 0
    assert before <= start <= clock()
    for chunk in chunks:
        assert chunk.stamp == start + position * NANOSECONDS_PER_SAMPLE
        position += len(chunk.samples)
    assert position * NANOSECONDS_PER_SAMPLE == SECOND // 2


@pytest.mark.parametrize('step', [-30, 3600])
def test_a_clock_that_is_set_is_followed_at_the_pace_of_real_time(tmp_path, step):
    clock = Clock()
    source = FileSource(write_wav(tmp_path / 'silence.wav', silence(0.6)), True, 0, clock, LOG)
    stamps = []
    for chunk in source.chunks():
        stamps.append(chunk.stamp)
        if len(stamps) == 5:
            clock.offset += step * SECOND
    steps = np.diff(stamps) / SECOND
    assert steps[4] == pytest.approx(step + 0.06, abs=0.1)
    assert set(np.delete(steps, 4)) == {0.06}


def test_a_file_that_is_read_fast_is_one_stretch_of_time(tmp_path):
    clock = Clock()
    source = FileSource(write_wav(tmp_path / 'silence.wav', silence(3)), False, 0, clock, LOG)
    stamps = []
    for chunk in source.chunks():
        stamps.append(chunk.stamp)
        clock.offset -= 30 * SECOND
    assert np.diff(stamps).tolist() == [SECOND, SECOND]


@pytest.mark.parametrize('real_time', [False, True])
def test_the_time_of_a_file_is_unknown_until_the_clock_is_known(tmp_path, real_time):
    """Simulated time of which nothing has come yet."""
    clock, known = Clock(), False
    path = write_wav(tmp_path / 'silence.wav', silence(2 if not real_time else 0.2))
    chunks = FileSource(path, real_time, 0, lambda: known and clock(), LOG).chunks()
    assert next(chunks).stamp == 0
    known = True
    assert next(chunks).stamp > START


def test_not_a_number_is_silence(tmp_path):
    path = tmp_path / 'nan.wav'
    with av.open(str(path), 'w') as container:
        stream = container.add_stream('pcm_f32le', rate=SAMPLE_RATE, layout='mono')
        sound = np.full((1, 16_000), 0.25, np.float32)
        sound[0, 4000:5000] = np.nan
        sound[0, 6000] = np.inf
        frame = av.AudioFrame.from_ndarray(sound, 'flt', 'mono')
        frame.rate = SAMPLE_RATE
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    heard = samples(read(path))
    assert not heard[4000:5000].any()
    assert set(heard[8000:16_000]) == {8192}


def test_a_file_that_was_cut_in_the_middle_is_heard_until_there(tmp_path, caplog):
    whole = write_wav(tmp_path / 'whole.wav', tone(16_000))
    half = tmp_path / 'half.wav'
    half.write_bytes(whole.read_bytes()[:30_001])
    check(half)
    assert 13_000 < len(samples(read(half))) <= 15_000  # whole packets of 4096 bytes
    assert 'damaged after 0.9 s' in caplog.text


def test_a_damaged_file_ends_nothing(tmp_path):
    path = tmp_path / 'tone.flac'
    with av.open(str(path), 'w') as container:
        stream = container.add_stream('flac', rate=SAMPLE_RATE, layout='mono')
        frame = av.AudioFrame.from_ndarray(tone(16_000, 4).astype(np.int16).T.copy(), 's16', 'mono')
        frame.rate = SAMPLE_RATE
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    data = bytearray(path.read_bytes())
    data[len(data) // 2 :] = np.random.default_rng(1).bytes(len(data) - len(data) // 2)
    path.write_bytes(data)
    assert len(samples(read(path))) > SAMPLE_RATE  # whatever FFmpeg makes of the rest


def empty(path):
    path.write_bytes(b'')


def text(path):
    path.write_text('no sound at all\n' * 100)


def no_samples(path):
    write_wav(path, [])


def unreadable(path):
    write_wav(path, silence(1)).chmod(0)


@pytest.mark.parametrize(
    ('make', 'reason'),
    [
        (lambda path: None, 'no such file'),
        (Path.mkdir, 'folder'),
        (os.mkfifo, 'is a device or a pipe'),
        (empty, 'is empty'),
        (text, 'not a sound file'),
        (no_samples, 'no sound'),
        (unreadable, 'may not be read'),
    ],
)
def test_what_is_not_a_sound_file_is_refused_in_one_line(tmp_path, make, reason):
    if make is unreadable and os.geteuid() == 0:
        pytest.skip('root may read every file')
    path = tmp_path / 'sound.wav'
    make(path)
    with pytest.raises(ConfigurationError) as raised:
        check(path)
    assert reason in str(raised.value)
    assert str(path) in str(raised.value)
    assert '\n' not in str(raised.value)


def test_a_film_without_sound_is_not_a_sound_file(tmp_path):
    path = tmp_path / 'film.mkv'
    with av.open(str(path), 'w') as container:
        stream = container.add_stream('mpeg4', rate=10)
        stream.width = stream.height = 64
        stream.pix_fmt = 'yuv420p'
        container.mux(stream.encode(av.VideoFrame(64, 64, 'yuv420p')))
        container.mux(stream.encode(None))
    with pytest.raises(ConfigurationError, match='only video'):
        check(path)


def test_closing_ends_a_file_at_once(tmp_path):
    source = FileSource(write_wav(tmp_path / 'long.wav', silence(60)), True, 0, lambda: START, LOG)
    chunks = source.chunks()
    next(chunks)
    source.close()
    assert list(chunks) == []


@pytest.mark.parametrize(
    ('name', 'kind'),
    [
        ('', 'microphone'),
        ('default', 'microphone'),
        ('3', 'microphone'),
        ('USB Audio', 'microphone'),
        ('HDA Intel PCH: ALC892 Analog (hw:0,0)', 'microphone'),
        ('/no/such/file', 'file'),
        ('speech.wav', 'file'),
        ('talk.MP3', 'file'),
        ('./talk', 'file'),
        ('~/talk', 'file'),
        (__file__, 'file'),
        ('topic:microphone', 'topic'),
        ('topic:/robot/microphone', 'topic'),
    ],
)
def test_what_a_source_is(name, kind):
    assert kind_of(name).name == kind
