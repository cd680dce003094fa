"""The buffer of the decoders: its bound holds, and nothing is lost over it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gemma_events.bridge.wire.receive_buffer import ReceiveBuffer

LIMIT = 8


@given(st.lists(st.text('ab.', max_size=20).map(str.encode), max_size=10))
def test_all_that_comes_in_comes_out(pieces):
    buffer = ReceiveBuffer(LIMIT)

    def sentence():
        assert 0 < len(buffer) <= LIMIT
        end = buffer.held.find(b'.', buffer.at)
        buffer.at = len(buffer)
        return (buffer.take(end + 1), '') if end >= 0 else None

    def overflow():
        assert len(buffer) == LIMIT
        return buffer.take(LIMIT - 2), buffer.too_long

    out = []
    for piece in pieces:
        out += buffer.feed(piece, sentence, overflow)
        assert len(buffer) < LIMIT
    assert b''.join(data for data, _ in out) + buffer.held == b''.join(pieces)
    assert all(data.endswith(b'.') for data, reason in out if not reason)
    assert all((len(data), reason) == (LIMIT - 2, 'longer than 8 bytes') for data, reason in out if reason)
