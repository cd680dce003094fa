"""Manners at work: tells `Manners` what happens, and the runner what follows from it."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from gemma_events.action_output.manners import Manners, Policy, near
from gemma_events.events import ActionEvent, ActionStatus, Nanoseconds, SpeechEvent
from gemma_events.turns import SPEAK, gives_way


class ConversationPolicy(Policy, Protocol):
    """What a robot's owner decides."""

    @property
    def stop_words_end(self) -> str:
        """speech, or everything: other actions too."""


@dataclass(frozen=True)
class Robot:
    """What can be done about what the robot does: an ActionRunner's methods."""

    pause: Callable[[Callable[[ActionEvent], bool]], None]  # what is being done, where the condition holds
    resume: Callable[[], None]
    cancel: Callable[[Callable[[ActionEvent], bool], str], object]  # what waits, too; with the reason
    stop: Callable[[str], object]  # all of it, and what actions have left behind; with the reason
    doing: Callable[[], tuple[ActionEvent, str] | None]  # the action, and what of it has been done


class Conversation:
    """Makes speech give way to people, from `start` on, as long as it is looked at. For any thread.

    `clock` gives ns and does not jump.
    """

    def __init__(
        self, policy: Callable[[], ConversationPolicy], clock: Callable[[], Nanoseconds] = time.monotonic_ns
    ) -> None:
        self.pauses = self.stops = 0
        self._policy, self._clock = policy, clock
        self._manners = Manners(random.getrandbits(32))
        self._lock = threading.Lock()  # taken last: nothing is called while it is held
        self._turn: tuple[str, Nanoseconds] = ('', 0)  # the action whose turn it is, and since when
        self._robot: Robot | None = None

    def start(self, robot: Robot) -> None:
        """Have manners."""
        self._robot = robot

    def counts(self) -> dict[str, object]:
        """How often people were given way to, and how often the news that one starts came too late."""
        return {'pauses': self.pauses, 'stops': self.stops, 'stale speech_started': self._manners.stale}

    def hear(self, event: SpeechEvent, age: Nanoseconds) -> None:
        """What a person does; `age` since the event's stamp, 0 where that is unknown."""
        doing = self._robot.doing() if self._robot else None
        says = near(*doing) if doing and doing[0].action == SPEAK else ''
        self._change(lambda manners, now, policy: manners.after(event, now, policy, age, says))

    def follow(self, status: ActionStatus) -> None:
        """What the robot does. Changes nothing at once, since the runner calls it."""
        with self._lock:
            self._manners = self._manners.after(status, self._clock(), self._policy())

    def may_begin(self, action: ActionEvent) -> bool:
        """Whether an action whose turn it is may begin."""
        if not gives_way(action):
            return True
        with self._lock:
            now = self._clock()
            if self._turn[0] != action.id:
                self._turn = (action.id, now)
            return self._manners.may_begin(now, self._turn[1], self._policy())

    def look(self) -> None:
        """What is due: to be called every few 10 ms."""
        self._change(Manners.at)

    def _change(self, change: Callable[[Manners, Nanoseconds, ConversationPolicy], Manners]) -> None:
        policy = self._policy()
        with self._lock:
            paused = self._manners.pauses
            self._manners = manners = change(self._manners, self._clock(), policy)
            self.pauses += manners.pauses and not paused
            self.stops += manners.stop is not None
        if not self._robot:
            return
        if manners.pauses:
            self._robot.pause(gives_way)
        else:  # whatever was paused, before an urgent action came between, say
            self._robot.resume()
        if manners.stop and manners.stop.by_word and policy.stop_words_end == 'everything':
            self._robot.stop(manners.stop.reason)
        elif manners.stop and manners.stop.by_word:
            self._robot.cancel(lambda action: action.action == SPEAK, manners.stop.reason)
        elif manners.stop:
            self._robot.cancel(gives_way, manners.stop.reason)
