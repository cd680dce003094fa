"""Who serves a socket path, and what to do when that changes. Pure: time, in seconds, is an argument."""

from __future__ import annotations

from enum import Enum, auto

from gemma_events.bridge.settings import AUTO, CLIENT, SERVER

SHORTEST_PAUSE, LONGEST_PAUSE = 0.1, 2.0  # seconds between two attempts; each is twice as long as the one before
LONGEST_PAUSE_AUTO = 0.2  # for who may have to serve: meanwhile clients find nobody
LASTING = 1.0  # seconds after which a connection counts as a success
# A server that starts removes the file at its path, binds, and then listens. None of that must be hindered.
UNLINKED = 0.3  # seconds after a loss in which an empty path is left to a server between `unlink` and `bind`
BLIND = 1.5  # seconds in which a server may have taken the path and the bridge not know it
UNHEARD = 1.0  # seconds in which a new file is left to a server between `bind` and `listen`


class Found(Enum):
    """What there is at a path."""

    NOTHING = auto()
    STALE = auto()  # a socket file where nobody listens
    NEW = auto()  # the same, made just now: its server may be about to listen
    SERVED = auto()  # somebody listens, and took our connection
    JOINED = auto()  # another bridge of the same graph is the client of who listens
    BUSY = auto()  # somebody listens, and has more connections waiting than it takes
    DENIED = auto()  # a socket, or a folder, that we may not use
    FOREIGN = auto()  # no socket: a file, a folder, a symbolic link


class Step(Enum):
    """What to do about it."""

    SERVE = auto()  # bind the path
    REPLACE = auto()  # remove the stale socket file, then bind
    CONNECT = auto()  # be the client of who serves there
    WAIT = auto()  # look again after a pause


STEPS: dict[tuple[str, Found], Step] = {
    (SERVER, Found.NOTHING): Step.SERVE,
    (SERVER, Found.STALE): Step.REPLACE,
    (CLIENT, Found.SERVED): Step.CONNECT,
    (AUTO, Found.NOTHING): Step.SERVE,
    (AUTO, Found.STALE): Step.REPLACE,
    (AUTO, Found.SERVED): Step.CONNECT,
}


def step(role: str, found: Found, since_loss: float) -> Step:
    """What to do about what was found, so many seconds after the path, or its server, was lost.

    Whatever is not in the table is left alone.
    """
    if found is Found.NOTHING and since_loss < UNLINKED:
        return Step.WAIT
    return STEPS.get((role, found), Step.WAIT)


class Pauses:
    """How long to wait until the next attempt: longer with each failure, starting anew after a success."""

    def __init__(self, role: str) -> None:
        self._next = SHORTEST_PAUSE
        self._longest = LONGEST_PAUSE_AUTO if role == AUTO else LONGEST_PAUSE

    def served(self) -> None:
        """An attempt to serve succeeded."""
        self._next = SHORTEST_PAUSE

    def failed(self) -> float:
        """Seconds to wait after an attempt that did not succeed."""
        pause, self._next = self._next, min(2 * self._next, self._longest)
        return pause

    def lost(self, lasted: float) -> float:
        """Seconds to wait after a success that lasted so many seconds.

        A server that takes each connection and closes it at once is no success.
        """
        if lasted < LASTING:
            return self.failed()
        self._next = SHORTEST_PAUSE
        return 0.0
