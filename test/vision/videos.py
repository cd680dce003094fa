"""The videos that the tests look at."""

from __future__ import annotations

from pathlib import Path

import pytest

PEOPLE_WALKING = Path('/usr/share/doc/opencv-doc/examples/data/vtest.avi')


def people_walking() -> str:
    """80 s of people who cross a square, 768 x 576, 10 Hz."""
    pytest.importorskip('cv2', reason='OpenCV is not installed')
    if not PEOPLE_WALKING.exists():
        pytest.skip('the video of people comes with the Debian package opencv-doc')
    return str(PEOPLE_WALKING)


def make_video(folder: Path, *greys: int) -> str:
    """A file with pictures of 320 x 240 at 20 Hz, with these grey levels, 0 to 255."""
    cv2 = pytest.importorskip('cv2', reason='OpenCV is not installed')
    numpy = pytest.importorskip('numpy')
    path = str(folder / 'made.avi')
    writer = cv2.VideoWriter(path, cv2.VideoWriter_fourcc(*'MJPG'), 20.0, (320, 240))
    for grey in greys:
        writer.write(numpy.full((240, 320, 3), grey, numpy.uint8))
    writer.release()
    return path
