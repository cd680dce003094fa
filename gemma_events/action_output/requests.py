"""Which requests are new, which belong to one that is known, and which have been answered: pure, by their ids."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from dataclasses import replace
from enum import Enum, auto

from gemma_events.action_output.run import Run
from gemma_events.events import ActionEvent

MEMORY = 120.0  # seconds after its ending for which an id is known
REMEMBERED = 1000  # ids that have ended
LONGEST_ID = 100  # characters of an id that are remembered as they are


class Kind(Enum):
    """What a request is."""

    NEW = auto()
    PART = auto()  # of an action that waits for it
    DOUBLED = auto()  # was asked for already
    LATE = auto()  # part of an action that has ended, or whose text has
    STRANGE = auto()  # part of an action, with the name of another one


class Requests:
    """The actions that are not over, and the ids of those that ended lately. Times are seconds."""

    def __init__(self) -> None:
        self.counts = dict.fromkeys((Kind.DOUBLED, Kind.LATE, Kind.STRANGE), 0)
        self._numbered = 0  # actions that came without an id
        self._open: dict[str, Run] = {}
        self._ended: OrderedDict[str, tuple[float, bool]] = OrderedDict()  # when, and whether parts may still come

    def __contains__(self, identity: str) -> bool:
        """Whether an action with this id is not over."""
        return _key(identity) in self._open

    def named(self, action: ActionEvent, prefix: str) -> ActionEvent:
        """The same with an id, one that nobody has used; no part can follow what came without one."""
        while not action.id:
            self._numbered += 1
            identity = f'{prefix}-{self._numbered}'
            if identity not in self._open and identity not in self._ended:
                return replace(action, id=identity, more=False)
        return action

    def kind(self, action: ActionEvent, now: float, joins: bool = True) -> Kind:
        """What this one is, which is counted; a PART has been added to its action, unless it may not (`joins`)."""
        kind = self._kind(action, now, joins)
        if kind in self.counts:
            self.counts[kind] += 1
        return kind

    def begin(self, run: Run) -> None:
        """A new one."""
        self._open[_key(run.action.id)] = run

    def reject(self, run: Run, now: float) -> None:
        """It was not accepted: whoever asked may ask again, but its parts come too late."""
        if run.complete:
            self._close(run)
        else:
            self.end(run, now)

    def end(self, run: Run, now: float) -> None:
        """It has had its last status."""
        self._close(run)
        key = _key(run.action.id)
        self._ended.pop(key, None)
        self._ended[key] = (now, run.cut or not run.complete)
        self._forget(now)

    def _close(self, run: Run) -> None:
        if self._open.get(_key(run.action.id)) is run:
            del self._open[_key(run.action.id)]

    def _kind(self, action: ActionEvent, now: float, joins: bool) -> Kind:
        key = _key(action.id)
        if run := self._open.get(key):
            if run.cut:
                return Kind.LATE
            if run.complete or not joins:
                return Kind.DOUBLED
            if action.action not in ('', run.action.action):
                return Kind.STRANGE
            run.add(action)
            return Kind.PART
        self._forget(now)
        if key not in self._ended:
            return Kind.NEW
        return Kind.LATE if self._ended[key][1] else Kind.DOUBLED

    def _forget(self, now: float) -> None:
        while self._ended:
            ended, _ = next(iter(self._ended.values()))
            if now - ended < MEMORY and len(self._ended) <= REMEMBERED:
                return
            self._ended.popitem(last=False)


def _key(identity: str) -> str:
    """An id, or what stands for one that is too long to be remembered a thousand times."""
    if len(identity) <= LONGEST_ID:
        return identity
    return hashlib.sha256(identity.encode(errors='surrogatepass')).hexdigest()
