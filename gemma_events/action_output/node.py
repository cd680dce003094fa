"""The action_output node: does what is asked for on `action`, and reports on `action_status` how it goes."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from gemma_events import registry
from gemma_events.action_output.act import ActServer
from gemma_events.action_output.conversation import Conversation, Robot
from gemma_events.action_output.handlers import ActionHandlers, Makers, action_of, all_makers, makers
from gemma_events.action_output.health import Outcomes, conditions
from gemma_events.action_output.limbs.route import Route, names
from gemma_events.action_output.requests import Kind, Requests
from gemma_events.action_output.runner import ActionRunner
from gemma_events.action_output.speech.settings import SpeechSettings
from gemma_events.events import ActionEvent, ActionStatus, SpeechEvent
from gemma_events.node import Health, ManagedNode
from gemma_events.settings import setting
from gemma_events.turns import SPEAK
from gemma_events.worker import Ticker

CLOSE_TIMEOUT = 0.8  # seconds, for what is being done to be cancelled: a sound server that hangs must not hang us
PERIOD = 0.05  # seconds between looks at what people do, and at how far an action is
REPEATED = {
    Kind.DOUBLED: 'was asked for already: give each action an id of its own, or none',
    Kind.LATE: 'has ended, or its text has: this part of it came too late',
    Kind.STRANGE: 'is another action: a part has to name the same one',
}


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
    unknown_actions: str = setting(
        'reject',
        'what becomes of an action that nobody has registered: it is rejected, or ignored, for a robot whose own node '
        'does it',
        choices=('reject', 'ignore'),
    )
    queue_limit: int = setting(
        32,
        'how many actions may wait; when one more comes, the newest of the least urgent is cancelled',
        low=1,
        high=1000,
    )
    resume_interrupted: bool = setting(
        True,
        'whether speech that an urgent action has interrupted goes on afterwards, from the sentence that was cut',
        live=True,
    )
    more_timeout_s: float = setting(
        10.0,
        'how long to wait for the next part of an action that has more of them',
        unit='s',
        low=0.1,
        high=3600,
        live=True,
    )
    barge_in: str = setting(
        'pause',
        'when a person starts to talk while the robot speaks (not urgently): pause, and go on if it was nothing; '
        'stop; or off: go on',
        choices=('pause', 'stop', 'off'),
        live=True,
    )
    barge_in_ms: int = setting(
        600, 'how long a person has to talk to stop the robot', unit='ms', low=0, high=10_000, live=True
    )
    backchannels: tuple[str, ...] = setting(
        (), 'words that show that somebody listens and stop nothing, beside the usual ones of 13 languages', live=True
    )
    stop_words: tuple[str, ...] = setting(
        (), 'words that, said alone, always stop the robot, beside the usual ones such as "stop"', live=True
    )
    stop_words_end: str = setting(
        'speech',
        'what a stop word ends: speech, or everything the robot does',
        choices=('speech', 'everything'),
        live=True,
    )
    begin_limit_s: float = setting(
        10.0,
        'how long the robot waits, at most, for people to finish before it begins to speak; 0: it does not wait',
        unit='s',
        low=0.0,
        high=600.0,
        live=True,
    )


class ActionOutputNode(ManagedNode[ActionSettings]):
    """Queues actions by priority and does them one at a time; gives way to people who talk."""

    def __init__(self, **options: Any) -> None:
        super().__init__('action_output', ActionSettings, **options)
        self._publish = self.create_event_publisher(ActionStatus, 'action_status')
        self.create_event_subscription(ActionEvent, 'action', self._receive, self._reject)
        self.create_event_subscription(SpeechEvent, 'speech', self._hear)
        self.handlers = ActionHandlers({}, self.log)
        self._requests = Requests()
        self._runner: ActionRunner | None = None
        self._conversation = self._new_conversation()
        self._looks: Ticker | None = None
        self._outcomes = Outcomes()
        self._act = ActServer(self, lambda: self._runner)

    def configure(self) -> None:
        """Make the handlers."""
        named = self.settings.handlers
        made: Makers = {**makers(self, named), **{name: functools.partial(Route, self, name) for name in names(self)}}
        find_others: Callable[[], Makers] | None = functools.partial(all_makers, self)
        if self.settings.unknown_actions == 'ignore':  # all have to be known, to know which are not
            made, find_others = {**all_makers(self), **made}, None
        # Those of this package are light, but for speech, which takes a sound card.
        light = (name for name in registry.own(registry.ACTION_HANDLERS) if name != SPEAK)
        self.handlers = ActionHandlers(made, self.log, (*light, *map(action_of, named), *names(self)), find_others)

    def cleanup(self) -> None:
        """Release what the handlers acquired."""
        self.handlers.close()

    def activate(self) -> None:
        """Take actions."""
        self._outcomes = Outcomes()
        self._conversation = conversation = self._new_conversation()
        runner = ActionRunner(
            self.get_name(),
            self.handlers,
            self.settings.queue_limit,
            self._report,
            may_begin=conversation.may_begin,
            resumes=lambda: self.settings.resume_interrupted,
            more_timeout=lambda: self.settings.more_timeout_s,
            requests=self._requests,
        )
        conversation.start(Robot(runner.pause, runner.resume, runner.cancel, self.stop, runner.progress))
        self._runner = runner
        self._looks = self.every('conversation', PERIOD, self._look)

    def deactivate(self) -> None:
        """Cancel all actions, each with its status."""
        if self._looks:
            self._looks.close()
            self._looks = None
        if self._runner and not self._runner.close(CLOSE_TIMEOUT):
            self.log.warning('an action did not end and was left behind')
        self._runner = None
        self.handlers.stop()

    def close(self) -> None:
        """See ManagedNode; goals are answered although no executor may run."""
        self._act.end()
        super().close()

    def cancel(self, condition: Callable[[ActionEvent], bool], reason: str) -> list[str]:
        """Cancel the actions, waiting and being done, for which the condition holds; their ids."""
        return self._runner.cancel(condition, reason) if self._runner else []

    def stop(self, reason: str, but: str = '') -> list[str]:
        """Cancel all actions, but for the one with this id, and end what actions have left behind; the ids."""
        cancelled = self.cancel(lambda action: action.id != but, reason)
        self.handlers.stop()
        return cancelled

    def health(self) -> Health:
        """The queue, how actions ended, and what the handlers report."""
        values = self.handlers.health()
        if not (runner := self._runner):
            return Health('waiting', values=values)
        doing = runner.doing
        values |= {'waiting': runner.waiting, 'doing': doing.action[:100] if doing else ''}
        values |= {'no room': runner.dropped, 'open goals': len(self._act), **runner.counts}
        values |= {'goals refused': self._act.refused} if self._act.refused else {}
        values |= {'interrupted': runner.interruptions, **self._conversation.counts()}
        values |= {f'{kind.name.lower()} requests': count for kind, count in self._requests.counts.items()}
        self._outcomes.dropped(runner.dropped)
        broken = [str(error) for error in list(self.handlers.broken.values())]
        wrong = [*self._outcomes.conditions(), *conditions(doing, broken, self.handlers.troubles())]
        return Health('working', values=values).judged(wrong)

    def _new_conversation(self) -> Conversation:
        return Conversation(lambda: self.settings)

    def _receive(self, action: ActionEvent) -> None:
        if not self._runner or self._is_for_another_node(action):
            return
        kind = self._runner.offer(action)
        if kind in REPEATED:
            self.throttled_log.warning(kind.name, f'action {action.id[:100]!r} {REPEATED[kind]}')

    def _reject(self, action: ActionEvent, reason: str) -> None:
        if self._runner and not self._is_for_another_node(action):
            self._runner.reject(action, reason)

    def _is_for_another_node(self, action: ActionEvent) -> bool:
        known = self.handlers.knows(action.action) or action.id in self._requests
        return self.settings.unknown_actions == 'ignore' and not known

    def _hear(self, event: SpeechEvent) -> None:
        if self._runner:
            self._conversation.hear(event, self.now() - event.stamp if event.stamp else 0)

    def _look(self) -> None:
        self._conversation.look()
        if runner := self._runner:
            runner.look()
        self._act.look()

    def _report(self, status: ActionStatus) -> None:
        self._outcomes.add(status)
        self._conversation.follow(status)
        if status.event_type == ActionStatus.ACTION_FAILED:
            self.throttled_log.error('failed', status.detail)
        elif status.event_type == ActionStatus.ACTION_REJECTED and status.action not in self.handlers.broken:
            self.throttled_log.warning('rejected', f'action {status.action[:100]!r} rejected: {status.detail}')
        self._publish(replace(status, stamp=self.now()))
        self._act.follow(status)
