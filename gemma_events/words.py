"""Text: what a message can hold of it, which words it has, and whether they are like those of another text."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

REPLACEMENT = '\ufffd'
CLOSE = 0.75  # likeness (difflib's ratio) at which a word is taken for another: "jemma" for "gemma" has 0.8


def printable(text: str) -> str:
    """Text that a log and a ROS string can hold: a NUL ends it there, a lone surrogate has no UTF-8 form."""
    if '\0' in text:
        text = text.replace('\0', REPLACEMENT)
    if not text.isascii() and any('\ud800' <= character <= '\udfff' for character in text):
        text = ''.join(REPLACEMENT if '\ud800' <= character <= '\udfff' else character for character in text)
    return text


def split(text: str) -> list[str]:
    """The words of a text: lower case letters and digits only."""
    return ''.join(c if c.isalnum() else ' ' for c in text.casefold().replace("'", '')).split()


def are_alike(heard: str, wanted: str) -> bool:
    """Whether one word may have been heard for another."""
    return bool(wanted) and difflib.SequenceMatcher(None, heard, wanted, autojunk=False).ratio() >= CLOSE


def meant(name: str, known: Iterable[str]) -> str:
    """A question to put after a name that is unknown: which of the known ones it may stand for; empty for none."""
    like = difflib.get_close_matches(name, known, 1)
    return f': is {like[0]} meant?' if like else ''


def likeness(heard: str, spoken: str) -> float:
    """The share of the heard words that are, more or less and in the same order, among the spoken ones; 0 to 1."""
    own = split(spoken)
    words = [(difflib.get_close_matches(word, own, 1, CLOSE) or [word])[0] for word in split(heard)]
    if not words:
        return 1.0
    blocks = difflib.SequenceMatcher(None, words, own, autojunk=False).get_matching_blocks()
    return sum(block.size for block in blocks) / len(words)
