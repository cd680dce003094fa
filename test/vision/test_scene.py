"""What is there, by the share of pictures in which it was seen."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gemma_events.events import DetectedObject, VisionEvent
from gemma_events.vision.scene import WINDOW, Detections, Scene


def see(scene, *labels, stamp=0):
    return scene.see(Detections(tuple(map(DetectedObject, labels)), stamp))


def told(events):
    return [(event.event_type, [item.label for item in event.objects]) for event in events]


def test_the_first_picture_is_a_window_of_one():
    assert told(see(Scene(), 'person', 'cup')) == [
        ('object_appeared', ['person', 'cup']),
        ('visible_objects', ['person', 'cup']),
    ]


@pytest.mark.parametrize(
    'absent, needed',
    [
        (0, 1),  # 1 of 1
        (1, 2),  # 2 of 3 = 67 %; 1 of 2 is too few
        (2, 3),  # 3 of 5 = 60 %: enough
        (12, 18),  # 18 of 30
        (30, 18),  # the window has slid: 18 of the last 30
        (500, 18),
    ],
)
def test_an_object_appears_once_it_was_seen_in_60_percent_of_the_window(absent, needed):
    scene = Scene()
    for _ in range(absent):
        assert see(scene) == []
    for _ in range(needed - 1):
        assert see(scene, 'cup') == []
    assert told(see(scene, 'cup')) == [('object_appeared', ['cup']), ('visible_objects', ['cup'])]


@pytest.mark.parametrize(
    'present, needed',
    [
        (1, 3),  # 1 of 3 = 33 % stays, 1 of 4 = 25 % goes
        (3, 8),  # 3 of 10 = 30 % stays, 3 of 11 goes
        (30, 22),  # 8 of 30 = 27 %
        (500, 22),
    ],
)
def test_an_object_disappears_once_it_was_seen_in_less_than_30_percent(present, needed):
    scene = Scene()
    for _ in range(present):
        see(scene, 'cup')
    for _ in range(needed - 1):
        assert see(scene) == []
    assert told(see(scene)) == [('object_disappeared', ['cup']), ('visible_objects', [])]


def test_a_detector_that_misses_every_other_picture_changes_nothing():
    scene = Scene()
    see(scene, 'cup')
    assert all(see(scene, *labels) == [] for labels in [[], ['cup']] * 100)


def test_all_three_events_in_their_order_with_the_pictures_time_and_size():
    scene = Scene()
    for _ in range(WINDOW):
        see(scene, 'cup')
    for index in range(21):
        see(scene, *['person'] * (index > 3))
    events = scene.see(Detections((DetectedObject('person'),), 7, 'eye', 640, 480))
    assert told(events) == [
        ('object_appeared', ['person']),
        ('object_disappeared', ['cup']),
        ('visible_objects', ['person']),
    ]
    assert {(event.stamp, event.image_width, event.image_height) for event in events} == {(7, 640, 480)}


def test_an_event_carries_each_label_once_as_it_was_detected_last_and_surest():
    scene = Scene()
    scene.see(Detections((DetectedObject('cup', 'a', 0.5, 1, 2, 3, 4), DetectedObject('cup', 'b', 0.75, 5, 6, 7, 8))))
    assert scene.visible == {'cup': DetectedObject('cup', 'b', 0.75, 5, 6, 7, 8)}
    moved = DetectedObject('cup', 'a', 0.5, 9, 9, 9, 9)
    assert scene.see(Detections((moved,))) == []
    assert see(scene, 'person') == []
    assert told(see(scene, 'person')) == []
    events = see(scene, 'person')
    assert told(events) == [('object_appeared', ['person']), ('visible_objects', ['cup', 'person'])]
    assert events[1].objects[0] == moved


@given(st.lists(st.sets(st.sampled_from('abc')), max_size=120))
def test_the_events_add_up_to_the_visible_set(pictures):
    scene, known = Scene(), set()
    for number, labels in enumerate(pictures):
        for event in see(scene, *sorted(labels), stamp=number):
            names = {item.label for item in event.objects}
            if event.event_type == VisionEvent.OBJECT_APPEARED:
                assert names and not names & known
                known |= names
            elif event.event_type == VisionEvent.OBJECT_DISAPPEARED:
                assert names and names <= known
                known -= names
            else:
                assert names == known
        window = pictures[max(0, number + 1 - WINDOW) : number + 1]
        for label in 'abc':
            share = sum(label in seen for seen in window) / len(window)
            assert label in scene.visible if share >= 0.6 else True
            assert label not in scene.visible if share < 0.3 else True
