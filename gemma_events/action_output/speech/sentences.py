"""A text to speak, cut into sentences: what is made into sound, played, and reported piece by piece. Pure.

splitter = Splitter('en')
splitter.feed('It costs $5, e.g. **he')    # []
splitter.feed('re**. And')                 # ['It costs 5 dollars, for example here.']
splitter.finish()                          # ['And']
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from gemma_events.action_output.speech.languages import lexicon
from gemma_events.action_output.speech.reading import CLOSING, OPENING, is_word, joined, read, short
from gemma_events.action_output.speech.spoken import Kind, Piece, Scanner

MAX_SENTENCE = 300  # characters; a longer one is cut at a comma, or between words
SHORTEST_CUT = 100  # characters of what is cut at a comma
PAUSE = 0.3  # seconds of silence at the end of a line, beside what the synthesiser leaves
LONG_LINE = 50  # characters; the end of a longer one, within a sentence, is where an editor wrapped it

_INITIAL = re.compile(r'(?:[^\W\d_]\.)+')  # J. or U.N.
_COMMAS = (',', ';', ':', '，', '；', '：', '、', '،')
_ROMAN = re.compile(r'[ivx]{2,}\.')
_VOWELS = set('aeiouyäöüáéíóúàèìòùâêîôûœæ')


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


class _End(enum.Enum):
    """Whether a sentence ends behind a word: it does not, it does, or as what follows says."""

    NO = enum.auto()
    YES = enum.auto()
    UNLESS_LOWER = enum.auto()
    IF_STARTER = enum.auto()  # only where a word follows that begins sentences


class Splitter:
    """Cuts a text that comes in parts into sentences, each as soon as it is certain to be complete.

    However a text is cut into parts, its sentences are the same.
    """

    def __init__(self, language: str = '', opening: bool = False) -> None:
        """`language`: a BCP 47 tag; empty: English. `opening`: cut the first sentence at its first comma.

        A synthesiser that is slow has something to begin with, sooner.
        """
        self._lexicon = lexicon(language)
        self._opening = opening  # and no sentence has been handed out
        self._scanner = Scanner()
        self._words: list[Piece] = []  # of the sentence
        self._length = 0  # of their text, in characters
        self._space = self._line = False  # what came behind the last word
        self._end = _End.NO  # of the last word, once there is space behind it
        self._heading = False  # whether the line is one
        self._line_begin = self._line_length = 0  # of the line, and of the one before

    def feed(self, text: str) -> list[Sentence]:
        """The sentences that are complete now."""
        return [sentence for piece in self._scanner.feed(text) for sentence in self._take(piece)]

    def finish(self) -> list[Sentence]:
        """The rest."""
        pieces = self._scanner.feed('', final=True)
        return [*(sentence for piece in pieces for sentence in self._take(piece)), *self._cut(len(self._words), 0.0)]

    def _take(self, piece: Piece) -> Iterator[Sentence]:
        if piece.kind is Kind.WORD:
            yield from self._word(piece)
        elif piece.kind is Kind.SPACE:
            yield from self._behind(0.0)
        elif piece.kind is Kind.LINE:
            yield from self._behind(PAUSE)
            self._line_length, self._line_begin = piece.end - self._line_begin, piece.end
            self._heading = False
        elif piece.kind is Kind.SKIPPED:
            if self._words and not self._space:  # the end of a link, say, belongs to its last word
                self._words[-1] = replace(self._words[-1], end=piece.end)
        else:
            yield from self._cut(len(self._words), PAUSE if self._line else 0.0)
            self._heading = piece.kind is Kind.HEADING
            if piece.text:
                self._add(piece)
                self._space = True

    def _word(self, piece: Piece) -> Iterator[Sentence]:
        if self._words and self._space and self._ends_before(piece.text):
            yield from self._cut(len(self._words), PAUSE if self._line else 0.0)
        self._add(piece)
        if piece.text in '。！？':  # in scripts without spaces
            yield from self._cut(len(self._words), 0.0)
        while self._length > MAX_SENTENCE and len(self._words) > 1:
            yield from self._cut(_comma(self._words) or len(self._words) - 1, 0.0)

    def _add(self, piece: Piece) -> None:
        self._words.append(piece)
        self._length += len(piece.text) + 1
        self._space = self._line = False

    def _behind(self, pause: float) -> Iterator[Sentence]:
        """What space, or the end of a line (`pause`), behind the last word means."""
        if not self._words:
            return
        if not self._space:
            self._end = self._ending()
            if self._opening and len(self._words) > 1 and self._words[-1].text[-1] in _COMMAS:
                self._end = _End.YES
        if self._end is _End.YES or (pause and (self._line or self._heading)):
            yield from self._cut(len(self._words), pause)
        self._space, self._line = True, self._line or bool(pause)

    def _ending(self) -> _End:
        """Whether the sentence ends with its last word."""
        text = self._words[-1].text
        before = self._words[-2].text if len(self._words) > 1 else ''
        apart = not is_word(text)  # « Oui ! »
        if apart and not text.strip(CLOSING):
            text = before + text
        core = text.rstrip(CLOSING + '*')
        if core[-1:] in ('!', '?', '؟', '।', '！', '？', '。'):
            return _End.UNLESS_LOWER if apart or core != text else _End.YES
        if core.endswith(('…', '...')):
            return _End.UNLESS_LOWER
        if not core.endswith('.'):
            return _End.NO
        word, first = short(core), self._words[0].text
        known = self._lexicon
        both = short(before) + word
        if any(word in those or both in those for those in (known.abbreviations, known.before_names)):
            return _End.NO
        if both in known.names:  # EE. UU.
            return _End.IF_STARTER
        if both in known.ambiguous:
            return _End.UNLESS_LOWER
        if word[:-1].isdecimal():
            if len(word) <= 4 and not self._lexicon.ordinal and (text == first or before.endswith(':')):
                self._words[-1] = replace(self._words[-1], text=f'{text[:-1]},')  # 1. First
                return _End.NO
            return _End.IF_STARTER if self._lexicon.ordinal and len(word) <= 3 else _End.YES
        return self._ending_with_dot(word)

    def _ending_with_dot(self, word: str) -> _End:
        known = self._lexicon
        if word in known.names or (_INITIAL.fullmatch(word) and word not in known.ambiguous):
            return _End.IF_STARTER
        unclear = (
            word.endswith(tuple(known.suffixes))
            or word in known.ambiguous
            or word in known.before_numbers
            or (not known.starters and len(word) <= 4)
        )
        # "bldg.", and whatever else has no vowel, is an abbreviation, as far as letters have vowels.
        unclear = unclear or bool(_ROMAN.fullmatch(word))
        return _End.UNLESS_LOWER if unclear or (word.isascii() and not _VOWELS & set(word)) else _End.YES

    def _ends_before(self, text: str) -> bool:
        """Whether the sentence ends, now that it is known what follows the space behind it."""
        following = text.lstrip(OPENING + '-–—')
        if self._line:
            wrapped = self._line_length > LONG_LINE or self._end is not _End.NO
            return not (following[:1].islower() and wrapped)
        if self._end is _End.NO or not is_word(following):
            return False
        word = re.split("['’]", following.rstrip(f'.,;:!?…{CLOSING}').lower())[0]  # it's
        if self._end is _End.IF_STARTER:
            return following[:1].isupper() and word in self._lexicon.starters
        last = short(self._words[-1].text)
        if (
            last.endswith('.')
            and not last.endswith('..')
            and (following[0].isdigit() or word in self._lexicon.continuing)
        ):
            return False
        return not following[:1].islower()

    def _cut(self, count: int, pause: float) -> Iterator[Sentence]:
        """The first words as a sentence, or several where it has become too long."""
        taken, self._words = self._words[:count], self._words[count:]
        if taken and not (self._words or self._opening) and taken[-1].text.endswith(','):  # of a row of a table
            taken[-1] = replace(taken[-1], text=taken[-1].text[:-1])
        self._length = sum(len(piece.text) + 1 for piece in self._words)
        if not self._words:
            self._space = self._line = False
            self._end = _End.NO
        words = read(taken, self._lexicon)
        while words:
            length = count = 0
            for count, piece in enumerate(words):
                length += len(piece.text) + 1
                if length > MAX_SENTENCE + 1 and count:
                    break
            else:
                count = len(words)
            if any(is_word(piece.text) for piece in words[:count]):
                self._opening = False
                yield _sentence(words[:count], pause if count == len(words) else 0.0)
            words = words[count:]


def sentences(text: str, language: str = '') -> list[Sentence]:
    """The sentences of a text, in order; none for a text with nothing to say."""
    splitter = Splitter(language)
    return [*splitter.feed(text), *splitter.finish()]


def _comma(words: Sequence[Piece]) -> int:
    """How many words there are up to the last comma; 0 where what is before it would be short."""
    length = found = 0
    for number, piece in enumerate(words[:-1], 1):
        length += len(piece.text) + 1
        if length > SHORTEST_CUT and piece.text.rstrip(CLOSING)[-1:] in _COMMAS:
            found = number
    return found


def _sentence(words: Sequence[Piece], pause: float) -> Sentence:
    return Sentence(joined(words), tuple(Word(piece.text, piece.end) for piece in words), pause)
