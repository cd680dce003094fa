"""What is said at a time: sentences, and where each of their words stands in the content."""

from __future__ import annotations

import re
import textwrap
import unicodedata
from dataclasses import dataclass

MAX_SENTENCE = 300  # characters; a longer one is cut between words

# After the mark and what closes with it, before white space; the marks of Chinese and Japanese need none.
_END = re.compile(r'(?<=[.!?…])(?<!\b[A-Z]\.)["\'”’)\]]*\s+|(?<=[。！？])\s*')


@dataclass(frozen=True, slots=True)
class Word:
    """A word as it is spoken; `end`: offset in the content behind the piece that it stands for."""

    text: str
    end: int


@dataclass(frozen=True, slots=True)
class Sentence:
    """What the synthesiser gets, its words, and the seconds of silence behind it."""

    text: str
    words: tuple[Word, ...]
    pause: float = 0.0


class Splitter:
    """Cuts a text that comes in parts into sentences, each as soon as it is certain to be complete."""

    def __init__(self, language: str) -> None:
        self._text, self._at = '', 0

    def feed(self, text: str) -> list[Sentence]:
        """The sentences that are complete now."""
        self._text += text
        found = []
        for end in list(_END.finditer(self._text, self._at)):
            if end.end() < len(self._text):
                found += self._sentences(end.end())
        return found

    def finish(self) -> list[Sentence]:
        """The rest."""
        return self._sentences(len(self._text))

    def _sentences(self, end: int) -> list[Sentence]:
        begin, self._at = self._at, end
        piece = self._text[begin:end]
        if not any(map(str.isalnum, piece)):
            return []
        words = [Word(clean(found[0]), begin + found.end()) for found in re.finditer(r'\S+', piece) if clean(found[0])]
        lines = textwrap.wrap(' '.join(word.text for word in words), MAX_SENTENCE, break_on_hyphens=False)
        sentences = []
        for line in lines:
            count = len(line.split())
            sentences.append(Sentence(line, tuple(words[:count])))
            words = words[count:]
        return sentences


def clean(text: str) -> str:
    """The text without what nobody can speak: control characters and lone surrogates. White space becomes one space."""
    return ' '.join(''.join(' ' if unicodedata.category(letter) in ('Cc', 'Cs') else letter for letter in text).split())


def sentences(text: str, language: str = '') -> list[Sentence]:
    """All sentences of a text."""
    splitter = Splitter(language)
    return splitter.feed(text) + splitter.finish()
