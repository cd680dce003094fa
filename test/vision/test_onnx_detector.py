"""A user's own network, in each form of results, broken, of another kind, and lying."""

from __future__ import annotations

import networks
import numpy as np
import pytest
from networks import LETTERBOXED, PLACES, SIDE, STRETCHED, Colours, write

from gemma_events.errors import ConfigurationError
from gemma_events.vision.detectors.model import OnnxDetector
from gemma_events.vision.detectors.network import Network
from gemma_events.vision.detectors.settings import DetectorSettings

pytest.importorskip('cv2', reason='OpenCV is not installed')
pytest.importorskip('onnxruntime', reason='onnxruntime is not installed')


def detector(path, **settings):
    return OnnxDetector(DetectorSettings(detector='onnx', model=path, **{'detector_overlap': 0.2, **settings}))


def picture(height, top, bottom):
    """200 pixels wide, black, with a red thing and a blue one."""
    made = np.zeros((height, 200, 3), np.uint8)
    made[top:bottom, 50:100, 2] = made[top:bottom, 150:200, 0] = 255
    return made


def seen(objects):
    """Label and box, in whole pixels."""
    return sorted((item.label, *map(round, (item.x, item.y, item.width, item.height))) for item in objects)


@pytest.mark.parametrize('name', LETTERBOXED)
def test_things_keep_their_shape(tmp_path, name):
    objects = detector(write(tmp_path, *LETTERBOXED[name])).detect(picture(100, 0, 50))
    assert seen(objects) == [('blue', 150, 0, 50, 50), ('red', 50, 0, 50, 50)]
    assert all(0.95 < item.confidence <= 1 for item in objects)


@pytest.mark.parametrize('name', STRETCHED)
def test_pictures_are_stretched(tmp_path, name):
    objects = detector(write(tmp_path, *STRETCHED[name])).detect(picture(100, 25, 50))
    assert seen(objects) == [('blue', 150, 25, 50, 25), ('red', 50, 25, 50, 25)]


@pytest.mark.parametrize(('task', 'more'), [('segment', 32), ('pose', 51)])
def test_masks_and_points_of_a_body_are_passed_over(tmp_path, task, more):
    path = write(tmp_path, networks.yolo_v8, {'more': more}, task=task)
    assert seen(detector(path).detect(picture(100, 0, 50)))[1] == ('red', 50, 0, 50, 50)


def test_names_from_a_file_come_before_those_of_the_network(tmp_path):
    (tmp_path / 'names.txt').write_text('apple\nleaf\nsky\n')
    path = write(tmp_path, networks.yolo_v8)
    objects = detector(path, names=str(tmp_path / 'names.txt')).detect(picture(100, 0, 50))
    assert {item.label for item in objects} == {'apple', 'sky'}


def test_names_of_coco_are_known(tmp_path):
    objects = detector(write(tmp_path, networks.yolo_v10), names='coco').detect(picture(100, 0, 50))
    assert {item.label for item in objects} == {'person', 'car'}


@pytest.mark.parametrize('form', [networks.yolo_v8, networks.yolo_v5, networks.yolo_v10, networks.rf_detr])
def test_without_names_things_have_numbers(tmp_path, form):
    objects = detector(write(tmp_path, form, names='')).detect(picture(100, 0, 50))
    assert {item.label for item in objects} == {'0', '2'}


def test_the_least_confidence(tmp_path):
    path = write(tmp_path, networks.yolo_v8)
    dim = picture(100, 0, 50) // 2
    assert not detector(path).detect(dim)
    assert len(detector(path, detector_confidence=0.4).detect(dim)) == 2


