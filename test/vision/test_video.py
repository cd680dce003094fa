"""Video files through the real OpenCV."""

from __future__ import annotations

import logging
from collections import Counter
from types import SimpleNamespace

import pytest
from videos import make_video

from gemma_events.errors import ConfigurationError
from gemma_events.events import DetectedObject
from gemma_events.vision import video as video_module
from gemma_events.vision.video import Video, VideoWatcher
from harness import wait_for

pytest.importorskip('cv2', reason='OpenCV is not installed')


@pytest.mark.parametrize('content', [None, b'', b'no video at all', b'RIFF\0\0\0\0AVI LIST'])
def test_a_file_that_is_not_a_video_is_one_line_for_the_user(tmp_path, capfd, content):
    path = tmp_path / 'bad.avi'
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigurationError, match=r'bad\.avi') as error:
        Video(str(path))
    assert '\n' not in str(error.value)
    assert capfd.readouterr() == ('', '')


def test_a_folder_is_not_a_video(tmp_path):
    with pytest.raises(ConfigurationError, match='not a file'):
        Video(str(tmp_path))


def test_positions_and_pictures(tmp_path):
    video = Video(make_video(tmp_path, 10, 200, 90))
    positions, greys = [], []
    while (position := video.grab()) is not None:
        positions.append(position)
        greys.append(round(video.picture().mean(), -1))
    assert positions == [0, 50_000_000, 100_000_000]
    assert greys == [10, 200, 90]


class Detector:
    """Detects by a function."""

    def __init__(self, detect):
        self.detect = detect


BRIGHTNESS = Detector(lambda picture: (DetectedObject(f'{round(picture.mean(), -1):.0f}'),))


def watch(path, detector, period, seen):
    """A watcher, and the list of reasons why it ended."""
    ends = []
    return VideoWatcher(
        Video(path), detector, period, seen.append, ends.append, Counter(), logging.getLogger('vision')
    ), ends


def test_a_watcher_looks_at_each_picture_and_reports_the_end(tmp_path):
    seen = []
    watcher, ends = watch(make_video(tmp_path, 10, 200, 90), BRIGHTNESS, 0.001, seen)
    wait_for(lambda: ends, 'the end')
    watcher.close(1.0)
    assert watcher.pictures + watcher.late == 3
    assert seen[0].objects == (DetectedObject('10'),)
    assert {(detections.image_width, detections.image_height) for detections in seen} == {(320, 240)}
    assert 'over' in ends[0]


def test_pictures_that_come_faster_than_asked_for_are_left_out(tmp_path):
    seen = []
    _, ends = watch(make_video(tmp_path, *range(0, 100, 10)), BRIGHTNESS, 0.2, seen)
    wait_for(lambda: ends, 'the end')
    assert {detections.stamp for detections in seen} <= {0, 200_000_000, 400_000_000}


def test_pictures_whose_time_has_passed_are_left_out(tmp_path, monkeypatch):
    clock = SimpleNamespace(monotonic=lambda: clock.now, now=0.0)
    monkeypatch.setattr(video_module, 'time', clock)

    def slow(picture):
        clock.now = 0.7  # the video is over by then
        return ()

    watcher, ends = watch(make_video(tmp_path, *[0] * 10), Detector(slow), 0.01, [])
    wait_for(lambda: ends, 'the end')
    assert (watcher.pictures, watcher.late) == (1, 9)


@pytest.mark.parametrize(
    'broken, line',
    [
        (lambda: fail(ValueError('out of\norder')), 'ValueError: out of order'),
        (lambda: fail(SystemExit(3)), 'SystemExit: 3'),
        (lambda: None, 'TypeError'),
        (lambda: ['person'], 'AttributeError'),
        (lambda: [DetectedObject('person', confidence=None)], 'TypeError'),
    ],
)
def test_a_detector_that_fails_on_a_picture_is_given_the_next_one(tmp_path, caplog, broken, line):
    def detect(picture):
        return broken() if picture.mean() > 100 else [DetectedObject('wall')]

    seen = []
    watcher, ends = watch(make_video(tmp_path, 0, 200, 200, 0), Detector(detect), 0.01, seen)
    wait_for(lambda: ends, 'the end')
    assert 'over' in ends[0]
    assert watcher.pictures == len(seen) + watcher.failed
    assert len(seen) + watcher.failed + watcher.late == 4
    assert watcher.failed
    assert len(caplog.messages) == 1  # of those in a period
    assert line in caplog.messages[0]
    assert '\n' not in caplog.messages[0]


def fail(error):
    raise error
