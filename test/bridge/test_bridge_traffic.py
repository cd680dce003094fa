"""What goes over the sockets: one event a receive, slow and hostile clients, who may come in, state for newcomers."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from types import SimpleNamespace

import pytest
from bridging import LEGACY_PROGRAMS

from gemma_events.bridge import sockets, writer
from gemma_events.events import DetectedObject, FaceExpression, SpeechEvent, TextInput, VisionEvent
from harness import wait_for

HEARD = SpeechEvent('transcript', stamp=1_704_110_403 * 10**9, event_number=7, transcript='turn on the light')
PARTIAL = SpeechEvent('transcript_partial', stamp=HEARD.stamp, event_number=7, transcript='turn')
FACE = FaceExpression(expression='happy')
VISIBLE = VisionEvent('visible_objects', stamp=1, objects=(DetectedObject('cup'), DetectedObject('person')))


def texts(count):
    return [TextInput(text=f'line {number}') for number in range(count)]


# --- one event a receive ---------------------------------------------------------------------------


@pytest.mark.parametrize('kernel_paces', [True, False])
def test_a_burst_comes_one_event_a_receive(bridge, start_legacy, path, monkeypatch, kernel_paces):
    monkeypatch.setattr(sockets, 'kernel_paces', lambda: kernel_paces)
    monkeypatch.setattr(writer, 'PACE', 0.02)
    served = bridge(text_input={'path': path})
    listeners = [start_legacy('listener', path, pause) for pause in (0.0, 0.005)]
    served.wait_peers('text_input', 2)
    served.publish('text_input', *texts(60))
    for listener in listeners:
        assert [text.rstrip('\n') for text in listener.wait('got', 60)] == [f'line {number}' for number in range(60)]


def test_without_pacing_a_burst_comes_as_fast_as_it_can(bridge, client, path):
    served = bridge(gstreamer={'path': path})
    listener = client(path)
    served.wait_peers('gstreamer', 1)
    served.publish('vision', *5 * [VISIBLE])
    assert listener.receive().count('\n') == 5


def test_an_event_that_is_too_long_is_shortened(bridge, client, folder):
    served = bridge(
        main_event={'path': folder / 'a'}, patient={'path': folder / 'b', 'format': 'speech', 'message_limit': 65536}
    )
    short, long = client(folder / 'a'), client(folder / 'b')
    served.wait_peers('patient', 1)
    served.publish('speech', SpeechEvent('transcript', stamp=HEARD.stamp, event_number=7, transcript=2000 * 'word '))
    assert short.receive().endswith('word…')
    served.publish('speech', HEARD)
    assert 'turn on the light' in short.receive(), 'nothing between'
    received = ''
    while len(received) < 10_000:
        received += long.receive()
    assert (served.values('main_event')['shortened'], 'shortened' in served.values('patient')) == (1, False)


# --- slow, dead and silent clients -----------------------------------------------------------------


def test_nobody_waits_for_a_client_that_reads_nothing(bridge, client, start_legacy, path):
    served = bridge(text_input={'path': path, 'queue_limit': 10})
    silent, listener = start_legacy('silent', path), client(path)
    silent.wait('connected')
    served.wait_peers('text_input', 2)
    for event in texts(100):
        served.publish('text_input', event)
        assert listener.receive().rstrip('\n') == event.text
    values = served.values('text_input')
    assert (values['queue_high_water'], values['queued'], values['dropped_queue_full']) == (10, 10, 89)
    assert values['peers'] == 2


def test_a_full_queue_keeps_what_matters(bridge, client, path):
    served = bridge(main_event={'path': path, 'queue_limit': 3})
    slow = client(path)
    served.wait_peers('main_event', 1)
    started = SpeechEvent('speech_started', stamp=1, event_number=9)
    served.publish('speech', started, started, HEARD, *5 * [started], HEARD)
    received = [slow.receive() for _ in range(4)]
    assert ['Transcript' in text for text in received] == [False, True, False, True]
    served.publish('speech', SpeechEvent('speech_started', stamp=1, event_number=10))
    assert '#10' in slow.receive(), 'nothing between'


def test_a_client_that_takes_nothing_while_its_queue_is_full_is_disconnected(bridge, client, path):
    served = bridge(text_input={'path': path, 'queue_limit': 5, 'stall_timeout_ms': 100})
    full, little = client(path), client(path)
    served.wait_peers('text_input', 2)
    served.publish('text_input', *texts(2))
    full.receive()
    for _ in range(2):
        little.receive()
    served.ask(lambda: served.endpoints['text_input']._clients.check(time.monotonic() + 1.0))
    assert served.values('text_input')['peers'] == 2, 'neither has a full queue'
    for event in texts(10):
        served.publish('text_input', event)
        little.receive()
    served.wait_peers('text_input', 1)
    assert served.values('text_input')['clients_stalled'] == 1
    while full.socket.recv(1024):  # what was written before comes, then the end
        pass


def test_a_microphone_is_kept_when_pacing_changes(bridge, client, path):
    served = bridge(text_input={'path': path, 'queue_limit': 2, 'stall_timeout_ms': 100})
    microphone = client(path)
    served.wait_peers('text_input', 1)
    for pacing in (True, False, True):
        served.apply('text_input', pacing=pacing)
        served.publish('text_input', *texts(5))
    wait_for(lambda: served.values('text_input').get('clients_stalled'), 'the bridge to give up')
    microphone.send(b'hello\n')
    wait_for(lambda: served.published, 'what it says')


def test_a_microphone_that_never_reads_is_kept_for_days(bridge, client, path):
    served = bridge(text_input={'path': path, 'queue_limit': 2, 'stall_timeout_ms': 100})
    microphone = client(path)
    microphone.send(b'hello\n')
    wait_for(lambda: served.published, 'what it said')
    served.publish('text_input', *texts(50))
    wait_for(lambda: served.values('text_input').get('clients_stalled'), 'the bridge to give up')
    microphone.send(b'again\n')
    wait_for(lambda: len(served.published) == 2, 'what it said then')


def test_without_pacing_a_stalled_client_gets_all_in_order_when_it_reads(bridge, client, path):
    served = bridge(gstreamer={'path': path, 'queue_limit': 10_000})
    listener = client(path)
    served.wait_peers('gstreamer', 1)
    labels = [f'thing {number}' for number in range(3000)]
    served.publish('vision', *(VisionEvent('object_appeared', objects=(DetectedObject(label),)) for label in labels))
    received = b''
    while received.count(b'\n') < len(labels):
        received += listener.socket.recv(65536)
    assert [line.partition(b'"object_id": "')[2][:-2].decode() for line in received.splitlines()] == labels


def test_settings_that_change_while_clients_are_connected(bridge, client, path):
    served = bridge(text_input={'path': path, 'queue_limit': 5})
    slow = client(path)
    served.wait_peers('text_input', 1)
    served.publish('text_input', *texts(6))
    served.apply('text_input', queue_limit=2, max_clients=1, pacing=False)
    assert served.values('text_input')['dropped_queue_full'] == 3
    assert client(path).socket.recv(1) == b'', 'no further client'
    assert slow.receive() == 'line 0\n'
    received = slow.receive()
    while received.count('\n') < 2:
        received += slow.receive()
    assert received == 'line 4\nline 5\n', 'without pacing in one receive or two'


def test_the_latency_is_how_long_an_event_took(bridge, client, path, monkeypatch):
    served = bridge(text_input={'path': path})
    slow = client(path)
    served.wait_peers('text_input', 1)
    served.publish('text_input', *texts(2))
    monkeypatch.setattr(writer, 'time', SimpleNamespace(monotonic=lambda: time.monotonic() + 0.2))
    slow.receive()
    slow.receive()
    wait_for(lambda: served.values('text_input')['events_out'] == 2, 'both')
    values = served.values('text_input')
    assert 0 < values['latency_p50_ms'] < 200 <= values['latency_p99_ms']


# --- hostile clients -------------------------------------------------------------------------------


def test_a_thousand_connect_and_leave(bridge, client, path):
    served = bridge(main_event={'path': path})
    listener = client(path)
    for _ in range(1000):
        with socket.socket(socket.AF_UNIX) as passing:
            passing.connect(str(path))
    served.wait_peers('main_event', 1)
    served.publish('speech', HEARD)
    assert 'turn on the light' in listener.receive()


def test_more_clients_than_there_may_be(bridge, client, path):
    served = bridge(main_event={'path': path, 'max_clients': 3})
    first = [client(path) for _ in range(3)]
    assert client(path).socket.recv(1) == b''
    assert served.values('main_event')['clients_refused'] == 1
    first[0].socket.close()
    served.wait_peers('main_event', 2)
    client(path)
    served.wait_peers('main_event', 3)


def test_users_that_may_not_come_in(bridge, client, folder):
    served = bridge(
        main_event={'path': folder / 'a', 'allowed_users': (str(os.getuid() + 1),)},
        vision={'path': folder / 'b', 'allowed_users': ('12345', str(os.getuid()))},
    )
    assert client(folder / 'a').socket.recv(1) == b''
    client(folder / 'b')
    served.wait_peers('vision', 1)
    assert served.values('main_event')['clients_refused'] == 1


def test_a_client_that_writes_too_fast_is_read_slowly_and_loses_nothing(bridge, client, path):
    served = bridge(text_input={'path': path, 'max_events_per_s': 100})
    fast, other = client(path), client(path)
    served.wait_peers('text_input', 2)
    fast.send(''.join(f'fast {number}\n' for number in range(530)).encode())
    other.send(b'other\n')
    wait_for(lambda: len(served.published) == 531, 'all events')
    assert served.values('text_input')['throttled'] >= 1
    assert [event.text for event in served.published if event.text != 'other'] == [
        f'fast {number}' for number in range(530)
    ]


def test_a_bridge_that_is_late_cuts_no_line(bridge, client, path):
    served = bridge(text_input={'path': path, 'max_bytes_per_s': 1000})
    fast = client(path)
    line = 'x' * 5200  # which makes the bridge read nothing for longer than a pause lasts
    fast.send(line[:5150].encode())
    wait_for(lambda: served.values('text_input').get('throttled'), 'the bridge to pause')
    fast.send(line[5150:].encode() + b'\n')
    wait_for(lambda: served.published, 'the line')
    assert [event.text for event in served.published] == [line]


def test_garbage_is_reported_and_harms_nobody(bridge, client, folder):
    served = bridge(vision={'path': folder / 'v'}, main_event={'path': folder / 's'})
    hostile, listener = client(folder / 'v'), client(folder / 'v')
    served.wait_peers('vision', 2)
    for data in (b'\xff\x00\xfe garbage', b'{"event_type": 7}', 10_000 * b'[', 200_000 * b'x'):
        hostile.send(data)
        hostile.send(b'{"event_type": "object_appeared", "timestamp": 1.0, "data": {"objects": ["cup"]}}')
    hostile.socket.close()
    wait_for(lambda: served.unrecognised and served.published, 'the report')
    served.wait_peers('vision', 1)
    report = served.unrecognised[0]
    assert (report.endpoint, report.source, report.data) == ('vision', 'bridge/vision/1', b'\xff\x00\xfe garbage')
    assert report.reason and report.stamp
    assert served.values('vision')['unrecognised'] == len(served.unrecognised)
    served.publish('vision', VISIBLE)
    while 'cup", "person' not in listener.receive():
        pass


def test_a_client_that_leaves_in_the_middle_of_an_event(bridge, client, path):
    served = bridge(vision={'path': path})
    leaving = client(path)
    leaving.send(b'{"event_type": "object_app')
    leaving.socket.close()
    wait_for(lambda: served.unrecognised, 'the report')
    assert [report.data for report in served.unrecognised] == [b'{"event_type": "object_app']


# --- direction -------------------------------------------------------------------------------------


def test_each_direction(bridge, client, folder):
    served = bridge(
        **{
            name: {'path': folder / name, 'format': 'text', 'direction': name}
            for name in ('both', 'to_socket', 'to_topic')
        }
    )
    clients = {name: client(folder / name) for name in served.endpoints}
    for name, one in clients.items():
        served.wait_peers(name, 1)
        one.send(f'from {name}\n'.encode())
    wait_for(lambda: len(served.published) == 2, 'the lines')
    assert sorted(event.text for event in served.published) == ['from both', 'from to_topic']
    wait_for(lambda: served.values('to_socket').get('ignored') == 1, 'the line that is ignored')
    assert clients['to_socket'].receive().rstrip() in ('from both', 'from to_topic')
    assert clients['both'].receive().rstrip() == 'from to_topic'
    served.stop()
    assert clients['to_topic'].receive() == '', 'nothing before the end'


def test_nothing_goes_back_to_its_writer_but_to_all_other_sockets_of_the_topic(bridge, client, folder):
    served = bridge(vision={'path': folder / 'v'}, gstreamer={'path': folder / 'g'})
    writer, same, other = client(folder / 'g'), client(folder / 'g'), client(folder / 'v')
    served.wait_peers('vision', 1)
    served.wait_peers('gstreamer', 2)
    writer.send(b'{"event": "object_appeared", "object_id": "cup"}\n')
    assert 'cup' in same.receive()
    assert 'cup' in other.receive()
    served.publish('vision', VISIBLE)
    assert 'visible_objects' in writer.receive(), 'nothing before it'
    assert len(served.published) == 1


# --- state for newcomers ---------------------------------------------------------------------------


def test_newcomers_get_the_last_visible_set(bridge, client, folder):
    served = bridge(
        vision={'path': folder / 'v'},
        gstreamer={'path': folder / 'g'},
        silent={'path': folder / 's', 'format': 'detections', 'state_for_newcomers': False},
    )
    served.publish('vision', VisionEvent('visible_objects', stamp=1), VISIBLE, VisionEvent('object_appeared', stamp=1))
    assert 'person' in client(folder / 'g').receive()
    assert 'person' in client(folder / 'v').receive()
    stateless = client(folder / 's')
    served.wait_peers('silent', 1)
    served.publish('vision', VisionEvent('object_appeared', stamp=1, objects=(DetectedObject('car'),)))
    assert 'car' in stateless.receive(), 'nothing before it'


def test_a_face_that_only_talks_keeps_its_expression_on_the_socket(bridge, start_legacy, path):
    window = start_legacy('face_window', path)
    window.wait('serves')
    connected = bridge(face_expression={'path': path})
    connected.publish('face_expression', FaceExpression(talking=True))
    assert '"normal"' in window.wait('got', 1)[0]
    connected.publish('face_expression', FACE)
    window.wait('got', 2)
    connected.publish('face_expression', FaceExpression(talking=True))
    assert '"happy", "talking": true' in window.wait('got', 3)[2]


@pytest.mark.parametrize(
    'data',
    [
        b'{"event_type": "draw_face", "timestamp": 1.0, "data": {}}',
        b'{"event_type": "draw_face", "timestamp": NaN, "data": {"talking": null}}',
    ],
)
def test_an_odd_face_event_is_answered_all_the_same(bridge, client, path, data):
    served = bridge(face_expression={'path': path})
    emitter = client(path)
    emitter.send(data)
    assert emitter.receive() == 'ack'
    wait_for(lambda: served.unrecognised, 'the report')
    emitter.send(b'hello')
    wait_for(lambda: len(served.unrecognised) == 2, 'the report')
    served.stop()
    assert emitter.receive() == '', 'no answer to what was not meant as an event'


def test_newcomers_get_the_last_face_unless_they_write(bridge, client, path):
    served = bridge(face_expression={'path': path, 'state_for_newcomers': True})
    served.publish('face_expression', FACE, FaceExpression(talking=True))
    watcher, emitter = client(path), client(path)
    emitter.send(b'{"event_type": "draw_face", "timestamp": 1.0, "data": {"expression": "angry"}}')
    assert emitter.receive() == 'ack'
    later = client(path)
    assert '"angry"' in watcher.receive()
    assert '"angry"' in later.receive(), 'after the time in which the emitter could have got it'
    served.stop()
    assert emitter.receive() == ''


def test_a_client_that_begins_to_write_later_gets_only_acks_from_then_on(bridge, client, path):
    served = bridge(face_expression={'path': path, 'state_for_newcomers': True})
    late = client(path)
    served.wait_peers('face_expression', 1)
    wait_for(lambda: served.listening('face_expression'), 'it to listen')
    served.publish('face_expression', FACE)
    assert 'happy' in late.receive()
    late.send(b'{"event_type": "draw_face", "timestamp": 1.0, "data": {"expression": "angry"}}')
    assert late.receive() == 'ack'
    served.publish('face_expression', FACE)
    served.stop()
    assert late.receive() == '', 'nothing before the end'


# --- whole programs --------------------------------------------------------------------------------


def test_a_client_in_another_process_that_is_stopped_slows_nobody(bridge, client, path):
    served = bridge(text_input={'path': path})
    stopped = subprocess.Popen(
        [sys.executable, '-IS', str(LEGACY_PROGRAMS), 'listener', str(path)], stdout=subprocess.DEVNULL
    )
    try:
        served.wait_peers('text_input', 1)
        stopped.send_signal(19)
        listener = client(path)
        served.wait_peers('text_input', 2)
        for event in texts(300):
            served.publish('text_input', event)
            assert listener.receive().rstrip('\n') == event.text
        stopped.send_signal(18)
        wait_for(lambda: served.values('text_input')['queued'] == 0, 'it to catch up')
    finally:
        stopped.kill()
        stopped.wait()
