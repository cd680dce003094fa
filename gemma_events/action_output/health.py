"""What may be wrong with the action_output node: pure. Times are seconds of a clock that does not jump."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from gemma_events.events import SECOND, ActionStatus
from gemma_events.health import LATELY, Condition, Growth, Health, Lately
from gemma_events.turns import LONGEST_SPEECH

FAILURE_MATTERS = 600.0  # seconds; after that, nothing is known
REJECTIONS = 3  # in a row that are more than somebody's slip
HANGS = 5.0  # seconds after it was cancelled; a handler has 0.1
ENDLESS = LONGEST_SPEECH / SECOND


class Doing(NamedTuple):
    """The action that is being done: for how long, and for how long since it was cancelled (None: it was not)."""

    action: str
    running: float
    cancelled: float | None


class Outcomes:
    """How actions ended lately."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock` gives seconds."""
        self._failure, self._rejection = Lately(FAILURE_MATTERS, clock), Lately(LATELY, clock)
        self._no_room, self._dropping = Growth(LATELY, clock), False
        self._rejected = 0  # in a row

    def add(self, status: ActionStatus) -> None:
        """A status was reported."""
        if status.event_type == ActionStatus.ACTION_FAILED:
            self._failure.happened(status.detail)
        elif status.event_type == ActionStatus.ACTION_FINISHED:
            self._failure.forget()
        if status.event_type == ActionStatus.ACTION_REJECTED:
            self._rejected += 1
            self._rejection.happened(status.detail)
        elif status.event_type == ActionStatus.ACTION_QUEUED:
            self._rejected = 0

    def dropped(self, count: int) -> None:
        """How many actions have had no room so far."""
        self._dropping = self._no_room.lately(count)

    def conditions(self) -> Iterator[Condition]:
        """What the last ones say about the next."""
        if self._failure:
            yield Condition(Health.ERROR, str(self._failure))
        if self._dropping:
            text = 'actions had no room in the queue: let fewer come, or set queue_limit'
            yield Condition(Health.WARN, text)
        if self._rejected >= REJECTIONS and self._rejection:
            yield Condition(Health.WARN, f'the last {self._rejected} actions were rejected: {self._rejection}')


def conditions(doing: Doing | None, broken: Sequence[str], troubles: Sequence[str]) -> Iterator[Condition]:
    """What is wrong just now: with what is being done, with `broken` handlers, with those that have `troubles`."""
    if doing and doing.cancelled is not None and doing.cancelled >= HANGS:
        yield Condition(
            Health.ERROR,
            f'action {doing.action[:100]!r} goes on {HANGS:g} s after it was cancelled, and nothing else is done: '
            'deactivate and activate the node; its handler has to watch run.cancelled',
        )
    elif doing and doing.running >= ENDLESS:
        yield Condition(
            Health.WARN,
            f'action {doing.action[:100]!r} has been going on for {ENDLESS / 60:.0f} min, and the others wait: '
            'deactivate and activate the node to cancel it',
        )
    for text in (*broken, *troubles):
        yield Condition(Health.WARN, text)
