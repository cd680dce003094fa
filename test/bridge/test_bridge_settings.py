from __future__ import annotations

from pathlib import Path

import pytest

from gemma_events.bridge.settings import LEGACY, BridgeSettings, EndpointSettings, defaults_of
from gemma_events.errors import ConfigurationError
from gemma_events.settings import check


def endpoint(name='main_event', **values):
    return check(EndpointSettings, {**defaults_of(name, values.get('format', '')), **values})


def test_the_six_endpoints_of_the_contract():
    assert {
        name: (settings.path, settings.format, settings.topic, settings.role, settings.direction, settings.pacing)
        for name in LEGACY
        for settings in [endpoint(name)]
    } == {
        'main_event': ('./sockets/tau_hearing_socket', 'speech', 'speech', 'auto', 'both', True),
        'vision': ('./sockets/vision_socket', 'vision', 'vision', 'auto', 'both', True),
        'face_expression': ('./uds_socket', 'face', 'face_expression', 'auto', 'both', True),
        'gstreamer': ('/tmp/gst_detection.sock', 'detections', 'vision', 'auto', 'both', False),
        'text_input': ('./sockets/text_input_socket', 'text', 'text_input', 'auto', 'both', True),
        'action_output': ('./sockets/action_output_socket', 'action', 'action', 'auto', 'both', True),
    }


def test_a_further_endpoint_takes_topic_and_pacing_from_its_format():
    camera = endpoint('my_camera', path='/run/camera', format='detections')
    assert (camera.topic, camera.pacing, camera.state_for_newcomers) == ('vision', False, True)
    assert not endpoint('my_face', path='/run/face', format='face').state_for_newcomers


@pytest.mark.parametrize(
    ('values', 'message'),
    [
        ({'role': 'boss'}, "role is 'boss': it takes one of 'server', 'client', 'auto', 'off'"),
        ({'format': 'xml'}, "format is 'xml': it takes one of 'speech'"),
        ({'mode': 'rw'}, "mode is 'rw': it takes octal permissions such as 0660"),
        ({'mode': '0999'}, 'octal'),
        ({'message_limit': 100}, 'message_limit is 100: it takes a whole number from 256 to 65536 bytes'),
        ({'queue_limit': 0}, 'queue_limit is 0'),
    ],
)
def test_values_that_are_refused(values, message):
    with pytest.raises(ConfigurationError, match=message.replace('[', '.')):
        endpoint(**values)


def test_names_that_are_refused():
    for names in (('a b',), ('Vision',), ('a.b',), ('',), ('vision', 'vision')):
        with pytest.raises(ConfigurationError):
            BridgeSettings(endpoints=names)


def test_group_and_users_by_name_and_number():
    assert endpoint(group='root').group_id() == 0
    assert endpoint(group='1234').group_id() == 1234
    assert endpoint().group_id() is None
    assert endpoint(allowed_users=('root', '1000')).user_ids() == {0, 1000}
    assert endpoint().user_ids() is None
    with pytest.raises(ConfigurationError, match='no such group'):
        endpoint(group='no_such_group').group_id()
    with pytest.raises(ConfigurationError, match='no_such_user'):
        endpoint(allowed_users=('no_such_user',)).user_ids()


@pytest.mark.parametrize(
    ('root', 'path', 'expected'),
    [
        ('', './sockets/s', '{cwd}/sockets/s'),
        ('/robot', './sockets/s', '/robot/sockets/s'),
        ('/robot', 'sockets/s', '/robot/sockets/s'),
        ('/robot', '/tmp/s', '/tmp/s'),
        ('~', 's', '{home}/s'),
        ('robot', 's', '{cwd}/robot/s'),
    ],
)
def test_relative_paths_start_from_the_root(root, path, expected):
    expected = expected.format(cwd=Path.cwd(), home=Path.home())
    assert BridgeSettings(socket_root=root).resolve(path) == Path(expected)
