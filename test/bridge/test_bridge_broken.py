"""Endpoints that cannot work, beside others that do: what is said, and how they come alive."""

from __future__ import annotations

import errno
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from bridging import at, connect

from harness import wait_for

pytest.importorskip('rclpy', reason='ROS 2 is not installed')

from diagnostic_msgs.msg import DiagnosticArray
from rclpy.parameter import Parameter
from rclpy.qos import ReliabilityPolicy

from gemma_events import rclpy_internals
from gemma_events.bridge.node import BridgeNode
from gemma_events.events import SpeechEvent, VisionEvent
from gemma_events.node import Health

STAMP = 1_704_110_400 * 10**9
STARTED = SpeechEvent('speech_started', stamp=STAMP, event_number=7)
TOO_LONG = 'x' * 120


def change(node, **parameters):
    """Set parameters; `__` in a name stands for the dot."""
    for name, value in parameters.items():
        [result] = node.set_parameters([Parameter(name.replace('__', '.'), value=value)])
        assert result.successful, result.reason


def again(node):
    """Through unconfigured to active."""
    node.trigger_deactivate()
    node.trigger_cleanup()
    assert node.start()


def role(node, name):
    return node.health().values[f'{name}.role']


def spoil_parameters(folder):
    """What is wrong with an endpoint's parameters, and what the user is told."""
    return [
        ({'bad.format': 'text'}, 'give it a path with the parameter bad.path'),
        ({'bad.path': 'bad.sock'}, "parameter bad.format is '': it takes one of"),
        ({'bad.path': 'bad.sock', 'bad.format': 'xml'}, "bad.format is 'xml': it takes one of"),
        ({'bad.path': 'bad.sock', 'bad.format': 'text', 'bad.mode': 'rw'}, "mode is 'rw'"),
        ({'bad.path': 'bad.sock', 'bad.format': 'text', 'bad.role': 'boss'}, "bad.role is 'boss'"),
        ({'bad.path': 'bad.sock', 'bad.format': 'text', 'bad.group': 'no_such_group'}, 'there is no such group'),
        ({'bad.path': 'bad.sock', 'bad.format': 'text', 'bad.allowed_users': ['no_such_user']}, 'no_such_user'),
        ({'bad.path': 'bad.sock', 'bad.format': 'text', 'bad.queue_limit': 0}, 'bad.queue_limit is 0'),
        ({'bad.path': 'bad.sock', 'bad.format': 'text', 'bad.topic': 'a b'}, "topic is 'a b': "),
        ({'bad.path': 'bad.sock', 'bad.format': 'text', 'bad.topic': 'speech'}, 'endpoint main_event has the same'),
        ({'bad.path': 'bad.sock', 'bad.format': 'text', 'bad.topic': 'unrecognised'}, "topic is 'unrecognised': "),
        ({'bad.path': 'main_event.sock', 'bad.format': 'speech'}, 'endpoint main_event has the same path'),
        ({'bad.path': './x/../main_event.sock', 'bad.format': 'speech'}, 'endpoint main_event has the same path'),
        ({'bad.path': TOO_LONG, 'bad.format': 'text'}, 'a socket path at most 107'),
        ({'bad.path': '~no_such_user/x', 'bad.format': 'text'}, "path is '~no_such_user/x': there is no such user"),
    ]


@pytest.mark.parametrize('number', range(len(spoil_parameters(None))))
def test_an_endpoint_whose_parameters_cannot_work_is_left_out(ros, client, folder, number):
    parameters, line = spoil_parameters(folder)[number]
    node = ros.start(BridgeNode, **{**at(folder, 'main_event', 'bad', **{'bad.path': ''}), **parameters})
    health = node.health()
    assert health.level == Health.ERROR
    assert health.summary.startswith('endpoint bad: ') and line in health.summary
    assert line in health.values['bad.role']
    assert '\n' not in health.summary
    reader = connect(client, node, folder, 'main_event')
    ros.publisher(SpeechEvent, 'speech')(STARTED)
    assert '#7' in reader.receive()


@pytest.mark.parametrize('number', range(len(spoil_parameters(None))))
def test_strictly_it_ends_the_bridge(ros, folder, number):
    parameters, line = spoil_parameters(folder)[number]
    node = ros.create(
        BridgeNode, **{**at(folder, 'main_event', 'bad', **{'bad.path': ''}), **parameters, 'strict': True}
    )
    assert not node.start()
    assert line in node.fault
    assert list(folder.iterdir()) == []


