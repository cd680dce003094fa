"""The face_expression node over real DDS."""

from __future__ import annotations

import time

import cv2
import numpy as np
import pytest

from gemma_events.events import EXPRESSIONS, ActionStatus, DetectedObject, FaceExpression, SpeechEvent, VisionEvent
from harness import wait_for

pytest.importorskip('rclpy', reason='ROS 2 is not installed')

from rclpy.parameter import Parameter
from rclpy.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy, qos_profile_sensor_data
from sensor_msgs.msg import CompressedImage, Image

from gemma_events import messages
from gemma_events.face_expression.looks import LOOKS, Face
from gemma_events.face_expression.node import FaceExpressionNode
from gemma_events.face_expression.painter import Painter
from gemma_events.face_expression.style import STYLES
from gemma_events.msg import Playback

STILL = {'blinking': False, 'saccades': False, 'breathing': False}
BEST_EFFORT = QoSProfile(depth=10, reliability=ReliabilityPolicy.BEST_EFFORT)
SIZE = {'width': 160, 'height': 120}
LEVELS = [step / 8 for step in range(1, 9)] + [1 / 3, 2 / 3]


def start(ros, **parameters):
    return ros.start(FaceExpressionNode, **(STILL | SIZE | parameters))


def look(ros, message_type=Image, topic='face_image', qos=QoSProfile(depth=5)):  # noqa: B008
    images = []
    ros.node.create_subscription(message_type, topic, images.append, qos)
    return images


def shows(images, expression, mouths=(None,), **face):
    painter = Painter(160, 120, STYLES['warm'])
    looks = [Face(LOOKS[expression], mouth, **({'breath': 0.5} | face)) for mouth in mouths]
    faces = {painter.paint(each).tobytes() for each in looks}
    return lambda: bytes(images[-1].data) in faces if images else False


@pytest.mark.parametrize('qos', [QoSProfile(depth=5), qos_profile_sensor_data], ids=['reliable', 'best effort'])
def test_the_face_that_was_asked_for_is_drawn(ros, qos):
    node = start(ros)
    images = look(ros, qos=qos)
    wait_for(shows(images, 'neutral'), 'a plain face')
    image = images[-1]
    assert (image.width, image.height, image.encoding, image.step) == (160, 120, 'rgb8', 480)
    assert image.header.frame_id == 'face'
    assert abs(image.header.stamp.sec - node.now() / 1e9) < 60
    ros.publisher(FaceExpression, 'face_expression')(FaceExpression(expression='happy', talking=True))
    wait_for(shows(images, 'happy', LEVELS), 'a happy face that talks')


def test_one_face_turns_into_another(ros):
    start(ros, frame_rate=50.0)
    images = look(ros)
    wait_for(lambda: images, 'a face')
    ros.publisher(FaceExpression, 'face_expression')(FaceExpression(expression='sad'))
    wait_for(shows(images, 'sad'), 'a sad face')
    assert len({bytes(image.data) for image in images}) > 3, 'faces between'


def test_a_compressed_face_is_the_same(ros):
    start(ros)
    images = look(ros, CompressedImage, 'face_image/compressed')
    wait_for(lambda: images, 'a picture')
    assert images[0].format == 'rgb8; jpeg compressed bgr8'
    picture = cv2.imdecode(np.frombuffer(images[0].data, np.uint8), cv2.IMREAD_COLOR)[:, :, ::-1].astype(int)
    expected = Painter(160, 120, STYLES['warm']).paint(Face(LOOKS['neutral'], breath=0.5))
    assert np.abs(picture - expected).mean() < 6


def test_a_person_is_listened_to_and_thought_about_until_the_robot_answers(ros):
    start(ros)
    images = look(ros)
    speech, status = ros.publisher(SpeechEvent, 'speech'), ros.publisher(ActionStatus, 'action_status')
    speech(SpeechEvent(SpeechEvent.SPEECH_STARTED))
    wait_for(shows(images, 'listening'), 'a face that listens')
    speech(SpeechEvent(SpeechEvent.TRANSCRIPT, transcript='hello'))
    speech(SpeechEvent(SpeechEvent.SPEECH_STOPPED))
    wait_for(shows(images, 'thinking'), 'a face that thinks')
    status(ActionStatus(ActionStatus.ACTION_STARTED, id='1', action='speak'))
    wait_for(shows(images, 'neutral'), 'a face at rest')


def test_who_appears_is_looked_at(ros):
    start(ros)
    images = look(ros)
    thing = DetectedObject('person', x=600, y=200, width=40, height=80)
    ros.publisher(VisionEvent, 'vision')(
        VisionEvent('object_appeared', objects=(thing,), image_width=640, image_height=480)
    )
    wait_for(shows(images, 'neutral', glance=(-0.9, 0.0)), 'a glance')
    wait_for(shows(images, 'neutral'), 'its end')


