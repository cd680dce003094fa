"""Texts cut into sentences."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gemma_events.action_output.speech.sentences import MAX_SENTENCE, clean, sentences


@pytest.mark.parametrize(
    'text, expected',
    [
        ('Hello, how can I help you?', ['Hello, how can I help you?']),
        ('Yes. No! Why? Well…', ['Yes.', 'No!', 'Why?', 'Well…']),
        ('It is 3.14 or so.', ['It is 3.14 or so.']),
        ('He said "Stop." Then he left.', ['He said "Stop."', 'Then he left.']),
        ('J. S. Bach wrote it.', ['J. S. Bach wrote it.']),
        ('no mark at the end', ['no mark at the end']),
        ('Really?! ... Yes.', ['Really?!', 'Yes.']),
        ('今日は。元気ですか？', ['今日は。', '元気ですか？']),
        ('line one\nline two\r\n\tthree', ['line one line two three']),
        ('a\0b\x1b[31mc', ['a b [31mc']),
        ('half \ud800 a character', ['half a character']),
        ('', []),
        (' \n\t ', []),
        ('\0\x01\x02', []),
        ('... !?', []),
        ('🙂', []),
    ],
)
def test_sentences(text, expected):
    assert sentences(text) == expected


def test_an_endless_sentence_is_cut_between_words():
    pieces = sentences('well-known ' * 1000)
    assert max(map(len, pieces)) <= MAX_SENTENCE
    assert ' '.join(pieces) == ('well-known ' * 1000).strip()
    assert max(map(len, sentences('x' * 1000))) <= MAX_SENTENCE


@given(st.text())
def test_any_text_keeps_its_letters_in_their_order(text):
    pieces = sentences(text)
    assert all(piece and len(piece) <= MAX_SENTENCE for piece in pieces)

    def letters(value):
        return [letter for letter in value if letter.isalnum()]

    assert letters(''.join(pieces)) == letters(clean(text))
