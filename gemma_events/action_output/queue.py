"""Actions that wait: the more urgent first, of equals the older, and never more than a limit."""

from __future__ import annotations

import heapq
from collections.abc import Callable

from gemma_events.events import ActionEvent


class ActionQueue:
    """A priority queue of at most `limit` actions. `dropped` counts those that had no room."""

    def __init__(self, limit: int) -> None:
        self.limit, self.dropped = limit, 0
        self._waiting: list[tuple[int, int, ActionEvent]] = []  # a heap: minus priority, number of arrival
        self._arrived = 0

    def __len__(self) -> int:
        return len(self._waiting)

    def push(self, action: ActionEvent) -> ActionEvent | None:
        """Let an action wait. Returns the one that a full queue drops: the newest of the least urgent."""
        self._arrived += 1
        heapq.heappush(self._waiting, (-action.priority, self._arrived, action))
        if len(self._waiting) <= self.limit:
            return None
        self.dropped += 1
        last = max(self._waiting)
        self._waiting.remove(last)
        heapq.heapify(self._waiting)
        return last[2]

    def pop(self) -> ActionEvent:
        """Take the next one out; IndexError when none waits."""
        return heapq.heappop(self._waiting)[2]

    def remove(self, condition: Callable[[ActionEvent], bool]) -> list[ActionEvent]:
        """Take out those for which the condition holds, in the order in which they would have been done."""
        removed = [action for _, _, action in sorted(self._waiting) if condition(action)]
        self._waiting = [item for item in self._waiting if not condition(item[2])]
        heapq.heapify(self._waiting)
        return removed
