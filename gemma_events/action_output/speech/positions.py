"""Where in its sound each word of a sentence ends."""

from __future__ import annotations

from gemma_events.action_output.speech.sentences import Sentence
from gemma_events.action_output.speech.synthesis import Sound


def word_ends(sentence: Sentence, sound: Sound) -> tuple[int, ...]:
    """The sample behind each word: as the synthesiser says, else in proportion to their letters."""
    if len(sound.word_ends) == len(sentence.words):
        return sound.word_ends
    letters, ends, before = sum(len(word.text) + 1 for word in sentence.words), [], 0
    for word in sentence.words:
        before += len(word.text) + 1
        ends.append(len(sound.samples) * before // letters)
    return tuple(ends)
