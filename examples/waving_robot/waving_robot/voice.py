"""A speech synthesiser for robots that beep."""

from __future__ import annotations

import threading

import numpy as np

from gemma_events.action_output.speech.sentences import Sentence
from gemma_events.action_output.speech.settings import SpeechSettings
from gemma_events.action_output.speech.synthesis import Delivery, Sound

RATE = 16_000  # Hz
PITCH = 440  # Hz
LENGTH = 0.1  # seconds of each word, and of the silence behind it


class Beep:
    """A beep for each word."""

    def __init__(self, settings: SpeechSettings) -> None:
        """There is nothing to load."""

    def refusal(self, delivery: Delivery) -> str:
        return 'there is one voice for all languages' if delivery.voice else ''

    def synthesise(self, sentence: Sentence, delivery: Delivery, cancelled: threading.Event) -> Sound:
        count = int(LENGTH * RATE * 100 / delivery.rate)
        beep = (8000 * np.sin(2 * np.pi * PITCH * np.arange(count) / RATE)).astype(np.int16)
        word = np.concatenate([beep, np.zeros_like(beep)])
        ends = tuple(number * 2 * count + count for number in range(len(sentence.words)))
        return Sound(np.tile(word, len(sentence.words)), RATE, ends)
