"""The legacy programs do what the real ones were seen to do."""

from __future__ import annotations

import socket

import pytest

from harness import wait_for

FACE = b'{"event_type": "draw_face", "data": {"expression": "happy"}}'


def test_a_server_takes_a_path_that_is_served(start_legacy, client, path):
    first = start_legacy('main_loop', path)
    first.wait('serves')
    before = client(path)
    first.wait('accepted')
    start_legacy('main_loop', path).wait('serves')
    client(path).send(b'to the second')
    before.send(b'to the first')
    assert first.wait('got') == ['to the first']


def test_the_main_loop_reads_from_all_and_crashes_without_a_transcript(start_legacy, client, path):
    program = start_legacy('main_loop', path)
    program.wait('serves')
    one, other = client(path), client(path)
    one.send(b'one')
    other.send(b'other')
    assert sorted(program.wait('got', 2)) == ['one', 'other']
    one.socket.close()
    program.wait('lost')
    other.send(b'[2024-01-01 12:00:03] Speech stopped')
    program.wait('crashed')
    assert program.process.wait() == 2


def test_a_face_window_accepts_one_connection_in_its_life(start_legacy, client, path):
    window = start_legacy('face_window_once', path)
    window.wait('serves')
    first, second = client(path), client(path)
    first.send(FACE)
    assert first.receive() == 'ack'
    second.send(FACE)
    first.socket.close()
    window.wait('lost')
    assert len(window.got('accepted')) == 1
    second.socket.setblocking(False)
    with pytest.raises(BlockingIOError):
        second.receive()


def test_the_other_one_accepts_the_next(start_legacy, client, path):
    window = start_legacy('face_window', path)
    window.wait('serves')
    for _ in range(2):
        emitter = client(path)
        emitter.send(FACE)
        assert emitter.receive() == 'ack'
        emitter.socket.close()


@pytest.mark.parametrize('data', [FACE * 2, b'{"event_type": "draw_face"}', b'[]', b'\xff'])
def test_a_face_window_crashes_over_what_is_not_a_face(start_legacy, client, path, data):
    window = start_legacy('face_window_once', path)
    window.wait('serves')
    client(path).send(data)
    window.wait('crashed')
    assert window.process.wait() == 2


def test_an_emitter_reads_what_it_takes_for_the_answer(start_legacy, path):
    window = start_legacy('face_window', path)
    window.wait('serves')
    emitter = start_legacy('emitter', path)
    emitter.send(FACE)
    assert emitter.wait('answer') == ['ack']


def test_a_producer_sends_to_all_and_goes_on_without_those_that_have_gone(start_legacy, client, path):
    program = start_legacy('producer', path)
    program.wait('serves')
    one, other = client(path), client(path)
    program.wait('accepted', 2)
    program.send(b'first')
    assert (one.receive(), other.receive()) == ('first', 'first')
    one.socket.close()
    program.send(b'second', b'third')
    program.wait('sent', 3)
    assert other.receive().startswith('second')
    program.process.stdin.close()
    assert program.process.wait() == 0, 'and ends, with its thread'


def test_a_listener_waits_for_a_server_and_comes_again(start_legacy, path):
    listener = start_legacy('listener', path)
    listener.wait('waits')
    for _ in range(2):
        producer = start_legacy('producer', path)
        producer.wait('accepted')
        producer.send(b'hello')
        wait_for(lambda: 'hello' in listener.got(), 'the message')
        producer.kill()
    listener.wait('lost', 2)
    assert len(listener.got('connected')) == 2


@pytest.mark.parametrize('name', ['microphone', 'emitter'])
def test_some_give_up_when_nobody_serves(start_legacy, path, name):
    assert start_legacy(name, path).process.wait() == 1


@pytest.mark.parametrize('name', ['main_loop', 'producer', 'face_window'])
def test_what_is_not_a_socket_is_not_removed(start_legacy, path, name):
    path.write_text('mine')
    assert start_legacy(name, path).process.wait() == 1
    assert path.read_text() == 'mine'


def test_a_microphone_never_reads(start_legacy, path):
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen()
        program = start_legacy('microphone', path)
        peer = server.accept()[0]
        with peer:
            peer.sendall(b'hello')
            program.send(b'one', b'two')
            assert program.wait('sent', 2) == ['one', 'two']
            assert program.got() == []
        program.send(b'three', b'four')
        program.wait('lost')
        assert program.process.wait() == 0