def test_a_list_of_endpoints_that_cannot_be(ros, folder):
    node = ros.create(BridgeNode, **{**at(folder), 'endpoints': ['a b']})
    assert not node.start()
    assert "endpoints has 'a b'" in node.fault
    change(node, endpoints=['vision'])
    assert node.start()


@pytest.mark.parametrize(
    'spoil',
    [
        lambda path: path.mkdir(),
        lambda path: path.write_text('precious'),
        lambda path: path.symlink_to('/tmp/nowhere'),
    ],
)
def test_what_is_in_the_way_of_one_endpoint(ros, client, folder, spoil):
    spoil(folder / 'vision.sock')
    strict = ros.create(BridgeNode, **at(folder, 'main_event', 'vision', strict=True))
    assert not strict.start()
    assert 'endpoint vision: ' in strict.fault
    assert [path.name for path in folder.iterdir()] == ['vision.sock']
    node = ros.start(BridgeNode, **at(folder, 'main_event', 'vision'))
    assert node.health().level == Health.ERROR
    assert 'move it away' in node.health().summary
    connect(client, node, folder, 'main_event')
    (folder / 'vision.sock').rename(folder / 'moved')
    wait_for(lambda: role(node, 'vision') == 'server', 'it to be served')
    assert node.health().level == Health.OK
    connect(client, node, folder, 'vision')


def test_with_no_endpoint_left_configure_fails_and_can_be_tried_again(ros, folder):
    for name in ('main_event', 'vision'):
        (folder / f'{name}.sock').write_text('precious')
    node = ros.create(BridgeNode, **at(folder, 'main_event', 'vision', 'bad', **{'bad.path': ''}))
    assert not node.start()
    for name in ('main_event', 'vision', 'bad'):
        assert f'endpoint {name}: ' in node.fault
    (folder / 'vision.sock').unlink()
    assert node.start()
    assert role(node, 'vision') == 'server'


def test_a_root_of_nobody_leaves_endpoints_with_whole_paths(ros, folder):
    parameters = at(folder, 'main_event', 'vision', 'text_input')
    node = ros.start(
        BridgeNode, **{**parameters, 'socket_root': '~no_such_user/x', 'vision.path': str(folder / 'vision.sock')}
    )
    [line] = [node.health().summary]
    assert line.startswith("endpoints main_event, text_input: socket_root is '~no_such_user/x': there is no such user")
    assert role(node, 'vision') == 'server'


def test_a_working_directory_that_was_deleted(ros, folder, monkeypatch):
    gone = Path(tempfile.mkdtemp())
    monkeypatch.chdir(gone)
    gone.rmdir()
    parameters = at(folder, 'main_event', 'vision')
    node = ros.start(BridgeNode, **{**parameters, 'socket_root': '', 'vision.path': str(folder / 'vision.sock')})
    assert 'the working directory, which was deleted: set socket_root' in node.health().summary
    assert role(node, 'vision') == 'server'
    node.trigger_deactivate()
    node.trigger_cleanup()
    change(node, socket_root=str(folder))
    assert node.start()
    assert role(node, 'main_event') == 'server'


def test_no_file_descriptors_for_the_bridge_itself(ros, folder, monkeypatch):
    node = ros.create(BridgeNode, **at(folder, 'main_event'))

    def none():
        raise OSError(errno.EMFILE, 'Too many open files')

    with monkeypatch.context() as patched:
        patched.setattr('select.epoll', none)
        assert not node.start()
        assert 'too many open files: raise the limit of open files' in node.fault
    assert node.start_to('active')


def test_a_user_who_has_gone_before_the_bridge_is_activated(ros, folder, monkeypatch):
    from gemma_events.bridge.settings import EndpointSettings
    from gemma_events.errors import ConfigurationError

    def gone(_):
        raise ConfigurationError('allowed_users: there is no such user')

    node = ros.create(BridgeNode, **at(folder, 'main_event', 'vision'))
    assert node.start_to('inactive')
    with monkeypatch.context() as patched:
        patched.setattr(EndpointSettings, 'user_ids', gone)
        assert node.start_to('active')
    assert 'endpoints main_event, vision: allowed_users: there is no such user' in node.health().summary
    change(node, main_event__queue_limit=7)
    wait_for(lambda: role(node, 'main_event') == 'server', 'it to be served')
    assert node.health().summary.startswith('endpoint vision: ')
    node.trigger_deactivate()
    node.trigger_activate()
    assert node.health().level == Health.OK


