"""The vision node over real DDS."""

from __future__ import annotations

import importlib.util
import itertools

import pytest
from videos import make_video, people_walking

from gemma_events.events import SECOND, DetectedObject, VisionEvent
from harness import wait_for

pytest.importorskip('rclpy', reason='ROS 2 is not installed')

from rclpy.qos import QoSProfile, ReliabilityPolicy

from gemma_events import messages
from gemma_events.vision import health
from gemma_events.vision.detectors import person
from gemma_events.vision.node import VisionNode

PERIOD = 50_000_000  # ns


def detected(*labels, stamp=1_000_000_000, frame_id=''):
    objects = tuple(map(DetectedObject, labels))
    return VisionEvent(VisionEvent.OBJECT_DETECTED, stamp, 'camera_driver', objects, frame_id=frame_id)


def see(publish, *labels, begin, count=20, frame_id='eye'):
    """Pictures of a second."""
    for number in range(count):
        publish(detected(*labels, stamp=begin + number * PERIOD, frame_id=frame_id))


def test_detections_become_events_with_the_time_and_frame_of_their_picture(ros):
    ros.start(VisionNode)
    events = ros.record(VisionEvent, 'vision')
    publish = ros.publisher(VisionEvent, 'detections')
    see(publish, 'person', begin=5 * SECOND)
    see(publish, begin=6 * SECOND, count=30)
    wait_for(lambda: len(events) == 4, 'four events')
    came, went = 5 * SECOND + 10 * PERIOD, 6 * SECOND + 21 * PERIOD
    assert [(event.event_type, event.stamp, event.source) for event in events] == [
        ('object_appeared', came, 'vision'),
        ('visible_objects', came, 'vision'),
        ('object_disappeared', went, 'vision'),
        ('visible_objects', went, 'vision'),
    ]
    assert [event.objects for event in events] == [
        (DetectedObject('person', '1', count=1, duration=10 * PERIOD),),
        (DetectedObject('person', '1', count=1, duration=10 * PERIOD),),
        (DetectedObject('person', '1', count=0, duration=19 * PERIOD),),
        (),
    ]
    assert {event.frame_id for event in events} == {'eye'}


def test_what_is_there_is_told_where_it_is_now_and_then(ros):
    ros.start(VisionNode, position_rate=50.0)
    states = ros.record(VisionEvent, 'visible_objects', messages.STATE_QOS)
    publish = ros.publisher(VisionEvent, 'detections')
    stamps = itertools.count(SECOND, PERIOD)

    def moves():
        stamp = next(stamps)
        thing = DetectedObject('cup', x=(stamp - SECOND) / PERIOD, width=50.0, height=50.0)
        publish(VisionEvent(VisionEvent.OBJECT_DETECTED, stamp, objects=(thing,)))
        return len([state for state in states if state.objects]) > 5

    wait_for(moves, 'places')
    places = [state.objects[0].x for state in states if state.objects]
    assert places == sorted(places)
    assert places[-1] > places[0]


def test_a_detector_that_publishes_only_what_it_sees(ros):
    node = ros.start(VisionNode, empty_means='nothing', window_s=0.3)
    events = ros.record(VisionEvent, 'vision')
    publish = ros.publisher(VisionEvent, 'detections')
    see(publish, 'person', begin=node.now())
    wait_for(lambda: len(events) == 4, 'who comes and goes')
    assert events[2].event_type == VisionEvent.OBJECT_DISAPPEARED


def test_what_does_not_matter_is_left_out_and_counted(ros):
    node = ros.start(VisionNode, labels=['cup'])
    events = ros.record(VisionEvent, 'vision')
    publish = ros.publisher(VisionEvent, 'detections')
    see(publish, 'person', 'cup', '', begin=SECOND)
    wait_for(lambda: len(events) == 2, 'the cup')
    assert {item.label for event in events for item in event.objects} == {'cup'}
    wait_for(lambda: node.health().values.get('left out, other labels') == 20, 'the count')
    assert node.health().values['left out, without a label'] == 20
    assert node.health().values['visible'] == '1 cup'


def test_who_comes_late_learns_what_is_there_and_nothing_that_is_old(ros):
    node = ros.start(VisionNode, position_rate=0.0)

    def newcomer():
        """What somebody gets who subscribes now."""
        states = ros.record(VisionEvent, 'visible_objects', messages.STATE_QOS)
        wait_for(lambda: states, 'the state')
        return states

    def seen(states):
        return [(state.event_type, [item.label for item in state.objects]) for state in states]

    first = newcomer()
    assert seen(first) == [('visible_objects', [])], 'published when the node becomes active'
    assert abs(first[0].stamp - node.now()) < 60e9
    events = ros.record(VisionEvent, 'vision')
    see(ros.publisher(VisionEvent, 'detections'), 'person', 'cup', begin=SECOND)
    wait_for(lambda: len(first) >= 2, 'the change')
    assert seen(newcomer()) == [('visible_objects', ['person', 'cup'])]
    assert (first[1].frame_id, first[1].source) == ('eye', 'vision')
    node.trigger_deactivate()
    wait_for(lambda: len(first) == 3, 'the end')
    assert seen(newcomer()) == [('visible_objects', [])], 'nobody knows any more'
    wait_for(lambda: len(events) == 3, 'the end on the topic of events')
    assert seen(events) == [
        ('object_appeared', ['person', 'cup']),
        ('visible_objects', ['person', 'cup']),
        ('visible_objects', []),
    ]


