"""The action_output node: does what is asked for on `action`, and tells on `action_status` how it fares."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, replace
from typing import Any

from gemma_events import portaudio
from gemma_events.action_output.handlers import ActionRunner
from gemma_events.action_output.speak import SpeakHandler, SpeakSettings
from gemma_events.errors import DeviceError
from gemma_events.events import ActionEvent, ActionStatus, SpeechEvent
from gemma_events.node import Health, ManagedNode
from gemma_events.settings import setting

CLOSE_TIMEOUT = 0.8  # seconds, for what is being done to be cancelled: a sound server that hangs must not hang us
SPEAK = 'speak'


@dataclass(frozen=True)
class ActionSettings(SpeakSettings):
    """The parameters of the action_output node."""

    give_way: bool = setting(
        True,
        'whether speech that is not urgent, begun or waiting, is cancelled when a person starts to talk',
        live=True,
    )
    queue_limit: int = setting(
        32, 'actions that may wait; with one more, the newest of the least urgent goes', low=1, high=1000
    )


class ActionOutputNode(ManagedNode[ActionSettings]):
    """Queues actions by priority and does them one at a time; gives way to people who talk."""

    def __init__(self, **options: Any) -> None:
        super().__init__('action_output', ActionSettings, **options)
        self._publish = self.create_event_publisher(ActionStatus, 'action_status')
        self.create_event_subscription(ActionEvent, 'action', self._receive)
        self.create_event_subscription(SpeechEvent, 'speech', self._hear)
        self._speak = SpeakHandler(lambda: self.settings, self.get_logger().info)
        self._runner: ActionRunner | None = None
        self._failure = ''  # of the last action, when it failed

    def configure(self) -> None:
        """Load what plays sound."""
        if self.settings.output != 'log':
            with contextlib.suppress(DeviceError):  # each speech tries again, and reports it
                portaudio.load()

    def activate(self) -> None:
        """Take actions."""
        self._failure = ''
        self._runner = ActionRunner(self.get_name(), {SPEAK: self._speak}, self.settings.queue_limit, self._tell)

    def deactivate(self) -> None:
        """Cancel all actions, each with its status."""
        if self._runner and not self._runner.close(CLOSE_TIMEOUT):
            self.get_logger().warning('an action did not end and was left behind')
        self._runner = None

    def health(self) -> Health:
        """The queue, how actions ended, and where speech goes."""
        values: dict[str, object] = {'speech output': self._speak.output}
        if runner := self._runner:
            values |= {'waiting': runner.waiting, 'no room': runner.dropped, **runner.counts}
        if self._failure:
            return Health(self._failure, Health.ERROR, values)
        return Health('working' if self.active else 'waiting', values=values)

    def _receive(self, action: ActionEvent) -> None:
        if self._runner:
            self._runner.offer(action)

    def _hear(self, event: SpeechEvent) -> None:
        if self._runner and self.settings.give_way and event.event_type == SpeechEvent.SPEECH_STARTED:
            self._runner.cancel(
                lambda action: action.action == SPEAK and action.priority < ActionEvent.URGENT,
                'a person started to talk',
            )

    def _tell(self, status: ActionStatus) -> None:
        if status.event_type == ActionStatus.ACTION_FAILED:
            self._failure = status.detail
            self.get_logger().error(status.detail, throttle_duration_sec=10.0)
        elif status.event_type == ActionStatus.ACTION_FINISHED:
            self._failure = ''
        elif status.event_type == ActionStatus.ACTION_REJECTED:
            self.get_logger().warning(f'action rejected: {status.detail}', throttle_duration_sec=10.0)
        self._publish(replace(status, stamp=self.now()))
