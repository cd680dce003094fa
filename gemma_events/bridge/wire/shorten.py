"""Making things fit into a reader's buffer, leaving out as little as possible."""

from __future__ import annotations

from collections.abc import Callable

ELLIPSIS = '…'
LONGEST = 64 * 1024  # characters; no reader's limit is larger than this many bytes


def most(high: int, fits: Callable[[int], bool]) -> int:
    """The largest count from 0 to `high` that fits, where all smaller ones fit too; 0 when none does."""
    low = 0
    while low < high:
        middle = (low + high + 1) // 2
        if fits(middle):
            low = middle
        else:
            high = middle - 1
    return low


def cut(text: str, fits: Callable[[str], bool]) -> str:
    """The longest beginning of `text` that fits with an ellipsis behind it; empty where none does.

    It ends behind a word, unless the first word alone is too long. `fits` has to hold for every beginning of what it
    holds for.
    """
    text = text[:LONGEST]
    length = most(len(text), lambda count: fits(text[:count] + ELLIPSIS))
    if length == 0:
        return ''
    beginning = text[:length]
    if not text[length : length + 1].isspace():
        beginning = _whole_words(beginning)
    return beginning.rstrip() + ELLIPSIS


def _whole_words(text: str) -> str:
    for at in range(len(text) - 1, 0, -1):
        if text[at].isspace():
            return text[:at]
    return text