def test_detections_of_a_best_effort_detector_are_seen(ros):
    node = ros.start(VisionNode)
    events = ros.record(VisionEvent, 'vision')
    qos = QoSProfile(depth=5, reliability=ReliabilityPolicy.BEST_EFFORT)
    publisher = ros.node.create_publisher(messages.MESSAGE_TYPES[VisionEvent], 'detections', qos)

    stamps = itertools.count(SECOND, PERIOD)

    def see_until(count):  # again and again: the first ones may come before DDS has connected the two
        def publish():
            publisher.publish(messages.to_message(detected('person', stamp=next(stamps))))

        wait_for(lambda: publish() or len(events) >= count, 'a person')

    see_until(2)
    for step in ('deactivate', 'cleanup', 'configure', 'activate'):
        getattr(node, f'trigger_{step}')()
    see_until(5)


def summary(node, level, *words):
    return lambda: node.health().level == level and all(word in node.health().summary for word in words)


def test_a_node_that_sees_nothing_says_why(ros, monkeypatch):
    monkeypatch.setattr(health, 'STALLED', 0.1)
    node = ros.start(VisionNode)
    level = node.health().WARN
    wait_for(summary(node, level, 'nobody publishes on /detections'), 'nobody')
    publish = ros.publisher(VisionEvent, 'detections')
    wait_for(summary(node, level, 'nothing has come on /detections'), 'silence')
    publish(VisionEvent(VisionEvent.OBJECT_APPEARED))
    wait_for(summary(node, level, 'object_appeared', 'has to publish object_detected'), 'the wrong events')
    monkeypatch.setattr(health, 'STALLED', 60.0)
    publish(detected('person'))
    wait_for(summary(node, level, 'stamped', 'before they come', 'chrony'), 'a picture of 1970')
    publish(detected('person', stamp=node.now()))
    wait_for(summary(node, node.health().OK, 'looking'), 'sight')
    node.trigger_deactivate()
    assert node.health().summary == 'waiting'


def test_a_detection_of_unknown_type_is_reported(ros, capfd):
    node = ros.start(VisionNode)
    publish = ros.publisher(VisionEvent, 'detections')
    publish(VisionEvent('object_seen', source='my_detector'))
    wait_for(lambda: node.values() == {'events of unknown type': 1}, 'the report')
    log = capfd.readouterr().err
    assert "/detections has brought an event of unknown event_type 'object_seen'" in log
    assert 'my_detector' in log


def test_the_nodes_own_events_are_not_detections(ros):
    node = ros.start(VisionNode)
    events = ros.record(VisionEvent, 'vision')
    publish = ros.publisher(VisionEvent, 'detections')
    publish(VisionEvent(VisionEvent.OBJECT_APPEARED, objects=(DetectedObject('ghost'),)))
    wait_for(lambda: publish(detected('person', stamp=0)) or len(events) == 2, 'the person')
    assert [item.label for event in events for item in event.objects] == ['person', 'person']
    assert abs(events[0].stamp - node.now()) < 60e9  # no time in the header: now


def test_a_video_of_people_walking(ros):
    if not importlib.util.find_spec(person.MODULE):
        pytest.skip(f'{person.PACKAGE} is not installed')
    node = ros.create(VisionNode, source=people_walking(), frame_id='film')
    events = ros.record(VisionEvent, 'vision')
    assert node.start()
    wait_for(lambda: len(events) >= 2, 'a person')
    assert [event.event_type for event in events[:2]] == ['object_appeared', 'visible_objects']
    box = events[0].objects[0]
    assert box.label == 'person'
    assert {event.frame_id for event in events} == {'film'}
    assert 0 <= box.x < 768
    assert box.height > 50
    assert (events[0].image_width, events[0].image_height) == (768, 576)
    node.trigger_deactivate()
    assert 'visible' in node.health().values


def test_a_video_that_ends_leaves_the_node_up_and_says_so(ros, tmp_path):
    node = ros.start(VisionNode, source=make_video(tmp_path, 1, 2, 3), detector='none')
    wait_for(lambda: 'over' in node.health().summary, 'the end of the video')
    assert node.active


@pytest.mark.parametrize(
    'parameters', [{'source': '/no/such/video.mp4'}, {'source': '/'}, {'source': ''}, {'source': __file__}]
)
def test_a_source_that_cannot_work_keeps_the_node_from_starting(ros, parameters):
    pytest.importorskip('cv2', reason='OpenCV is not installed')
    assert not ros.create(VisionNode, **parameters).start()


class Cats:
    """A detector of another package."""

    def __init__(self, settings):
        self.rate = settings.detection_rate

    def detect(self, picture):
        if picture.mean() < 50:
            raise ValueError('too dark')
        return [DetectedObject('cat', x=self.rate, width=float(picture.shape[1]))]


class Blind:
    """Not a detector."""


def test_a_detector_of_another_package_that_fails_now_and_then(ros, tmp_path):
    node = ros.create(VisionNode, source=make_video(tmp_path, *[200] * 20, *[0] * 40), detector=f'{__name__}:Cats')
    events = ros.record(VisionEvent, 'vision')
    assert node.start()
    wait_for(lambda: len(events) >= 2, 'a cat')
    cat = events[0].objects[0]
    assert (cat.label, cat.x, cat.width) == ('cat', 10.0, 320.0)
    wait_for(lambda: node.health().summary == 'the detector fails: ValueError: too dark', 'the failure')
    assert node.health().values['pictures the detector failed on'] > 0
    wait_for(lambda: 'over' in str(node._ended), 'the end of the video')


@pytest.mark.parametrize('detector', ['cats', 'no_such_module:Cats', f'{__name__}:Blind', f'{__name__}:wait_for'])
def test_a_detector_that_cannot_work_keeps_the_node_from_starting(ros, tmp_path, detector):
    assert not ros.create(VisionNode, source=make_video(tmp_path, 1), detector=detector).start()
