"""Text to sound: what every synthesiser is, what an action asks of it, and what it gives."""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from gemma_events.action_output.speech.settings import LANGUAGE, RATES, VOICE, SpeechSettings

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from gemma_events.action_output.speech.sentences import Sentence


@dataclass(frozen=True)
class Delivery:
    """How an action is spoken.

    `language` is a BCP 47 tag; empty: that of the voice. `voice` is a name that the synthesiser knows, and comes before
    the language; empty: the first one of the language. `rate` is in percent of the voice's own speed, 50 to 300.
    """

    language: str = ''
    voice: str = ''
    rate: int = 100


@dataclass(frozen=True, eq=False)
class Sound:
    """A sentence as sound: `samples` (n,) at `rate` Hz.

    `word_ends`: the sample behind each of the sentence's words, where the synthesiser knows; otherwise empty.
    """

    samples: NDArray[np.int16]
    rate: int
    word_ends: tuple[int, ...] = ()


class Synthesiser(Protocol):
    """Text to sound. Made with the SpeechSettings that hold at that time; that may take as long as a model takes.

    It may also have `close()`, which gives back what it acquired, and `slow`, true where a sentence takes so long that
    the first one of a speech is better cut at its first comma.
    """

    def refusal(self, delivery: Delivery) -> str:
        """Why such a voice or language cannot be had; empty where it can, or where only trying would tell.

        Called in a ROS callback, so it has to be quick.
        """

    def synthesise(self, sentence: Sentence, delivery: Delivery, cancelled: threading.Event) -> Sound:
        """A sentence (at most sentences.MAX_SENTENCE characters) as sound.

        Returns early, with anything, once `cancelled` is set: within 0.1 s. Called in a thread of speech, one sentence
        after the other. May raise anything, which is the action's failure: a GemmaError, such as DeviceError, brings a
        line for the user.
        """


def delivery(settings: SpeechSettings, arguments: Mapping[str, Any]) -> Delivery:
    """How an action with these `arguments` is spoken: they come before the parameters.

    A language alone brings its own voice, a voice alone its own language. Raises ValueError, one line, for what they
    cannot be.
    """
    language = _text(arguments, 'language', LANGUAGE, 'a BCP 47 tag, such as en-us')
    voice = _text(arguments, 'voice', VOICE, 'the name of a voice')
    rate = _rate(arguments['rate']) if 'rate' in arguments else settings.rate
    if not voice and (not language or language.lower() == settings.language.lower()):
        return Delivery(settings.language, settings.voice, rate)
    return Delivery(language or language_of(voice) or settings.language, voice, rate)


def language_of(voice: str) -> str:
    """The language that the names of most voices begin with (de, en_US-joe-medium, fr-fr+f3); empty for others."""
    found = re.match(r'([a-z]{2,3})(?:[-_]([A-Za-z]{2})(?![A-Za-z0-9]))?(?=[-_+]|\Z)', voice)
    return '-'.join(filter(None, found.groups())).lower() if found else ''


def like_language(wanted: str, known: str) -> int:
    """How well a language fits another: 3 for the same, 1 for one that differs in its country, 0 for another one."""
    first, second = (tag.replace('_', '-').lower() for tag in (wanted, known))
    if first == second:
        return 3
    same = first.partition('-')[0] == second.partition('-')[0]
    return (2 if '-' not in first or '-' not in second else 1) if same else 0


def _text(arguments: Mapping[str, Any], name: str, pattern: str, form: str) -> str:
    value = arguments.get(name, '')
    if not isinstance(value, str) or not re.fullmatch(pattern, value):
        raise ValueError(f'arguments: {name} is {value!r:.100}: it takes {form}')
    return value


def _rate(value: Any) -> int:
    if type(value) not in (int, float) or not RATES[0] <= value <= RATES[-1]:  # nor is NaN between them
        raise ValueError(f'arguments: rate is {value!r:.100}: it takes a number from {RATES[0]} to {RATES[-1]} %')
    return round(float(value))
