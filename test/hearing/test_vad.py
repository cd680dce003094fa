"""The detectors, on recorded people and on sound that is none; and what they need."""
from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sounds import frame, silence, to_frames

from gemma_events.errors import ConfigurationError
from gemma_events.hearing import vad
from gemma_events.hearing.vad import Confirmed, VadSettings

SETTINGS = VadSettings()


class First:
    """Calls speech what is not silent."""

    def is_speech(self, one, settings):
        return bool(one.samples.any())


class Second:
    """Notes what it is shown, and says what it is told."""

    def __init__(self, *probabilities):
        self.shown, self.probabilities = [], list(probabilities)

    def probability(self, frames):
        self.shown.append([one.position // 480 for one in frames])
        return self.probabilities.pop(0)


def test_both_have_to_call_it_speech():
    detector = Confirmed(First(), Second(0.34, 0.35))
    assert [detector.is_speech(frame(n, level), SETTINGS) for n, level in enumerate((0, 1, 1))] == [False, False, True]


def test_the_second_hears_what_came_shortly_before_and_each_frame_once():
    second = Second(*[1.0] * 3)
    detector = Confirmed(First(), second)
    for n, level in enumerate([0] * 20 + [1, 1, 0, 0, 1]):
        detector.is_speech(frame(n, level), SETTINGS)
    assert second.shown == [list(range(11, 21)), [21], [22, 23, 24]]


@pytest.mark.parametrize(('missing', 'detector', 'advice'), [
    ('webrtcvad', 'webrtc', 'pip install webrtcvad-wheels'),
    ('onnxruntime', 'webrtc_silero', 'pip install onnxruntime, or set vad to webrtc')])
def test_what_is_not_installed_is_named(missing, detector, advice):
    vad.require(detector, lambda module: True)
    with pytest.raises(ConfigurationError, match=advice):
        vad.require(detector, lambda module: module != missing)


@pytest.fixture(params=['webrtc', 'webrtc_silero'])
def settings(request):
    try:
        vad.require(request.param)
    except ConfigurationError as error:
        pytest.skip(str(error))
    return replace(SETTINGS, vad=request.param)


def share(settings, samples):
    """The share of frames that hold speech."""
    detector = vad.create(settings)
    frames = to_frames(samples)
    return sum(detector.is_speech(one, settings) for one in frames) / len(frames)


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
        pytest.skip('WebRTC\'s detector alone does')
    rng = np.random.default_rng(1)
    samples = {'noise': rng.normal(0, 3000, 64_000),
               'tone': 8000 * np.sin(np.arange(64_000) * 440 * 2 * np.pi / 16_000)}[kind]
    assert share(settings, samples) < 0.02


def test_silero_gives_the_same_whether_it_hears_frames_one_by_one_or_several_at_once(voices):
    silero = pytest.importorskip('gemma_events.hearing.silero')
    frames = to_frames(voices['Front_Center'])
    one, several = silero.Silero(), silero.Silero()
    singly = [one.probability([each]) for each in frames]
    assert several.probability(frames[:7]) == pytest.approx(singly[6], abs=1e-4)
    assert several.probability(frames[7:20]) == pytest.approx(singly[19], abs=1e-4)
