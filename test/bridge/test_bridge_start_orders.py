"""Each legacy program with the bridge: whichever is started first, whichever is restarted."""

from __future__ import annotations

import os
import socket

import pytest
from bridging import in_file

from gemma_events.events import ActionEvent, DetectedObject, FaceExpression, SpeechEvent, TextInput, VisionEvent
from harness import wait_for

STARTED = SpeechEvent('speech_started', stamp=1_704_110_400 * 10**9, event_number=7)
HEARD = SpeechEvent('transcript', stamp=1_704_110_403 * 10**9, event_number=7, transcript='turn on the light')
APPEARED = b'{"event_type": "object_appeared", "timestamp": 1704110400.0, "data": {"objects": ["cup"]}}'
FACE = FaceExpression(expression='happy', talking=True)


# --- the bridge serves -----------------------------------------------------------------------------


def test_a_listener_that_is_there_first_connects_when_the_bridge_comes(bridge, start_legacy, path):
    listener = start_legacy('listener', path)
    served = bridge(main_event={'path': path})
    listener.wait('connected')
    served.wait_peers('main_event', 1)
    served.publish('speech', STARTED)
    assert 'Speech started (Event #7)' in listener.wait('got')[0]


def test_a_listener_finds_a_bridge_that_was_restarted(bridge, start_legacy, path):
    first = bridge(main_event={'path': path})
    listener = start_legacy('listener', path)
    first.wait_peers('main_event', 1)
    first.stop()
    listener.wait('lost')
    second = bridge(main_event={'path': path})
    second.wait_peers('main_event', 1)
    second.publish('speech', STARTED)
    listener.wait('got')


def test_a_microphone_speaks_to_the_topic_and_to_the_listeners(bridge, start_legacy, path):
    served = bridge(main_event={'path': path})
    listener, microphone = start_legacy('listener', path), start_legacy('microphone', path)
    served.wait_peers('main_event', 2)
    microphone.send(b'[2024-01-01 12:00:00] Speech started (Event #7)')
    listener.wait('got', 1)
    microphone.send(b'[2024-01-01 12:00:03] Speech stopped - Transcript: turn on the light')
    got = listener.wait('got', 2)
    assert got[1].endswith('Transcript: turn on the light')
    wait_for(lambda: len(served.published) >= 3, 'the events on the topic')
    assert [event.event_type for event in served.published] == ['speech_started', 'speech_stopped', 'transcript']
    assert {event.source.rpartition('/')[0] for event in served.published} == {'bridge/main_event'}
    assert served.published[2].transcript == 'turn on the light'


def test_an_emitter_reads_an_ack_for_each_event_and_nothing_else(bridge, start_legacy, path):
    served = bridge(face_expression={'path': path})
    served.publish('face_expression', FACE)
    emitters = [start_legacy('emitter', path, 0.2) for _ in range(2)]
    for emitter in emitters:
        emitter.send(*3 * [b'{"event_type": "draw_face", "timestamp": 1.0, "data": {"expression": "angry"}}'])
    wait_for(lambda: served.published, 'an event')
    served.publish('face_expression', *5 * [FACE])
    for emitter in emitters:
        assert emitter.wait('answer', 3) == ['ack', 'ack', 'ack']
    assert [event.expression for event in served.published] == 6 * ['angry']


def test_a_stale_file_is_replaced(bridge, path):
    with socket.socket(socket.AF_UNIX) as crashed:
        crashed.bind(str(path))
    os.utime(path, (0, 0))  # some time ago
    assert bridge(main_event={'path': path}).values('main_event')['role'] == 'server'


def test_at_the_end_only_own_files_are_removed(bridge, start_legacy, folder):
    ours, stolen = folder / 'ours', folder / 'stolen'
    served = bridge(main_event={'path': ours}, action_output={'path': stolen, 'role': 'server'})
    start_legacy('main_loop', stolen).wait('serves')
    served.wait_peers('action_output', 0)
    served.stop()
    assert [path.name for path in folder.iterdir()] == ['stolen']


# --- the bridge connects ---------------------------------------------------------------------------


@pytest.mark.parametrize('role', ['auto', 'client'])
def test_a_main_loop_that_is_there_first_gets_what_it_can_take(bridge, start_legacy, path, role):
    main_loop = start_legacy('main_loop', path, 0.05)
    main_loop.wait('serves')
    connected = bridge(main_event={'path': path, 'role': role})
    assert connected.values('main_event')['role'] == 'client'
    stopped = SpeechEvent('speech_stopped', stamp=STARTED.stamp, event_number=8)
    connected.publish('speech', STARTED, HEARD, stopped)
    got = main_loop.wait('got', 3)
    assert 'Speech started' in got[0]
    assert got[1].endswith('Transcript: turn on the light')
    assert 'Transcript:' in got[2]
    assert main_loop.got('crashed') == []


