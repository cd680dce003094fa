"""When the robot may begin to speak, when it pauses, and when it stops: pure.

Times are ns of a clock that does not jump.

             a person starts          it was nothing: goes on from where it was
    SPEAK ---------------------> PAUSE ----------------------------------------> SPEAK
      |                            |  it was something
      +---- a stop word -----------+-----------------------> STOP

It was nothing: shorter than `barge_in_ms`, only backchannels ("mhm"), no words, or what the robot itself says, which
the microphone has heard. Who began before the robot did is not an interruption; the robot waits for them before it
begins, for `begin_limit_s` at most.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from typing import Protocol

from gemma_events.action_output.phrases import is_backchannel, is_stop
from gemma_events.events import ENDINGS, SECOND, ActionEvent, ActionStatus, Nanoseconds, SpeechEvent
from gemma_events.turns import LIKENESS, LONGEST_UTTERANCE, MILLISECOND, SPEAK
from gemma_events.words import likeness, split

STALE = 5 * SECOND  # age at which the news that a person starts is none: hearing may take 3 s to tell who it was
LONGEST_PAUSE = 10 * SECOND  # of a person who goes on, without a text: it was something
TEXT_WAIT = 4 * SECOND  # for the text of an utterance that has ended, before it counts as something
MAX_PAUSES = 8  # in one speech; then only words stop it: some noise comes again and again
JITTER = SECOND // 2  # more for each further pause: two robots that pause for each other go on at different times
ECHO_MEMORY = 600 * SECOND  # for which a robot that has heard its own voice pauses for words only
REMEMBERED = 16  # utterances
LONGEST_ECHO = 400  # characters of what the robot says that a text is compared with, before and behind where it is


class Policy(Protocol):
    """What a robot's owner decides: action_output's settings."""

    @property
    def barge_in(self) -> str:
        """off, pause or stop."""

    @property
    def barge_in_ms(self) -> int:
        """For how long a person has to talk to stop the robot."""

    @property
    def backchannels(self) -> tuple[str, ...]:
        """More of them."""

    @property
    def stop_words(self) -> tuple[str, ...]:
        """More of them."""

    @property
    def begin_limit_s(self) -> float:
        """For how long the robot waits for people to finish before it begins."""


@dataclass(frozen=True, slots=True)
class Utterance:
    """What a person says, from when it was told of."""

    key: tuple[str, int]  # who told of it, and its number (0: has none)
    told: Nanoseconds
    began: Nanoseconds
    over: Nanoseconds | None = None  # None: it goes on
    length: Nanoseconds = 0  # once it is over; 0: nobody knows
    judged: bool = False
    own: bool = False  # the robot's own voice, as far as one can tell


@dataclass(frozen=True, slots=True)
class Stop:
    """Why speech ends; by a stop word, which may end more than that."""

    reason: str
    by_word: bool = False


@dataclass(frozen=True, slots=True)
class Manners:
    """Who speaks: `after` each event and `at` any time a new one. `stop` holds for that one only.

    `seed` tells robots apart that run the same program.
    """

    seed: int = 0
    stop: Stop | None = None
    stale: int = 0  # news of persons who start that came too late
    _utterances: tuple[Utterance, ...] = ()
    # Ids of the actions that speak, and when each began: those before the last one are interrupted, and go on after it.
    _speeches: tuple[tuple[str, Nanoseconds], ...] = ()
    _pauses: int = 0  # of this speech
    _paused: bool = False
    _go_on: Nanoseconds = 0  # not before that
    _echo_until: Nanoseconds = 0

    def after(
        self, event: SpeechEvent | ActionStatus, now: Nanoseconds, policy: Policy, age: Nanoseconds = 0, says: str = ''
    ) -> Manners:
        """Once this has happened.

        `age`: since the event's stamp, 0 where that is unknown. `says`: what the robot says just now.
        """
        state = replace(self, stop=None)
        if isinstance(event, ActionStatus):
            return state._after_status(event, now)
        if event.event_type == SpeechEvent.SPEECH_STARTED:
            state = state._begun(event, now, age)
        elif event.event_type == SpeechEvent.SPEECH_STOPPED:
            state = state._ended(event, now, policy)
        else:
            state = state._heard(event, now, policy, says)
        return state._at(now, policy)

    def at(self, now: Nanoseconds, policy: Policy) -> Manners:
        """At a time not before the last event: time-outs."""
        return replace(self, stop=None)._at(now, policy)

    @property
    def pauses(self) -> bool:
        """Whether what is being said has to pause."""
        return self._paused

    def may_begin(self, now: Nanoseconds, waits_since: Nanoseconds, policy: Policy) -> bool:
        """Whether speech whose turn it is, since `waits_since`, may begin."""
        if now - waits_since >= policy.begin_limit_s * SECOND:
            return True
        return not any(
            each.over is None and not each.own and now - each.told < LONGEST_UTTERANCE for each in self._utterances
        )

    # --- events ------------------------------------------------------------------------------------

    def _after_status(self, status: ActionStatus, now: Nanoseconds) -> Manners:
        if status.action != SPEAK:
            return self
        if status.event_type == ActionStatus.ACTION_STARTED:
            return replace(self, _speeches=(*self._speeches, (status.id, now)), _pauses=0, _paused=False, _go_on=0)
        if status.event_type not in ENDINGS:
            return self
        others = tuple(speech for speech in self._speeches if speech[0] != status.id)
        return replace(self, _speeches=others, _paused=self._paused and others[-1:] == self._speeches[-1:])

    def _begun(self, event: SpeechEvent, now: Nanoseconds, age: Nanoseconds) -> Manners:
        key = (event.source, event.event_number)
        known = next((each for each in self._utterances if each.key == key), None)
        if known and known.over is None:
            return self
        if age >= STALE or (known and key[1] and known.over is not None and now - known.over < STALE):
            return replace(self, stale=self.stale + 1)  # it has been over before this came
        state = self
        for each in self._utterances:  # of the same source, whose end was never told
            if each.key[0] == event.source and each.over is None:
                state = state._with(replace(each, over=now, judged=True))
        own = bool(self._speeches) and now < self._echo_until
        return state._with(Utterance(key, now, now - max(0, age), own=own))

    def _ended(self, event: SpeechEvent, now: Nanoseconds, policy: Policy) -> Manners:
        said = self._over(self._known(event, now), event, now)
        if said.judged or not self._interrupts(said):
            return self._with(said)
        if said.length < policy.barge_in_ms * MILLISECOND:  # its text may still turn out to be a stop word
            return self._with(replace(said, judged=True))
        return self._with(said) if event.transcript_follows else self._judged(said, 'a person spoke')

    def _heard(self, event: SpeechEvent, now: Nanoseconds, policy: Policy, says: str) -> Manners:
        """A text, final or partial."""
        said, text, final = self._known(event, now), event.transcript, event.event_type == SpeechEvent.TRANSCRIPT
        if final:
            said = self._over(said, event, now)
        if is_stop(text, policy.stop_words):
            return replace(self._with(replace(said, judged=True)), stop=Stop(f'a person said {text[:100]!r}', True))
        if said.judged or not self._interrupts(said) or policy.barge_in == 'off':
            return self._with(said)
        if split(text) and likeness(text, says) >= LIKENESS:
            heard_itself = replace(said, judged=final, own=True)
            return replace(self._with(heard_itself), _echo_until=now + ECHO_MEMORY)
        length = said.length if said.over is not None else now - said.began
        short = 0 < length < policy.barge_in_ms * MILLISECOND  # 0: nobody knows
        no_words = not split(text) and not event.error
        if short or no_words or is_backchannel(text, event.language, policy.backchannels):
            return self._with(replace(said, judged=final))
        return self._judged(said, f'a person said {text[:100]!r}' if text else 'a person spoke')

    def _known(self, event: SpeechEvent, now: Nanoseconds) -> Utterance:
        """What an event is about. Some microphones number only half of their events."""
        key = (event.source, event.event_number)
        mine = [each for each in self._utterances if each.key[0] == event.source]
        exact = [each for each in mine if each.key == key and (key[1] or each.over is None)]
        like = [each for each in mine if each.over is None and 0 in (each.key[1], key[1])]
        began = now - event.duration
        return (exact or like or [Utterance(key, began, began)])[-1]

    def _over(self, said: Utterance, event: SpeechEvent, now: Nanoseconds) -> Utterance:
        return said if said.over is not None else replace(said, over=now, length=event.duration or now - said.began)

    # --- inside ------------------------------------------------------------------------------------

    def _interrupts(self, said: Utterance) -> bool:
        """Whether it began while the robot spoke."""
        return bool(self._speeches) and said.told >= self._speeches[-1][1]

    def _judged(self, said: Utterance, reason: str) -> Manners:
        """It was something."""
        return replace(self._with(replace(said, judged=True)), stop=Stop(reason))

    def _with(self, said: Utterance) -> Manners:
        others = (each for each in self._utterances if each.key != said.key)
        return replace(self, _utterances=(*others, said)[-REMEMBERED:])

    def _at(self, now: Nanoseconds, policy: Policy) -> Manners:
        """Whether it pauses now, and whether somebody has gone on for so long that it stops."""
        state = self
        for said in self._utterances:
            if state.stop or said.judged or not self._interrupts(said) or policy.barge_in == 'off':
                continue
            if policy.barge_in == 'stop' and now >= self._echo_until:
                state = state._judged(said, 'a person started to talk')
            elif said.over is None and now - said.told >= LONGEST_PAUSE and now >= self._echo_until:
                state = state._judged(said, f'a person has talked for {LONGEST_PAUSE // SECOND} s')
            elif said.over is not None and now - said.over >= TEXT_WAIT and now >= self._echo_until:
                state = state._judged(said, 'a person spoke')
        return state._pausing(now, policy)

    def _pausing(self, now: Nanoseconds, policy: Policy) -> Manners:
        open_ones = [said for said in self._utterances if not said.judged and self._interrupts(said)]
        wanted = bool(open_ones) and policy.barge_in == 'pause' and now >= self._echo_until
        if wanted and not self._paused and self._pauses < MAX_PAUSES:
            return replace(self, _paused=True, _pauses=self._pauses + 1, _go_on=0)
        if wanted or not self._paused:
            return self
        go_on = self._go_on or now + self._jitter()
        return replace(self, _paused=now < go_on, _go_on=go_on)

    def _jitter(self) -> Nanoseconds:
        """None for the first pause."""
        return int(random.Random(f'{self.seed} {self._pauses}').random() * JITTER * (self._pauses - 1))


def near(action: ActionEvent, done: str) -> str:
    """The part of a speech that the microphone may have heard just now, when `done` of it has been heard."""
    return action.content[max(0, len(done) - LONGEST_ECHO) : len(done) + LONGEST_ECHO]
