"""A text to speak, cut into sentences: what is made into sound, played, and reported piece by piece. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gemma_events.action_output.speech.lexicon import lexicon
from gemma_events.action_output.speech.reading import read
from gemma_events.action_output.speech.spoken import Piece, pieces

MAX_SENTENCE = 300  # characters; a longer one is cut at a comma, or between words
SHORTEST_CUT = 100  # characters of what is cut at a comma
LINE_PAUSE, PARAGRAPH_PAUSE = 0.25, 0.5  # seconds of silence, beside what the synthesiser leaves

_END = re.compile(r'[.!?…。！？؟।]+["\'”’»)\]]*')
_ENDS = re.compile(rf'.*?{_END.pattern}', re.DOTALL)
_INITIAL = re.compile(r'\W*[^\W\d_]\.')  # J. R. R.
_ORDINAL = re.compile(r'\d{1,2}\.')
_COMMA = re.compile(r'[,;:，；：、]["\'”’»)\]]*')


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
    """Cuts a text that comes in parts into sentences, each as soon as it is certain to be complete.

    However a text is cut into parts, its sentences are the same.
    """

    def __init__(self, language: str = '') -> None:
        """`language`: a BCP 47 tag; empty: English."""
        self._lexicon = lexicon(language)
        self._text, self._at = '', 0

    def feed(self, text: str) -> list[Sentence]:
        """The sentences that are complete now."""
        self._text += text
        return list(self._take(final=False))

    def finish(self) -> list[Sentence]:
        """The rest."""
        return list(self._take(final=True))

    def _take(self, final: bool) -> Iterator[Sentence]:
        line = list(pieces(self._text, self._at, final))
        begin = 0
        while found := self._next(line, begin, final):
            count, pause = found
            self._at, taken = line[begin + count - 1].end, line[begin : begin + count]
            begin += count
            words = read([piece for piece in taken if not piece.breaks], self._lexicon)
            if any(letter.isalnum() for piece in words for letter in piece.text):
                yield _sentence(words, pause)

    def _next(self, line: Sequence[Piece], begin: int, final: bool) -> tuple[int, float] | None:
        """How many of the pieces from `begin` on are the next sentence, and the pause behind it; None: not certain."""
        length = comma = 0
        for index in range(begin, len(line)):
            piece, following = line[index], line[index + 1] if index + 1 < len(line) else None
            if not (following or final):
                return None
            count = index - begin + 1
            if piece.breaks:
                ends = _hard_break(line, index, begin, final)
                if ends is None:
                    return None
                if ends:
                    return count, PARAGRAPH_PAUSE if piece.breaks > 1 else LINE_PAUSE
                continue
            length += len(piece.text) + 1
            if length > MAX_SENTENCE and count > 1:
                return (comma or count - 1), 0.0
            if _COMMA.search(piece.text) and length > SHORTEST_CUT:
                comma = count
            if following is None:
                return count, 0.0
            if self._is_end(line[index - 1] if index > begin else None, piece, following):
                if following.breaks:
                    return count + 1, PARAGRAPH_PAUSE if following.breaks > 1 else LINE_PAUSE
                if not _is_mark(following):
                    return count, 0.0
        return None

    def _is_end(self, before: Piece | None, piece: Piece, following: Piece) -> bool:
        """Whether a sentence ends with a piece; `before`: the one before it in the sentence."""
        if not _ENDS.fullmatch(piece.text):
            return False
        word = piece.text.lstrip('("\'“‘«[').lower()
        if word in self._lexicon.abbreviations or _INITIAL.fullmatch(piece.text):
            return False
        if self._lexicon.ordinals and _ORDINAL.fullmatch(piece.text):
            return False
        halves = ((before.text if before else '') + word, word + following.text.rstrip(',;:!?)'))  # z. B.
        if any(half.lower() in self._lexicon.abbreviations for half in halves):
            return False
        if word in self._lexicon.ambiguous or piece.text.endswith(('…', '...')):
            return bool(following.breaks) or not following.text[:1].islower()
        return True


def sentences(text: str, language: str = '') -> list[Sentence]:
    """The sentences of a text, in order; none for a text with nothing to say."""
    splitter = Splitter(language)
    return [*splitter.feed(text), *splitter.finish()]


def _is_mark(piece: Piece) -> bool:
    return not any(map(str.isalnum, piece.text)) and bool(_END.fullmatch(piece.text))


def _hard_break(line: Sequence[Piece], index: int, begin: int, final: bool) -> bool | None:
    """Whether the end of a line ends a sentence: where the next one goes on in lower case, it does not.

    None: not certain.
    """
    if line[index].breaks > 1 or index == begin:
        return True
    if index + 1 == len(line):
        return True if final else None
    return not line[index + 1].text[:1].islower()


def _sentence(words: Sequence[Piece], pause: float) -> Sentence:
    text = ''.join(('' if piece.glued or not number else ' ') + piece.text for number, piece in enumerate(words))
    return Sentence(text, tuple(Word(piece.text, piece.end) for piece in words), pause)
