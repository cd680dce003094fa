"""The listening thread: sources that end, are lost and found, and settings that change."""

from __future__ import annotations

import logging
import threading

import numpy as np
import pytest
from sounds import silence

from gemma_events.errors import DeviceError
from gemma_events.events import SECOND
from gemma_events.hearing import listener as module
from gemma_events.hearing.frames import NANOSECONDS_PER_SAMPLE, Chunk
from gemma_events.hearing.listener import Listener, State
from gemma_events.hearing.settings import HearingSettings
from gemma_events.hearing.utterances import Started, Stopped
from gemma_events.turns import Attention
from harness import wait_for

LOG = logging.getLogger('test')
SPEECH = np.full(16_000, 500, np.int16)


class Source:
    """Gives its chunks, then an error, an end, or nothing until it is closed."""

    name = 'test.wav'

    def __init__(self, *chunks, end=None, live=True, start=10**18):
        self.live, self.dropped, self._start = live, 0, start
        self._chunks, self._end, self.closed = chunks, end, threading.Event()

    def chunks(self):
        position = 0
        for samples in self._chunks:
            yield Chunk(samples, self._start + position * NANOSECONDS_PER_SAMPLE)
            position += len(samples)
        if isinstance(self._end, Exception):
            raise self._end
        if self._end != 'end':
            self.closed.wait(60)

    def silence(self):
        return 'nobody publishes'

    def close(self):
        self.closed.set()


class Loud:
    """A detector: what is not silent is speech."""

    def detect(self, frames, settings):
        return [bool(frame.samples.any()) for frame in frames]


@pytest.fixture
def listen(monkeypatch):
    """Start a listener on sources, one after the other; gives it and what it heard."""
    monkeypatch.setattr(module, 'RETRY_PAUSE', 0.01)
    listeners = []

    def start(*sources, room=lambda _: True, attention=Attention.LISTEN, detector=Loud, handle=None):
        waiting, heard = list(sources), []

        def open_source():
            source = waiting.pop(0) if waiting else Source()
            if isinstance(source, Exception):
                raise source
            return source

        listeners.append(
            Listener(
                open_source,
                detector,
                lambda: HearingSettings(audio_source='test.wav'),
                1,
                handle or (lambda one, timeline: heard.append(one)),
                room,
                lambda: attention,
                LOG,
            )
        )
        return listeners[-1], heard

    yield start
    for one in listeners:
        one.close()
    assert not [thread for thread in threading.enumerate() if thread.name == 'hearing']


def kinds(heard):
    return [type(one) for one in heard if isinstance(one, Started | Stopped)]


def test_a_file_is_heard_to_its_end(listen, caplog):
    caplog.set_level(logging.INFO)
    one, heard = listen(Source(SPEECH, silence(1), SPEECH, end='end', live=False))
    wait_for(lambda: one.state is State.ENDED, 'the end')
    assert kinds(heard) == [Started, Stopped, Started, Stopped]  # the last one without a hangover
    assert [record.getMessage() for record in caplog.records] == ['end of test.wav; utterances: 2']


def test_the_rest_of_a_file_that_fills_no_frame_is_heard(listen):
    one, heard = listen(Source(SPEECH[:15_999], end='end', live=False))
    wait_for(lambda: one.state is State.ENDED, 'the end')
    assert heard[-1].utterance.end == 16_320  # 34 frames
    assert one.metrics.frames == 34