def odd_pictures():
    rng = np.random.default_rng(1)
    whole = rng.integers(0, 255, (240, 320, 3), dtype=np.uint8)
    frozen = whole.copy()
    frozen.setflags(write=False)
    yield from (
        pytest.param(rng.integers(0, 255, (height, width, 3), dtype=np.uint8), id=f'{width}x{height}')
        for height, width in ((0, 0), (0, 9), (1, 1), (7, 7), (8, 8), (32, 32), (63, 127), (8, 20_000), (20_000, 8))
    )
    yield pytest.param(np.zeros((4096, 4096, 3), np.uint8), id='16 megapixels')
    yield pytest.param(whole[::-1, ::-1], id='turned')
    yield pytest.param(whole[::3, 5:90:2], id='every other pixel')
    yield pytest.param(whole[:, :, ::-1], id='red first')
    yield pytest.param(frozen, id='read only')
    yield pytest.param(np.asfortranarray(whole), id='columns first')
    yield pytest.param(np.broadcast_to(np.uint8(200), (48, 64, 3)), id='one pixel')


@pytest.mark.parametrize('odd', list(odd_pictures()))
def test_pictures_of_any_size(tmp_path, odd):
    height, width = odd.shape[:2]
    for item in detector(write(tmp_path, networks.yolo_v8), detector_confidence=0.05).detect(odd):
        assert item.width > 0 < item.height
        assert item.x >= 0 <= item.y
        assert item.x + item.width <= width + 0.01
        assert item.y + item.height <= height + 0.01


def constant(*shape, fill=0.0, name='output0'):
    """A network that says the same of any picture."""

    def make():
        network = Network()
        network.input('images', (1, 3, SIDE, SIDE))
        values = fill if isinstance(fill, np.ndarray) else np.full(shape, fill, np.float32)
        network.output(network.node('Identity', network.constant(values), name=name), values.shape)
        return network

    return make


@pytest.mark.parametrize(
    'value', [np.nan, np.inf, -np.inf, 1e38, -1e38, -1.0, 0.0, 1e-40, 65504.0], ids=lambda value: f'{value:g}'
)
@pytest.mark.parametrize('shape', [(1, 7, PLACES), (1, PLACES, 8), (1, 300, 6), (9, 7), (1, 0, 6), (0, 7)])
def test_numbers_that_are_no_boxes(tmp_path, value, shape):
    path = write(tmp_path, constant(*shape, fill=value))
    try:
        made = detector(path)
    except ConfigurationError as error:
        assert 'its boxes are not in pixels' in str(error)  # all of them in a corner
    else:
        assert not made.detect(picture(100, 0, 50))


def test_a_network_that_lies_about_a_few(tmp_path):
    rows = np.zeros((1, 300, 6), np.float32)
    rows[0, :7] = [
        (8, 24, 24, 40, 0.9, 1),
        (8, 24, 24, 40, np.nan, 1),
        (np.inf, 24, 24, 40, 0.9, 1),
        (24, 24, 8, 40, 0.9, 1),
        (-1e5, -1e5, 1e5, 1e5, 1e9, 1e30),
        (-1e9, -1e9, 1e9, 1e9, 0.9, 1),
        (1, 2, 30, 12, 0.9, 2),  # in the grey above the picture
    ]
    objects = detector(write(tmp_path, constant(fill=rows))).detect(picture(100, 0, 50))
    assert seen(objects) == [('2147483648', 0, 0, 200, 100), ('green', 25, 25, 50, 50)]
    assert max(item.confidence for item in objects) == 1.0


def test_thousands_of_boxes(tmp_path):
    rng = np.random.default_rng(1)
    low = rng.uniform(0, 60, (1, 20_000, 2))
    rows = np.concatenate([low, low + 2, np.full((1, 20_000, 1), 0.9), np.zeros((1, 20_000, 1))], axis=2)
    objects = detector(write(tmp_path, constant(fill=rows.astype(np.float32)))).detect(picture(100, 0, 50))
    assert 1 < len(objects) <= 1000


def two_pictures():
    network = Colours()
    network.input('more', (1, 3, 8, 8))
    network.result('output0', network.scores, 1, PLACES, 3)
    return network


def of_input(*shape, kind='float32'):
    def make():
        network = Network()
        name = network.input('images', shape, kind)
        network.output(network.node('Identity', name, name='output0'), shape, kind)
        return network

    return make


