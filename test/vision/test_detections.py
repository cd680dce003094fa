"""Messages of detectors as Detections, whatever is in them."""

from __future__ import annotations

import importlib.util
import itertools
import math
from collections import Counter
from types import SimpleNamespace as Message

import pytest

from gemma_events.errors import ConfigurationError
from gemma_events.events import DetectedObject
from gemma_events.vision import detections
from gemma_events.vision.detections import MAX_OBJECTS, checked, reader


def from_vision_event(message):
    return detections.from_vision_event(message, Counter())


def from_detection_array(message):
    return detections.from_detection_array(message, Counter())


HEADER = Message(stamp=Message(sec=5, nanosec=7), frame_id='eye')


def vision_event(*objects, event_type='object_detected'):
    return Message(
        header=HEADER, event_type=event_type, objects=list(objects), image_width=640, image_height=480, source='eye/1'
    )


def detection_array(*detections):
    return Message(header=HEADER, detections=list(detections))


def detection(*guesses, box=(10.0, 20.0, 4.0, 8.0)):
    """As vision_msgs 4 has it: the box by its centre and size."""
    x, y, width, height = box
    results = [Message(hypothesis=Message(class_id=label, score=score)) for label, score in guesses]
    return Message(
        results=results,
        id='',
        bbox=Message(center=Message(position=Message(x=x, y=y), theta=0.0), size_x=width, size_y=height),
    )


def test_a_vision_event_of_what_was_detected():
    cup = DetectedObject('cup', '3', 0.5, 1.0, 2.0, 3.0, 4.0)
    read = from_vision_event(vision_event(cup))
    assert (read.objects, read.stamp, read.frame_id, read.image_width, read.image_height) == (
        (cup,),
        5_000_000_007,
        'eye',
        640,
        480,
    )


@pytest.mark.parametrize('event_type', ['object_appeared', 'object_disappeared', 'visible_objects', ''])
def test_other_vision_events_are_not_about_a_picture(event_type):
    assert from_vision_event(vision_event(DetectedObject('cup'), event_type=event_type)) is None


def test_an_array_without_detections_is_a_picture_with_nothing_in_it():
    assert from_detection_array(detection_array()).objects == ()
    assert from_vision_event(vision_event()).objects == ()


def test_of_a_detection_array_the_best_guess_and_the_box_from_its_corner():
    read = from_detection_array(detection_array(detection(('dog', 0.25), ('cat', 0.75)), detection()))
    assert read.objects == (DetectedObject('cat', '', 0.75, 8.0, 16.0, 4.0, 8.0),)
    assert (read.stamp, read.frame_id) == (5_000_000_007, 'eye')


def test_of_yolo_detections_the_box_from_its_corner_and_the_name_of_the_class():
    centre, size = Message(position=Message(x=10.0, y=20.0)), Message(x=4.0, y=8.0)
    parts = {'id': '7', 'score': 0.5, 'bbox': Message(center=centre, size=size)}
    message = detection_array(
        Message(class_name='cat', class_id=15, **parts), Message(class_name='', class_id=16, **parts)
    )
    assert detections.from_yolo(message, Counter()).objects == (
        DetectedObject('cat', '7', 0.5, 8.0, 16.0, 4.0, 8.0),
        DetectedObject('16', '7', 0.5, 8.0, 16.0, 4.0, 8.0),
    )


@pytest.mark.parametrize('bad', [math.nan, math.inf, -math.inf, 1e300])
def test_what_is_no_number_is_left_out_and_counted_but_a_confidence_is_unknown(bad):
    left_out = Counter()
    message = detection_array(detection(('cat', 0.5), box=(bad,) * 4), detection(('dog', bad)), detection())
    read = detections.from_detection_array(message, left_out)
    confidence = 1.0 if math.isfinite(bad) else 0.0
    assert read.objects == (DetectedObject('dog', '', confidence, 8.0, 16.0, 4.0, 8.0),)
    assert left_out == {'boxes that are no numbers': 1, 'without a class': 1}


@pytest.mark.parametrize('score, confidence', [(-1.0, 0.0), (0.5, 0.5), (97.0, 1.0)])
def test_confidence_stays_within_0_and_1(score, confidence):
    assert from_detection_array(detection_array(detection(('cat', score)))).objects[0].confidence == confidence


def test_what_nobody_can_use_is_left_out_and_counted():
    left_out = Counter()
    objects = [DetectedObject(''), DetectedObject('x' * 1_000_000), DetectedObject('x', width=-1.0)]
    assert detections.from_vision_event(vision_event(*objects), left_out).objects == ()
    assert left_out == {
        'without a label': 1,
        'labels of more than 256 characters': 1,
        'boxes of negative size': 1,
    }
    left_out.clear()
    message = vision_event(*[DetectedObject('x')] * 10_000)
    assert len(detections.from_vision_event(message, left_out).objects) == MAX_OBJECTS
    assert left_out['more than 256 in a picture'] == MAX_OBJECTS, 'and what nobody looked at'


@pytest.mark.skipif(importlib.util.find_spec('vision_msgs') is not None, reason='vision_msgs is installed')
def test_without_vision_msgs_the_error_says_what_to_install():
    with pytest.raises(ConfigurationError, match='vision-msgs'):
        reader('vision_msgs/Detection2DArray')


def test_what_a_detector_returns_can_be_published():
    endless = (DetectedObject(3, None, 2.0) for _ in itertools.count())
    assert checked(endless, Counter()) == (DetectedObject('3', '', 1.0),) * MAX_OBJECTS
    assert checked([DetectedObject('half \ud800')], Counter()) == (DetectedObject('half ?'),)
