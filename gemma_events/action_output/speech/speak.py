"""The action `speak`: its content, sentence by sentence, out of a speaker; or into the log, where there is none."""

from __future__ import annotations

import contextlib
import functools
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from gemma_events import portaudio, registry
from gemma_events.action_output.run import Run
from gemma_events.action_output.speech.sentences import sentences
from gemma_events.action_output.speech.speaker import BYTES, Speaker
from gemma_events.errors import DeviceError, GemmaError
from gemma_events.events import ActionEvent
from gemma_events.log import Log, Trouble
from gemma_events.settings import setting

if TYPE_CHECKING:
    from gemma_events.node import ManagedNode

MAX_TEXT = 10_000  # characters: ten minutes; with the slowest speed, turns.LONGEST_SPEECH
AHEAD = 0.5  # seconds of sound left when the next sentence is synthesised, which takes espeak-ng 0.013


@dataclass(frozen=True)
class SpeakSettings:
    """The parameters of speech. A change holds from the next speech on."""

    output: str = setting(
        'auto',
        'where speech goes: device, log (only the text, in the time it would take), or auto: '
        'device where there is one, else log',
        choices=('auto', 'device', 'log'),
        live=True,
    )
    device: str = setting('', 'speaker: its name, part of it, or its index; empty: the default one', live=True)
    synthesiser: str = setting(
        'espeak_ng', 'what turns text into sound: a name that gemma_events --list shows, or module:Class'
    )
    voice: str = setting(
        'en-us', 'voice of the synthesiser; for espeak_ng one that espeak-ng --voices lists', live=True
    )
    speed: int = setting(160, 'speed of speech', unit='words/min', low=80, high=450, live=True)
    volume: int = setting(100, 'loudness of speech; above 100 it may distort', unit='%', low=0, high=200, live=True)

    def __post_init__(self) -> None:
        registry.find(registry.SYNTHESISERS, self.synthesiser)


class Synthesiser(Protocol):
    """Text to sound. Made with the SpeakSettings that hold at that time."""

    rate: int  # Hz

    def synthesise(self, text: str, settings: SpeakSettings, cancelled: threading.Event) -> bytes:
        """A sentence (at most sentences.MAX_SENTENCE characters) as s16 mono samples at `rate`.

        Returns early, with anything, once `cancelled` is set: within 0.1 s. Speech is smooth when a sentence takes
        less than AHEAD seconds. May raise anything, which is the action's failure: a GemmaError, such as DeviceError,
        brings a line for the user.
        """


class Output(Protocol):
    """Where one speech goes. The methods return early when the run is cancelled."""

    def say(self, sentence: str) -> None:
        """Say a sentence after those before; returns when the next is needed."""

    def finish(self) -> None:
        """Return once all has been heard."""

    def close(self) -> None:
        """Fall silent at once."""


class Speak:
    """Speaks. Fits handlers.ActionHandler."""

    def __init__(self, node: ManagedNode[SpeakSettings]) -> None:
        self._node = node
        self.trouble = ''  # of the last speech
        self._speaker = ''  # that it was heard from
        self._output = Trouble(lambda output: node.log.info(f'speech goes to: {output}'))  # of the last speech
        if node.settings.output != 'log':
            with contextlib.suppress(GemmaError):  # each speech tries again, and reports it
                portaudio.load()
                self._synthesiser  # noqa: B018  what takes long is done before the first speech

    def refusal(self, action: ActionEvent) -> str:
        """A text that is too long, or with nothing to say."""
        if len(action.content) > MAX_TEXT:
            return f'the text has {len(action.content)} characters: at most {MAX_TEXT} can be spoken'
        return '' if sentences(action.content) else 'the text has nothing that can be spoken'

    def execute(self, run: Run) -> bool:
        """Speak; `content_done` has the sentences that were heard whole."""
        output = self._open(run)
        try:
            for sentence in sentences(run.action.content):
                if not run.cancelled.is_set():
                    output.say(sentence)
            output.finish()
        finally:
            output.close()
        return not run.cancelled.is_set()

    def health(self) -> dict[str, object]:
        """Where the last speech went."""
        values: dict[str, object] = {'speech output': str(self._output) or 'not used yet'}
        return values | ({'device': self._speaker} if self._speaker else {})

    @functools.cached_property
    def _synthesiser(self) -> Synthesiser:
        """Raises GemmaError where there is none; the next speech tries again."""
        settings = self._node.settings
        made: Synthesiser = registry.create(registry.SYNTHESISERS, settings.synthesiser, Synthesiser, settings)
        return made

    def _open(self, run: Run) -> Output:
        settings = self._node.settings
        self.trouble = self._speaker = ''
        if settings.output == 'log':
            self._output.set('log')
            return LogOutput(settings, run, self._node.log)
        synthesiser = self._synthesiser
        try:
            output = SpeakerOutput(settings, run, synthesiser)
        except DeviceError as error:
            if settings.output == 'device':
                self._output.set(str(error))
                raise
            self._output.set(f'log, for there is {error}')
            self.trouble = f'speech only goes to the log, for there is {error}: connect a speaker, or set output to log'
            return LogOutput(settings, run, self._node.log)
        self._speaker = settings.device or 'default speaker'
        self._output.set(f'device {settings.device or "(the default one)"}')
        return output


class SpeakerOutput:
    """Speech out of a loudspeaker."""

    def __init__(self, settings: SpeakSettings, run: Run, synthesiser: Synthesiser) -> None:
        self._settings, self._run, self._synthesiser = settings, run, synthesiser
        self._speaker = Speaker(settings.device, synthesiser.rate)
        self._ends: list[tuple[int, str]] = []  # each sentence, and how many bytes have been heard at its end
        self._fed = 0

    def say(self, sentence: str) -> None:
        """Feed the speaker with a sentence."""
        samples = self._synthesise(sentence)
        self._speaker.feed(samples)
        self._fed += len(samples)
        self._ends.append((self._fed, sentence))
        self._speaker.wait_until_taken(AHEAD, self._run.cancelled)
        self._count()

    def finish(self) -> None:
        """Wait for the last sample."""
        self._speaker.wait_until_played(self._run.cancelled)
        self._count()

    def close(self) -> None:
        """Cut what still plays."""
        self._count()
        self._speaker.close()

    def _synthesise(self, sentence: str) -> bytes:
        try:
            samples = self._synthesiser.synthesise(sentence, self._settings, self._run.cancelled)
            if not isinstance(samples, bytes) or len(samples) % BYTES:
                raise TypeError('synthesise() did not return bytes of whole s16 samples')
        except GemmaError:
            raise
        except registry.FOREIGN_FAULTS as error:
            raise DeviceError(f'synthesiser {self._settings.synthesiser!r} failed: {registry.reason(error)}') from error
        return samples

    def _count(self) -> None:
        played = self._speaker.played
        self._run.content_done = ' '.join(sentence for end, sentence in self._ends if end <= played)


class LogOutput:
    """Speech into the log, at the pace at which it would be spoken."""

    def __init__(self, settings: SpeakSettings, run: Run, log: Log) -> None:
        self._speed, self._run, self._log = settings.speed, run, log

    def say(self, sentence: str) -> None:
        """Log a sentence, and wait as long as it takes to say its words."""
        self._log.info(f'says: {sentence}')
        if not self._run.cancelled.wait(60 * len(sentence.split()) / self._speed):
            self._run.content_done = f'{self._run.content_done} {sentence}'.strip()

    def finish(self) -> None:
        """Each sentence has been waited for."""

    def close(self) -> None:
        """Nothing plays."""
