"""Several cameras, one stream of events; and a detector that is silent."""

from __future__ import annotations

from types import SimpleNamespace

from gemma_events.events import SECOND, DetectedObject
from gemma_events.vision.cameras import MAX_CAMERAS, Cameras
from gemma_events.vision.scene import Detections

POLICY = SimpleNamespace(appear_share=60, appear_after_s=0.5, disappear_share=30, window_s=1.5)
PERSON = DetectedObject('person', x=5.0, width=40.0, height=80.0)
PERIOD = SECOND // 10


class Robot:
    def __init__(self):
        self.cameras, self.now, self.events = Cameras(), 1000 * SECOND, []

    def see(self, **views):
        """A picture of each camera, for a second."""
        for _ in range(10):
            for frame_id, objects in views.items():
                source, _, frame_id = frame_id.rpartition('_')
                detections = Detections(objects, self.now, frame_id, source=source)
                self.events += self.cameras.see(detections, self.now, POLICY)
            self.now += PERIOD

    def told(self):
        told = [(event.event_type, event.frame_id, [item.id for item in event.objects]) for event in self.events]
        self.events.clear()
        return [each for each in told if each[0] != 'visible_objects']


def test_each_camera_has_a_scene_of_its_own_and_each_thing_its_id():
    robot = Robot()
    robot.see(front=(PERSON,), back=())
    assert robot.told() == [('object_appeared', 'front', ['1'])], 'two cameras on one topic are two'
    robot.see(front=(PERSON,), back=(PERSON,))
    assert robot.told() == [('object_appeared', 'back', ['2'])]
    assert [(state.frame_id, len(state.objects)) for state in robot.cameras.states()] == [('front', 1), ('back', 1)]
    assert robot.cameras.counts() == {'person': 2}
    robot.see(front=(), back=(PERSON,))
    robot.see(front=(), back=(PERSON,))
    assert robot.told() == [('object_disappeared', 'front', ['1'])]


def test_two_detectors_may_look_at_one_camera():
    robot, face = Robot(), DetectedObject('face', x=5.0, width=9.0, height=9.0)
    robot.see(faces_eye=(face,), people_eye=(PERSON,))
    assert robot.told() == [('object_appeared', 'eye', ['1']), ('object_appeared', 'eye', ['2'])]


def test_where_silence_means_that_nothing_is_seen_things_disappear():
    robot = Robot()
    robot.see(front=(PERSON,))
    robot.told()
    begin, told = robot.now, []
    while not told and robot.now < begin + 10 * SECOND:
        robot.events += robot.cameras.silent(robot.now, round(1.5 * SECOND), POLICY)
        told = robot.told()
        robot.now += PERIOD
    assert told == [('object_disappeared', 'front', ['1'])]
    assert 1.4 < (robot.now - begin) / SECOND < 2.2
    robot.see(front=(PERSON,))
    assert robot.told() == [('object_appeared', 'front', ['1'])], 'and come again'


def test_of_more_cameras_than_there_is_room_for_the_one_that_was_silent_for_longest_is_forgotten():
    robot = Robot()
    for number in range(MAX_CAMERAS + 1):
        robot.see(**{f'camera{number}': (PERSON,)})
    assert robot.cameras.forgotten == 1
    assert ('visible_objects', 'camera0', ()) in [
        (event.event_type, event.frame_id, event.objects) for event in robot.events
    ]
    assert len(robot.cameras.states()) == MAX_CAMERAS
    assert robot.cameras.figures()['cameras forgotten'] == 1
