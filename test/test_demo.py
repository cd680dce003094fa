"""What the demo leaves behind."""

from __future__ import annotations

import sys
import wave
from array import array
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

cv2 = pytest.importorskip('cv2')
sys.path.append(str(Path(__file__).resolve().parents[1] / 'scripts'))
demo_output = pytest.importorskip('demo_output')

RATE = 1000


def piece(when, value, seconds=0.5):
    stamp = SimpleNamespace(sec=int(when), nanosec=round(when % 1 * 10**9))
    samples = array('h', [value] * int(seconds * RATE))
    return SimpleNamespace(header=SimpleNamespace(stamp=stamp), rate=RATE, samples=samples)


def test_the_tape_has_all_that_was_played_and_no_long_silence(tmp_path):
    tape = demo_output.Tape()
    for when, value in ((7.0, 1), (7.52, 2), (60.0, 3), (60.5, 4)):
        tape.add(piece(when, value))
    tape.add(piece(61.0, 0, 0))  # the end
    assert tape.write(tmp_path / 'tape.wav')
    with wave.open(str(tmp_path / 'tape.wav')) as file:
        played = np.frombuffer(file.readframes(10**6), np.int16)
    assert (file.getframerate(), played.tolist()) == (RATE, [1] * 500 + [2] * 500 + [0] * 1000 + [3] * 500 + [4] * 500)


def test_where_nothing_was_played_there_is_no_tape(tmp_path):
    assert not demo_output.Tape().write(tmp_path / 'tape.wav')
    assert not list(tmp_path.iterdir())


def test_the_strip_has_a_picture_for_each_thing_that_happened(tmp_path, monkeypatch):
    monkeypatch.setattr(demo_output, 'SETTLED', -1.0)
    strip = demo_output.Strip()
    for event, red in (('', 10), ('speech_started', 20), ('action_queued', 30), ('speech_stopped', 40)):
        strip.happens(event)
        for _ in range(2):
            data = bytes([red, 0, 0]) * (480 * 320)
            strip.see(SimpleNamespace(height=320, width=480, encoding='rgb8', data=data))
    assert strip.write(tmp_path / 'strip.png')
    picture = cv2.imread(str(tmp_path / 'strip.png'))
    width = demo_output.WIDTH + 2 * demo_output.MARGIN
    assert picture.shape[1] == 3 * width
    assert [int(picture[80, number * width + width // 2, 2]) for number in range(3)] == [10, 20, 40]
    assert not demo_output.Strip().write(tmp_path / 'none.png')
