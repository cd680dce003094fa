"""Actions that wait: the more urgent first, of equals the older, and never more than a limit."""

from __future__ import annotations

import bisect
from collections.abc import Callable, Iterator

from gemma_events.action_output.run import Run


class ActionQueue:
    """A priority queue of at most `limit` actions. `dropped` counts those that had no room."""

    def __init__(self, limit: int) -> None:
        self.limit, self.dropped = limit, 0
        self._waiting: list[Run] = []  # sorted
        self._arrived = 0

    def __len__(self) -> int:
        return len(self._waiting)

    def __iter__(self) -> Iterator[Run]:
        """In the order in which they will be done."""
        return iter(self._waiting)

    def push(self, run: Run) -> Run | None:
        """Let an action wait. Returns the one that a full queue drops: the newest of the least urgent."""
        self._arrived += 1
        run.number = self._arrived
        bisect.insort(self._waiting, run, key=_order)
        if len(self._waiting) <= self.limit:
            return None
        self.dropped += 1
        return self._waiting.pop()

    def push_back(self, run: Run) -> None:
        """Let one that was interrupted wait again, at its old place; there is always room for it."""
        bisect.insort(self._waiting, run, key=_order)

    def take(self, run: Run) -> None:
        """Its turn has come."""
        self._waiting.remove(run)

    def remove(self, condition: Callable[[Run], bool]) -> list[Run]:
        """Take out those for which the condition holds, in the order in which they would have been done."""
        removed = [run for run in self._waiting if condition(run)]
        self._waiting = [run for run in self._waiting if run not in removed]
        return removed


def _order(run: Run) -> tuple[int, int]:
    return -run.action.priority, run.number
