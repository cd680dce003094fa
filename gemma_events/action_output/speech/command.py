"""Text to sound, by any program: the parameter `command`."""

from __future__ import annotations

import re
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING

from gemma_events.action_output.speech import program, wav
from gemma_events.action_output.speech.sentences import Sentence
from gemma_events.action_output.speech.settings import SpeechSettings
from gemma_events.action_output.speech.synthesis import Delivery, Sound
from gemma_events.errors import ConfigurationError, DeviceError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SYNTHESIS_TIMEOUT = 20.0  # seconds for a sentence
PLACEHOLDERS = ('language', 'voice', 'rate')
_PLACEHOLDER = re.compile(r'\{([a-z_]+)\}')
_SAFE = re.compile(r'[\w.+/-]*')  # also within a line for a shell


class Command:
    """The program that the parameter `command` names, started for each sentence. Fits synthesis.Synthesiser.

    The text goes to its standard input, as UTF-8; its arguments never have it.
    """

    def __init__(self, settings: SpeechSettings) -> None:
        """Raises ConfigurationError, one line, where the parameter names no program or an unknown placeholder."""
        if not settings.command or not settings.command[0]:
            raise ConfigurationError("parameter command is empty: name the program that speaks, such as ['flite', ...]")
        for name in (name for item in settings.command for name in _PLACEHOLDER.findall(item)):
            if name not in PLACEHOLDERS:
                known = ', '.join(f'{{{known}}}' for known in PLACEHOLDERS)
                raise ConfigurationError(f'parameter command has {{{name}}}: there are {known}')
        self._command, self._rate = settings.command, settings.command_rate

    def refusal(self, delivery: Delivery) -> str:
        """A voice where the command takes none, or that is no plain name. Which ones there are the program knows."""
        if not _SAFE.fullmatch(delivery.voice):
            return f'voice is {delivery.voice!r}: the command takes letters, digits and _ . + / -'
        if delivery.voice and '{voice}' not in ''.join(self._command):
            return f'voice is {delivery.voice!r}, and the parameter command has no {{voice}}'
        return ''

    def synthesise(self, sentence: Sentence, delivery: Delivery, cancelled: threading.Event) -> Sound:
        """A sentence as sound; without samples when cancelled, within 0.1 s.

        Raises DeviceError, one line, where the program is missing, fails, hangs, floods, or writes no sound.
        """
        import numpy as np

        if refusal := self.refusal(delivery):
            raise DeviceError(refusal)
        command = fill(self._command, delivery)
        name = command[0]
        missing = f'the command {name!r} of the parameter command cannot be started'
        result = program.run(command, sentence.text, cancelled, SYNTHESIS_TIMEOUT, missing)
        if result is None:
            return Sound(np.zeros(0, np.int16), self._rate)
        if result.status:
            raise DeviceError(f'the command {name!r} failed: {result.fault}')
        try:
            samples, rate = wav.decode(result.output) if result.output[:4] == b'RIFF' else self._raw(result.output)
            if not len(samples):
                raise ValueError('no sound')
        except ValueError as error:
            raise DeviceError(f'the command {name!r} wrote {error}') from error
        return Sound(samples, rate)

    def _raw(self, output: bytes) -> tuple[NDArray[np.int16], int]:
        import numpy as np

        if not output:
            raise ValueError('no sound')
        if len(output) % 2:
            raise ValueError(f'{len(output)} bytes: neither a WAV file nor samples of 16 bits')
        return np.frombuffer(output, '<i2').astype(np.int16), self._rate


def fill(command: Sequence[str], delivery: Delivery) -> list[str]:
    """The command for one sentence. Of the values that come from an action, none has a space, quote or option."""
    values = {'language': delivery.language, 'voice': delivery.voice, 'rate': str(delivery.rate)}
    return [_PLACEHOLDER.sub(lambda found: values[found[1]], item) for item in command]
