"""The action server `act`: goals wait in the same queue as what comes on the topic."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from rclpy.action import CancelResponse, GoalResponse

from gemma_events.action import Act
from gemma_events.action_output.requests import Kind
from gemma_events.action_output.runner import ActionRunner
from gemma_events.events import ENDINGS, ActionEvent, ActionStatus
from gemma_events.node import ManagedNode
from gemma_events.rclpy_internals import InlineActionServer

RESULT_TIMEOUT = 60  # seconds after its end for which the result of a goal can be asked for
MAX_GOALS = 1000  # that are open, or whose results are kept; further ones are refused
WHY_NOT = {
    Kind.DOUBLED: 'an action with this id was asked for already',
    Kind.LATE: 'the action with this id has ended',
}


@dataclass
class Goal:
    """A goal that has not been answered."""

    handle: Any
    told: str = ''  # the last feedback


def _never(handle: Any) -> Any:
    raise AssertionError('each goal is executed with a callback of its own')


class ActServer:
    """Offers goals to the runner, while there is one, and answers them by what becomes of their actions.

    A goal that cannot be done is accepted and aborted, so that whoever asked can read why. Its executor answers them,
    until `end`; then whoever brings the news. `refused` counts the goals for which there was no room.
    """

    def __init__(self, node: ManagedNode[Any], runner: Callable[[], ActionRunner | None]) -> None:
        self.refused = 0
        self._node, self._runner = node, runner
        self._goals: dict[str, Goal] = {}
        self._owed: dict[bytes, tuple[Any, ActionStatus]] = {}  # goals whose actions have ended, by their UUIDs
        self._answered: deque[float] = deque()  # when goals were
        self._lock = threading.Lock()  # nothing is called while it is held
        self._ending = False
        self._server = InlineActionServer(
            node,
            Act,
            'act',
            execute_callback=_never,
            goal_callback=self._take,
            handle_accepted_callback=self._accept,
            cancel_callback=self._cancel,
            result_timeout=RESULT_TIMEOUT,
        )

    def __len__(self) -> int:
        return len(self._goals)

    def end(self) -> None:
        """The executor runs no more: answer what is owed, and from now on at once."""
        self._ending = True
        for key in list(self._owed):
            self._pay(key)

    def follow(self, status: ActionStatus) -> None:
        """What the runner reports, from whatever thread."""
        if status.event_type in ENDINGS:
            with self._lock:
                goal = self._goals.pop(status.id, None)
            if goal:
                self._answer(goal.handle, status)
        elif status.event_type == ActionStatus.ACTION_PROGRESS:
            self._tell(status.id, status.content_done, status.detail)

    def look(self) -> None:
        """Tell how far the action is that is being done: to be called now and then."""
        runner = self._runner()
        if runner and self._goals and (progress := runner.progress()):
            asked, content_done = progress
            self._tell(asked.id, content_done)

    def _take(self, _goal: Any) -> GoalResponse:
        if not self._runner():
            return GoalResponse.REJECT
        now = time.monotonic()
        while self._answered and now - self._answered[0] > RESULT_TIMEOUT:
            self._answered.popleft()
        if len(self._goals) + len(self._answered) < MAX_GOALS:
            return GoalResponse.ACCEPT
        self.refused += 1
        reason = f'a goal was refused: {MAX_GOALS} are open, or ended in the last {RESULT_TIMEOUT} s'
        self._node.throttled_log.warning('goals', reason)
        return GoalResponse.REJECT

    def _accept(self, handle: Any) -> None:
        goal, runner = handle.request, self._runner()
        if not runner:
            self._refuse(handle, goal.id, 'the node is not active')
            return
        asked = runner.named(
            ActionEvent(
                stamp=self._node.now(),
                id=goal.id,
                cause=goal.cause,
                action=goal.action,
                content=goal.content,
                arguments=goal.arguments,
                priority=goal.priority,
            )
        )
        goal.content = goal.arguments = ''  # the server keeps the request as long as the result
        with self._lock:
            known = asked.id in self._goals
            if not known:
                self._goals[asked.id] = Goal(handle)
        kind = Kind.DOUBLED if known else runner.offer(asked, joins=False)
        if kind is Kind.NEW:
            return
        if not known:
            with self._lock:
                self._goals.pop(asked.id, None)
        self._refuse(handle, asked.id, WHY_NOT[kind])

    def _cancel(self, handle: Any) -> CancelResponse:
        with self._lock:
            ids = [name for name, goal in self._goals.items() if goal.handle.goal_id == handle.goal_id]
        runner = self._runner()
        if not ids or not runner:
            return CancelResponse.REJECT
        # Once this has been answered: only a goal that is being cancelled can end as cancelled.
        self._later(lambda: runner.cancel(lambda asked: asked.id == ids[0], 'its goal was cancelled'))
        return CancelResponse.ACCEPT

    def _tell(self, name: str, content_done: str, detail: str = '') -> None:
        with self._lock:
            goal = self._goals.get(name)
            if not goal or (goal.told == content_done and not detail):
                return
            goal.told = content_done
        goal.handle.publish_feedback(Act.Feedback(content_done=content_done, detail=detail))

    def _refuse(self, handle: Any, identity: str, detail: str) -> None:
        self._answer(handle, ActionStatus(ActionStatus.ACTION_REJECTED, id=identity, detail=detail))

    def _answer(self, handle: Any, status: ActionStatus) -> None:
        key = bytes(handle.goal_id.uuid)
        with self._lock:
            self._answered.append(time.monotonic())
            self._owed[key] = (handle, status)
        if self._ending:
            self._pay(key)
        else:
            self._later(lambda: self._pay(key))

    def _pay(self, key: bytes) -> None:
        with self._lock:
            owed = self._owed.pop(key, None)
        if not owed:
            return
        handle, status = owed

        def end(handle: Any) -> Any:
            if status.event_type == ActionStatus.ACTION_FINISHED:
                handle.succeed()
            elif status.event_type == ActionStatus.ACTION_CANCELLED and handle.is_cancel_requested:
                handle.canceled()
            else:
                handle.abort()
            done, detail = status.content_done, status.detail
            return Act.Result(id=status.id, ending=status.event_type, content_done=done, detail=detail)

        # A task that raises ends the process, in Jazzy's EventsExecutor; the goal may be gone meanwhile.
        try:
            handle.execute(end)
        except Exception as error:
            self._node.throttled_log.warning('goal', f'a goal could not be answered: {error}')

    def _later(self, call: Callable[[], object]) -> None:
        if executor := self._node.executor:
            executor.create_task(call)
