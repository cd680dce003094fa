from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gemma_events.bridge.wire import FORMATS
from gemma_events.bridge.wire.codec import cuts_character


def test_a_send_of_text_is_a_message():
    assert FORMATS['text'].idle_gap < 0.01 < FORMATS['speech'].idle_gap


@given(st.text(min_size=1), st.integers(0))
def test_a_character_that_was_cut_is_noticed(text, cut):
    data = text.encode(errors='replace')
    piece = data[: cut % (len(data) + 1)]
    assert cuts_character(piece[-3:]) == (
        '\ufffd' in piece.decode(errors='replace').removeprefix(piece.decode(errors='ignore'))
    )


def test_what_is_not_utf8_is_not_waited_for():
    assert not any(cuts_character(data) for data in (b'', b'\xff', b'a\x80\x80', b'\xc0', b'\x80\x80\x80'))
