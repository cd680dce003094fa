"""Programs that come, go and keep silent as the legacy ones do: nothing is lost with them, and none is broken."""

from __future__ import annotations

import socket

from gemma_events.bridge import endpoint
from gemma_events.events import ActionEvent, FaceExpression, TextInput
from harness import wait_for

DRAW_FACE = b'{"event_type": "draw_face", "timestamp": 1.0, "data": {"expression": "normal"}}'


def texts(count):
    return [TextInput(text=f'line {number}') for number in range(count)]


def test_what_a_server_had_not_taken_when_it_was_killed_goes_to_the_next(bridge, start_legacy, path):
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen()
        connected = bridge(action_output={'path': path, 'role': 'client'})
        connection, _ = server.accept()
    connected.publish('action', *(ActionEvent(action='speak', content=f'{number}') for number in range(5)))
    connection.close()
    path.unlink()
    got = start_legacy('main_loop', path).wait('got', 5)
    assert [f'"content": "{number}"' in text for number, text in enumerate(got)] == 5 * [True]


def test_what_a_server_had_taken_goes_to_no_other(bridge, start_legacy, path):
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen()
        connected = bridge(action_output={'path': path, 'role': 'client'})
        connection, _ = server.accept()
    with connection:
        connected.publish('action', ActionEvent(action='speak', content='first'))
        assert b'first' in connection.recv(1024)
    path.unlink()
    connected.wait_peers('action_output', 0)
    connected.publish('action', ActionEvent(action='speak', content='second'))
    assert 'second' in start_legacy('main_loop', path).wait('got')[0]


def test_who_never_read_may_still_write_when_it_gets_no_more(bridge, client, path):
    served = bridge(text_input={'path': path, 'queue_limit': 2, 'stall_timeout_ms': 100})
    microphone = client(path)
    served.wait_peers('text_input', 1)
    served.publish('text_input', *texts(10))
    wait_for(lambda: served.values('text_input').get('clients_stalled'), 'the bridge to give up')
    served.publish('text_input', *texts(10))
    microphone.send(b'hello\n')
    wait_for(lambda: served.published, 'what it said')
    assert (served.values('text_input')['queued'], served.values('text_input')['clients_stalled']) == (0, 1)
    assert microphone.receive() == 'line 0\n'
    assert microphone.receive() == '', 'it finds the end'
    microphone.socket.close()
    served.wait_peers('text_input', 0)


def test_many_that_write_and_leave_at_once_lose_nothing(bridge, path):
    served = bridge(text_input={'path': path, 'max_clients': 2})
    for number in range(100):
        with socket.socket(socket.AF_UNIX) as passing:
            passing.connect(str(path))
            passing.sendall(f'{number}\n'.encode())
    wait_for(lambda: len(served.published) == 100, 'all lines')
    assert sorted(int(event.text) for event in served.published) == list(range(100))
    assert 'clients_refused' not in served.values('text_input')


def test_who_left_while_it_was_throttled_holds_no_place(bridge, client, path):
    served = bridge(vision={'path': path, 'max_clients': 2, 'max_events_per_s': 1})
    for _ in range(2):
        with socket.socket(socket.AF_UNIX) as hostile:
            hostile.connect(str(path))
            hostile.sendall(50_000 * b'{}')
    wait_for(lambda: served.values('vision').get('throttled') == 2, 'them to be throttled')
    new = client(path)
    new.send(b'{"event_type": "object_appeared", "timestamp": 1.0, "data": {"objects": ["cup"]}}')
    wait_for(lambda: served.published, 'the event of who came then')
    values = served.values('vision')
    assert (values['peers'], values['clients_cut_short'], 'clients_refused' in values) == (1, 2, False)


def test_a_reader_that_has_ended_its_own_side_still_gets_events(bridge, client, path):
    served = bridge(text_input={'path': path})
    reader = client(path)
    reader.send(b'the last line')
    reader.socket.shutdown(socket.SHUT_WR)
    wait_for(lambda: served.published, 'its line, which the end completes')
    for event in texts(3):
        served.publish('text_input', event)
        assert reader.receive() == f'{event.text}\n'
    reader.socket.close()
    served.wait_peers('text_input', 0)


def test_an_emitter_that_is_late_reads_nothing_but_acks(bridge, client, path, monkeypatch):
    monkeypatch.setattr(endpoint, 'EMITTER_GRACE', 0.0)
    served = bridge(face_expression={'path': path})
    served.publish('face_expression', FaceExpression(expression='happy'))
    late = client(path)
    served.wait_peers('face_expression', 1)
    for expression in ('angry', 'sad'):
        served.publish('face_expression', FaceExpression(expression=expression))
        late.send(DRAW_FACE)
        assert late.receive() == 'ack', 'before anything else'


