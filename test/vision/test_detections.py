"""Messages of detectors as Detections, whatever is in them."""

from __future__ import annotations

import importlib.util
import itertools
import math
from types import SimpleNamespace as Message

import pytest

from gemma_events.errors import ConfigurationError
from gemma_events.events import DetectedObject
from gemma_events.vision.detections import MAX_OBJECTS, checked, from_detection_array, from_vision_event, reader

HEADER = Message(stamp=Message(sec=5, nanosec=7), frame_id='eye')


def vision_event(*objects, event_type='object_detected'):
    return Message(header=HEADER, event_type=event_type, objects=list(objects), image_width=640, image_height=480)


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


@pytest.mark.parametrize('bad', [math.nan, math.inf, -math.inf, 1e300])
def test_what_is_not_a_number_becomes_unknown(bad):
    assert from_detection_array(detection_array(detection(('cat', bad), box=(bad,) * 4))).objects == (
        DetectedObject('cat'),
    )


@pytest.mark.parametrize('score, confidence', [(-1.0, 0.0), (0.5, 0.5), (97.0, 1.0)])
def test_confidence_stays_within_0_and_1(score, confidence):
    assert from_detection_array(detection_array(detection(('cat', score)))).objects[0].confidence == confidence


def test_empty_and_endless_labels_and_too_many_objects_are_left_out():
    assert from_vision_event(vision_event(DetectedObject(''), DetectedObject('x' * 1_000_000))).objects == ()
    assert len(from_vision_event(vision_event(*[DetectedObject('x')] * 10_000)).objects) == MAX_OBJECTS


@pytest.mark.skipif(importlib.util.find_spec('vision_msgs') is not None, reason='vision_msgs is installed')
def test_without_vision_msgs_the_error_says_what_to_install():
    with pytest.raises(ConfigurationError, match='vision-msgs'):
        reader('vision_msgs/Detection2DArray')


def test_what_a_detector_returns_can_be_published():
    endless = (DetectedObject(3, None, 2.0, math.inf) for _ in itertools.count())
    assert checked(endless) == (DetectedObject('3', 'None', 1.0),) * MAX_OBJECTS
    assert checked([DetectedObject('half \ud800')]) == (DetectedObject('half ?'),)
