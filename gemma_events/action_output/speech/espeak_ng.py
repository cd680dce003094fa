"""Text to sound, by espeak-ng."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Sequence

from gemma_events.action_output.speech import program, wav
from gemma_events.action_output.speech.sentences import Sentence
from gemma_events.action_output.speech.settings import SpeechSettings
from gemma_events.action_output.speech.synthesis import Delivery, Sound
from gemma_events.errors import DeviceError
from gemma_events.words import meant

SYNTHESIS_TIMEOUT = 5.0  # seconds; a sentence takes 13 ms
WORDS_PER_MINUTE = 160  # at 100 %
MISSING = 'speech needs espeak-ng: install it (apt install espeak-ng)'
LOUDNESS = '100'  # the voice's own
# It looks for a sound server although it plays nothing, and hangs with one that does not answer.
NO_SERVER = {'PULSE_SERVER': 'unix:/dev/null'}
DEFAULT = 'en-us'
LISTED = 'espeak-ng --voices lists them'


class EspeakNg:
    """The program espeak-ng, started for each sentence. Fits synthesis.Synthesiser."""

    def __init__(self, settings: SpeechSettings) -> None:
        self._voices: dict[str, str] = {}
        with contextlib.suppress(DeviceError):  # the next speech tries again, and reports it
            self._voices = voices()

    def refusal(self, delivery: Delivery) -> str:
        """A voice or language that espeak-ng --voices does not list."""
        if self._voices and not self._voice(delivery):
            if delivery.voice:
                return f'espeak-ng has no voice {delivery.voice!r}{meant(delivery.voice, self._voices)}: {LISTED}'
            return f'espeak-ng has no voice for the language {delivery.language!r}: {LISTED}'
        return ''

    def _voice(self, delivery: Delivery) -> str:
        """What is given to espeak-ng -v: voice, or that of the language, with a variant such as +f3; empty for none."""
        name, plus, variant = (delivery.voice or delivery.language or DEFAULT).partition('+')
        found = self._voices.get(name.lower(), '') if delivery.voice else voice_of(name, self._voices)
        if plus:  # one that it does not know espeak-ng leaves out without a word
            return f'{found}{plus}{variant}' if found and f'+{variant}'.lower() in self._voices else ''
        return found

    def synthesise(self, sentence: Sentence, delivery: Delivery, cancelled: threading.Event) -> Sound:
        """A sentence as sound; without samples when cancelled, within 0.1 s.

        Raises DeviceError where espeak-ng is missing, fails or hangs, or has no such voice.
        """
        import numpy as np

        self._voices = self._voices or voices()
        if refusal := self.refusal(delivery):
            raise DeviceError(refusal)
        voice = self._voice(delivery)
        speed = round(WORDS_PER_MINUTE * delivery.rate / 100)
        options = ['-v', voice, '-s', str(speed), '-a', LOUDNESS, '-b', '1', '--stdin', '--stdout']
        result = _run(options, spoken(sentence.text), cancelled)
        if result is None:
            return Sound(np.zeros(0, np.int16), 22_050)
        try:
            if result.status:
                raise ValueError(result.fault)
            samples, rate = wav.decode(result.output)
        except ValueError as error:
            raise DeviceError(f'espeak-ng cannot speak with voice {voice!r}: {result.complaint or error}') from error
        return Sound(samples, rate)


def spoken(text: str) -> str:
    """Text as espeak-ng takes it: [[...]] would be phonemes."""
    return text.replace('[[', '[ [')


def voices() -> dict[str, str]:
    """What can be given to espeak-ng -v, by the lower-case names of voices, languages and files; variants with a +.

    Raises DeviceError where espeak-ng is missing or fails.
    """
    mbrola, variants, own = map(_listed, ('--voices=mb', '--voices=variant', '--voices'))
    known = {key: columns[4].rpartition('/')[2] for columns in _rows(mbrola) for key in _names(columns)}
    known |= {f'+{key}': columns[3] for columns in _rows(variants) for key in _names(columns)}
    return known | parse_voices(own)


def _run(options: Sequence[str], text: str, cancelled: threading.Event) -> program.Result | None:
    return program.run(['espeak-ng', *options], text, cancelled, SYNTHESIS_TIMEOUT, MISSING, NO_SERVER)


def _listed(option: str) -> str:
    result = _run([option], '', threading.Event())
    if result is None or result.status:
        raise DeviceError(f'espeak-ng does not list its voices: {result.fault if result else ""}')
    return result.output.decode(errors='replace')


def _rows(listed: str) -> list[list[str]]:
    """Priority, language, age and gender, name, file, and (other language priority)... where there are some."""
    return [columns for line in listed.splitlines()[1:] if len(columns := line.split(None, 5)) > 4]


def _names(columns: list[str]) -> tuple[str, ...]:
    """The name of a voice, and of its file."""
    return columns[3].lower(), columns[4].lower(), columns[4].rpartition('/')[2].lower()


def parse_voices(listed: str) -> dict[str, str]:
    """The table that espeak-ng --voices writes; languages of several voices stand for the one of highest priority."""
    names: dict[str, str] = {}
    others: dict[str, tuple[int, str]] = {}
    for columns in _rows(listed):
        language = columns[1]
        for key in (columns[3].lower(), columns[4].lower(), language.lower()):
            names.setdefault(key, language)
        for other in columns[5].split('(') if len(columns) > 5 else ():
            key, _, priority = other.strip(' )').partition(' ')
            rank = int(priority) if priority.isdecimal() else 99
            if key and rank < others.get(key.lower(), (100, ''))[0]:
                others[key.lower()] = (rank, language)
    return {key: language for key, (_, language) in others.items()} | names


def voice_of(language: str, known: dict[str, str]) -> str:
    """The voice of a BCP 47 tag, of its language where its country has none; empty for none."""
    tag = language.replace('_', '-').lower()
    while tag and tag not in known:
        tag = tag.rpartition('-')[0]
    return known.get(tag, '')
