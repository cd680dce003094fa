"""The action_output node: does what is asked for on `action`, and reports on `action_status` how it goes."""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace
from typing import Any

from gemma_events.action_output.handlers import ActionHandlers, action_of, all_makers, makers
from gemma_events.action_output.health import Outcomes, conditions
from gemma_events.action_output.runner import ActionRunner
from gemma_events.action_output.speech.settings import SpeechSettings
from gemma_events.events import ActionEvent, ActionStatus, SpeechEvent
from gemma_events.node import Health, ManagedNode
from gemma_events.settings import setting
from gemma_events.turns import gives_way, takes_the_floor

CLOSE_TIMEOUT = 0.8  # seconds, for what is being done to be cancelled: a sound server that hangs must not hang us


@dataclass(frozen=True)
class ActionSettings(SpeechSettings):
    """The parameters of the action_output node."""

    handlers: tuple[str, ...] = setting(
        ('speak',),
        'action handlers that are loaded at the start: names that gemma_events --list shows (any other of them is '
        'loaded when an action first names it), or "name=module:Class", in quotes',
        pattern=r'[^\s=:]+(=[^\s=:]+:[^\s=:]+)?',
        form='a list of names, or of name=module:Class, such as wave=my_robot.arms:Wave',
    )
    give_way: bool = setting(
        True,
        'whether speech that is not urgent, waiting or being spoken, is cancelled when a person starts to talk',
        live=True,
    )
    queue_limit: int = setting(
        32,
        'actions that may wait; when one more comes, the newest of the least urgent is cancelled',
        low=1,
        high=1000,
    )


class ActionOutputNode(ManagedNode[ActionSettings]):
    """Queues actions by priority and does them one at a time; gives way to people who talk."""

    def __init__(self, **options: Any) -> None:
        super().__init__('action_output', ActionSettings, **options)
        self._publish = self.create_event_publisher(ActionStatus, 'action_status')
        self.create_event_subscription(ActionEvent, 'action', self._receive, self._reject)
        self.create_event_subscription(SpeechEvent, 'speech', self._hear)
        self._handlers = ActionHandlers({}, self.log)
        self._runner: ActionRunner | None = None
        self._outcomes = Outcomes()

    def configure(self) -> None:
        """Make the handlers."""
        named = self.settings.handlers
        self._handlers = ActionHandlers(
            makers(self, named), self.log, map(action_of, named), functools.partial(all_makers, self)
        )

    def cleanup(self) -> None:
        """Release what the handlers acquired."""
        self._handlers.close()

    def activate(self) -> None:
        """Take actions."""
        self._outcomes = Outcomes()
        self._runner = ActionRunner(self.get_name(), self._handlers, self.settings.queue_limit, self._report)

    def deactivate(self) -> None:
        """Cancel all actions, each with its status."""
        if self._runner and not self._runner.close(CLOSE_TIMEOUT):
            self.log.warning('an action did not end and was left behind')
        self._runner = None

    def health(self) -> Health:
        """The queue, how actions ended, and what the handlers report."""
        values = self._handlers.health()
        if not (runner := self._runner):
            return Health('waiting', values=values)
        values |= {'waiting': runner.waiting, 'no room': runner.dropped, **runner.counts}
        self._outcomes.dropped(runner.dropped)
        broken = [str(error) for error in list(self._handlers.broken.values())]
        wrong = [*self._outcomes.conditions(), *conditions(runner.doing, broken, self._handlers.troubles())]
        return Health('working', values=values).judged(wrong)

    def _receive(self, action: ActionEvent) -> None:
        if self._runner:
            self._runner.offer(action)

    def _reject(self, action: ActionEvent, reason: str) -> None:
        if self._runner:
            self._runner.reject(action, reason)

    def _hear(self, event: SpeechEvent) -> None:
        if self._runner and self.settings.give_way and takes_the_floor(event):
            self._runner.cancel(gives_way, 'a person started to talk')

    def _report(self, status: ActionStatus) -> None:
        self._outcomes.add(status)
        if status.event_type == ActionStatus.ACTION_FAILED:
            self.throttled_log.error('failed', status.detail)
        elif status.event_type == ActionStatus.ACTION_REJECTED and status.action not in self._handlers.broken:
            self.throttled_log.warning('rejected', f'action {status.action[:100]!r} rejected: {status.detail}')
        self._publish(replace(status, stamp=self.now()))
