"""Which box is which of those before."""

from __future__ import annotations

import itertools
import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gemma_events.events import SECOND, DetectedObject
from gemma_events.vision.tracker import MAX_TRACKS, Box, Tracker, assign, nearness

PERIOD = SECOND // 10


def box(x, y=100.0, width=40.0, height=80.0, label='person', identity=''):
    return DetectedObject(label, identity, 0.9, x, y, width, height)


def follow(*pictures, period=PERIOD):
    """The numbers of the objects of each picture."""
    tracker = Tracker(itertools.count(1))
    return [[track.number for track in tracker.update(objects, at * period)] for at, objects in enumerate(pictures)]


@pytest.mark.parametrize(
    'second, distance_iou',
    [
        ((0, 0, 10, 10), 1.0),
        ((10, 0, 10, 10), -100 / 500),  # they touch
        ((5, 0, 10, 10), 1 / 3 - 25 / 325),
        ((0, 0, 5, 10), 1 / 2 - 6.25 / 200),
        ((990, 0, 10, 10), -(990**2) / (1000**2 + 100)),
        ((0, 0, 0, 0), -50 / 200),
    ],
)
def test_nearness(second, distance_iou):
    one, other = (Box(x + width / 2, y + height / 2, width, height) for x, y, width, height in ((0, 0, 10, 10), second))
    assert nearness(one, other) == nearness(other, one) == pytest.approx(distance_iou)


@pytest.mark.parametrize(
    'costs, columns',
    [
        ([[0, 1], [1, 0]], [0, 1]),
        ([[0, 1], [0, 5]], [1, 0]),  # both want the first; together it is cheaper to let the second one have it
        ([[0, 1], [0, None]], [1, 0]),
        ([[None, None], [0, 1]], [-1, 0]),
        ([[0], [1]], [0, -1]),
        ([[0, 1, 2]], [0]),
    ],
)
def test_assignment(costs, columns):
    rows = [{column: float(cost) for column, cost in enumerate(row) if cost is not None} for row in costs]
    assert assign(rows, len(costs[0])) == columns


def test_an_object_that_moves_stays_the_same_and_another_is_another():
    assert follow([box(0)], [box(10), box(300)], [box(310), box(20)], [box(30)]) == [[1], [1, 2], [2, 1], [1]]


def test_labels_and_the_names_that_a_detector_gives_keep_objects_apart():
    assert follow([box(0), box(0, label='dog')], [box(0, label='dog'), box(0)]) == [[1, 2], [2, 1]]
    first, second = box(0, identity='a'), box(500, identity='b')
    assert follow([first, second], [box(490, identity='a'), box(10, identity='b')]) == [[1, 2], [1, 2]], (
        'far, but named'
    )


def test_of_objects_without_a_box_the_first_of_a_label_is_the_first():
    cup, person = DetectedObject('cup'), DetectedObject('person')
    assert follow([cup, person], [person, cup, cup], [cup, cup]) == [[1, 2], [2, 1, 3], [1, 3]]


def test_a_slow_detector_sees_the_same_walker():
    assert {tuple(numbers) for numbers in follow(*([box(60.0 * at)] for at in range(10)), period=SECOND // 2)} == {(1,)}


def cross(seed, hidden):
    """Two people pass each other; while they overlap, only the nearer one is seen. Their numbers before and after.

    Right in front of each other two boxes are as good as one: there nobody can tell.
    """
    random_number, tracker, seen = random.Random(seed), Tracker(itertools.count(1)), {}
    for at in range(120):
        seconds = at / 20
        places = {'left': 50 + 60 * seconds, 'right': 410 - 50 * seconds}
        objects = {
            name: box(x + random_number.gauss(0, 2), 100 + random_number.gauss(0, 2)) for name, x in places.items()
        }
        if abs(places['left'] - places['right']) < hidden:
            del objects['right']
        names = list(objects)
        random_number.shuffle(names)
        tracks = tracker.update([objects[name] for name in names], at * SECOND // 20)
        for name, track in zip(names, tracks, strict=True):
            if abs(places['left'] - places['right']) > 30:
                seen.setdefault(name, []).append(track.number)
    return {name: set(numbers) for name, numbers in seen.items()}


@pytest.mark.parametrize('hidden', [0, 20, 55])
def test_who_crosses_another_s_way_stays_who_they_are(hidden):
    """Half a second (55 pixels at 110 a second) behind the other, too."""
    kept = [cross(seed, hidden) for seed in range(20)]
    assert sum(all(len(numbers) == 1 for numbers in each.values()) for each in kept) >= 19


def test_a_walker_who_is_hidden_for_a_second_is_known_again():
    pictures = [[] if 20 <= at < 40 else [box(5.0 * at)] for at in range(60)]
    assert {number for numbers in follow(*pictures, period=SECOND // 20) for number in numbers} == {1}


def test_there_is_room_for_so_many():
    tracker = Tracker(itertools.count(1))
    tracks = tracker.update([box(100.0 * at) for at in range(MAX_TRACKS + 5)], 0)
    assert (len(tracks), tracker.refused) == (MAX_TRACKS, 5)
    tracker.forget([1, 2])
    assert [track.number for track in tracker.tracks] == list(range(3, MAX_TRACKS + 1))
    assert [track.number for track in tracker.update([box(100.0 * 100)], 1)] == [101], 'its place went with it'


OBJECTS = st.lists(
    st.builds(
        box, *[st.floats(-1e9, 1e9)] * 2, *[st.floats(0, 1e9)] * 2, st.sampled_from('ab'), st.sampled_from(['', '1'])
    ),
    max_size=6,
)


@settings(max_examples=100)
@given(st.lists(st.tuples(st.integers(0, 10**12), OBJECTS), max_size=8))
def test_whatever_comes_each_object_has_a_track_of_its_label(pictures):
    tracker, time = Tracker(itertools.count(1)), 0
    for later, objects in pictures:
        time += later
        tracks = tracker.update(objects, time)
        assert [track.item for track in tracks] == objects
        assert len({track.number for track in tracks}) == len(objects)
        assert all(math.isfinite(track.box.x + track.box.width) for track in tracker.tracks)
        tracker.forget(track.number for track in tracker.tracks if track.number % 3 == 0)


@given(st.permutations([box(10.0), box(70.0), box(200.0), box(300.0, label='dog'), box(30.0, 400.0)]))
def test_the_order_of_a_pictures_objects_changes_nothing(shuffled):
    """But who is first numbered."""
    tracker = Tracker(itertools.count(1))
    start = [box(0.0), box(60.0), box(190.0), box(290.0, label='dog'), box(20.0, 400.0)]
    tracker.update(start, 0)
    tracks = tracker.update(shuffled, PERIOD)
    assert {track.number: track.item.x for track in tracks} == {1: 10.0, 2: 70.0, 3: 200.0, 4: 300.0, 5: 30.0}