def test_the_mouth_moves_by_what_is_played(ros):
    node = start(ros, frame_rate=50.0)
    images, pieces = look(ros), ros.node.create_publisher(Playback, 'playback', BEST_EFFORT)
    wait_for(lambda: pieces.get_subscription_count() and images, 'the face')
    sound, begin = np.tile(np.array([9000, -9000], np.int16), 240), node.now() + 400_000_000
    for number in range(30):  # 0.6 s
        piece = Playback(source='test', rate=24_000)
        messages.set_time(piece.header.stamp, begin + number * 20_000_000)
        piece.samples.extend(sound.tolist())
        pieces.publish(piece)
        time.sleep(0.005)
    wait_for(shows(images, 'neutral', [1.0]), 'an open mouth')
    first = images[-1].header.stamp
    assert abs(first.sec * 10**9 + first.nanosec - begin) < 10**9
    wait_for(lambda: node.health().values['talking'], 'talking')
    wait_for(shows(images, 'neutral', [0.0]), 'a closed mouth')
    assert node.health().values['pieces of playback out of time'] == 0


def test_the_mouth_goes_by_the_clock_that_stamps_the_sound(ros):
    rosgraph_msgs = pytest.importorskip('rosgraph_msgs.msg')
    node = start(ros, use_sim_time=True)
    clock = ros.node.create_publisher(rosgraph_msgs.Clock, '/clock', 10)
    pieces = ros.node.create_publisher(Playback, 'playback', BEST_EFFORT)
    wait_for(lambda: pieces.get_subscription_count() and clock.get_subscription_count(), 'the face')

    def set_clock(seconds):
        message = rosgraph_msgs.Clock()
        messages.set_time(message.clock, round(seconds * 1e9))
        wait_for(lambda: clock.publish(message) or node.now() == round(seconds * 1e9), 'the clock')

    set_clock(1000)
    piece = Playback(rate=8000, samples=[9000, -9000] * 2000)  # half a second
    messages.set_time(piece.header.stamp, 1000_200_000_000)
    pieces.publish(piece)
    wait_for(lambda: node._envelope.until, 'the sound')
    assert not node.health().values['talking']
    set_clock(1000.4)
    assert node.health().values['talking']
    set_clock(1000.8)
    assert not node.health().values['talking']


def test_sound_with_a_strange_time_is_a_warning(ros, capfd):
    node = start(ros)
    pieces = ros.node.create_publisher(Playback, 'playback', BEST_EFFORT)
    wait_for(lambda: pieces.get_subscription_count(), 'the face')
    for _ in range(3):
        pieces.publish(Playback(rate=24_000, samples=[1, 2, 3]))
    wait_for(lambda: node.health().level == node.health().WARN, 'the warning')
    assert 'sound that the mouth cannot follow' in node.health().summary
    assert ' s ago; are' in node.health().summary
    assert capfd.readouterr().err.count('are the clocks the same?') == 1


def test_a_face_at_rest_is_not_drawn_again_but_published_for_newcomers(ros):
    node = start(ros, frame_rate=60.0)
    first = look(ros)
    wait_for(lambda: len(first) >= 3, 'the same face again')
    assert node._drawn == 1
    assert len(first) < 20  # at 60 Hz for two repeats: 120
    late = look(ros)
    wait_for(lambda: late, 'a face for who came late')


def test_nothing_is_drawn_while_nobody_looks(ros):
    node = start(ros)
    publish = ros.publisher(FaceExpression, 'face_expression')
    publish(FaceExpression(expression='angry', talking=True))
    wait_for(lambda: node.health().summary == 'angry; nobody subscribes to face_image', 'the request')
    assert node.health().level == node.health().OK, 'a robot may have no screen'
    assert node._drawn == 0


def test_who_comes_late_learns_what_was_asked_for(ros):
    node = start(ros)

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
    assert [getattr(message_type, name.upper()) for name in EXPRESSIONS] == list(EXPRESSIONS)
    assert len(EXPRESSIONS) == 25 + 3, 'those of hri_msgs, thinking, listening, normal'
    assert ros.create(FaceExpressionNode).health().values['expressions'] == ', '.join(EXPRESSIONS)


