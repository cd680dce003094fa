"""The face_expression node over real DDS."""

from __future__ import annotations

import pytest

from gemma_events.events import ActionStatus, FaceExpression, SpeechEvent
from harness import wait_for

pytest.importorskip('rclpy', reason='ROS 2 is not installed')
pytest.importorskip('pygame', reason='pygame is not installed')

from rclpy.parameter import Parameter
from rclpy.qos import qos_profile_sensor_data
from sensor_msgs.msg import Image

from gemma_events import messages
from gemma_events.face_expression.node import FaceExpressionNode
from gemma_events.face_expression.painter import LOOKS, Painter
from gemma_events.face_expression.state import EXPRESSIONS, MOUTH_WIDEST, Face

BACKGROUND = (0x20, 0x2A, 0x3A)  # the default


def look(ros):
    images = []
    ros.node.create_subscription(Image, 'face_image', images.append, qos_profile_sensor_data)
    return images


def shows(images, expression, mouths):
    painter = Painter(320, 240, BACKGROUND)
    faces = {painter.paint(Face(expression, mouth, closed)) for mouth in mouths for closed in (False, True)}
    return lambda: bytes(images[-1].data) in faces if images else False


TALKING = range(1, MOUTH_WIDEST + 1)  # closed it looks as at rest


def test_the_face_that_was_asked_for_is_drawn(ros):
    node = ros.start(FaceExpressionNode)
    images = look(ros)
    wait_for(shows(images, 'neutral', [None]), 'a plain face')
    image = images[-1]
    assert (image.width, image.height, image.encoding, image.step) == (320, 240, 'rgb8', 960)
    assert image.header.frame_id == 'face'
    assert abs(image.header.stamp.sec - node.now() / 1e9) < 60
    ros.publisher(FaceExpression, 'face_expression')(FaceExpression(expression='happy', talking=True))
    wait_for(shows(images, 'happy', TALKING), 'a happy face that talks')


def test_the_mouth_moves_while_an_action_speaks_and_a_heard_person_is_listened_to(ros):
    ros.start(FaceExpressionNode)
    images = look(ros)
    status, speech = ros.publisher(ActionStatus, 'action_status'), ros.publisher(SpeechEvent, 'speech')
    status(ActionStatus(ActionStatus.ACTION_STARTED, id='1', action='speak'))
    wait_for(shows(images, 'neutral', TALKING), 'a face that talks')
    status(ActionStatus(ActionStatus.ACTION_FINISHED, id='1', action='speak'))
    wait_for(shows(images, 'neutral', [None]), 'a face at rest')
    speech(SpeechEvent(SpeechEvent.SPEECH_STARTED))
    wait_for(shows(images, 'listening', [None]), 'a face that listens')


def test_a_face_at_rest_is_not_drawn_again_but_published_for_newcomers(ros):
    node = ros.start(FaceExpressionNode, frame_rate=60.0)
    first = look(ros)
    wait_for(lambda: len(first) >= 3, 'the same face again')
    assert node._drawn <= len(first)
    assert len(first) < 20  # at 60 Hz for two repeats: 120
    late = look(ros)
    wait_for(lambda: late, 'a face for who came late')


def test_nothing_is_drawn_while_nobody_looks(ros):
    node = ros.start(FaceExpressionNode)
    publish = ros.publisher(FaceExpression, 'face_expression')
    publish(FaceExpression(expression='angry', talking=True))
    wait_for(lambda: node.health().summary == 'angry; nobody subscribes to face_image', 'the request')
    assert node.health().level == node.health().OK, 'a robot may have no screen'
    assert node._drawn == 0