# --- parameters ------------------------------------------------------------------------------------


def test_a_live_parameter_brings_an_endpoint_alive_beside_others(ros, client, folder):
    node = ros.start(BridgeNode, **at(folder, 'main_event', 'vision', **{'vision.queue_limit': 0}))
    listener = connect(client, node, folder, 'main_event')
    change(node, main_event__queue_limit=9)
    assert 'vision.queue_limit is 0' in role(node, 'vision')
    change(node, vision__queue_limit=9)
    wait_for(lambda: role(node, 'vision') == 'server', 'it to be served')
    assert node.health().level == Health.OK
    events = ros.record(VisionEvent, 'vision')
    connect(client, node, folder, 'vision').send(
        b'{"event_type": "object_appeared", "timestamp": 1.0, "data": {"objects": ["cup"]}}'
    )
    wait_for(lambda: events, 'the event')
    ros.publisher(SpeechEvent, 'speech')(STARTED)
    assert '#7' in listener.receive(), 'who was connected still is'


def test_an_endpoint_that_comes_alive_joins_a_topic_that_others_use(ros, client, folder):
    node = ros.start(BridgeNode, **at(folder, 'vision', 'gstreamer', **{'gstreamer.max_clients': 0}))
    reader = connect(client, node, folder, 'vision')
    change(node, gstreamer__max_clients=9)
    wait_for(lambda: role(node, 'gstreamer') == 'server', 'it to be served')
    connect(client, node, folder, 'gstreamer').send(b'{"event": "object_appeared", "object_id": "cup"}\n')
    assert 'cup' in reader.receive()


def test_where_an_endpoint_is_can_be_set_while_the_bridge_is_unconfigured(ros, client, folder):
    node = ros.start(BridgeNode, **at(folder, 'main_event', 'vision'))
    [refused] = node.set_parameters([Parameter('vision.path', value='elsewhere.sock')])
    assert not refused.successful and 'cleanup' in refused.reason
    node.trigger_deactivate()
    node.trigger_cleanup()
    change(node, vision__path='elsewhere.sock', vision__topic='garage')
    assert node.start()
    assert sorted(path.name for path in folder.iterdir()) == ['elsewhere.sock', 'main_event.sock']
    events = ros.record(VisionEvent, 'garage')
    client(folder / 'elsewhere.sock').send(
        b'{"event_type": "object_appeared", "timestamp": 1.0, "data": {"objects": ["cup"]}}'
    )
    wait_for(lambda: events, 'the event')
    assert ros.node.count_publishers('vision') == 0


def test_endpoints_can_be_added_by_parameters_alone(ros, client, folder):
    node = ros.start(BridgeNode, **at(folder, 'main_event'))
    node.trigger_deactivate()
    node.trigger_cleanup()
    change(node, endpoints=['main_event', 'my_camera'])
    assert node.start()
    assert "parameter my_camera.format is ''" in role(node, 'my_camera')
    node.trigger_deactivate()
    node.trigger_cleanup()
    change(node, my_camera__format='detections')
    assert node.start()
    assert 'give it a path with the parameter my_camera.path' in role(node, 'my_camera')
    node.trigger_deactivate()
    node.trigger_cleanup()
    change(node, my_camera__path='my_camera.sock')
    assert node.start()
    events = ros.record(VisionEvent, 'vision')
    connect(client, node, folder, 'my_camera').send(b'{"event": "object_appeared", "object_id": "car"}\n')
    wait_for(lambda: events, 'the event')


def test_another_format_brings_its_topic_unless_one_was_chosen(ros, folder):
    node = ros.create(BridgeNode, **at(folder, 'main_event', 'vision', **{'vision.topic': 'garage'}))

    def values(name):
        return [node.get_parameter(f'{name}.{key}').value for key in ('topic', 'pacing', 'state_for_newcomers')]

    change(node, main_event__format='face', vision__format='detections')
    assert values('main_event') == ['face_expression', True, False]
    assert values('vision') == ['garage', False, True]
    change(node, main_event__pacing=False, vision__pacing=True)
    change(node, main_event__format='speech', vision__format='vision')
    assert values('main_event') == ['speech', False, True]
    assert values('vision') == ['garage', True, True]
    assert node.start()