def test_an_unknown_expression_is_a_neutral_face_and_a_warning_with_those_there_are(ros, capfd):
    node = start(ros)
    publish = ros.publisher(FaceExpression, 'face_expression')
    publish(FaceExpression(expression='sad'))
    for expression in ('grumpy', 'grumpy', 'x' * 10_000):
        publish(FaceExpression(expression=expression))
    wait_for(lambda: 'xxx' in node.health().summary, 'the requests')
    assert node.health().level == node.health().WARN
    assert node.health().values['expression'] == 'neutral'
    assert len(node.health().summary) < 500
    log = capfd.readouterr().err
    assert log.count("unknown expression 'grumpy', shown as neutral: there is neutral, happy, sad, angry") == 1
    assert log.count('unknown expression') == 2, 'each once'
    for number in range(100):
        publish(FaceExpression(expression=f'face {number}'))
    publish(FaceExpression(expression='sad'))
    wait_for(lambda: node.health().level == node.health().OK, 'a known one')
    assert capfd.readouterr().err.count('unknown expression') < 25, 'a program that makes them up does not fill the log'


def test_a_face_that_cannot_be_drawn_is_an_error_until_it_can(ros, monkeypatch):
    def fail(*_):
        raise RuntimeError('out of paint')

    monkeypatch.setattr(Painter, '_mouth', fail)
    node = start(ros)
    images = look(ros)
    wait_for(lambda: node.health().level == node.health().ERROR, 'the failure')
    assert node.health().summary == 'the face cannot be drawn: out of paint'
    monkeypatch.undo()
    wait_for(lambda: images, 'a face')
    wait_for(lambda: node.health().level == node.health().OK, 'no failure')


def test_habits_can_be_changed_at_any_time(ros):
    node = start(ros)
    publish = ros.publisher(SpeechEvent, 'speech')
    publish(SpeechEvent(SpeechEvent.SPEECH_STARTED))
    wait_for(lambda: node.health().values['expression'] == 'listening', 'a face that listens')
    assert node.set_parameters([Parameter('listening', value=False)])[0].successful
    assert node.health().values['expression'] == 'neutral'


@pytest.mark.parametrize(
    ('parameters', 'colour'),
    [
        ({}, (0x20, 0x2A, 0x3A)),
        ({'style': 'screen'}, (0x05, 0x09, 0x0F)),
        ({'style': 'screen', 'background': '#FFFFFF'}, (255, 255, 255)),
        ({'background': '#08f'}, (0, 136, 255)),
    ],
)
def test_the_background_is_the_styles_unless_it_is_given(ros, parameters, colour):
    start(ros, **parameters)
    images = look(ros)
    wait_for(lambda: images, 'a face')
    assert tuple(images[0].data[:3]) == colour


@pytest.mark.parametrize(
    'background', ['red', 'white', '#ffff', '#FFFFFFFF', '#12345g', '#fff\n', 'fff', '# fff', '#٣٣٣']
)
def test_a_bad_background_is_one_line_with_its_value(ros, background):
    node = ros.create(FaceExpressionNode, background=background)
    assert not node.start()
    assert node.fault.startswith(f'parameter background is {background!r}: it takes #rgb or #rrggbb, such as #202a3a')
    assert node.set_parameters([Parameter('background', value='#fff')])[0].successful
    assert node.start()


@pytest.mark.parametrize(
    'parameters, line',
    [
        ({'rotation': 45}, 'parameter rotation is 45: it takes 0, 90, 180 or 270'),
        ({'style': 'cold'}, "parameter style is 'cold': it takes warm, screen, or the path of a YAML file that exists"),
        ({'window': 'big'}, "parameter window is 'big': it takes one of 'auto', 'off', 'window', 'full'"),
    ],
)
def test_what_cannot_be_is_one_line(ros, parameters, line):
    node = ros.create(FaceExpressionNode, **parameters)
    assert not node.start()
    assert node.fault == line


def test_a_window_that_cannot_be_opened_is_an_error_and_the_pictures_go_on(ros, monkeypatch):
    for name in ('DISPLAY', 'WAYLAND_DISPLAY', 'SDL_VIDEODRIVER'):
        monkeypatch.delenv(name, raising=False)
    node = start(ros, window='full')
    images = look(ros)
    wait_for(lambda: images, 'a face')
    wait_for(lambda: node.health().level == node.health().ERROR, 'the error')
    assert node.health().summary.startswith('the window of the face has ended: ')


def test_the_publishers_are_reliable(ros):
    start(ros)
    for topic in ('face_image', 'face_image/compressed'):
        (info,) = wait_for(lambda topic=topic: ros.node.get_publishers_info_by_topic(topic), topic)
        assert info.qos_profile.reliability == ReliabilityPolicy.RELIABLE
        assert info.qos_profile.durability == DurabilityPolicy.VOLATILE


def test_it_can_be_stopped_and_started(ros):
    node = start(ros)
    images = look(ros)
    wait_for(lambda: images, 'a face')
    node.trigger_deactivate()
    node.trigger_cleanup()
    images.clear()
    node.trigger_configure()
    assert images == []
    node.trigger_activate()
    wait_for(lambda: images, 'a face again')
