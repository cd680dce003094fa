"""One action on its way from its request to its ending: what a handler gets to work on."""

from __future__ import annotations

import functools
import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from gemma_events.events import ActionEvent, ActionStatus
from gemma_events.registry import text

MAX_ARGUMENTS = 65_536  # characters of an action's `arguments`
MAX_PARTS = 5000  # of one action
MAX_STREAMED = 10_000  # characters of all parts of an action; a single one may have more
MORE_TIMEOUT = 10.0  # seconds for the next part
TICK = 0.05  # seconds between looks at `cancelled`


@dataclass(eq=False)
class Run:
    """One action while it waits and while it is done.

    The handler watches `cancelled` and keeps `content_done` up to date. One that makes a sound falls silent as soon as
    `paused` is set, since a person may be interrupting, and goes on from there when it is cleared.
    """

    action: ActionEvent  # its first part; for a handler that does not stream, with the content of all
    cancelled: threading.Event = field(default_factory=threading.Event)
    paused: threading.Event = field(default_factory=threading.Event)
    content_done: str = ''  # what was really done so far, in words: for speech, what was heard
    detail: str = ''  # what whoever asked for it should know, although it is done
    reason: str = ''  # why it is cancelled
    memory: Any = None  # the handler's, when it is called again after an urgent action has interrupted it
    interrupted: bool = False  # cancelled for an urgent action
    started: bool = False  # its first action_started has been published
    reported: bool = False  # its last status has been published
    number: int = 0  # of arrival
    told: float = 0.0  # when its last action_progress was published, seconds of the runner
    cut: bool = False  # its text was ended before its last part had come
    more_timeout: float = MORE_TIMEOUT  # seconds
    tell: Callable[[Run, str], None] = lambda run, detail: None  # publishes how far it is
    clock: Callable[[], float] = time.monotonic  # seconds

    def __post_init__(self) -> None:
        self._parts, self.complete = [self.action.content], not self.action.more
        self._characters = len(self.action.content)
        self._arrived = threading.Condition(threading.RLock())
        self._last_part = self.clock()

    @functools.cached_property
    def arguments(self) -> dict[str, Any]:
        """The action's `arguments`, the members of its JSON object; empty for none."""
        return parse_arguments(self.action.arguments)

    def parts(self, stop: threading.Event | None = None) -> Iterator[str]:
        """The content as it comes, from its first part. Blocks until there is a next one, none follows, or it is
        cancelled, or `stop` is set.

        Where none has come for `more_timeout`, that was all, and `detail` says so.
        """
        given = 0
        while not (self.cancelled.is_set() or (stop and stop.is_set())):
            with self._arrived:
                if given == len(self._parts):
                    if self.complete or self.expire():
                        return
                    self._arrived.wait(TICK)
                    continue
                part = self._parts[given]
            given += 1
            yield part

    def progress(self, content_done: str | None = None, detail: str = '') -> None:
        """Tell those who follow the action how far it is; more often than 10 times a second they are not told."""
        if content_done is not None:
            self.content_done = content_done
        self.tell(self, detail)

    # --- for the runner ----------------------------------------------------------------------------

    def status(self, event_type: str, detail: str = '') -> ActionStatus:
        """How it is getting on. What a handler has set is made into what a message can hold."""
        action = self.action
        return ActionStatus(
            event_type,
            id=action.id,
            cause=action.cause,
            action=action.action,
            content_done=text(self.content_done),
            detail=text(detail),
        )

    def add(self, part: ActionEvent) -> None:
        """One more part has come."""
        with self._arrived:
            self._characters += len(part.content)
            self._last_part = self.clock()
            if self._characters > MAX_STREAMED or len(self._parts) >= MAX_PARTS:
                self._end(f'the text ends here: at most {MAX_STREAMED} characters in {MAX_PARTS} parts are taken')
                return
            self._parts.append(part.content)
            self.complete = not part.more
            self._arrived.notify_all()

    def expire(self) -> bool:
        """Whether all parts are there, or no further one can be expected, since none has come for so long."""
        with self._arrived:
            if not self.complete and self.clock() - self._last_part >= self.more_timeout:
                self._end(f'the last part never came: none for {self.more_timeout:g} s')
            return self.complete

    def whole(self) -> None:
        """Let `action` have all parts, once they are there."""
        if self.complete and self.action.more:
            self.action = replace(self.action, content=self.text, more=False)

    @property
    def text(self) -> str:
        """The content so far."""
        return ''.join(self._parts)

    def _end(self, detail: str) -> None:
        self.complete, self.cut, self.detail = True, True, detail
        self._arrived.notify_all()


def parse_arguments(text: str) -> dict[str, Any]:
    """The members of a JSON object; none for an empty text. Raises ValueError, a single line, for anything else."""
    if len(text) > MAX_ARGUMENTS:
        raise ValueError(f'arguments has {len(text)} characters: at most {MAX_ARGUMENTS} are read')
    try:
        value = json.loads(text or '{}', parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise ValueError(f'arguments is not a JSON object: {error}') from error
    if not isinstance(value, dict):
        raise ValueError('arguments is not a JSON object, such as {"distance": 0.5}')
    return value


def _no_constant(name: str) -> None:
    raise ValueError(f'{name} is not JSON')