def test_who_comes_late_learns_what_was_asked_for(ros):
    node = ros.start(FaceExpressionNode)

    def newcomer():
        states = ros.record(FaceExpression, 'face_state', messages.STATE_QOS)
        wait_for(lambda: states, 'the state')
        return states

    def told(states):
        return [(state.event_type, state.expression, state.talking) for state in states]

    first = newcomer()
    assert told(first) == [('draw_face', 'neutral', False)], 'published when the node becomes active'
    publish = ros.publisher(FaceExpression, 'face_expression')
    publish(FaceExpression(expression='Happy', talking=True, stamp=7))
    wait_for(lambda: len(first) == 2, 'the first change')  # of two at once, a state keeps the last
    publish(FaceExpression(talking=True))  # no change
    publish(FaceExpression())
    wait_for(lambda: len(first) == 3, 'the second change')
    assert told(first[1:]) == [('draw_face', 'happy', True), ('draw_face', 'happy', False)]
    assert (first[1].stamp, first[1].source) == (7, 'face_expression')
    assert abs(first[2].stamp - node.now()) < 60e9
    assert told(newcomer()) == [('draw_face', 'happy', False)]
    node.trigger_deactivate()
    wait_for(lambda: len(first) == 4, 'the end')
    assert told(newcomer()) == [('draw_face', 'neutral', False)]
    node.trigger_activate()
    assert node.health().values['expression'] == 'neutral', 'requests of before are over'


def test_the_expressions_are_listed_where_people_look(ros):
    message_type = messages.MESSAGE_TYPES[FaceExpression]
    assert [getattr(message_type, name.upper()) for name in EXPRESSIONS] == list(EXPRESSIONS) == list(LOOKS)
    assert ros.create(FaceExpressionNode).health().values['expressions'] == ', '.join(EXPRESSIONS)


def test_an_unknown_expression_is_a_neutral_face_and_a_warning_with_those_there_are(ros, capfd):
    node = ros.start(FaceExpressionNode)
    publish = ros.publisher(FaceExpression, 'face_expression')
    publish(FaceExpression(expression='sad'))
    for expression in ('grumpy', 'grumpy', 'x' * 10_000):
        publish(FaceExpression(expression=expression))
    wait_for(lambda: 'xxx' in node.health().summary, 'the requests')
    assert node.health().level == node.health().WARN
    assert node.health().values['expression'] == 'neutral'
    assert len(node.health().summary) < 300
    log = capfd.readouterr().err
    assert log.count("unknown expression 'grumpy', shown as neutral: there is neutral, happy, sad, angry") == 1
    assert log.count('unknown expression') == 1, 'now and then'
    publish(FaceExpression(expression='sad'))
    wait_for(lambda: node.health().level == node.health().OK, 'a known one')


def test_a_face_that_cannot_be_drawn_is_an_error_until_it_can(ros, monkeypatch):
    def fail(*_):
        raise RuntimeError('out of paint')

    monkeypatch.setattr(Painter, '_mouth', fail)
    node = ros.start(FaceExpressionNode)
    images = look(ros)
    wait_for(lambda: node.health().level == node.health().ERROR, 'the failure')
    assert node.health().summary == 'the face cannot be drawn: out of paint'
    monkeypatch.undo()
    wait_for(lambda: images, 'a face')
    wait_for(lambda: node.health().level == node.health().OK, 'no failure')


@pytest.mark.parametrize(
    ('background', 'colour'),
    [('#202a3a', (0x20, 0x2A, 0x3A)), ('#FFFFFF', (255, 255, 255)), ('#fff', (255, 255, 255)), ('#08f', (0, 136, 255))],
)
def test_a_colour_has_three_or_six_digits(ros, background, colour):
    ros.start(FaceExpressionNode, background=background)
    images = look(ros)
    wait_for(lambda: images, 'a face')
    assert tuple(images[0].data[:3]) == colour


@pytest.mark.parametrize(
    'background', ['red', 'white', '', '#ffff', '#FFFFFFFF', '#12345g', '#fff\n', 'fff', '# fff', '#٣٣٣']
)
def test_a_bad_background_is_one_line_with_its_value(ros, background):
    node = ros.create(FaceExpressionNode, background=background)
    assert not node.start()
    assert node.fault == f'parameter background is {background!r}: it takes #rgb or #rrggbb, such as #202a3a'
    assert node.set_parameters([Parameter('background', value='#fff')])[0].successful
    assert node.start()


def test_it_can_be_stopped_and_started(ros):
    node = ros.start(FaceExpressionNode)
    images = look(ros)
    wait_for(lambda: images, 'a face')
    node.trigger_deactivate()
    node.trigger_cleanup()
    images.clear()
    node.trigger_configure()
    assert images == []
    node.trigger_activate()
    wait_for(lambda: images, 'a face again')
