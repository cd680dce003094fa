"""One speech from its first sample to its last: sentences are fed to what plays them, and what was heard is counted."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from gemma_events.action_output.run import Run
from gemma_events.action_output.speech.players import WORDS, Player
from gemma_events.action_output.speech.playout import Playout, Samples
from gemma_events.action_output.speech.positions import word_ends
from gemma_events.action_output.speech.preparation import Preparation, Prepared
from gemma_events.action_output.speech.samples import amplify, leading_silence, resample
from gemma_events.action_output.speech.script import Progress, Script
from gemma_events.action_output.speech.stream import Playing
from gemma_events.action_output.speech.synthesis import Sound
from gemma_events.log import Log

TICK = 0.02  # seconds between looks at what has been heard


class Speech:
    """Speaks for a Run: `speak` returns when all has been heard, or `run.cancelled` is set."""

    def __init__(
        self,
        run: Run,
        preparation: Preparation,
        open_player: Callable[[Sound | None], Player | None],
        before: Progress,
        *,
        log: Log,
        volume: float,
        speed: float,
        talk: Callable[[bool], None],
    ) -> None:
        """`open_player` is called with the first sound. `volume` in percent; `speed`: 1 is the voice's own; `talk`
        is told every TICK whether it is heard.
        """
        self.player: Player | None = None
        self.progress = before
        self._run, self._preparation, self._open = run, preparation, open_player
        self._log, self._volume, self._speed, self._talk = log, volume, speed, talk
        self._script, self._playout = Script(before), Playout(1)
        self._texts: list[str] = []  # for the log, where nobody hears them
        self._begun = self._position = 0  # sentences; samples that have been heard

    def speak(self) -> None:
        """Raises what the preparation raised, once what came before has been heard; DeviceError for a lost device."""
        while not self._run.cancelled.is_set() and not self._done:
            if self._preparation.complete:
                self._run.cancelled.wait(TICK)
            elif prepared := self._preparation.take(TICK):
                self._say(prepared)
            if self._preparation.complete:
                self._playout.finish()
            if self.player:
                self.player.watch()
            self.count()
            self._talk(self._heard)
        if not self._run.cancelled.is_set():
            self._preparation.result()

    def count(self) -> None:
        """Keep `content_done` up to date."""
        if not self.player:
            return
        position = self._position = max(self._position, self._playout.heard(self.player.held))
        begun = self._script.begun(position)
        self._preparation.begun(begun - self._begun)
        for text in self._texts[self._begun : begun]:
            self._log.info(text)
        self._begun = begun
        progress = self._script.said(position)
        if progress != self.progress:
            self.progress = progress
            done = self._preparation.content[: progress.offset].strip()
            if done != self._run.content_done:
                self._run.content_done = done

    @property
    def _done(self) -> bool:
        if not self._preparation.complete:
            return False
        return self.player is None or self._playout.over(self.player.held)

    @property
    def _heard(self) -> bool:
        return not self._playout.silent and 0 < self._position < self._playout.fed

    def _say(self, prepared: Prepared) -> None:
        sentence, sound = prepared
        if not self.player:
            self.player = self._open(sound)
            if not self.player:
                return  # cancelled
            self._playout = Playout(self.player.rate)
            self.player.play(Playing(self._playout, self._run.paused, self._run.cancelled))
        rate, begin = self.player.rate, self._playout.fed
        if not self.player.audible:
            self._texts.append(f'says: {sentence.text}')
        samples, ends = self._samples(prepared, rate)
        self._script.add(sentence, begin, ends)
        self._playout.feed(samples)
        if sentence.pause:
            self._playout.feed(np.zeros(round(sentence.pause * rate), np.int16))

    def _samples(self, prepared: Prepared, rate: int) -> tuple[Samples, list[int]]:
        """The sound at this rate, and where its words end."""
        sentence, sound = prepared
        if not sound:
            step = rate / WORDS / self._speed
            ends = [round(step * number) for number in range(1, 1 + len(sentence.words))]
            return np.zeros(ends[-1] if ends else 0, np.int16), ends
        samples = amplify(resample(sound.samples, sound.rate, rate), self._volume)
        begin = 0 if self._playout.fed else leading_silence(samples)  # it would only keep people waiting
        ends = [max(0, round(end * rate / sound.rate) - begin) for end in word_ends(sentence, sound)]
        return samples[begin:], ends
