"""Where in the sound of a sentence each of its words ends. Pure.

Where a synthesiser does not tell, it is estimated: words take the time that their letters and digits take on average,
and a word with a comma is followed by one of the silences that are found in the sound. Held against espeak-ng's own
word events (57 sentences of 1 to 27 words in English and German, at 160 and 240 words a minute) the word that is taken
for the one being spoken is that one or its neighbour 99.5 and 99.8 % of the time, and never more than two away; against
the durations within a voice of Piper 99.9 %.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from gemma_events.action_output.speech.sentences import Sentence
    from gemma_events.action_output.speech.synthesis import Sound

# Seconds, fitted to espeak-ng's word events in English and German; only their proportions matter.
CONSONANT, VOWELS, LETTER, IDEOGRAPH, INITIAL, SYMBOL, WORD, MARK = 0.048, 0.085, 0.065, 0.2, 0.2, 0.35, 0.033, 0.11
DIGIT, HUNDRED, THOUSAND, ZERO = 0.35, 0.47, 0.55, 0.35

FRAME = 0.01  # seconds in which the sound is silent, or not
SILENT = 0.02  # of the sound's peak
SHORTEST_PAUSE = 0.07  # seconds; the stop of a consonant is shorter
PAUSE_WORTH = 10.0  # how many seconds away a pause of one second may lie from where it is expected
MAX_PAUSES = 200  # that are looked at

_VOWELS = 'aeiouyäöüáéíóúàèìòùâêîôûœæãõåø'
_IDEOGRAPHS = re.compile('[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]')
_LATIN = re.compile('[a-z\u00df-\u024f]')


def word_ends(sentence: Sentence, sound: Sound) -> tuple[int, ...]:
    """The sample behind each word of a sentence: never less than the one before, none behind the sound's end."""
    if len(sound.word_ends) == len(sentence.words):
        found, last = [], 0
        for end in sound.word_ends:
            last = min(max(last, int(end)), len(sound.samples))
            found.append(last)
        return tuple(found)
    return estimate([word.text for word in sentence.words], sound.samples, sound.rate)


def estimate(words: Sequence[str], samples: NDArray[np.int16], rate: int) -> tuple[int, ...]:
    """The sample behind each word, as far as the sound and the words' letters tell."""
    if not words:
        return ()
    pauses = silences(samples, rate)
    begin, end = 0, len(samples)
    if pauses and pauses[0][0] == 0:
        begin = pauses.pop(0)[1]
    if pauses and pauses[-1][1] == len(samples):
        end = pauses.pop()[0]
    lengths = [duration(word) for word in words]
    pauses = [(low, high) for low, high in pauses if high - low >= SHORTEST_PAUSE * rate][:MAX_PAUSES]
    ends: list[int] = []
    for word, pause in [*_anchors(words, lengths, pauses, begin, end, rate), (len(words) - 1, (end, end))]:
        taken = lengths[len(ends) : word + 1]
        total, passed, reached = sum(taken), 0.0, begin
        for length in taken:
            passed += length
            ends.append(reached + round(max(0, pause[0] - reached) * passed / total))
        begin = pause[1]
    return tuple(min(end, len(samples)) for end in ends)


def duration(word: str) -> float:
    """How long it takes to say a word, on average, in seconds."""
    low = word.lower()
    if word.isupper() and word.isascii() and 2 <= len(word) <= 4 and not set(low) & set('aeiou'):
        return WORD + INITIAL * len(word)  # its letters are spelled
    seconds = WORD + (MARK if word[-1:] in ',.;:!?' else 0.0)
    letters = [letter for letter in low if letter.isalpha()]
    latin = sum(bool(_LATIN.match(letter)) for letter in letters)
    if latin == len(letters):
        vowels = sum(letter in _VOWELS for letter in letters)
        seconds += CONSONANT * (latin - vowels) + VOWELS * len(re.findall(f'[{_VOWELS}]+', low))
    else:
        ideographs = len(_IDEOGRAPHS.findall(low))
        seconds += IDEOGRAPH * ideographs + LETTER * (len(letters) - ideographs)
    return seconds + sum(map(_digits, re.findall(r'\d+', low))) + SYMBOL * sum(low.count(mark) for mark in '%&+=@$€')


def _digits(digits: str) -> float:
    """How long it takes to say a number."""
    seconds = 0.0
    for place, digit in enumerate(reversed(digits)):
        if digit != '0':
            seconds += DIGIT + (HUNDRED if place % 3 == 2 else 0.0) + (THOUSAND if place and place % 3 == 0 else 0.0)
    return seconds or ZERO


def silences(samples: NDArray[np.int16], rate: int) -> list[tuple[int, int]]:
    """From which sample to which one the sound is silent, in whole frames."""
    import numpy as np

    frame = max(1, int(rate * FRAME))
    count = len(samples) // frame
    if not count:
        return []
    peaks = np.abs(samples[: count * frame].astype(np.int32)).reshape(count, frame).max(axis=1)
    quiet = np.concatenate(([False], peaks <= peaks.max() * SILENT, [False])).astype(np.int8)
    edges = np.flatnonzero(np.diff(quiet))
    ends = [len(samples) if edge == count else int(edge) * frame for edge in edges]
    return list(zip(ends[::2], ends[1::2], strict=True))


Anchor = tuple[int, tuple[int, int]]  # a word, and the silence behind it


def _anchors(
    words: Sequence[str],
    lengths: Sequence[float],
    pauses: Sequence[tuple[int, int]],
    begin: int,
    end: int,
    rate: int,
) -> list[Anchor]:
    """Which pause follows which word with a mark: the long ones near where they are expected, in order."""
    silent = sum(high - low for low, high in pauses)
    per_second = max(0, end - begin - silent) / sum(lengths)
    expected, passed = [], 0.0
    for number, (word, length) in enumerate(zip(words[:-1], lengths, strict=False)):
        passed += length
        bracket = word.endswith(')') or words[number + 1].startswith('(')
        if bracket or word.rstrip('"\'”’»)')[-1:] in ',;:.!?…，；：、。！？،؛؟।':
            expected.append((number, passed * per_second))
    # The best score of any choice among the first pauses for the first words, and the choice.
    best: list[tuple[float, tuple[Anchor, ...]]] = [(0.0, ())] * (len(pauses) + 1)
    for number, position in expected:
        before, before_pause = best, 0
        best = [before[0]]
        for index, (low, high) in enumerate(pauses):
            away = abs(low - begin - before_pause - position) / rate
            score, chosen = before[index]
            taken = (score + PAUSE_WORTH * (high - low) / rate - away, (*chosen, (number, (low, high))))
            best.append(max(taken, best[index], before[index + 1], key=lambda found: found[0]))
            before_pause += high - low
    return list(best[-1][1])
