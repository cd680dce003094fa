"""The action `speak`: its content, sentence by sentence, out of a speaker; or into the log, where there is none."""

from __future__ import annotations

import contextlib
import functools
from typing import TYPE_CHECKING, Protocol

from gemma_events import portaudio, registry
from gemma_events.action_output.run import Run, parse_arguments
from gemma_events.action_output.speech.sentences import Sentence, sentences
from gemma_events.action_output.speech.settings import SpeechSettings
from gemma_events.action_output.speech.speaker import Speaker
from gemma_events.action_output.speech.synthesis import Delivery, Sound, Synthesiser, delivery
from gemma_events.errors import DeviceError, GemmaError
from gemma_events.events import ActionEvent
from gemma_events.log import Log, Trouble

if TYPE_CHECKING:
    from gemma_events.node import ManagedNode

MAX_TEXT = 10_000  # characters: ten minutes; with the slowest speed, turns.LONGEST_SPEECH
RATE = 22_050  # Hz, at which the speaker is opened
WORDS_PER_MINUTE = 160
AHEAD = 0.5  # seconds of sound left when the next sentence is synthesised, which takes espeak-ng 0.013


class Output(Protocol):
    """Where one speech goes. The methods return early when the run is cancelled."""

    def say(self, sentence: Sentence) -> None:
        """Say a sentence after those before; returns when the next is needed."""

    def finish(self) -> None:
        """Return once all has been heard."""

    def close(self) -> None:
        """Fall silent at once."""


class Speak:
    """Speaks. Fits handlers.ActionHandler."""

    def __init__(self, node: ManagedNode[SpeechSettings]) -> None:
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
        try:
            chosen = delivery(self._node.settings, parse_arguments(action.arguments))
        except ValueError as error:
            return str(error)
        if not sentences(action.content, chosen.language):
            return 'the text has nothing that can be spoken'
        made: Synthesiser | None = self.__dict__.get('_synthesiser')
        return made.refusal(chosen) if made else ''

    def execute(self, run: Run) -> bool:
        """Speak; `content_done` has the sentences that were heard whole."""
        chosen = delivery(self._node.settings, run.arguments)
        output = self._open(run, chosen)
        try:
            for sentence in sentences(run.action.content, chosen.language):
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

    def _open(self, run: Run, chosen: Delivery) -> Output:
        settings = self._node.settings
        self.trouble = self._speaker = ''
        if settings.output == 'log':
            self._output.set('log')
            return LogOutput(chosen, run, self._node.log)
        synthesiser = self._synthesiser
        try:
            output = SpeakerOutput(settings, chosen, run, synthesiser)
        except DeviceError as error:
            if settings.output == 'device':
                self._output.set(str(error))
                raise
            self._output.set(f'log, for there is {error}')
            self.trouble = f'speech only goes to the log, for there is {error}: connect a speaker, or set output to log'
            return LogOutput(chosen, run, self._node.log)
        self._speaker = settings.device or 'default speaker'
        self._output.set(f'device {settings.device or "(the default one)"}')
        return output


class SpeakerOutput:
    """Speech out of a loudspeaker."""

    def __init__(self, settings: SpeechSettings, chosen: Delivery, run: Run, synthesiser: Synthesiser) -> None:
        self._settings, self._chosen, self._run, self._synthesiser = settings, chosen, run, synthesiser
        self._rate = RATE
        self._speaker = Speaker(settings.device, RATE)
        self._ends: list[tuple[int, str]] = []  # each sentence, and how many bytes have been heard at its end
        self._fed = 0

    def say(self, sentence: Sentence) -> None:
        """Feed the speaker with a sentence."""
        sound = self._synthesise(sentence)
        if sound.rate != self._rate:
            self._speaker.close()
            self._rate, self._speaker = sound.rate, Speaker(self._settings.device, sound.rate)
        loud = sound.samples.astype('int32') * self._settings.volume // 100
        samples = loud.clip(-32_768, 32_767).astype('int16').tobytes()
        self._speaker.feed(samples)
        self._fed += len(samples)
        self._ends.append((self._fed, sentence.text))
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

    def _synthesise(self, sentence: Sentence) -> Sound:
        try:
            sound = self._synthesiser.synthesise(sentence, self._chosen, self._run.cancelled)
            if not isinstance(sound, Sound) or sound.samples.dtype != 'int16':
                raise TypeError('synthesise() did not return a Sound with samples of type int16')
        except GemmaError:
            raise
        except registry.FOREIGN_FAULTS as error:
            raise DeviceError(f'synthesiser {self._settings.synthesiser!r} failed: {registry.reason(error)}') from error
        return sound

    def _count(self) -> None:
        played = self._speaker.played
        self._run.content_done = ' '.join(sentence for end, sentence in self._ends if end <= played)


class LogOutput:
    """Speech into the log, at the pace at which it would be spoken."""

    def __init__(self, chosen: Delivery, run: Run, log: Log) -> None:
        self._rate, self._run, self._log = chosen.rate, run, log

    def say(self, sentence: Sentence) -> None:
        """Log a sentence, and wait as long as it takes to say its words."""
        self._log.info(f'says: {sentence.text}')
        minutes = len(sentence.words) / WORDS_PER_MINUTE / self._rate * 100
        if not self._run.cancelled.wait(60 * minutes):
            self._run.content_done = f'{self._run.content_done} {sentence.text}'.strip()

    def finish(self) -> None:
        """Each sentence has been waited for."""

    def close(self) -> None:
        """Nothing plays."""
