"""What of a content has been said, by the sample that was played. Pure."""

from __future__ import annotations

import bisect
from collections.abc import Sequence
from typing import NamedTuple

from gemma_events.action_output.speech.sentences import Sentence


class Progress(NamedTuple):
    """How far a speech is."""

    sentences: int = 0  # that were said whole: the next one, if any, was cut
    offset: int = 0  # in the content, behind the last word that was said whole


class Script:
    """The words of one speech, and at which sample of it each ends. A sentence after the other is added."""

    def __init__(self, before: Progress) -> None:
        """`before`: what was said before this speech goes on."""
        self._before = before
        self._begins: list[int] = []
        self._ends: list[int] = []
        self._offsets: list[int] = []
        self._wholes: list[int] = []  # the end of each sentence's last word

    def add(self, sentence: Sentence, begin: int, word_ends: Sequence[int]) -> None:
        """The next sentence: its first sample in the speech, and the sample behind each word from there."""
        self._begins.append(begin)
        for word, end in zip(sentence.words, word_ends, strict=True):
            self._ends.append(max(begin + end, self._ends[-1] if self._ends else 0))
            self._offsets.append(max(word.end, self._offsets[-1] if self._offsets else self._before.offset))
        self._wholes.append(self._ends[-1] if self._ends else begin)

    def begun(self, position: int) -> int:
        """How many sentences have begun when so many samples have been played. One without a sound is over at once."""
        return max(bisect.bisect_left(self._begins, position), bisect.bisect_right(self._wholes, position))

    def said(self, position: int) -> Progress:
        """How far the speech is then."""
        words = bisect.bisect_right(self._ends, position)
        sentences = bisect.bisect_right(self._wholes, position)
        return Progress(self._before.sentences + sentences, self._offsets[words - 1] if words else self._before.offset)