def test_a_face_window_gets_one_event_after_the_other(bridge, start_legacy, path):
    window = start_legacy('face_window', path, 0.1)
    window.wait('serves')
    connected = bridge(face_expression={'path': path})
    connected.publish('face_expression', *(FaceExpression(expression=f'face {number}') for number in range(20)))
    got = window.wait('got', 2)
    assert 'face 0' in got[0]
    assert 'face 19' in got[1], 'of those that wait for an ack only the newest matters'
    connected.publish('face_expression', FACE)
    assert 'happy' in window.wait('got', 3)[2]
    assert window.got('crashed') == []


def test_a_face_window_that_comes_back_shows_the_last_face(bridge, start_legacy, path):
    window = start_legacy('face_window', path)
    window.wait('serves')
    connected = bridge(face_expression={'path': path, 'role': 'client'})
    connected.publish('face_expression', FACE)
    window.wait('got')
    window.kill()
    connected.wait_peers('face_expression', 0)
    again = start_legacy('face_window', path)
    assert 'happy' in again.wait('got')[0]


def test_a_face_window_that_hangs_up_after_each_event_gets_each_once(bridge, path):
    with socket.socket(socket.AF_UNIX) as server:
        server.settimeout(10)
        server.bind(str(path))
        server.listen()
        connected = bridge(face_expression={'path': path})
        got = []
        for number in range(3):
            connected.publish('face_expression', FaceExpression(stamp=1, expression=f'face {number}'))
            with server.accept()[0] as window:
                window.settimeout(10)
                got.append(window.recv(1024).decode())
                window.send(b'ack')
        with server.accept()[0] as window:
            window.settimeout(10)
            connected.publish('face_expression', FaceExpression(stamp=1, expression='face 3'))
            assert b'face 3' in window.recv(1024), 'not face 2 again'
    assert [f'face {number}' in text for number, text in enumerate(got)] == [True, True, True]


def test_a_face_window_that_answers_nothing_stops_nobody(bridge, path):
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen()
        connected = bridge(face_expression={'path': path, 'ack_timeout_ms': 100})
        window, _ = server.accept()
        with window:
            window.settimeout(10)
            connected.publish('face_expression', FACE)
            assert b'happy' in window.recv(1024)
            connected.publish('face_expression', FaceExpression(expression='angry'))
            assert b'angry' in window.recv(1024)


def test_what_a_producer_serves_goes_to_the_topic(bridge, start_legacy, path):
    producer = start_legacy('producer', path)
    producer.wait('serves')
    connected = bridge(vision={'path': path})
    producer.wait('accepted')
    producer.send(APPEARED, APPEARED)
    wait_for(lambda: len(connected.published) == 2, 'the events')
    assert connected.published[0].objects[0].label == 'cup'


def test_what_one_server_writes_goes_to_the_other_server_of_the_topic(bridge, start_legacy, folder):
    producer, consumer = start_legacy('producer', folder / 'vision'), start_legacy('main_loop', folder / 'gst')
    producer.wait('serves')
    consumer.wait('serves')
    connected = bridge(vision={'path': folder / 'vision'}, gstreamer={'path': folder / 'gst'})
    producer.wait('accepted')
    producer.send(APPEARED)
    assert '"object_id": "cup"' in consumer.wait('got')[0]
    assert len(connected.published) == 1


def test_as_a_client_events_are_kept_for_a_server_that_comes_later(bridge, start_legacy, path):
    connected = bridge(main_event={'path': path, 'role': 'client', 'queue_limit': 2})
    connected.publish('speech', STARTED, HEARD, HEARD)
    assert connected.values('main_event')['role'] == 'none: nobody serves it'
    main_loop = start_legacy('main_loop', path, 0.05)
    assert len(main_loop.wait('got', 2)) == 2
    assert all('Transcript: turn on the light' in text for text in main_loop.got())


def test_what_is_too_old_is_not_kept(bridge, start_legacy, path):
    connected = bridge(main_event={'path': path, 'role': 'client', 'backlog_age_ms': 0})
    connected.publish('speech', HEARD)
    wait_for(lambda: connected.values('main_event').get('dropped_too_old'), 'the event to go')
    main_loop = start_legacy('main_loop', path)
    connected.wait_role('main_event', 'client')
    connected.publish('speech', STARTED)
    assert 'Speech started' in main_loop.wait('got')[0]


# --- it changes while running ----------------------------------------------------------------------


def test_a_server_that_steals_the_path_gets_a_client(bridge, start_legacy, path):
    served = bridge(main_event={'path': path})
    listener = start_legacy('listener', path)
    served.wait_peers('main_event', 1)
    main_loop = start_legacy('main_loop', path)
    main_loop.wait('accepted')
    served.wait_role('main_event', 'client')
    served.publish('speech', STARTED)
    main_loop.wait('got')
    listener.wait('got')  # the clients of before are kept


def test_a_server_that_steals_the_path_misses_nothing(bridge, start_legacy, path):
    served = bridge(main_event={'path': path})
    main_loop = start_legacy('main_loop', path)
    main_loop.wait('serves')
    served.publish('speech', STARTED, HEARD)  # before the bridge can know of it
    got = main_loop.wait('got', 2)
    assert 'Speech started' in got[0]
    assert got[1].endswith('Transcript: turn on the light')
    assert 'dropped_backlog_full' not in served.values('main_event')


