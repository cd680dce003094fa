"""How another node is asked: its action server, its service, or by a topic. What fails raises DeviceError, a line."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Any

from action_msgs.msg import GoalStatus
from rclpy.action import ActionClient

from gemma_events.action_output.limbs.fields import to_json
from gemma_events.action_output.run import Run
from gemma_events.errors import DeviceError
from gemma_events.registry import reason

TICK = 0.02  # seconds between looks at `cancelled`
GONE = 3.0  # seconds without a server after which what it was asked for has failed
AGAIN = 10.0  # seconds after which a result is asked for again: a server that was started anew knows nothing of it
LATE = 'takes longer than its limit_s'
UNANSWERED = 'has neither accepted nor rejected it within timeout_s'


class Asked:
    """Somebody who may be asked. `name` is for people; `ready` says whether somebody is there, for which `patience` is
    waited, in seconds.
    """

    def __init__(self, node: Any, name: str, ready: Callable[[], object], patience: float) -> None:
        self._node, self._name, self.ready, self.patience = node, name, ready, patience

    def __str__(self) -> str:
        return self._name

    def wait_until_there(self, run: Run) -> bool:
        """False when cancelled first."""
        end = time.monotonic() + self.patience
        while not self.ready():
            if run.cancelled.wait(TICK):
                return False
            if time.monotonic() > end:
                raise DeviceError(f'nobody is there for {self}')
        return True

    def answer(self, run: Run, end: float, ask: Callable[[], Any], again: float = math.inf, late: str = LATE) -> Any:
        """What the future brings that `ask` makes; None when cancelled.

        `end`: when it has taken too long, in the time of time.monotonic(), which is `late`; `again`: seconds after
        which it is asked for again.
        """
        answers: SimpleQueue[Any] = SimpleQueue()
        asked, gone = -math.inf, 0.0
        while not run.cancelled.is_set():
            now = time.monotonic()
            if now - asked >= again:
                self._ask(ask, answers)
                asked = now
            try:
                return _result(answers.get(timeout=TICK))
            except Empty:
                gone = 0.0 if self.ready() else gone or now
            if gone and now - gone > GONE:
                raise DeviceError(f'{self} has gone in the middle')
            if now > end:
                raise DeviceError(f'{self} {late}')
        return None

    def _ask(self, ask: Callable[[], Any], answers: SimpleQueue[Any]) -> None:
        """In the executor: an action client of rclpy misses what is answered before it has noted what it asked."""

        def start() -> None:
            # A task that raises ends the process, in Jazzy's EventsExecutor.
            try:
                ask().add_done_callback(answers.put)
            except Exception as error:
                answers.put(error)

        if executor := self._node.executor:
            executor.create_task(start)


def _result(answer: Any) -> Any:
    """What a future has brought, or the error for which there is none."""
    try:
        if isinstance(answer, Exception):
            raise answer
        return answer.result()
    except DeviceError:
        raise
    except Exception as error:
        raise DeviceError(f'it could not be asked for: {reason(error)}') from error


class AskedAction(Asked):
    """An action server. `do` sends a goal and waits for its result, which `content_done` has as JSON."""

    def __init__(self, node: Any, interface: Any, name: str, patience: float) -> None:
        make: Any = ActionClient
        self._client = make(node, interface, name)
        super().__init__(node, f'action {name!r}', self._client.server_is_ready, patience)
        self.close = self._client.destroy

    def do(self, run: Run, message: Any, end: float) -> bool:
        """See above. Feedback becomes progress."""
        goal = _Goal(self._client, message, run)
        try:
            # What is asked of a server that was just started anew may be lost, and no answer ever comes.
            accepted = self.answer(run, min(end, time.monotonic() + self.patience), goal.send, late=UNANSWERED)
            if accepted and not accepted.accepted:
                raise DeviceError(f'{self} has rejected it')
            ended = accepted and self.answer(run, end, accepted.get_result_async, AGAIN)
        except DeviceError:
            goal.give_up()
            raise
        if ended is None:
            goal.give_up()
            return False
        if ended.status == GoalStatus.STATUS_UNKNOWN:
            raise DeviceError(f'{self} was started anew in the middle')
        run.content_done = to_json(ended.result)
        if ended.status == GoalStatus.STATUS_CANCELED:
            run.reason = f'{self} was cancelled by somebody else'
            return False
        if ended.status != GoalStatus.STATUS_SUCCEEDED:
            raise DeviceError(f'{self} has aborted it')
        return True


class _Goal:
    """A goal that may be given up at any moment, also before its server has accepted it."""

    def __init__(self, client: Any, goal: Any, run: Run) -> None:
        self._client, self._goal, self._run = client, goal, run
        self._sent: Any = None
        self._given_up = False
        self._lock = threading.Lock()

    def send(self) -> Any:
        with self._lock:
            if self._given_up:
                raise DeviceError('it was given up')
            self._sent = self._client.send_goal_async(
                self._goal, feedback_callback=lambda each: self._run.progress(to_json(each.feedback))
            )
            return self._sent

    def give_up(self) -> None:
        with self._lock:
            self._given_up = True
            sent = self._sent
        if sent and sent.done():
            _cancel(sent)  # at once: at the end of the process no executor runs
        elif sent:
            sent.add_done_callback(_cancel)


def _cancel(sent: Any) -> None:
    handle = sent.result()
    if handle and handle.accepted:
        handle.cancel_goal_async()


class AskedService(Asked):
    """A service. `do` calls it; `content_done` has the response as JSON."""

    def __init__(self, node: Any, interface: Any, name: str, patience: float) -> None:
        client = node.create_client(interface, name)
        super().__init__(node, f'service {name!r}', client.service_is_ready, patience)
        self._call, self.close = client.call_async, lambda: node.destroy_client(client)

    def do(self, run: Run, message: Any, end: float) -> bool:
        """See above. A call cannot be cancelled: its answer is not waited for then."""
        response = self.answer(run, end, lambda: self._call(message))
        if response is None:
            return False
        run.content_done = to_json(response)
        return True


class AskedTopic(Asked):
    """Whoever subscribes to a topic. `do` publishes."""

    def __init__(self, node: Any, interface: Any, name: str, patience: float) -> None:
        publisher = node.create_publisher(interface, name, 10)
        super().__init__(node, f'topic {name!r}', publisher.get_subscription_count, patience)
        self._publish, self.close = publisher.publish, lambda: node.destroy_publisher(publisher)

    def do(self, _run: Run, message: Any, _end: float) -> bool:
        """See above."""
        self._publish(message)
        return True
