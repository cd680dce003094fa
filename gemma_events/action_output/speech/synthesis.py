"""Text to sound: what every synthesiser is, and what an action asks of it."""

from __future__ import annotations

import math
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from gemma_events.action_output.speech.sentences import Sentence
from gemma_events.action_output.speech.settings import SpeechSettings


@dataclass(frozen=True)
class Delivery:
    """How an action is spoken: language (BCP 47, '' = the voice's), voice ('' = the language's), rate in percent."""

    language: str = ''
    voice: str = ''
    rate: int = 100


@dataclass(frozen=True)
class Sound:
    """A sentence as sound: samples, Hz, and the sample behind each word where the synthesiser knows it."""

    samples: npt.NDArray[np.int16]
    rate: int
    word_ends: tuple[int, ...] = ()


class Synthesiser(Protocol):
    """Text to sound. Made with the SpeechSettings that hold at that time."""

    def refusal(self, delivery: Delivery) -> str:
        """Why such a voice or language cannot be had; empty where it can."""

    def synthesise(self, sentence: Sentence, delivery: Delivery, cancelled: threading.Event) -> Sound:
        """A sentence as sound; returns early, with anything, within 0.1 s of `cancelled`."""


def delivery(settings: SpeechSettings, arguments: Mapping[str, Any]) -> Delivery:
    """From the parameters and an action's arguments. Raises ValueError, one line, for wrong ones."""
    language = arguments.get('language', settings.language)
    voice = arguments.get('voice', settings.voice)
    rate = arguments.get('rate', settings.rate)
    for name, text in (('language', language), ('voice', voice)):
        if not isinstance(text, str):
            raise ValueError(f'{name} is {text!r}: it takes a string')
    if isinstance(rate, bool) or not isinstance(rate, (int, float)) or math.isnan(rate) or not 50 <= rate <= 300:
        raise ValueError(f'rate is {rate!r}: it takes a number from 50 to 300 %')
    return Delivery(language, voice, int(rate))
