"""Which requests are new, which belong to one that is known, and which have been answered: pure, by their ids."""

from __future__ import annotations

from collections import OrderedDict
from enum import Enum, auto

from gemma_events.action_output.run import Run
from gemma_events.events import ActionEvent

MEMORY = 120.0  # seconds after its ending for which an id is known
REMEMBERED = 1000  # ids that have ended


class Kind(Enum):
    """What a request is."""

    NEW = auto()
    PART = auto()  # of an action that waits for it
    DOUBLED = auto()  # was asked for already
    LATE = auto()  # part of an action that has ended
    STRANGE = auto()  # part of an action, with the name of another one


class Requests:
    """The actions that are not over, and the ids of those that ended lately. Times are seconds."""

    def __init__(self) -> None:
        self.counts = dict.fromkeys((Kind.DOUBLED, Kind.LATE, Kind.STRANGE), 0)
        self._open: dict[str, Run] = {}
        self._ended: OrderedDict[str, tuple[float, bool]] = OrderedDict()  # when, and whether parts were to follow

    def __len__(self) -> int:
        return len(self._open)

    def kind(self, action: ActionEvent, now: float) -> Kind:
        """What this one is, which is counted; a PART has been added to its action."""
        kind = self._kind(action, now)
        if kind in self.counts:
            self.counts[kind] += 1
        return kind

    def begin(self, run: Run) -> None:
        """A new one."""
        self._open[run.action.id] = run

    def reject(self, run: Run, now: float) -> None:
        """It was not accepted: whoever asked may ask again, but its parts come too late."""
        if run.complete:
            self._close(run)
        else:
            self.end(run, now)

    def end(self, run: Run, now: float) -> None:
        """It has had its last status."""
        self._close(run)
        self._ended.pop(run.action.id, None)
        self._ended[run.action.id] = (now, not run.complete)
        self._forget(now)

    def _close(self, run: Run) -> None:
        if self._open.get(run.action.id) is run:
            del self._open[run.action.id]

    def _kind(self, action: ActionEvent, now: float) -> Kind:
        run = self._open.get(action.id)
        if run and run.complete:
            return Kind.DOUBLED
        if run:
            if action.action not in ('', run.action.action):
                return Kind.STRANGE
            run.add(action)
            return Kind.PART
        self._forget(now)
        if action.id not in self._ended:
            return Kind.NEW
        return Kind.LATE if self._ended[action.id][1] else Kind.DOUBLED

    def _forget(self, now: float) -> None:
        while self._ended:
            ended, _ = next(iter(self._ended.values()))
            if now - ended < MEMORY and len(self._ended) <= REMEMBERED:
                return
            self._ended.popitem(last=False)