def test_lines_without_newline_that_follow_one_another_are_several(bridge, client, path):
    served = bridge(text_input={'path': path})
    terminal = client(path)
    for number, line in enumerate(('one', 'two', 'three')):
        terminal.send(line.encode())
        wait_for(lambda: len(served.published) > number, 'the line')  # noqa: B023
        assert served.published[-1].text == line


def test_a_pause_within_a_character_ends_no_line(bridge, client, path):
    served = bridge(text_input={'path': path})
    terminal, other = client(path), client(path)
    begin, end = 'hä'.encode()[:2], 'hä'.encode()[2:]
    terminal.send(begin)
    wait_for(lambda: served.values('text_input').get('bytes_in') == len(begin), 'it to be read')
    other.send(b'other')
    wait_for(lambda: served.published, 'a line that a pause has ended, which began later')
    terminal.send(end)
    wait_for(lambda: len(served.published) == 2, 'the line')
    assert [event.text for event in served.published] == ['other', 'hä']
    assert served.unrecognised == []


def test_a_client_that_will_read_no_more_has_no_queue(bridge, client, path):
    served = bridge(text_input={'path': path, 'queue_limit': 5})
    deaf = client(path)
    served.wait_peers('text_input', 1)
    deaf.socket.shutdown(socket.SHUT_RD)
    served.publish('text_input', *texts(10))
    wait_for(lambda: served.values('text_input')['queued'] == 0, 'its queue to be dropped')
    deaf.send(b'hello\n')
    wait_for(lambda: served.published, 'what it writes')


def test_an_event_that_cannot_be_published_takes_no_other_with_it(bridge, client, path):
    served = bridge(text_input={'path': path})

    def publish(event):
        if event.text == 'bad':
            raise ValueError('bad')
        served.published.append(event)

    served.exchanges['text_input']._topic.publish = publish
    client(path).send(b'one\nbad\ntwo\n')
    wait_for(lambda: len(served.published) == 2, 'the others')
    assert [str(fault) for fault in served.faults] == ['bad']
    served.faults.clear()


def test_an_emitter_that_listened_before_gets_nothing_that_still_waited(bridge, client, path, monkeypatch):
    monkeypatch.setattr(endpoint, 'EMITTER_GRACE', 0.0)
    served = bridge(face_expression={'path': path, 'state_for_newcomers': True})
    late = client(path)
    wait_for(lambda: served.listening('face_expression'), 'it to listen')
    served.publish('face_expression', *(FaceExpression(expression=f'face {number}') for number in range(4)))
    late.send(DRAW_FACE)
    wait_for(lambda: served.published, 'its event')
    assert 'face 0' in late.receive(), 'what was under way'
    assert late.receive() == 'ack'
    served.stop()
    assert late.receive() == '', 'nothing before the end'


# --- who takes nothing -----------------------------------------------------------------------------


def stuck(served):
    return served.ask(served.endpoints['text_input'].measure).stuck


def test_a_client_that_takes_nothing_is_told_of_until_it_does(bridge, client, path):
    served = bridge(text_input={'path': path, 'stall_timeout_ms': 100})
    listener, quick = client(path), client(path)
    served.wait_peers('text_input', 2)
    for event in texts(3):
        served.publish('text_input', event)
        quick.receive()
    wait_for(lambda: stuck(served) == 1, 'it to be told')
    assert served.values('text_input')['peers'] == 2, 'its queue is not full'
    for _ in range(3):
        listener.receive()
    wait_for(lambda: stuck(served) == 0, 'it to be forgotten')


def test_who_only_writes_is_not_told_of(bridge, client, path):
    served = bridge(text_input={'path': path, 'stall_timeout_ms': 100})
    microphone, listener = client(path), client(path)
    served.wait_peers('text_input', 2)
    microphone.send(b'hello\n')
    assert listener.receive() == 'hello\n'
    served.publish('text_input', *texts(3))
    wait_for(lambda: stuck(served) == 1, 'the listener to be told of')
    for _ in range(3):
        listener.receive()
    wait_for(lambda: stuck(served) == 0, 'nobody to be')
    assert served.values('text_input')['queued'] == 2, 'though something waits'


def test_a_server_that_takes_nothing_is_told_of(bridge, path):
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen()
        connected = bridge(text_input={'path': path, 'stall_timeout_ms': 100})
        connection, _ = server.accept()
        with connection:
            connected.publish('text_input', *texts(3))
            wait_for(lambda: stuck(connected) == 1, 'it to be told')