@pytest.mark.uncounted
@pytest.mark.parametrize('size', [1, 480, 960, 7777])
def test_the_size_of_chunks_changes_nothing(listen, size):
    sound = np.concatenate([SPEECH, silence(0.4), SPEECH, silence(1), SPEECH[:4000], silence(1)])
    ends = [16_000 * 24 // 10, 16_000 * 34 // 10 + 4000]

    def hear(*chunks):
        one, heard = listen(Source(*chunks, end='end', live=False))
        wait_for(lambda: one.state is State.ENDED, 'the end')
        return heard

    heard = hear(*np.array_split(sound, max(1, len(sound) // size)))
    assert heard == hear(sound)
    assert [one.utterance.end for one in heard if isinstance(one, Stopped)] == pytest.approx(ends, abs=2 * 960)


def test_an_utterance_has_all_that_was_heard_when_the_device_is_lost(listen):
    _, heard = listen(*[Source(*np.array_split(SPEECH, 16), end=DeviceError('unplugged'))])
    wait_for(lambda: Stopped in kinds(heard), 'the end of the utterance')
    assert len(heard[-1].utterance.audio) == 2 * 15_840  # 33 whole frames


def test_a_device_that_is_lost_stops_the_utterance_and_is_opened_again(listen, caplog):
    caplog.set_level(logging.INFO)
    one, heard = listen(
        Source(SPEECH, end=DeviceError('unplugged')),
        DeviceError('no such device'),
        DeviceError('no such device'),
        Source(SPEECH, silence(1)),
    )
    wait_for(lambda: len(kinds(heard)) == 4, 'two utterances')
    assert [one.utterance.number for one in heard if isinstance(one, Stopped)] == [1, 2]
    assert [record.getMessage() for record in caplog.records] == [
        'unplugged; trying again until it works',
        'no such device; trying again until it works',
        'hearing again',
    ]
    assert (one.state, one.metrics.losses) == (State.LISTENING, 3)


def test_after_a_loss_stamps_are_those_of_the_new_source(listen):
    """However short the loss was."""
    stamps = []
    starts = [10**18, 10**18 + SECOND + SECOND // 5, 10**18 - 30 * SECOND]
    sources = (Source(SPEECH[:15_900], end=DeviceError('unplugged'), start=start) for start in starts)
    listen(
        *sources,
        handle=lambda one, timeline: isinstance(one, Started) and stamps.append(timeline.stamp(one.utterance.start)),
    )
    wait_for(lambda: len(stamps) == 3, 'three utterances')
    assert stamps == starts


def test_a_fault_is_reported_and_hearing_goes_on(listen, caplog):
    _, heard = listen(Source(SPEECH, end=ZeroDivisionError('a fault')), Source(SPEECH, silence(1)))
    wait_for(lambda: len(kinds(heard)) == 4, 'two utterances')
    assert "ZeroDivisionError('a fault'), a fault in gemma_events; trying again until it works" in caplog.text
    assert 'Traceback' in caplog.text


def broken(detect):
    """A detector of another package."""
    return lambda: type('Broken', (), {'detect': lambda self, frames, settings: detect(frames)})()


@pytest.mark.parametrize(
    ('detect', 'reason'),
    [
        (lambda frames: 1 / 0, 'vad webrtc_silero failed: ZeroDivisionError: division by zero'),
        (lambda frames: [], 'vad webrtc_silero failed: it was given 32 frames and answered 0'),
        (lambda frames: None, "vad webrtc_silero failed: TypeError: 'NoneType' object is not iterable"),
    ],
)
def test_a_detector_that_fails_is_reported_in_a_line_and_tried_again(listen, caplog, detect, reason):
    caplog.set_level(logging.INFO)
    one, heard = listen(*[Source(SPEECH) for _ in range(5)], detector=broken(detect))
    wait_for(lambda: one.metrics.losses >= 3, 'three attempts')
    assert (one.state, one.trouble.text, heard) == (State.LOST, reason, [])
    assert [record.getMessage() for record in caplog.records] == [f'{reason}; trying again until it works']


def test_closing_stops_the_utterance_and_ends_the_thread(listen):
    one, heard = listen(Source(SPEECH))
    wait_for(lambda: heard, 'the start')
    one.close()
    assert kinds(heard) == [Started, Stopped]
    assert (one.state, one.next_number) == (State.CLOSED, 2)


def test_a_file_waits_until_there_is_room(listen):
    room = threading.Event()
    one, heard = listen(Source(SPEECH, silence(1), SPEECH, end='end', live=False), room=lambda _: room.wait(0.01))
    wait_for(lambda: heard and one.state is State.LISTENING, 'the start')
    room.set()
    wait_for(lambda: one.state is State.ENDED, 'the end')


def test_what_is_to_be_ignored_counts_as_silence(listen):
    one, heard = listen(Source(SPEECH, end='end'), attention=Attention.IGNORE)
    wait_for(lambda: one.state is State.ENDED, 'the end')
    assert not heard
    assert one.metrics.meter.level > -96


def test_level_and_clipping(listen):
    loud = np.tile(np.array([32767, -32768], np.int16), 32_000)
    one, _ = listen(Source(loud, end='end'))
    wait_for(lambda: one.state is State.ENDED, 'the end')
    assert one.metrics.meter.clipped == 64_000
    assert one.metrics.meter.level == pytest.approx(0.0, abs=0.1)


def test_why_nothing_comes_is_told_once_it_is_missed(listen, monkeypatch):
    one, _ = listen(Source())
    wait_for(lambda: one.source, 'the source to be opened')
    assert (one.state, one.silence) == (State.OPENING, '')  # it may yet come
    monkeypatch.setattr(module, 'FIRST_SOUND', -1.0)
    assert one.silence == 'nobody publishes'


def test_why_nothing_comes_any_more_is_told_at_once(listen, monkeypatch):
    monkeypatch.setattr(module, 'RETRY_PAUSE', 60.0)
    one, _ = listen(Source(SPEECH, end=DeviceError('no more sound comes')))
    wait_for(lambda: one.state is State.LOST, 'the loss')
    assert one.silence == 'nobody publishes'


def test_what_happens_is_told_to_who_looks_for_a_fault(listen, caplog):
    caplog.set_level(logging.DEBUG)
    one, _ = listen(Source(SPEECH, silence(1), end='end', live=False))
    wait_for(lambda: one.state is State.ENDED, 'the end')
    assert [record.getMessage() for record in caplog.records if record.levelno == logging.DEBUG] == [
        'opened test.wav',
        'utterance 1 started at 1000000000.00',
        'utterance 1 stopped after 1.08 s',
    ]
