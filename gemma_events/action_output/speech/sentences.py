"""A text to speak, cut into sentences: what is played, cancelled and reported piece by piece."""

from __future__ import annotations

import re
import textwrap
import unicodedata

MAX_SENTENCE = 300  # characters; a longer one is cut between words

# After the mark and what closes with it, before white space; the marks of Chinese and Japanese need none.
_END = re.compile(r'(?<=[.!?…])(?<!\b[A-Z]\.)["\'”’)\]]*\s+|(?<=[。！？])\s*')


def clean(text: str) -> str:
    """The text without what nobody can speak: control characters and lone surrogates. White space becomes one space."""
    return ' '.join(''.join(' ' if unicodedata.category(letter) in ('Cc', 'Cs') else letter for letter in text).split())


def sentences(text: str) -> list[str]:
    """The sentences of a text, in order, none empty, none longer than MAX_SENTENCE; none for a text with no letter."""
    text = clean(text)
    pieces, begin = [], 0
    for end in _END.finditer(text):
        pieces.append(text[begin : end.end()].strip())
        begin = end.end()
    pieces.append(text[begin:].strip())
    return [part for piece in pieces if any(map(str.isalnum, piece)) for part in _wrap(piece)]


def _wrap(piece: str) -> list[str]:
    return textwrap.wrap(piece, MAX_SENTENCE, break_on_hyphens=False)
