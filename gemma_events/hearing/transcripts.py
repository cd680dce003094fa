"""What was said: invented text is left out, and each answer that is owed is given, in order."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from gemma_events.events import Nanoseconds
from gemma_events.hearing.utterances import Utterance
from gemma_events.words import split

NOTHING_UNDERSTOOD = 'no words were recognised'


@dataclass(frozen=True, slots=True)
class Transcript:
    """The text of an utterance, or why there is none.

    A recogniser that finds no words answers `Transcript(error=NOTHING_UNDERSTOOD)`. Raises TypeError for fields of
    other types than these.
    """

    text: str = ''
    language: str = ''  # ISO 639-1 ("en"); empty: unknown
    confidence: float = 0.0  # 0 to 1; 0: unknown
    recognition_time: Nanoseconds = 0  # measured by who asks: a recogniser need not set it
    error: str = ''  # why there is no text, in words; empty: no error

    def __post_init__(self) -> None:
        if not all(isinstance(value, str) for value in (self.text, self.language, self.error)):
            raise TypeError('text, language and error of a Transcript are strings')
        float(self.confidence)

    @property
    def failed(self) -> bool:
        """Whether nothing is known of what was said; a recogniser that finds no words has not failed."""
        return bool(self.error) and self.error != NOTHING_UNDERSTOOD


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of text as Whisper gives it, with its own doubts."""

    text: str
    average_log_probability: float  # of its tokens
    no_speech_probability: float
    compression_ratio: float  # of the text, by zlib: repetition compresses well

    @property
    def confidence(self) -> float:
        """The geometric mean of its tokens' probabilities."""
        return min(1.0, math.exp(self.average_log_probability))


# Whisper's own thresholds (whisper/transcribe.py), except that the first two count together there.
NO_SPEECH = 0.6
LEAST_LOG_PROBABILITY = -1.0
GREATEST_COMPRESSION = 2.4

# What Whisper makes of noise: how the videos end that it was trained with.
INVENTED = frozenset(
    {
        'you',
        'thank you',
        'thanks',
        'thank you very much',
        'thank you so much',
        'thanks for watching',
        'bye',
        'bye bye',
        'thank you for watching',
        'please subscribe',
        'subscribe',
        'see you next time',
        'the end',
        'music',
        'applause',
    }
)
INVENTED_NO_SPEECH = 0.3  # less doubt is enough to leave these out: people do say "thank you", but clearly


def is_invented(segment: Segment) -> bool:
    """Whether a segment is more likely invented than heard."""
    words = split(segment.text)
    if not words or segment.compression_ratio > GREATEST_COMPRESSION:
        return True
    if segment.no_speech_probability > NO_SPEECH and segment.average_log_probability < LEAST_LOG_PROBABILITY:
        return True
    return ' '.join(words) in INVENTED and segment.no_speech_probability > INVENTED_NO_SPEECH


def join(segments: Iterable[Segment], language: str) -> Transcript:
    """One transcript of the segments that were heard."""
    heard = [segment for segment in segments if not is_invented(segment)]
    if not heard:
        return Transcript(language=language, error=NOTHING_UNDERSTOOD)
    letters = sum(len(segment.text) for segment in heard)
    confidence = sum(segment.confidence * len(segment.text) for segment in heard) / letters
    text = ' '.join(''.join(segment.text for segment in heard).split())
    return Transcript(text, language, confidence)


class PendingAnswers:
    """Utterances that are owed a transcript. Each gets exactly one, in the order in which they were spoken.

    Times are seconds of any clock that does not jump.
    """

    def __init__(self) -> None:
        self._owed: dict[int, tuple[Utterance, float]] = {}  # with when they are due, by number
        self._settled: dict[int, Transcript] = {}  # answers that wait for those before them

    def __len__(self) -> int:
        return len(self._owed)

    def owe(self, utterance: Utterance, due: float) -> None:
        """The utterance has to be answered by `due`."""
        self._owed[utterance.number] = utterance, due

    def settle(self, number: int, transcript: Transcript) -> list[tuple[Utterance, Transcript]]:
        """Take an answer; returns those that can be given now. One that is not owed (any more) changes nothing."""
        if number in self._owed:
            self._settled.setdefault(number, transcript)
        return self._ready()

    def expire(self, now: float, error: str) -> list[tuple[Utterance, Transcript]]:
        """Answer what is overdue with an error; returns the answers that can be given now."""
        for number, (_, due) in self._owed.items():
            if due <= now:
                self._settled.setdefault(number, Transcript(error=error))
        return self._ready()

    def next_due(self) -> float:
        """When `expire` has something to do; infinity while nothing is owed."""
        return next((due for _, due in self._owed.values()), math.inf)

    def _ready(self) -> list[tuple[Utterance, Transcript]]:
        ready = []
        while self._owed and (number := next(iter(self._owed))) in self._settled:
            ready.append((self._owed.pop(number)[0], self._settled.pop(number)))
        return ready