def test_when_that_server_ends_the_bridge_serves_again(bridge, start_legacy, path):
    main_loop = start_legacy('main_loop', path)
    main_loop.wait('serves')
    served = bridge(main_event={'path': path})
    for _ in range(2):
        main_loop.wait('accepted')
        main_loop.kill()  # which leaves its file behind
        served.wait_role('main_event', 'server')
        main_loop = start_legacy('main_loop', path)  # and comes back
        served.wait_role('main_event', 'client')
    served.publish('speech', STARTED)
    main_loop.wait('got')


def test_a_server_that_is_restarted_misses_nothing(bridge, start_legacy, path):
    main_loop = start_legacy('main_loop', path)
    main_loop.wait('serves')
    served = bridge(main_event={'path': path})
    main_loop.wait('accepted')
    main_loop.kill()
    served.wait_role('main_event', 'server')
    served.publish('speech', HEARD)
    assert start_legacy('main_loop', path).wait('got')[0].endswith('Transcript: turn on the light')


def test_a_path_that_was_removed_is_served_again(bridge, client, path):
    served = bridge(text_input={'path': path})
    kept = client(path)
    served.wait_peers('text_input', 1)
    path.unlink()
    wait_for(path.exists, 'the path')
    new = client(path)
    served.wait_peers('text_input', 2)
    served.publish('text_input', TextInput(text='hello'))
    assert kept.receive().rstrip('\n') == new.receive().rstrip('\n') == 'hello'


def test_with_the_role_server_the_bridge_waits_until_the_path_is_free(bridge, start_legacy, path):
    main_loop = start_legacy('main_loop', path)
    main_loop.wait('serves')
    theirs = in_file(path)
    served = bridge(main_event={'path': path, 'role': 'server'})
    assert served.values('main_event')['role'] == 'none: another program serves it'
    assert in_file(path) == theirs
    main_loop.kill()
    served.wait_role('main_event', 'server')


# --- two bridges -----------------------------------------------------------------------------------


def test_two_bridges_do_not_fight(bridge, path):
    first, second = bridge(main_event={'path': path}), bridge(main_event={'path': path})
    assert (first.values('main_event')['role'], second.values('main_event')['role']) == ('server', 'client')
    first.stop()
    second.wait_role('main_event', 'server')


def test_two_bridges_of_one_graph_hand_on_each_event_once(bridge, client, path):
    first, second = bridge(main_event={'path': path}), bridge(main_event={'path': path})
    legacy, other = client(path), client(path)
    first.wait_peers('main_event', 3)
    for one in (first, second):  # both are subscribed
        one.publish('speech', STARTED)
    assert 'Speech started' in legacy.receive()
    assert 'Speech started' in other.receive()
    legacy.send(b'[2024-01-01 12:00:00] Speech started (Event #8)\n')
    assert '#8' in other.receive()
    first.publish('speech', SpeechEvent('speech_started', stamp=STARTED.stamp, event_number=9))
    assert '#9' in legacy.receive(), 'before anything else'
    second.settle()
    first.settle()
    assert len(first.published) == 1
    assert second.published == []


def test_two_bridges_of_different_graphs_pass_events_but_not_in_circles(bridge, client, folder):
    paths = {'vision': {'path': folder / 'vision'}, 'gstreamer': {'path': folder / 'gst'}}
    first, second = bridge(graph='first', **paths), bridge(graph='second', **paths)
    legacy = client(folder / 'gst')
    first.wait_peers('gstreamer', 2)
    second.publish('vision', VisionEvent('visible_objects', stamp=1))
    first.publish('vision', VisionEvent('object_appeared', stamp=1))
    legacy.send(b'{"event": "object_appeared", "object_id": "cup"}\n')
    wait_for(lambda: len(first.published) >= 2 and second.published, 'the events of the other side')
    first.publish('vision', VisionEvent('object_appeared', stamp=1, objects=(DetectedObject('last'),)))
    wait_for(lambda: 'last' in str(second.published), 'what comes last')
    for one in (second, first):  # would it go round, then from the second to the first
        one.settle()
    assert ['cup' in str(event) for event in first.published] == [False, True]
    assert len(second.published) == 3
    received = ''
    while 'last' not in received:
        received += legacy.receive()
    assert 'cup' not in received, 'nothing comes back to its writer'


@pytest.mark.parametrize(
    ('name', 'event', 'role'),
    [
        ('main_event', HEARD, 'listener'),
        ('action_output', ActionEvent(action='speak', content='hi'), 'listener'),
        ('main_event', HEARD, 'main_loop'),
        ('face_expression', FACE, 'face_window'),
    ],
)
def test_killed_in_the_middle_of_a_burst(bridge, start_legacy, path, name, event, role):
    one = bridge(**{name: {'path': path, 'ack_timeout_ms': 100}})
    topic = next(iter(one.exchanges))
    for _ in range(3):
        legacy = start_legacy(role, path)
        wait_for(lambda: one.publish(topic, event) or legacy.got('got'), 'an event')  # noqa: B023
        one.publish(topic, *10 * [event])
        assert legacy.got('crashed') == []
        legacy.kill()
    one.wait_role(name, 'server')
    one.wait_peers(name, 0)
