"""The bridge node over real DDS and real sockets."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import threading
import time

import pytest
from bridging import at, connect

from harness import wait_for

pytest.importorskip('rclpy', reason='ROS 2 is not installed')

from diagnostic_msgs.msg import DiagnosticArray
from rclpy.parameter import Parameter
from rclpy.qos import DurabilityPolicy, QoSProfile

from gemma_events import messages
from gemma_events.bridge import cdr, exchange
from gemma_events.bridge.node import BridgeNode
from gemma_events.events import (
    ActionEvent,
    DetectedObject,
    FaceExpression,
    SpeechEvent,
    TextInput,
    UnrecognisedMessage,
    VisionEvent,
)
from gemma_events.node import Health

STAMP = 1_704_110_400 * 10**9
HEARD = SpeechEvent('transcript', stamp=STAMP, event_number=7, transcript='turn on the light')
GARAGE = {'garage.format': 'vision', 'garage.topic': 'garage'}
DRAW_FACE = b'{"event_type": "draw_face", "timestamp": 1704110400.0, "data": {"expression": "happy", "talking": true}}'
ACTION = (
    b'{"event_type": "action_required", "timestamp": 1704110400.0, '
    b'"data": {"action": "speak", "content": "Hello", "priority": "high"}}'
)


def wait_for_echoes(node, topic):
    """Until the bridge has got back from the topic whatever it published there."""
    topic = node._joined[topic].topic
    wait_for(lambda: not topic._published and not topic._awaited, 'the echoes')


@pytest.mark.parametrize(
    ('name', 'topic', 'data', 'event'),
    [
        (
            'main_event',
            'speech',
            b'[2024-01-01 12:00:00] Speech started (Event #7)',
            SpeechEvent('speech_started', event_number=7),
        ),
        (
            'vision',
            'vision',
            b'{"event_type": "object_detected", "timestamp": 1704110400.0, "data": '
            b'{"objects": ["cup"], "confidence": 0.5, "bounding_boxes": [[1.0, 2.0, 3.0, 4.0]]}}',
            VisionEvent('object_detected', stamp=STAMP, objects=(DetectedObject('cup', '', 0.5, 1.0, 2.0, 3.0, 4.0),)),
        ),
        (
            'face_expression',
            'face_expression',
            DRAW_FACE,
            FaceExpression(stamp=STAMP, expression='happy', talking=True),
        ),
        (
            'gstreamer',
            'vision',
            b'{"event": "object_appeared", "object_id": "person"}\n',
            VisionEvent('object_appeared', objects=(DetectedObject('person'),)),
        ),
        ('text_input', 'text_input', 'héllo\n'.encode(), TextInput(text='héllo')),
        ('action_output', 'action', ACTION, ActionEvent(stamp=STAMP, action='speak', content='Hello', priority=192)),
    ],
)
def test_each_endpoint_both_ways(ros, client, folder, name, topic, data, event):
    node = ros.start(BridgeNode, **at(folder, **{'face_expression.state_for_newcomers': True}))
    events = ros.record(type(event), topic)
    writer, reader = connect(client, node, folder, name), connect(client, node, folder, name)
    writer.send(data)
    wait_for(lambda: events, 'the event on the topic')
    got = events[0]
    assert got.source == f'bridge/{name}/1'
    assert got.stamp
    same = {
        field: getattr(got, field)
        for field in (
            'event_type',
            'objects',
            'expression',
            'talking',
            'text',
            'action',
            'content',
            'priority',
            'event_number',
        )
        if hasattr(got, field)
    }
    assert same == {field: getattr(event, field) for field in same}
    if name == 'face_expression':
        assert writer.receive() == 'ack'
    else:
        assert reader.receive().rstrip('\n') == data.decode().rstrip('\n')
    ros.publisher(type(event), topic)(event)
    received = reader.receive()
    assert any(word in received for word in ('Speech started (Event #7)', '"cup"', 'happy', 'person', 'héllo', 'Hello'))


def test_what_a_client_writes_reaches_the_others_once_and_itself_never(ros, client, folder):
    node = ros.start(BridgeNode, **at(folder, 'text_input'))
    writer, reader = (connect(client, node, folder, 'text_input') for _ in range(2))
    events = ros.record(TextInput, 'text_input')
    for text in ('same', 'same', 'other'):
        writer.send(f'{text}\n'.encode())
        assert reader.receive().rstrip() == text
    wait_for(lambda: len(events) == 3, 'the events on the topic')
    wait_for_echoes(node, '/text_input')
    ros.publisher(TextInput, 'text_input')(TextInput(text='end'))
    assert [client.receive() for client in (reader, writer)] == 2 * ['end\n'], 'nothing before it'


def test_two_bridges_in_one_graph_serve_each_others_clients(ros, client, folder):
    (folder / 'a').mkdir()
    (folder / 'b').mkdir()
    nodes = [ros.start(BridgeNode, **at(folder / name, 'text_input')) for name in 'ab']
    for topic in ('text_input',):
        wait_for(lambda: ros.node.count_publishers(topic) == 2, 'both')  # noqa: B023
    events = ros.record(TextInput, 'text_input')
    first, second = (connect(client, node, folder / name, 'text_input') for node, name in zip(nodes, 'ab', strict=True))
    wait_for(lambda: first.send(b'hello\n') or events, 'discovery')
    assert second.receive().rstrip() == 'hello'
    wait_for_echoes(nodes[0], '/text_input')
    ros.publisher(TextInput, 'text_input')(TextInput(text='end'))
    assert first.receive() == 'end\n', 'nothing before it'


def test_what_is_not_understood_is_published_whole(ros, client, folder):
    node = ros.start(BridgeNode, **at(folder, 'vision'))
    reports = ros.record(UnrecognisedMessage, 'unrecognised')
    connect(client, node, folder, 'vision').send(b'{"event_type": "object_fell", "data": {}}')
    report = wait_for(lambda: reports, 'the report')[0]
    assert (report.endpoint, report.source) == ('vision', 'bridge/vision/1')
    assert report.data == b'{"event_type": "object_fell", "data": {}}'
    assert 'object_fell' in report.reason


def test_a_further_endpoint_by_parameters_alone(ros, client, folder):
    node = ros.start(
        BridgeNode,
        **{**at(folder, 'vision', 'my_camera'), 'my_camera.format': 'detections', 'my_camera.topic': 'garage'},
    )
    events = ros.record(VisionEvent, 'garage')
    connect(client, node, folder, 'my_camera').send(b'{"event": "object_appeared", "object_id": "car"}\n')
    assert wait_for(lambda: events, 'the event')[0].objects[0].label == 'car'


def test_an_event_without_a_time_gets_that_of_its_arrival(ros, client, folder):
    node = ros.start(BridgeNode, **at(folder, 'action_output'))
    reader = connect(client, node, folder, 'action_output')
    publish = ros.publisher(ActionEvent, 'action')
    before = time.time()
    publish(ActionEvent(action='speak'))
    assert before - 1e-3 <= json.loads(reader.receive())['timestamp'] <= time.time() + 1e-3
    publish(ActionEvent(action='speak', stamp=STAMP))
    assert json.loads(reader.receive())['timestamp'] == STAMP / 10**9


def test_one_topic_spelled_in_two_ways(ros, client, folder):
    node = ros.start(BridgeNode, **at(folder, 'vision', 'gstreamer', **{'gstreamer.topic': '/vision'}))
    events = ros.record(VisionEvent, 'vision')
    one, other = (connect(client, node, folder, name) for name in ('vision', 'gstreamer'))
    other.send(b'{"event": "object_appeared", "object_id": "car"}\n')
    assert 'car' in one.receive()
    wait_for(lambda: events, 'the event on the topic')
    wait_for_echoes(node, '/vision')
    ros.publisher(VisionEvent, 'vision')(VisionEvent('object_appeared', objects=(DetectedObject('end'),)))
    assert 'end' in one.receive(), 'nothing before it'
    wait_for(lambda: len(events) > 1, 'the last event')
    assert [event.objects[0].label for event in events] == ['car', 'end']


@pytest.mark.parametrize(
    'event',
    [
        SpeechEvent('transcript', transcript='a\nb [2024-01-01 12:00:00] Speech started Transcript: \U0001f600'),
        SpeechEvent('transcript', transcript=1_000_000 * 'x'),
        SpeechEvent('no such type', transcript='x'),
        SpeechEvent('transcript', stamp=-1, transcript='x', extra='no json', duration=-5),
    ],
)
def test_any_message_that_ros_lets_through(ros, client, folder, event):
    node = ros.start(BridgeNode, **at(folder, 'main_event'))
    reader = connect(client, node, folder, 'main_event')
    publish = ros.publisher(SpeechEvent, 'speech')
    publish(event)
    publish(HEARD)
    received = [reader.receive()]
    while 'turn on the light' not in received[-1]:
        received.append(reader.receive())
    assert all('\n' not in text.rstrip('\n') and len(text.encode()) <= 1024 for text in received)


def test_parameters_of_an_endpoint_that_can_change_while_it_runs(ros, client, folder):
    node = ros.start(BridgeNode, **at(folder, 'main_event', 'vision'))
    reader = connect(client, node, folder, 'main_event')
    publish = ros.publisher(SpeechEvent, 'speech')

    def change(name, value):
        [result] = node.set_parameters([Parameter(name, value=value)])
        return result

    assert change('main_event.message_limit', 300).successful
    publish(SpeechEvent('transcript', stamp=STAMP, transcript=100 * 'word '))
    assert len(reader.receive().encode()) <= 300
    refused = change('main_event.message_limit', 7)
    assert not refused.successful
    assert not change('main_event.path', 'elsewhere').successful, 'that one cannot'
    publish(SpeechEvent('transcript', stamp=STAMP, transcript=100 * 'word '))
    assert len(reader.receive().encode()) <= 300
    node.trigger_deactivate()
    node.trigger_activate()
    again = connect(client, node, folder, 'main_event')
    publish(SpeechEvent('transcript', stamp=STAMP, transcript=100 * 'word '))
    assert len(again.receive().encode()) <= 300


# --- life cycle ------------------------------------------------------------------------------------


def test_a_deactivated_bridge_has_no_sockets(ros, client, folder):
    node = ros.start(BridgeNode, **at(folder))
    assert len(list(folder.iterdir())) == 6
    one = connect(client, node, folder, 'main_event')
    node.trigger_deactivate()
    assert list(folder.iterdir()) == []
    assert one.receive() == ''
    node.trigger_activate()
    assert len(list(folder.iterdir())) == 6
    connect(client, node, folder, 'main_event')


def test_diagnostics_of_each_endpoint(ros, client, folder):
    node = ros.start(BridgeNode, **at(folder, 'text_input', 'vision', **{'vision.role': 'client'}))
    reader = connect(client, node, folder, 'text_input')
    statuses = []
    ros.node.create_subscription(DiagnosticArray, '/diagnostics', lambda message: statuses.extend(message.status), 10)
    ros.publisher(TextInput, 'text_input')(TextInput(text='hello'))
    reader.receive()

    def values():
        return {pair.key: pair.value for status in statuses[-1:] for pair in status.values}

    wait_for(lambda: values().get('text_input.events_out') == '1', 'the count')
    assert values()['text_input.role'] == 'server'
    assert values()['text_input.peers'] == '1'
    assert values()['vision.role'] == 'none: nobody serves it'
    assert float(values()['text_input.latency_p99_ms']) > 0
    assert statuses[-1].message == 'no connection: vision'


# --- what nobody can say the meaning of --------------------------------------------------------------


@pytest.mark.parametrize(
    ('name', 'topic', 'odd', 'plain'),
    [
        ('main_event', 'speech', SpeechEvent('shouted', transcript='x'), HEARD),
        ('main_event', 'speech', SpeechEvent('', transcript='x'), HEARD),
        ('vision', 'vision', VisionEvent('', objects=(DetectedObject('x'),)), VisionEvent('object_appeared', STAMP)),
        ('gstreamer', 'vision', VisionEvent('visible'), VisionEvent('visible_objects', STAMP)),
        ('text_input', 'text_input', TextInput('shouted', text='x'), TextInput(text='y')),
        ('action_output', 'action', ActionEvent('action_forbidden', action='x'), ActionEvent(stamp=STAMP, action='y')),
    ],
)
def test_an_event_of_an_unknown_type_is_counted_and_told_and_not_passed_on(
    ros, client, folder, capfd, name, topic, odd, plain
):
    node = ros.start(BridgeNode, **at(folder, name))
    reader = connect(client, node, folder, name)
    publish = ros.publisher(type(odd), topic)
    for event in (odd, odd, plain):
        publish(event)
    received = reader.receive()
    publish(plain)
    assert reader.receive() == received, 'nothing before it'
    health = node.health()
    assert health.values[f'/{topic}.unknown_event_type'] == 2
    assert health.level == Health.WARN
    assert f'events of unknown event_type on /{topic} are not passed on (2 so far)' in health.summary
    [line] = [line for line in capfd.readouterr().err.splitlines() if 'WARN' in line]
    assert f'/{topic}: an event of' in line and repr(odd.event_type) in line and plain.event_type in line


@pytest.mark.parametrize(
    ('name', 'topic', 'event'),
    [
        ('face_expression', 'face_expression', FaceExpression('', expression='happy')),
        ('text_input', 'text_input', TextInput('', text='happy')),
        ('action_output', 'action', ActionEvent('', action='speak', content='happy')),
    ],
)
def test_an_empty_event_type_is_the_only_one_there_is(ros, client, folder, name, topic, event):
    node = ros.start(BridgeNode, **at(folder, name, **{f'{name}.state_for_newcomers': True}))
    reader = connect(client, node, folder, name)
    wait_for(lambda: node._endpoints()[0]._clients.peers[0].listening, 'it to listen')
    ros.publisher(type(event), topic)(event)
    assert 'happy' in reader.receive()
    assert node.health().level == Health.OK


@pytest.mark.parametrize(
    'data',
    [
        b'',
        b'\0',
        b'\0\1\0\0',
        cdr.encode(HEARD)[:-8],
        cdr.encode(HEARD)[:30],
        b'\0\1\0\0' + 40 * b'\xff',
        200 * b'\xff',
    ],
)
def test_a_damaged_message_is_counted_and_harms_nobody(ros, client, folder, data):
    node = ros.start(BridgeNode, **at(folder, 'main_event'))
    reader = connect(client, node, folder, 'main_event')
    node._exchanges['/speech'].inbox.put(data)
    ros.publisher(SpeechEvent, 'speech')(HEARD)
    assert 'turn on the light' in reader.receive()
    health = node.health()
    assert health.values['/speech.unreadable'] == 1
    assert '/speech has 1 messages that cannot be read' in health.summary
    assert 'faults' not in health.values


def test_an_event_that_one_endpoint_cannot_write_reaches_the_others(ros, client, folder, monkeypatch):
    node = ros.start(BridgeNode, **at(folder, 'vision', 'gstreamer'))
    readers = [connect(client, node, folder, name) for name in ('vision', 'gstreamer')]
    publish = ros.publisher(VisionEvent, 'vision')
    appeared = VisionEvent('object_appeared', stamp=STAMP, objects=(DetectedObject('cup'),))
    with monkeypatch.context() as patched:
        patched.setattr(node._endpoints()[0], 'deliver', lambda *_: 1 / 0)
        publish(appeared)
        assert 'cup' in readers[1].receive()
    publish(appeared)
    assert 'cup' in readers[0].receive()
    assert node.health().values['faults'] == 1
    assert '1 faults in gemma_events' in node.health().summary


# --- states that were there before the bridge ---------------------------------------------------------


def latched(ros, event, topic):
    """Publish a state as the nodes do that keep one for who comes later."""
    qos = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
    ros.node.create_publisher(messages.MESSAGE_TYPES[type(event)], topic, qos).publish(messages.to_message(event))


def test_a_bridge_that_comes_late_learns_the_visible_set(ros, client, folder):
    visible = VisionEvent('visible_objects', STAMP, 'vision', (DetectedObject('cup'), DetectedObject('person')))
    latched(ros, visible, 'visible_objects')
    node = ros.start(BridgeNode, **at(folder, 'vision', 'gstreamer', 'garage', **GARAGE))
    early = connect(client, node, folder, 'gstreamer')
    assert 'cup' in early.receive()
    for _ in range(2):
        late = connect(client, node, folder, 'vision')
        assert json.loads(late.receive())['data']['objects'] == ['cup', 'person']
        node.trigger_deactivate()
        node.trigger_activate()
    elsewhere, late = (connect(client, node, folder, name) for name in ('garage', 'vision'))
    late.receive()
    ros.publisher(VisionEvent, 'garage')(VisionEvent('object_appeared', STAMP, 'x', (DetectedObject('car'),)))
    assert 'car' in elsewhere.receive(), 'nothing before it: a topic of another name has another state'
    ros.publisher(VisionEvent, 'vision')(VisionEvent('visible_objects', STAMP + 1, 'vision'))
    assert json.loads(late.receive())['data']['objects'] == [], 'nothing before it'


def test_a_bridge_that_comes_late_learns_the_face(ros, folder, start_legacy):
    latched(ros, FaceExpression(stamp=STAMP, source='face_expression', expression='angry'), 'face_state')
    window = start_legacy('face_window', folder / 'face_expression.sock')
    window.wait('serves')
    ros.start(BridgeNode, **at(folder, 'face_expression'))
    assert 'angry' in window.wait('got', 1)[0]
    ros.publisher(FaceExpression, 'face_expression')(FaceExpression(stamp=STAMP + 1, talking=True))
    assert '"angry", "talking": true' in window.wait('got', 2)[1]


def test_messages_that_come_faster_than_the_sockets_take_them_are_counted(ros, client, folder, monkeypatch):
    monkeypatch.setattr(exchange, 'INBOX_LIMIT', 2)
    node = ros.start(BridgeNode, **at(folder, 'text_input'))
    reader = connect(client, node, folder, 'text_input')
    publish = ros.publisher(TextInput, 'text_input')
    busy = threading.Event()
    node._reactor.post(busy.wait)
    for number in range(5):
        publish(TextInput(text=f'line {number}'))
    try:
        wait_for(lambda: node.health().values.get('/text_input.dropped_inbox_full') == 3, 'the count')
    finally:
        busy.set()
    assert [reader.receive() for _ in range(2)] == ['line 3\n', 'line 4\n']


def test_debug_lines_say_who_connects_and_what_is_at_a_path(ros, client, folder, capfd):
    from rclpy.logging import LoggingSeverity

    (folder / 'vision.sock').write_text('precious')
    node = ros.create(BridgeNode, **at(folder, 'text_input', 'vision'))
    node.get_logger().set_level(LoggingSeverity.DEBUG)
    assert node.start()
    connect(client, node, folder, 'text_input').socket.close()
    said = ''

    def lines():
        nonlocal said
        said += capfd.readouterr().err
        return [line for line in said.splitlines() if '[DEBUG]' in line]

    wait_for(lambda: any('disconnected' in line for line in lines()), 'the end of the connection')
    for words in (
        f'vision: {folder}/vision.sock: found FOREIGN: WAIT',
        f'text_input: {folder}/text_input.sock: found NOTHING: SERVE',
        f'bridge/text_input/1 connected: process {os.getpid()} of user {os.getuid()}',
    ):
        assert len([line for line in lines() if words in line]) == 1
    node.get_logger().set_level(LoggingSeverity.UNSET)


# --- as a process ----------------------------------------------------------------------------------


def start(folder, *arguments):
    program = "import sys; from gemma_events.main import main; sys.exit(main('bridge'))"
    return subprocess.Popen(
        [
            sys.executable,
            '-c',
            program,
            '--ros-args',
            '-p',
            f'socket_root:={folder}',
            '-p',
            "endpoints:=['main_event']",
            *arguments,
        ],
        stderr=subprocess.PIPE,
        text=True,
    )


def test_a_bridge_that_was_killed_is_replaced_and_one_that_ends_leaves_nothing(client, folder):
    path = folder / 'sockets' / 'tau_hearing_socket'
    killed = start(folder)
    wait_for(path.exists, 'the socket')
    killed.kill()
    killed.communicate()
    assert path.exists()
    again = start(folder)
    again_stderr = ''
    try:
        writer = wait_for(lambda: _connects(client, path), 'the second bridge')
        reader = client(path)
        wait_for(lambda: writer.send(b'[2024-01-01 12:00:00] Speech started (Event #7)') or _readable(reader), 'both')
    finally:
        again.send_signal(signal.SIGINT)
        again.send_signal(signal.SIGTERM)
        again_stderr = again.communicate(timeout=20)[1]
    assert again.returncode == 0
    assert 'Traceback' not in again_stderr
    assert not path.exists()


def _connects(client, path):
    try:
        return client(path)
    except OSError:
        return None


def _readable(client):
    return select.select([client.socket], [], [], 0)[0]


def test_a_process_that_cannot_start_says_why_in_one_line(folder):
    (folder / 'file').write_text('precious')
    bridge = start(folder / 'file')
    stderr = bridge.communicate(timeout=30)[1]
    assert bridge.returncode == os.EX_CONFIG
    assert 'main_event' in stderr
    assert 'Traceback' not in stderr
    assert len([line for line in stderr.splitlines() if 'ERROR' in line]) == 1


def test_a_long_namespace_does_not_keep_the_bridge_from_being_a_client(ros, path, start_legacy):
    from gemma_events.bridge.node import BridgeNode

    legacy = start_legacy('main_loop', path)
    legacy.wait('serves')
    topic = '/' + '/'.join(['corridor'] * 12) + '/speech'
    ros.start(BridgeNode, endpoints=['main_event'], **{'main_event.path': str(path), 'main_event.topic': topic})
    legacy.wait('accepted')
