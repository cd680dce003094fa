"""The action `speak`: its content, sentence by sentence, out of a speaker; or into the log, where there is none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from gemma_events.action_output.espeak import SAMPLE_RATE, synthesise
from gemma_events.action_output.handlers import Run
from gemma_events.action_output.sentences import sentences
from gemma_events.action_output.speaker import Speaker
from gemma_events.errors import DeviceError
from gemma_events.events import ActionEvent
from gemma_events.settings import setting

MAX_TEXT = 10_000  # characters: ten minutes; with the slowest speed, events.LONGEST_SPEECH
AHEAD = 0.5  # seconds of sound left when the next sentence is synthesised, which takes 0.013


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
    voice: str = setting('en-us', 'voice, of those that espeak-ng --voices lists', live=True)
    speed: int = setting(160, 'speed of speech', unit='words/min', low=80, high=450, live=True)
    volume: int = setting(100, 'loudness of speech; above 100 it may distort', unit='%', low=0, high=200, live=True)


class Output(Protocol):
    """Where one speech goes. The methods return early when the run is cancelled."""

    def say(self, sentence: str) -> None:
        """Say a sentence after those before; returns when the next is needed."""

    def finish(self) -> None:
        """Return once all has been heard."""

    def close(self) -> None:
        """Fall silent at once."""


class SpeakHandler:
    """Speaks. `settings` gives the current ones, `log` takes lines for people."""

    def __init__(self, settings: Callable[[], SpeakSettings], log: Callable[[str], None]) -> None:
        self.output = 'not used yet'  # where the last speech went
        self._settings, self._log = settings, log

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

    def _open(self, run: Run) -> Output:
        settings = self._settings()
        if settings.output != 'log':
            try:
                output = SpeakerOutput(settings, run)
            except DeviceError as error:
                self._tell(str(error) if settings.output == 'device' else f'log, for there is {error}')
                if settings.output == 'device':
                    raise
            else:
                self._tell(f'device {settings.device or "(the default one)"}')
                return output
        else:
            self._tell('log')
        return LogOutput(settings, run, self._log)

    def _tell(self, output: str) -> None:
        if output != self.output:
            self.output = output
            self._log(f'speech goes to: {output}')


class SpeakerOutput:
    """Speech out of a loudspeaker."""

    def __init__(self, settings: SpeakSettings, run: Run) -> None:
        self._settings, self._run = settings, run
        self._speaker = Speaker(settings.device, SAMPLE_RATE)
        self._ends: list[tuple[int, str]] = []  # each sentence, and how many bytes have been heard at its end
        self._fed = 0

    def say(self, sentence: str) -> None:
        """Feed the speaker with a sentence."""
        settings = self._settings
        samples = synthesise(sentence, settings.voice, settings.speed, settings.volume, self._run.cancelled)
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

    def _count(self) -> None:
        played = self._speaker.played
        self._run.content_done = ' '.join(sentence for end, sentence in self._ends if end <= played)


class LogOutput:
    """Speech into the log, at the pace at which it would be spoken."""

    def __init__(self, settings: SpeakSettings, run: Run, log: Callable[[str], None]) -> None:
        self._speed, self._run, self._log = settings.speed, run, log

    def say(self, sentence: str) -> None:
        """Log a sentence, and wait as long as it takes to say its words."""
        self._log(f'says: {sentence}')
        if not self._run.cancelled.wait(60 * len(sentence.split()) / self._speed):
            self._run.content_done = f'{self._run.content_done} {sentence}'.strip()

    def finish(self) -> None:
        """Each sentence has been waited for."""

    def close(self) -> None:
        """Nothing plays."""
