"""What is there: who came, who went, once, by time and not by the number of pictures."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gemma_events.events import SECOND, DetectedObject, VisionEvent
from gemma_events.vision.presence import LEAST
from gemma_events.vision.scene import REMEMBERED, Detections, Scene

POLICY = SimpleNamespace(appear_share=60, appear_after_s=0.5, disappear_share=30, window_s=1.5)
T0 = 1_700_000_000 * SECOND
PLACES = {'person': 0.0, 'cup': 500.0}


class Camera:
    """Pictures at a rate, of a scene."""

    def __init__(self, rate=10.0, policy=POLICY):
        self.scene, self.policy, self.period, self.now = Scene(), policy, round(SECOND / rate), T0
        self.events = []

    def see(self, *things, seconds=None):
        """The events of the next picture, or of all of the next seconds; a thing is a label, or a label and a place."""
        events = []
        for _ in range(1 if seconds is None else round(seconds * SECOND / self.period)):
            objects = tuple(
                self.box(*((thing, PLACES[thing]) if isinstance(thing, str) else thing)) for thing in things
            )
            events += self.scene.see(Detections(objects, self.now, 'eye', 640, 480), self.policy)
            self.now += self.period
        self.events += events
        return [(event.event_type, [item.label for item in event.objects]) for event in events]

    @staticmethod
    def box(label, x):
        return DetectedObject(label, x=x, y=10.0, width=40.0, height=80.0)

    @property
    def seconds(self):
        return (self.now - T0) / SECOND


@pytest.mark.parametrize('rate, soonest', [(60, 0.5), (10, 0.5), (2, 1.0), (0.5, 4.0)])
def test_what_is_always_seen_appears_once_after_half_a_second_and_three_pictures(rate, soonest):
    camera = Camera(rate)
    camera.see(seconds=10)
    begin = camera.now
    while not (told := camera.see('person')):
        pass
    assert told == [('object_appeared', ['person']), ('visible_objects', ['person'])]
    assert (camera.events[0].stamp - begin) / SECOND == pytest.approx(soonest, abs=1 / rate)
    assert camera.see('person', seconds=30) == []


@pytest.mark.parametrize('rate, gone_after', [(60, 1.05), (30, 1.05), (10, 1.1), (2, 1.5), (0.5, 6.0)])
def test_what_is_no_longer_seen_disappears_after_a_second_or_three_pictures(rate, gone_after):
    """Not after 0.7 s at 30 Hz and 11 s at 2 Hz."""
    camera = Camera(rate)
    camera.see('person', seconds=60)
    begin = camera.now - camera.period
    while not (told := camera.see()):
        pass
    assert told == [('object_disappeared', ['person']), ('visible_objects', [])]
    assert (camera.events[-1].stamp - begin) / SECOND == pytest.approx(gone_after, abs=max(0.06, 1 / rate))
    assert camera.see(seconds=30) == []


def test_one_false_positive_is_no_evidence():
    camera = Camera()
    assert camera.see('person') == [], 'in the first picture'
    assert camera.see(seconds=3) == []
    assert camera.see('person') == []
    assert camera.see(seconds=3) == []
    assert camera.scene.tracks == 0


def test_noise_under_the_threshold_is_no_event():
    camera = Camera()
    for _ in range(300):
        assert camera.see('person') + camera.see() == []


def test_a_detector_that_misses_every_other_picture_changes_nothing():
    camera = Camera(30)
    camera.see('cup', seconds=2)
    assert all(camera.see('cup') + camera.see() == [] for _ in range(100))


def test_two_people_are_two_objects_with_how_many_there_are_and_for_how_long():
    camera = Camera()
    camera.see(('person', 0.0), seconds=2)
    camera.see(('person', 0.0), ('person', 300.0), seconds=3)
    camera.see(('person', 300.0), seconds=3)
    told = [
        (event.event_type, [(item.id, item.count, round(item.duration / SECOND, 1)) for item in event.objects])
        for event in camera.events
    ]
    assert told == [
        ('object_appeared', [('1', 1, 0.5)]),
        ('visible_objects', [('1', 1, 0.5)]),
        ('object_appeared', [('2', 2, 0.5)]),
        ('visible_objects', [('1', 1, 2.5), ('2', 2, 0.5)]),
        ('object_disappeared', [('1', 1, 4.9)]),
        ('visible_objects', [('2', 1, 4.1)]),
    ]
    assert {event.frame_id for event in camera.events} == {'eye'}
    assert {(event.image_width, event.image_height) for event in camera.events} == {(640, 480)}


def test_those_who_come_and_go_together_are_counted_one_after_the_other():
    camera = Camera()
    camera.see(('person', 0.0), ('person', 300.0), seconds=1)
    camera.see(seconds=2)
    assert [[item.count for item in event.objects] for event in camera.events] == [[1, 2], [1, 2], [1, 0], []]


def test_who_is_hidden_for_a_second_is_neither_gone_nor_new():
    camera = Camera()
    camera.see('person', seconds=3)
    camera.see(seconds=1)
    camera.see('person', seconds=3)
    assert len(camera.events) == 2


def test_who_comes_back_soon_is_the_same_and_who_comes_later_is_another():
    camera = Camera()
    for away in (1.5, REMEMBERED / SECOND + 2):
        camera.see('person', seconds=3)
        camera.see(seconds=away)
    camera.see('person', seconds=3)
    changes = [event for event in camera.events if event.event_type != 'visible_objects']
    assert [event.objects[0].id for event in changes] == ['1', '1', '1', '1', '2']


@pytest.mark.parametrize('policy, appears', [({'appear_share': 90}, False), ({'appear_share': 50}, True)])
def test_shares_are_the_users(policy, appears):
    camera = Camera(20, SimpleNamespace(**{**vars(POLICY), **policy}))
    told = [camera.see(*(['cup'] * (at % 5 != 0))) for at in range(1, 100)]
    assert any(told) == appears


def test_a_picture_that_comes_late_or_twice_is_left_out():
    camera = Camera()
    camera.see('person', seconds=1)
    for back in (1, 3):
        old = Detections((), camera.now - back * camera.period)
        assert camera.scene.see(old, POLICY) == []
    assert camera.scene.late == 2


def test_a_clock_that_jumps_back_goes_on_from_there():
    camera = Camera()
    camera.see('person', seconds=1)
    camera.now -= 3600 * SECOND
    assert camera.see('person', seconds=5) == [], 'still there'
    assert camera.see(seconds=2) == [('object_disappeared', ['person']), ('visible_objects', [])]
    assert camera.events[-1].stamp < T0
    assert camera.scene.late == 0


def test_after_a_gap_three_pictures_say_what_is_there():
    camera = Camera()
    camera.see('person', seconds=1)
    camera.now += 3600 * SECOND
    told = [camera.see() for _ in range(LEAST)]
    assert told == [[], [], [('object_disappeared', ['person']), ('visible_objects', [])]]


THINGS = st.sets(st.sampled_from([('person', 0.0), ('person', 300.0), ('cup', 500.0)]))


@settings(max_examples=50)
@given(st.lists(st.tuples(THINGS, st.integers(1, 15)), max_size=8), st.sampled_from([1.0, 5.0, 30.0]))
def test_appearance_and_disappearance_alternate_and_the_visible_set_is_what_is_left(phases, rate):
    camera, there = Camera(rate), {}
    for things, count in phases:
        for _ in range(count):
            camera.see(*things)
    for event in camera.events:
        for item in event.objects:
            if event.event_type == VisionEvent.OBJECT_APPEARED:
                assert item.id not in there
                there[item.id] = item.label
                assert item.count == list(there.values()).count(item.label)
            elif event.event_type == VisionEvent.OBJECT_DISAPPEARED:
                assert there.pop(item.id) == item.label
                assert item.count == list(there.values()).count(item.label)
        if event.event_type == VisionEvent.VISIBLE_OBJECTS:
            assert {item.id: item.label for item in event.objects} == there


@given(st.lists(st.permutations([('person', 0.0), ('person', 300.0), ('cup', 500.0)]), min_size=20, max_size=20))
def test_the_order_of_a_pictures_detections_changes_no_event(pictures):
    def told(pictures):
        camera = Camera()
        for things in pictures:
            camera.see(*things)
        return [
            (
                event.event_type,
                event.stamp,
                {(item.label, item.x, item.count) for item in event.objects if item.label == 'cup'},
            )
            for event in camera.events
        ]

    assert told(pictures) == told([sorted(things) for things in pictures])
