"""The thread that does actions, one after the other, and what is reported of each."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace

from gemma_events.action_output.handlers import ActionHandlers, Run, fault
from gemma_events.action_output.health import Doing
from gemma_events.action_output.queue import ActionQueue
from gemma_events.errors import GemmaError
from gemma_events.events import ActionEvent, ActionStatus
from gemma_events.words import printable


class ActionRunner:
    """Queues actions and does them one after the other in a thread of its own, from construction until `close`.

    Every action gets its statuses through `report`, in order, from whatever thread; the last one exactly once. `name`
    begins the ids of actions that came without one; `limit` actions may wait. `offer` and `reject` are for one thread;
    `clock` gives seconds and does not jump.
    """

    def __init__(
        self,
        name: str,
        handlers: ActionHandlers,
        limit: int,
        report: Callable[[ActionStatus], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.counts = dict.fromkeys(_LAST, 0)
        self._name, self._handlers, self._report_status = name, handlers, report
        self._queue = ActionQueue(limit)
        self._run: Run | None = None
        self._clock, self._began, self._cancelled = clock, 0.0, 0.0
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

    @property
    def doing(self) -> Doing | None:
        """What is being done just now."""
        with self._changed:
            if not (run := self._run):
                return None
            now = self._clock()
            since_cancelled = now - self._cancelled if run.cancelled.is_set() else None
            return Doing(run.action.action, now - self._began, since_cancelled)

    def offer(self, action: ActionEvent) -> None:
        """Let an action wait for its turn, or reject it."""
        action = self._named(action)
        refusal = self._handlers.refusal(action)
        with self._changed:
            if refusal or not self._open:
                self._report(action, ActionStatus.ACTION_REJECTED, refusal or 'the node stops')
            else:
                self._let_wait(action)

    def reject(self, action: ActionEvent, reason: str) -> None:
        """Report that an action is not accepted."""
        with self._changed:
            self._report(self._named(action), ActionStatus.ACTION_REJECTED, reason)

    def cancel(self, condition: Callable[[ActionEvent], bool], reason: str) -> None:
        """Cancel the actions, waiting and being done, for which the condition holds."""
        with self._changed:
            for action in self._queue.remove(condition):
                self._report(action, ActionStatus.ACTION_CANCELLED, reason)
            if self._run and condition(self._run.action):
                self._run.reason = reason
                if not self._run.cancelled.is_set():
                    self._cancelled = self._clock()
                self._run.cancelled.set()

    def close(self, timeout: float) -> bool:
        """Cancel all and end; false where the handler did not return within `timeout` seconds and was given up."""
        with self._changed:
            self._open = False
            self.cancel(lambda action: True, 'the node stops')
            self._changed.notify()
        self._thread.join(timeout)
        with self._changed:
            if self._run:
                self._end(self._run, ActionStatus.ACTION_CANCELLED, self._run.reason)
        return not self._thread.is_alive()

    def _named(self, action: ActionEvent) -> ActionEvent:
        if action.id:
            return action
        self._numbered += 1
        return replace(action, id=f'{self._name}-{self._numbered}')

    def _let_wait(self, action: ActionEvent) -> None:
        without_room = self._queue.push(action)
        full = f'{self._queue.limit} actions wait already'
        if without_room is action:
            self._report(action, ActionStatus.ACTION_REJECTED, full)
            return
        self._report(action, ActionStatus.ACTION_QUEUED)
        if without_room:
            self._report(without_room, ActionStatus.ACTION_CANCELLED, f'{full}, this one made room for a newer one')
        self._changed.notify()

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._queue or not self._open)
                if not self._open:
                    return
                self._began = self._clock()
                run = self._run = Run(self._queue.pop())
            event_type, detail = self._do(run)
            with self._changed:
                self._end(run, event_type, detail)

    def _do(self, run: Run) -> tuple[str, str]:
        """Do an action, outside the lock; its last status, and the reason."""
        name = run.action.action
        try:
            handler = self._handlers.get(name)
        except GemmaError as error:
            return ActionStatus.ACTION_REJECTED, str(error)
        except BaseException as error:
            return ActionStatus.ACTION_FAILED, fault(name, error)
        if refusal := self._handlers.refusal(run.action):
            return ActionStatus.ACTION_REJECTED, refusal
        with self._changed:
            if run.cancelled.is_set():
                return ActionStatus.ACTION_CANCELLED, run.reason
            self._report(run.action, ActionStatus.ACTION_STARTED)
        try:
            done = bool(handler.execute(run))
        except GemmaError as error:
            return ActionStatus.ACTION_FAILED, str(error)
        except BaseException as error:  # the next action is to be done whatever this one raised
            return ActionStatus.ACTION_FAILED, fault(name, error)
        return (ActionStatus.ACTION_FINISHED, run.detail) if done else (ActionStatus.ACTION_CANCELLED, run.reason)

    def _end(self, run: Run, event_type: str, detail: str) -> None:
        if not run.reported:
            run.reported, self._run = True, None
            self._report(run.action, event_type, detail, run.content_done)

    def _report(self, action: ActionEvent, event_type: str, detail: str = '', content_done: str = '') -> None:
        if event_type in self.counts:
            self.counts[event_type] += 1
        self._report_status(
            ActionStatus(
                event_type,
                id=action.id,
                cause=action.cause,
                action=action.action,
                content_done=_text(content_done),
                detail=_text(detail),
            )
        )


def _text(value: object) -> str:
    """What a handler set or answered, as a message can hold it."""
    return printable(str(value or ''))


_LAST = (
    ActionStatus.ACTION_FINISHED,
    ActionStatus.ACTION_CANCELLED,
    ActionStatus.ACTION_FAILED,
    ActionStatus.ACTION_REJECTED,
)
