"""Who serves a socket path, and what to do when that changes. Pure: time, in seconds, is an argument."""

from __future__ import annotations

from enum import Enum, auto

from gemma_events.bridge.settings import AUTO, CLIENT, SERVER

# A server that starts removes the file at its path, binds, and then listens. None of that must be hindered.
UNLINKED = 0.3  # seconds after a loss in which an empty path is left to a server between `unlink` and `bind`
BLIND = 1.5  # seconds for which a server may have had the path before the bridge knows
UNHEARD = 1.0  # seconds in which a new file is left to a server between `bind` and `listen`


class Found(Enum):
    """What there is at a path."""

    NOTHING = auto()
    STALE = auto()  # a socket file where nobody listens
    NEW = auto()  # the same, created just now: its server may be about to listen
    SERVED = auto()  # somebody listens, and took our connection
    JOINED = auto()  # another bridge of the same graph is the client of who listens
    BUSY = auto()  # somebody listens, but its queue of connections is full
    DENIED = auto()  # a socket, or a folder, that we may not use
    FOREIGN = auto()  # not a socket: a file, a folder, a symbolic link


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
