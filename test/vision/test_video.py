"""Video files through the real OpenCV."""

from __future__ import annotations

import threading

import pytest
from videos import make_video, people_walking

from gemma_events.errors import ConfigurationError
from gemma_events.events import DetectedObject
from gemma_events.vision.video import FaceDetector, PeopleDetector, Video, VideoWatcher
from harness import wait_for

pytest.importorskip('cv2', reason='OpenCV is not installed')


@pytest.mark.parametrize('content', [None, b'', b'no video at all', b'RIFF\0\0\0\0AVI LIST'])
def test_a_file_that_is_no_video_is_one_line_for_the_user(tmp_path, capfd, content):
    path = tmp_path / 'bad.avi'
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigurationError, match=r'bad\.avi') as error:
        Video(str(path))
    assert '\n' not in str(error.value)
    assert capfd.readouterr() == ('', '')


def test_a_folder_is_no_video(tmp_path):
    with pytest.raises(ConfigurationError, match='no file'):
        Video(str(tmp_path))


def test_positions_and_pictures(tmp_path):
    video = Video(make_video(tmp_path, 10, 200, 90))
    positions, greys = [], []
    while (position := video.grab()) is not None:
        positions.append(position)
        greys.append(round(video.picture().mean(), -1))
    assert positions == [0, 50_000_000, 100_000_000]
    assert greys == [10, 200, 90]


def brightness(picture):
    return (DetectedObject(f'{round(picture.mean(), -1):.0f}'),)


def test_a_watcher_looks_at_each_picture_and_tells_the_end(tmp_path):
    seen, ends = [], []
    watcher = VideoWatcher(Video(make_video(tmp_path, 10, 200, 90)), brightness, 0.001, seen.append, ends.append)
    wait_for(lambda: ends, 'the end')
    watcher.close(1.0)
    assert watcher.pictures + watcher.late == 3
    assert seen[0].objects == (DetectedObject('10'),)
    assert {(detections.image_width, detections.image_height) for detections in seen} == {(320, 240)}
    assert 'over' in ends[0]


def test_pictures_that_come_faster_than_asked_for_are_left_out(tmp_path):
    seen, ends = [], []
    VideoWatcher(Video(make_video(tmp_path, *range(0, 100, 10))), brightness, 0.2, seen.append, ends.append)
    wait_for(lambda: ends, 'the end')
    assert {detections.stamp for detections in seen} <= {0, 200_000_000, 400_000_000}


def test_pictures_whose_time_has_passed_are_left_out(tmp_path):
    released = threading.Event()

    def slow(picture):
        released.wait(10)
        return ()

    seen, ends = [], []
    watcher = VideoWatcher(Video(make_video(tmp_path, *[0] * 10)), slow, 0.01, seen.append, ends.append)
    wait_for(lambda: watcher.pictures, 'the first picture')
    threading.Timer(0.7, released.set).start()  # the video is over by then
    wait_for(lambda: ends, 'the end')
    assert (watcher.pictures, watcher.late) == (1, 9)


def test_a_detector_that_fails_ends_the_watching_with_the_reason(tmp_path):
    def broken(picture):
        raise ValueError('out of order')

    ends = []
    VideoWatcher(Video(make_video(tmp_path, 0)), broken, 0.01, lambda seen: None, ends.append)
    wait_for(lambda: ends, 'the end')
    assert 'out of order' in ends[0]


def test_people_are_found_where_people_walk_and_not_on_a_grey_wall(tmp_path):
    video, detect = Video(people_walking()), PeopleDetector()
    found = 0
    for _ in range(20):
        video.grab()
        found += any(item.label == 'person' and item.height > item.width > 20 for item in detect(video.picture()))
    assert found >= 10
    wall = Video(make_video(tmp_path, 128))
    wall.grab()
    picture = wall.picture()
    assert detect(picture) == FaceDetector()(picture) == ()
