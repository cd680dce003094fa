"""The state that is not learnt from events: pure, and on the sockets."""

from __future__ import annotations

import json
from dataclasses import replace

from gemma_events.bridge.state import OVERTAKING, State
from gemma_events.bridge.wire import FORMATS
from gemma_events.events import DetectedObject, FaceExpression, VisionEvent


def visible(*labels, stamp=1, source='vision'):
    return VisionEvent('visible_objects', stamp, source, tuple(map(DetectedObject, labels)))


OLD, NEW = visible('cup', stamp=1), visible('cup', 'person', stamp=2)
HAPPY, ANGRY = (FaceExpression(stamp=1, source='face_expression', expression=name) for name in ('happy', 'angry'))


# --- pure ------------------------------------------------------------------------------------------


def test_an_event_is_never_replaced_by_what_is_learnt():
    state = State(FORMATS['vision'])
    assert state.take(NEW, 0.0) == (NEW, False)
    assert not state.learn(OLD, 0.1)
    assert state.last == NEW


def test_what_is_learnt_is_replaced_by_the_next_event():
    state = State(FORMATS['vision'])
    assert state.learn(OLD, 0.0)
    assert state.last == OLD
    assert state.take(NEW, 0.1) == (NEW, False)
    assert state.last == NEW


def test_events_that_a_learnt_state_has_overtaken_are_known():
    state = State(FORMATS['vision'])
    state.learn(NEW, 0.0)
    assert state.take(OLD, 0.1) == (OLD, True)
    assert state.take(NEW, 0.1) == (NEW, True)
    assert state.last == NEW


def test_a_request_that_the_face_has_kept_already_is_known_whoever_made_it():
    state = State(FORMATS['face'])
    state.learn(ANGRY, 0.0)
    assert state.take(replace(ANGRY, source='agent'), 0.1)[1]
    assert not state.take(replace(HAPPY, stamp=2, source='agent'), 0.1)[1]


def test_but_only_those_of_the_same_source_and_only_for_a_while():
    for event, now in ((visible('car', stamp=1, source='bridge/vision/1'), 0.1), (OLD, OVERTAKING)):
        state = State(FORMATS['vision'])
        state.learn(NEW, 0.0)
        assert state.take(event, now) == (event, False)
        assert state.last == event


def test_what_is_no_state_is_not_learnt():
    state = State(FORMATS['vision'])
    assert not state.learn(VisionEvent('object_appeared', stamp=1), 0.0)
    state.learn(NEW, 0.0)
    appeared = VisionEvent('object_appeared', stamp=1, source='vision')
    assert state.take(appeared, 0.1) == (appeared, False)


def test_a_learnt_face_completes_the_next_one():
    state = State(FORMATS['face'])
    state.learn(ANGRY, 0.0)
    event, known = state.take(FaceExpression(stamp=2, talking=True), 0.1)
    assert (event.expression, known) == ('angry', False)


def test_topics_of_states_lie_beside_those_of_events():
    vision = FORMATS['vision']
    assert vision.state_topic_beside('vision') == 'visible_objects'
    assert vision.state_topic_beside('/robot/vision') == '/robot/visible_objects'
    assert vision.state_topic_beside('robot/vision') == 'robot/visible_objects'
    assert vision.state_topic_beside('/vision') == '/visible_objects'
    assert vision.state_topic_beside('garage') == vision.state_topic_beside('television') == ''
    assert FORMATS['detections'].state_topic_beside('vision') == 'visible_objects'
    assert FORMATS['face'].state_topic_beside('face_expression') == 'face_state'
    assert FORMATS['speech'].state_topic_beside('speech') == ''


# --- on the sockets --------------------------------------------------------------------------------


def learn(bridge, topic, event):
    bridge.ask(lambda: bridge.exchanges[topic].learn(event))


def labels(text):
    return json.loads(text)['data']['objects']


def test_newcomers_and_who_was_too_early_get_the_learnt_set_once(bridge, client, path):
    served = bridge(vision={'path': path})
    early = client(path)
    served.wait_peers('vision', 1)
    learn(served, 'vision', NEW)
    assert labels(early.receive()) == ['cup', 'person']
    late = client(path)
    assert labels(late.receive()) == ['cup', 'person']
    learn(served, 'vision', NEW)
    served.publish('vision', NEW, visible('end', stamp=3))
    assert [labels(one.receive()) for one in (early, late)] == 2 * [['end']], 'nothing between'


def test_who_wants_no_state_gets_the_event_alone(bridge, client, path):
    served = bridge(vision={'path': path, 'state_for_newcomers': False})
    one = client(path)
    served.wait_peers('vision', 1)
    learn(served, 'vision', NEW)
    served.publish('vision', NEW, visible('end', stamp=3))
    assert [labels(one.receive()) for _ in range(2)] == [['cup', 'person'], ['end']]


def test_a_face_window_shows_the_learnt_face_once(bridge, start_legacy, path):
    window = start_legacy('face_window', path)
    window.wait('serves')
    connected = bridge(face_expression={'path': path})
    learn(connected, 'face_expression', ANGRY)
    assert 'angry' in window.wait('got', 1)[0]
    connected.publish('face_expression', ANGRY)
    connected.publish('face_expression', FaceExpression(stamp=2, expression='happy'))
    assert 'happy' in window.wait('got', 2)[1]


def test_a_server_that_comes_later_gets_the_learnt_face(bridge, start_legacy, path):
    connected = bridge(face_expression={'path': path, 'role': 'client'})
    learn(connected, 'face_expression', ANGRY)
    assert 'angry' in start_legacy('face_window', path).wait('got')[0]


def test_what_programs_write_is_newer_than_what_is_learnt(bridge, client, path):
    served = bridge(face_expression={'path': path, 'state_for_newcomers': True})
    emitter = client(path)
    emitter.send(b'{"event_type": "draw_face", "timestamp": 1.0, "data": {"expression": "happy"}}')
    assert emitter.receive() == 'ack'
    learn(served, 'face_expression', ANGRY)
    assert '"happy"' in client(path).receive()