@pytest.mark.parametrize(
    ('make', 'metadata', 'why'),
    [
        (constant(1, 1000), {}, 'no results of a detector'),
        (
            constant(1, 3, SIDE, SIDE),
            {},
            r'no results of .*images float \(1, 3, 64, 64\) and gives output0 float \(1, 3',
        ),
        (constant(1, 3, 8, 8, 85), {}, 'no results of a detector'),
        (constant(1, 300, 4), {}, 'no results of a detector'),
        (constant(1, 84, PLACES), {}, 'it knows 80 things, and there are names for 3'),
        (constant(1, PLACES, 85), {}, 'it knows 80 things, and there are names for 3'),
        (constant(1, PLACES, 7, fill=0.9), {}, 'its boxes are not in pixels of the picture'),
        (constant(1, 7, PLACES, fill=0.9), {}, 'its boxes are not in pixels of the picture'),
        (constant(1, 8, PLACES), {'task': 'obb'}, 'its boxes are turned'),
        (constant(1, 1000), {'task': 'classify'}, 'what a whole picture is'),
        (two_pictures, {}, 'does not take one picture'),
        (of_input(1, 1, 64, 64), {}, 'does not take one picture'),
        (of_input(1, 16), {}, 'does not take one picture'),
        (of_input(4, 3, 64, 64), {}, 'takes 4 pictures at once'),
        (of_input(1, 3, 8, 8), {}, 'its picture is 8 x 8'),
        (of_input(1, 3, 9000, 64), {}, 'its picture is 64 x 9000'),
        (of_input(1, 3, 64, 64, kind='float64'), {}, r'of the type tensor\(double\)'),
    ],
)
def test_another_kind_of_network_is_refused_with_what_it_takes_and_gives(tmp_path, make, metadata, why):
    with pytest.raises(ConfigurationError, match=why) as error:
        detector(write(tmp_path, make, **metadata))
    line = str(error.value)
    assert line.startswith("model 'model.onnx' cannot be used as a detector: ")
    assert 'it takes images ' in line and ' and gives output0 ' in line and '\n' not in line


def broken_files():
    good = networks.yolo_v8().model()
    yield from (b'', b'\0', b'no network', b'<html>' * 100, good[:-1], good[: len(good) // 2], good[10:], good[:1000])


@pytest.mark.parametrize('content', list(broken_files()), ids=lambda content: str(len(content)))
def test_a_broken_file_is_one_line(tmp_path, capfd, content):
    (tmp_path / 'model.onnx').write_bytes(content)
    with pytest.raises(ConfigurationError, match=r"^model 'model\.onnx' cannot be ") as error:
        detector(str(tmp_path / 'model.onnx'))
    assert '\n' not in str(error.value)
    assert capfd.readouterr() == ('', '')


def test_a_network_that_fails_is_one_line(tmp_path):
    network = Network()
    name = network.input('images', (1, 3, 'height', 'width'))
    shape = network.constant(np.array([1, 7, 5], np.int64))
    network.output(network.node('Reshape', name, shape, name='output0'), (1, 7, 5))
    (tmp_path / 'model.onnx').write_bytes(network.model())
    with pytest.raises(ConfigurationError, match=r"^model 'model\.onnx' fails: ") as error:
        detector(str(tmp_path / 'model.onnx'))
    assert '\n' not in str(error.value)


@pytest.mark.parametrize(
    ('settings', 'why'),
    [
        ({'model': ''}, 'needs the parameter model'),
        ({'model': '/no/such.onnx'}, "there is no file '/no/such.onnx'"),
        ({'model': '/'}, "there is no file '/'"),
        ({'model': '~no_such_user/x.onnx'}, 'no such user'),
        ({'names': '/no/such.txt'}, "parameter names: '/no/such.txt' has no names"),
    ],
)
def test_what_is_missing_is_named(tmp_path, settings, why):
    with pytest.raises(ConfigurationError, match=why) as error:
        detector(**{'path': settings.pop('model', write(tmp_path, networks.yolo_v8)), **settings})
    assert '\n' not in str(error.value)


def test_it_uses_no_more_threads_than_it_may(tmp_path):
    made = detector(write(tmp_path, networks.yolo_v8), detector_threads=2)
    assert made._session.get_session_options().intra_op_num_threads == 2
