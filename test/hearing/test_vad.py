"""The detectors, on recorded people and on other sound; what they need; and detectors of other packages."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sounds import frame, silence, to_frames

from gemma_events.errors import ConfigurationError, GemmaError
from gemma_events.hearing import vad
from gemma_events.hearing.cascade import Cascade
from gemma_events.hearing.vad import VadSettings

SETTINGS = VadSettings()


class First:
    """Calls speech what is not silent."""

    def detect(self, frames, settings):
        return [bool(one.samples.any()) for one in frames]


class Second:
    """Notes what it is shown, and answers as planned."""

    def __init__(self, *probabilities):
        self.shown, self.given = [], list(probabilities)

    def probabilities(self, frames):
        self.shown.append([one.position // 480 for one in frames])
        return [self.given.pop(0) for _ in frames]


class Odd:
    """Calls every other frame that it hears speech: remembers, as a network does."""

    def __init__(self):
        self.heard = 0

    def probabilities(self, frames):
        start, self.heard = self.heard, self.heard + len(frames)
        return [float(n % 2) for n in range(start, self.heard)]


def test_both_have_to_call_it_speech():
    detector = Cascade(First(), Second(0.9, 0.41, 0.42))
    assert detector.detect([frame(n, level) for n, level in enumerate((0, 1, 1))], SETTINGS) == [False, False, True]
    assert detector.doubted == 1


def test_the_second_hears_what_came_shortly_before_and_each_frame_once():
    second = Second(*[1.0] * 14)
    detector = Cascade(First(), second)
    frames = [frame(n, level) for n, level in enumerate([0] * 20 + [1, 1, 0, 0, 1])]
    for one in frames:
        detector.detect([one], SETTINGS)
    assert second.shown == [list(range(11, 21)), [21], [22, 23, 24]]


@given(st.lists(st.integers(0, 1), max_size=60), st.lists(st.integers(0, 60), max_size=10))
def test_it_makes_no_difference_how_many_frames_are_given_at_once(levels, cuts):
    frames = [frame(n, level) for n, level in enumerate(levels)]
    singly, together = Cascade(First(), Odd()), Cascade(First(), Odd())
    expected = [speech for one in frames for speech in singly.detect([one], SETTINGS)]
    places = sorted({0, *cuts, len(frames)})
    assert [
        speech for start, end in pairwise(places) for speech in together.detect(frames[start:end], SETTINGS)
    ] == expected


@pytest.mark.parametrize(
    ('missing', 'detector', 'advice'),
    [
        ('webrtcvad', 'webrtc', 'pip install webrtcvad-wheels'),
        ('onnxruntime', 'webrtc_silero', 'pip install onnxruntime, or set vad to webrtc'),
    ],
)
def test_what_is_not_installed_is_named(missing, detector, advice, monkeypatch):
    monkeypatch.setattr('importlib.util.find_spec', lambda module: module != missing)
    with pytest.raises(ConfigurationError, match=f'vad {detector} needs .*{advice}'):
        vad.check(VadSettings(vad=detector))


class Loud:
    """A detector of another package."""

    def __init__(self, settings):
        self.settings = settings

    def detect(self, frames, settings):
        return [bool(frame.samples.any()) for frame in frames]


class Particular(Loud):
    @staticmethod
    def check(settings):
        raise ConfigurationError('particular needs an aggressiveness of 7')


class Deaf(Loud):
    detect = None


class Broken(Loud):
    def __init__(self, settings):
        raise OSError('no such network:\n  /tmp/network.onnx')


def named(detector):
    return VadSettings(vad=f'{__name__}:{detector.__name__}')


def test_a_detector_of_another_package():
    vad.check(named(Loud))
    detector = vad.create(named(Loud))
    assert detector.settings == named(Loud)
    assert vad.detect(detector, [frame(0), frame(1, 7)], SETTINGS) == [False, True]


def test_what_a_detector_sees_to_be_wrong_is_said_before_it_is_loaded():
    with pytest.raises(ConfigurationError, match='aggressiveness of 7'):
        vad.check(named(Particular))


@pytest.mark.parametrize('error', [ValueError('odd frame'), SystemExit(3), KeyboardInterrupt()])
def test_a_detector_that_fails_while_it_listens_is_a_line(monkeypatch, error):
    def fail(self, frames, settings):
        raise error

    monkeypatch.setattr(Loud, 'detect', fail)
    with pytest.raises(GemmaError, match=type(error).__name__):
        vad.detect(vad.create(named(Loud)), [frame(0)], SETTINGS)


def test_a_name_that_nobody_registers():
    with pytest.raises(ConfigurationError, match="no voice activity detector 'sixth_sense': there are webrtc_silero"):
        vad.check(VadSettings(vad='sixth_sense'))


@pytest.mark.parametrize(
    ('name', 'reason'),
    [
        ('no_such_package:Vad', "No module named 'no_such_package'"),
        (f'{__name__}:Missing', 'Missing'),
        (f'{__name__}:Deaf', r'has no detect\(\)'),
        (f'{__name__}:Broken', 'no such network: /tmp/network.onnx'),
    ],
)
def test_a_detector_that_cannot_be_made_is_a_line_when_it_is_wanted(name, reason):
    settings = VadSettings(vad=name)
    vad.check(settings)
    with pytest.raises(GemmaError, match=reason) as raised:
        vad.create(settings)
    assert '\n' not in str(raised.value)


@pytest.fixture(params=['webrtc', 'webrtc_silero'])
def settings(request):
    try:
        vad.check(chosen := replace(SETTINGS, vad=request.param))
    except ConfigurationError as error:
        pytest.skip(str(error))
    return chosen


def share(settings, samples):
    """The share of frames that hold speech."""
    detector = vad.create(settings)
    frames = to_frames(samples)
    return sum(detector.detect(frames, settings)) / len(frames)


def test_people_are_heard(settings, voices):
    for name, samples in voices.items():
        assert share(settings, samples) > 0.4, name


def test_silence_is_silent(settings):
    noise = np.random.default_rng(1).normal(0, 3, 32_000)
    assert share(settings, silence(2)) == 0
    assert share(settings, noise) == 0


@pytest.mark.parametrize('kind', ['noise', 'tone'])
def test_silero_does_not_take_sound_for_speech(settings, kind):
    if settings.vad == 'webrtc':
        pytest.skip("WebRTC's detector alone does")
    rng = np.random.default_rng(1)
    samples = {
        'noise': rng.normal(0, 3000, 64_000),
        'tone': 8000 * np.sin(np.arange(64_000) * 440 * 2 * np.pi / 16_000),
    }[kind]
    assert share(settings, samples) < 0.02


def test_silero_gives_the_same_whether_it_hears_frames_one_by_one_or_several_at_once(voices):
    silero = pytest.importorskip('gemma_events.hearing.silero')
    frames = to_frames(voices['Front_Center'])
    one, several = silero.Silero(), silero.Silero()
    singly = [one.probabilities([each])[0] for each in frames]
    assert [*several.probabilities(frames[:7]), *several.probabilities(frames[7:])] == pytest.approx(singly, abs=1e-4)
