"""The thread that does actions, one after the other, and what is reported of each."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace

from gemma_events.action_output.handlers import ActionHandlers, fault
from gemma_events.action_output.health import Doing
from gemma_events.action_output.queue import ActionQueue
from gemma_events.action_output.requests import Kind, Requests
from gemma_events.action_output.run import MORE_TIMEOUT, Run
from gemma_events.errors import GemmaError
from gemma_events.events import ENDINGS, ActionEvent, ActionStatus
from gemma_events.registry import text

PATIENCE = 0.05  # seconds after which an action that cannot begin yet is looked at again
PROGRESS_PERIOD = 0.1  # seconds between two reports on how far an action is


class ActionRunner:
    """Queues actions and does them one after the other in a thread of its own, from construction until `close`.

    Every action gets its statuses through `report`, in order, from whatever thread; the last one exactly once. `name`
    begins the ids of actions that came without one; `limit` actions may wait; `may_begin` says whether the next one
    may; `resumes` whether what an urgent action interrupts goes on afterwards, where its handler can; `more_timeout`
    how many seconds the next part may take; `requests` knows what was asked for before. `clock` gives seconds and does
    not jump.
    """

    def __init__(
        self,
        name: str,
        handlers: ActionHandlers,
        limit: int,
        report: Callable[[ActionStatus], None],
        clock: Callable[[], float] = time.monotonic,
        may_begin: Callable[[ActionEvent], bool] = lambda action: True,
        resumes: Callable[[], bool] = lambda: True,
        more_timeout: Callable[[], float] = lambda: MORE_TIMEOUT,
        requests: Requests | None = None,
    ) -> None:
        self.counts = dict.fromkeys(ENDINGS, 0)
        self.interruptions = 0
        self._name, self._handlers, self._report_status = name, handlers, report
        self._may_begin, self._resumes, self._more_timeout = may_begin, resumes, more_timeout
        self._queue, self._requests = ActionQueue(limit), Requests() if requests is None else requests
        self._run: Run | None = None
        self._clock, self._began, self._cancelled = clock, 0.0, 0.0
        self._open = True
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

    def progress(self) -> tuple[ActionEvent, str] | None:
        """What is being done just now, with all of its parts so far, and what of it has been done."""
        if not (run := self._run):
            return None
        return replace(run.action, content=run.text), text(run.content_done)

    # --- requests ----------------------------------------------------------------------------------

    def named(self, action: ActionEvent) -> ActionEvent:
        """The same with an id."""
        with self._changed:
            return self._requests.named(action, self._name)

    def offer(self, action: ActionEvent, joins: bool = True) -> Kind:
        """Let an action wait for its turn, or reject it. What is no NEW one has no status of its own.

        `joins`: it may be a part of another one.
        """
        with self._changed:
            action = self._requests.named(action, self._name)
            kind = self._requests.kind(action, self._clock(), joins)
            if kind is Kind.PART:
                self._look()
            if kind is not Kind.NEW:
                return kind
            run = self._register(action)
        refusal = self._handlers.refusal(action)  # which may take its time
        with self._changed:
            self._begin(run, refusal if self._open else 'the node stops')
        return kind

    def reject(self, action: ActionEvent, reason: str) -> None:
        """Report that an action is not accepted."""
        with self._changed:
            action = self._requests.named(action, self._name)
            if self._requests.kind(action, self._clock(), joins=False) is Kind.NEW:
                self._begin(self._register(action), reason)

    def look(self) -> None:
        """What is due: to be called every few 10 ms."""
        if len(self._queue):
            with self._changed:
                self._look()

    def cancel(self, condition: Callable[[ActionEvent], bool], reason: str) -> list[str]:
        """Cancel the actions, waiting and being done, for which the condition holds; their ids."""
        with self._changed:
            cancelled = self._queue.remove(lambda run: condition(run.action))
            for run in cancelled:
                self._end(run, ActionStatus.ACTION_CANCELLED, reason)
            if self._run and not self._run.reported and condition(self._run.action):
                self._run.reason, self._run.interrupted = reason, False
                self._stop(self._run)
                cancelled.append(self._run)
            return [run.action.id for run in cancelled]

    def pause(self, condition: Callable[[ActionEvent], bool]) -> None:
        """Pause what is being done, where the condition holds."""
        with self._changed:
            if self._run and condition(self._run.action):
                self._run.paused.set()

    def resume(self) -> None:
        """Go on with what was paused."""
        if run := self._run:
            run.paused.clear()

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

    # --- with the lock held ------------------------------------------------------------------------

    def _register(self, action: ActionEvent) -> Run:
        run = Run(action, more_timeout=self._more_timeout(), tell=self._progress, clock=self._clock)
        self._requests.begin(run)
        return run

    def _begin(self, run: Run, refusal: str) -> None:
        if refusal:
            self._end(run, ActionStatus.ACTION_REJECTED, refusal)
        elif self._handlers.is_a('at_once', run.action.action):
            self._report(run, ActionStatus.ACTION_STARTED)
            self._end(run, *self._execute(run))
        else:
            self._let_wait(run)

    def _let_wait(self, run: Run) -> None:
        without_room = self._queue.push(run)
        full = f'{self._queue.limit} actions wait already'
        if without_room is run:
            self._end(run, ActionStatus.ACTION_REJECTED, full)
            return
        self._report(run, ActionStatus.ACTION_QUEUED)
        if without_room:
            reason = f'{full}, this one made room for a newer one'
            self._end(without_room, ActionStatus.ACTION_CANCELLED, reason)
        self._look()

    def _look(self) -> None:
        """Something has come: an urgent action interrupts what is being done."""
        self._changed.notify()
        running, following = self._run, self._next()
        if not (running and following) or running.cancelled.is_set():
            return
        if following.action.priority == ActionEvent.URGENT > running.action.priority:
            running.interrupted, running.reason = True, f'action {following.action.id!r} is urgent'
            self._stop(running)

    def _next(self) -> Run | None:
        """The first one that waits for nothing but its turn."""
        for run in self._queue:
            if run.expire() or self._handlers.is_a('streams', run.action.action):
                return run
        return None

    def _stop(self, run: Run) -> None:
        if not run.cancelled.is_set():
            self._cancelled = self._clock()
        run.cancelled.set()

    def _end(self, run: Run, event_type: str, detail: str) -> None:
        if not run.reported:
            run.reported = True
            rejected = event_type == ActionStatus.ACTION_REJECTED
            (self._requests.reject if rejected else self._requests.end)(run, self._clock())
            self._report(run, event_type, detail)
        if self._run is run:
            self._run = None

    def _progress(self, run: Run, detail: str) -> None:
        with self._changed:
            if not run.reported and self._clock() - run.told >= PROGRESS_PERIOD:
                run.told = self._clock()
                self._report(run, ActionStatus.ACTION_PROGRESS, detail)

    def _report(self, run: Run, event_type: str, detail: str = '') -> None:
        if event_type in self.counts:
            self.counts[event_type] += 1
        self._report_status(run.status(event_type, detail))

    # --- the thread --------------------------------------------------------------------------------

    def _work(self) -> None:
        while run := self._wait():
            event_type, detail = self._do(run)
            with self._changed:
                if self._goes_on(run, event_type):
                    self._run = None
                    self._queue.push_back(run)
                else:
                    self._end(run, event_type, detail)

    def _wait(self) -> Run | None:
        """The next action whose turn it is; None at the end."""
        with self._changed:
            while self._open:
                run = self._next()
                if run and self._may_begin(run.action):
                    self._queue.take(run)
                    self._began, self._run = self._clock(), run
                    return run
                self._changed.wait(PATIENCE if len(self._queue) else None)
            return None

    def _goes_on(self, run: Run, event_type: str) -> bool:
        """Whether an action that was interrupted waits again."""
        if not run.interrupted or run.reported or event_type != ActionStatus.ACTION_CANCELLED:
            return False
        run.interrupted = False
        if not (self._open and self._resumes() and self._handlers.is_a('resumable', run.action.action)):
            return False
        self.interruptions += 1
        run.cancelled.clear()
        run.reason = ''
        return True

    def _do(self, run: Run) -> tuple[str, str]:
        """Do an action, outside the lock; its last status, and the reason."""
        name = run.action.action
        try:
            self._handlers.get(name)
        except GemmaError as error:
            return ActionStatus.ACTION_REJECTED, str(error)
        except BaseException as error:
            return ActionStatus.ACTION_FAILED, fault(name, error)
        run.whole()
        if not run.started and (refusal := self._handlers.refusal(run.action)):
            return ActionStatus.ACTION_REJECTED, refusal
        with self._changed:
            if run.cancelled.is_set():
                return ActionStatus.ACTION_CANCELLED, run.reason
            if not run.started:
                run.started = True
                self._report(run, ActionStatus.ACTION_STARTED)
        return self._execute(run)

    def _execute(self, run: Run) -> tuple[str, str]:
        name = run.action.action
        try:
            done = bool(self._handlers.get(name).execute(run))
        except GemmaError as error:
            return ActionStatus.ACTION_FAILED, str(error)
        except BaseException as error:  # the next action is to be done whatever this one raised
            return ActionStatus.ACTION_FAILED, fault(name, error)
        if done:
            return ActionStatus.ACTION_FINISHED, run.detail
        return ActionStatus.ACTION_CANCELLED, text(run.reason) or f'action handler {name!r} ended it'
