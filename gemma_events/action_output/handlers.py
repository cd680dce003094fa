"""Who does actions: what an executor is, and the thread that hands them their actions."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

from gemma_events.action_output.queue import ActionQueue
from gemma_events.errors import GemmaError
from gemma_events.events import ActionEvent, ActionStatus


@dataclass
class Run:
    """One action while it is being done. The executor watches `cancelled` and keeps `content_done` up to date."""

    action: ActionEvent
    cancelled: threading.Event = field(default_factory=threading.Event)
    content_done: str = ''
    reason: str = ''  # why it is cancelled
    told: bool = False  # its last status has been published


class Executor(Protocol):
    """Does one kind of action."""

    def refusal(self, action: ActionEvent) -> str:
        """Why this action cannot be done, in words, before it waits; empty where it can."""

    def execute(self, run: Run) -> bool:
        """Do it, and return once it is done: true, or false where `run.cancelled` came first, within 0.1 s of it.

        Raises DeviceError where it cannot be done.
        """


class ActionRunner:
    """Queues actions and does them one after the other in a thread of its own, from construction until `close`.

    Every accepted or refused action gets its statuses through `tell`, in order, from whatever thread; the last one
    is told exactly once. `name` begins the ids of actions that came without one.
    """

    def __init__(
        self, name: str, executors: Mapping[str, Executor], limit: int, tell: Callable[[ActionStatus], None]
    ) -> None:
        self.counts = dict.fromkeys(_LAST, 0)
        self._name, self._executors, self._tell_status = name, executors, tell
        self._queue = ActionQueue(limit)
        self._run: Run | None = None
        self._open, self._numbered = True, 0
        self._changed = threading.Condition(threading.RLock())
        self._thread = threading.Thread(target=self._work, name='actions', daemon=True)
        self._thread.start()

    @property
    def waiting(self) -> int:
        """How many actions wait."""
        return len(self._queue)

    @property
    def dropped(self) -> int:
        """How many actions had no room."""
        return self._queue.dropped

    def offer(self, action: ActionEvent) -> None:
        """Let an action wait for its turn, or reject it."""
        with self._changed:
            if not action.id:
                self._numbered += 1
                action = replace(action, id=f'{self._name}-{self._numbered}')
            if refusal := self._refusal(action):
                self._tell(action, ActionStatus.ACTION_REJECTED, refusal)
                return
            without_room = self._queue.push(action)
            full = f'{self._queue.limit} actions wait already'
            if without_room is action:
                self._tell(action, ActionStatus.ACTION_REJECTED, full)
                return
            self._tell(action, ActionStatus.ACTION_QUEUED)
            if without_room:
                self._tell(without_room, ActionStatus.ACTION_CANCELLED, f'{full}, this one made room for a newer one')
            self._changed.notify()

    def cancel(self, condition: Callable[[ActionEvent], bool], reason: str) -> None:
        """Cancel the actions, waiting and being done, for which the condition holds."""
        with self._changed:
            for action in self._queue.remove(condition):
                self._tell(action, ActionStatus.ACTION_CANCELLED, reason)
            if self._run and condition(self._run.action):
                self._run.reason = reason
                self._run.cancelled.set()

    def close(self, timeout: float) -> bool:
        """Cancel all and end; false where the executor did not return within `timeout` seconds and was given up."""
        with self._changed:
            self._open = False
            self.cancel(lambda action: True, 'the node stops')
            self._changed.notify()
        self._thread.join(timeout)
        with self._changed:
            if self._run:
                self._end(self._run, ActionStatus.ACTION_CANCELLED, self._run.reason)
        return not self._thread.is_alive()

    def _refusal(self, action: ActionEvent) -> str:
        if not self._open:
            return 'the node stops'
        executor = self._executors.get(action.action)
        if executor is None:
            return f'unknown action {action.action[:100]!r}: there is {", ".join(self._executors)}'
        return executor.refusal(action)

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._queue or not self._open)
                if not self._open:
                    return
                run = self._run = Run(self._queue.pop())
                self._tell(run.action, ActionStatus.ACTION_STARTED)
            try:
                done = self._executors[run.action.action].execute(run)
                event_type = ActionStatus.ACTION_FINISHED if done else ActionStatus.ACTION_CANCELLED
                detail = '' if done else run.reason
            except GemmaError as error:
                event_type, detail = ActionStatus.ACTION_FAILED, str(error)
            except Exception as error:
                event_type, detail = ActionStatus.ACTION_FAILED, f'a fault in gemma_events: {error!r}'
            with self._changed:
                self._end(run, event_type, detail)

    def _end(self, run: Run, event_type: str, detail: str) -> None:
        if not run.told:
            run.told, self._run = True, None
            self._tell(run.action, event_type, detail, run.content_done)

    def _tell(self, action: ActionEvent, event_type: str, detail: str = '', content_done: str = '') -> None:
        if event_type in self.counts:
            self.counts[event_type] += 1
        self._tell_status(
            ActionStatus(
                event_type,
                id=action.id,
                cause=action.cause,
                action=action.action,
                content_done=content_done,
                detail=detail,
            )
        )


_LAST = (
    ActionStatus.ACTION_FINISHED,
    ActionStatus.ACTION_CANCELLED,
    ActionStatus.ACTION_FAILED,
    ActionStatus.ACTION_REJECTED,
)