def test_the_quality_of_service_of_its_topics_can_be_overridden(ros, folder):
    node = ros.create(
        BridgeNode,
        **at(folder, 'main_event', 'vision'),
        **{
            'qos_overrides./speech.publisher.reliability': 'best_effort',
            'qos_overrides./speech.subscription.depth': 7,
            'qos_overrides./vision.publisher.reliability': 'perhaps',
        },
    )
    for _ in range(2):
        assert node.start()
        [publisher] = node.get_publishers_info_by_topic('/speech')
        assert publisher.qos_profile.reliability == ReliabilityPolicy.BEST_EFFORT
        [subscription] = node.subscriptions
        assert subscription.qos_profile.depth == 7
        assert 'perhaps' in role(node, 'vision') and '\n' not in role(node, 'vision')
        assert role(node, 'main_event') == 'server'
        node.trigger_deactivate()
        node.trigger_cleanup()


def test_after_many_round_trips_nothing_is_left_of_the_topics(ros, folder):
    node = ros.create(BridgeNode, **at(folder))
    topics = ('speech', 'vision', 'face_expression', 'action', 'text_input', 'visible_objects', 'face_state')

    def ends():
        return [(node.count_publishers(topic), node.count_subscribers(topic)) for topic in topics]

    for _ in range(5):
        assert node.start()
        wait_for(lambda: ends() == 5 * [(1, 1)] + 2 * [(0, 1)], 'the topics')
        node.trigger_deactivate()
        node.trigger_cleanup()
        wait_for(lambda: ends() == 7 * [(0, 0)], 'them to be left')
        assert list(folder.iterdir()) == []
    before = len(list(Path('/proc/self/fd').iterdir()))
    for _ in range(5):
        assert node.start()
        node.trigger_deactivate()
        node.trigger_cleanup()
    assert len(list(Path('/proc/self/fd').iterdir())) <= before


def test_a_failed_configure_leaves_no_subscription(ros, folder):
    (folder / 'vision.sock').write_text('precious')
    node = ros.create(BridgeNode, **at(folder, 'main_event', 'vision', strict=True))
    for _ in range(2):
        assert not node.start()
    wait_for(lambda: not node.count_subscribers('speech'), 'it to be destroyed')
    assert rclpy_internals.lifecycle_state(node) == 'unconfigured'


# --- in the diagnostics ----------------------------------------------------------------------------


def test_an_endpoint_that_cannot_work_is_an_error_in_the_diagnostics(ros, folder, capfd):
    statuses = []
    ros.node.create_subscription(DiagnosticArray, '/diagnostics', lambda message: statuses.extend(message.status), 10)
    ros.start(BridgeNode, **at(folder, 'main_event', 'vision', **{'vision.mode': 'rw'}))

    def told():
        return [status for status in statuses if status.level == Health.ERROR and 'endpoint vision: ' in status.message]

    assert wait_for(told, 'the status')[0].name == '/bridge'
    assert "mode is 'rw'" in told()[0].message
    errors = [line for line in capfd.readouterr().err.splitlines() if 'ERROR' in line]
    assert len(errors) == 1 and 'endpoint vision: ' in errors[0]


# --- as a process ----------------------------------------------------------------------------------


def start(folder, *arguments, before=()):
    program = "import sys; from gemma_events.main import main; sys.exit(main('bridge'))"
    parameters = [word for argument in arguments for word in ('-p', argument)]
    return subprocess.Popen(
        [*before, sys.executable, '-c', program, '--ros-args', '-p', f'socket_root:={folder}', *parameters],
        stderr=subprocess.PIPE,
        text=True,
    )


def said(process, word):
    """The lines of a process until one has this word; it is ended then."""
    lines = []
    for line in process.stderr:
        lines.append(line)
        if word in line:
            break
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=20)
    assert word in lines[-1], lines
    return ''.join(lines)


@pytest.mark.skipif(os.getuid() != 0 or not shutil.which('setpriv'), reason='needs root, who can be another user')
def test_a_folder_of_another_user_ends_one_endpoint_only(folder):
    (folder / 'own').mkdir()
    folder.chmod(0o755)
    os.chown(folder, 65534, 65534)
    process = start(
        folder,
        "endpoints:=['main_event', 'vision']",
        'main_event.path:=theirs.sock',
        'vision.path:=own/vision.sock',
        before=('setpriv', '--bounding-set=-dac_override,-dac_read_search'),
    )
    lines = said(process, 'active')
    assert f'endpoint main_event: {folder}/theirs.sock cannot be created: {folder} is not writable' in lines
    assert 'vision: serves' in lines
    assert process.returncode == 0
