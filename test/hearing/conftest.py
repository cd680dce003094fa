"""What tests of hearing share: recordings of people, and a model that needs no download."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from gemma_events.hearing.frames import SAMPLE_RATE

sys.path.insert(0, str(Path(__file__).parents[1] / 'tools'))  # test/ has no packages

from sounds import silence, write_wav

ALSA = Path('/usr/share/sounds/alsa')


@pytest.fixture(scope='session')
def voices():
    """Recorded people, 16 kHz mono, by what they say."""
    av = pytest.importorskip('av')
    if not ALSA.is_dir():
        pytest.skip('recordings of people are in the Debian package alsa-utils')

    def read(path):
        resampler = av.AudioResampler('s16', 'mono', SAMPLE_RATE)
        with av.open(str(path)) as container:
            frames = [*container.decode(audio=0), None]
            return np.concatenate([piece.to_ndarray()[0] for one in frames for piece in resampler.resample(one)])

    return {path.stem: read(path) for path in sorted(ALSA.glob('*_*.wav'))}


@pytest.fixture(scope='session')
def conversation(voices, tmp_path_factory):
    """A recording of three utterances, with pauses of 1.2 s."""
    pieces = [silence(0.6)]
    for name in ('Front_Center', 'Rear_Left', 'Side_Right'):
        pieces += [voices[name], silence(1.2)]
    return write_wav(tmp_path_factory.mktemp('sound') / 'three.wav', np.concatenate(pieces))


@pytest.fixture(scope='session')
def tiny_model(tmp_path_factory):
    """A folder with a Whisper model that always says "hello robot"."""
    pytest.importorskip('faster_whisper')
    import tiny_whisper

    return tiny_whisper.write(tmp_path_factory.mktemp('models') / 'tiny', 'hello robot')
