"""What all nodes have in common: life cycle, parameters, diagnostics, events on topics, a clean shutdown."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Generic, TypeVar

from diagnostic_msgs.msg import DiagnosticArray
from lifecycle_msgs.msg import Transition
from rcl_interfaces.msg import SetParametersResult
from rclpy.exceptions import (
    InvalidHandle,
    InvalidParameterTypeException,
    InvalidParameterValueException,
    ParameterNotDeclaredException,
)
from rclpy.lifecycle import LifecycleState, TransitionCallbackReturn
from rclpy.parameter import Parameter
from rclpy.qos import QoSProfile
from rclpy.task import Task

from gemma_events import diagnostics, rclpy_internals
from gemma_events.errors import ConfigurationError
from gemma_events.event_node import EventNode
from gemma_events.health import Condition, Health
from gemma_events.parameters import Group, StartSettings
from gemma_events.settings import SettingsT, changed, check, live
from gemma_events.worker import Ticker

DIAGNOSTICS_PERIOD = 1.0  # seconds
LONGEST_FAULT = 2000  # characters of a line that says why a node cannot work
TRANSITIONS = {
    Transition.TRANSITION_CONFIGURE: 'configure',
    Transition.TRANSITION_CLEANUP: 'clean up',
    Transition.TRANSITION_ACTIVATE: 'activate',
    Transition.TRANSITION_DEACTIVATE: 'deactivate',
}
GroupT = TypeVar('GroupT')

__all__ = ['Health', 'ManagedNode']


class ManagedNode(EventNode, Generic[SettingsT]):
    """A lifecycle node whose subclass says what to do at each step.

    A subclass overrides `configure`, `activate`, `deactivate`, `cleanup` (in pairs: what one acquires the
    other releases), `settings_changed`, `group_changed` and `health`. `configure` and `activate` raise
    ConfigurationError for what the user has to change; the transition then fails with that line in the log. A
    missing device is not such an error: the node becomes active, reports it in `health` and keeps trying.
    """

    settings: SettingsT

    def __init__(self, name: str, settings_type: type[SettingsT], **options: Any) -> None:
        try:
            super().__init__(name, **options)
        except (InvalidParameterTypeException, InvalidParameterValueException) as error:  # of what rclpy declares
            raise ConfigurationError(str(error).rpartition(': ')[0]) from error  # the rest is the name once more
        self.fault = ''  # why the node is not configured, or not active: the last attempt's line; empty: it is fine
        self._own_group = Group(settings_type)
        start = self.declare_settings(StartSettings)
        self.autostart, self.strict = start.autostart, start.strict
        self.settings = self.declare_settings(settings_type)
        self._diagnostics = self.create_publisher(DiagnosticArray, '/diagnostics', QoSProfile(depth=10))
        rclpy_internals.answer_impossible_transitions(self, self._refuse_transition)
        self._publishing: Task | None = None
        self._ticker = self.every('diagnostics', DIAGNOSTICS_PERIOD, self._tick)

    # --- for a subclass to override ---------------------------------------------------------------

    def configure(self) -> None:
        """Check the settings and acquire what is needed to start."""

    def activate(self) -> None:
        """Start working. Publishers are open from here until after `deactivate`."""

    def deactivate(self) -> None:
        """Stop working: end and join every thread, publish what is still owed.

        Also called when `activate` has failed halfway. Should not raise.
        """

    def cleanup(self) -> None:
        """Release what `configure` acquired."""

    def settings_changed(self, names: set[str]) -> None:
        """`self.settings` has new values for these live settings."""

    def group_changed(self, prefix: str, settings: Any) -> None:
        """Settings declared with a prefix have new values."""

    def health(self) -> Health:
        """How the node is doing; called once a second in every state."""
        return Health('working' if self.active else 'waiting')

    # --- parameters -------------------------------------------------------------------------------

    def declare_settings(self, settings_type: type[GroupT], prefix: str = '', **defaults: Any) -> GroupT:
        """Declare a parameter for each setting, named `prefix` + its name, and read them all.

        `defaults` replaces defaults of the settings class. What is declared already is only read. Raises
        ConfigurationError, one line, for bad values; but not while the node is unconfigured, as in a constructor: then
        `configure` is what fails, until the parameters have been set, and the settings are the defaults.
        """
        group, at_start = Group(settings_type, prefix), rclpy_internals.lifecycle_state(self) == 'unconfigured'
        self.parameters.declare(group, defaults, needed=at_start)
        try:
            settings: GroupT = self.parameters.settings(group)
        except ConfigurationError as error:
            if not at_start:
                raise
            self.fault = '; '.join(filter(None, (self.fault, str(error))))
            settings = check(settings_type, defaults)
        return settings

    def set_parameters_atomically(self, parameter_list: list[Parameter]) -> SetParametersResult:
        """As rclpy has it, but what YAML made of a value is taken as meant, and reasons say what to do."""
        try:
            parameters = self.parameters.accept(parameter_list, rclpy_internals.lifecycle_state(self))
            result: SetParametersResult = super().set_parameters_atomically(parameters)
        except ConfigurationError as error:
            return SetParametersResult(successful=False, reason=str(error))
        except ParameterNotDeclaredException:  # whose text does not say which
            return SetParametersResult(successful=False, reason=self.parameters.unknown(parameter_list))
        if result.successful:
            self._apply(parameters)
        return result

    def set_parameters(self, parameter_list: list[Parameter]) -> list[SetParametersResult]:
        """One after the other."""
        return [self.set_parameters_atomically([parameter]) for parameter in parameter_list]

    def _apply(self, parameters: list[Parameter]) -> None:
        self.follow_clock()
        for group, settings in self.parameters.changed(parameters):
            if group.prefix:
                self.group_changed(group.prefix, settings)
            elif group == self._own_group:
                old, self.settings = self.settings, settings
                if names := changed(old, settings) & live(group.settings_type):
                    self.settings_changed(names)

    # --- life cycle -------------------------------------------------------------------------------

    def start_to(self, state: str) -> bool:
        """Take the step to `inactive` or to `active`, unless `autostart` is off; false, with the reason in the log,
        if it failed.
        """
        if not self.autostart and self.fault and state == 'inactive':
            self.log.error(self.fault)  # which `configure` would say
        step = {'inactive': self.trigger_configure, 'active': self.trigger_activate}[state]
        return not self.autostart or step() == TransitionCallbackReturn.SUCCESS

    def start(self) -> bool:
        """Take both steps."""
        return self.start_to('inactive') and self.start_to('active')

    def close(self) -> None:
        """Shut down from whatever state, and release everything."""
        if rclpy_internals.lifecycle_state(self) in ('unconfigured', 'inactive', 'active'):
            self.trigger_shutdown()
        self.destroy_node()

    def destroy_node(self) -> None:
        """See rclpy; no diagnostics any more."""
        self._ticker.close()
        super().destroy_node()

    def on_configure(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Read the settings and acquire; on failure, release what was acquired so far."""
        failure = self._step(self._configure, self.cleanup)
        if not failure:
            self.fault = ''
        return failure or super().on_configure(state)

    def _configure(self) -> None:
        self.parameters.check()
        self.settings = self.parameters.settings(self._own_group)
        self.configure()

    def on_activate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Open the publishers, then start working."""
        super().on_activate(state)
        self.active = True
        failure = self._step(self.activate, self.deactivate)
        if failure:
            self.active = False
            super().on_deactivate(state)
        else:
            self.fault = ''
            self.get_logger().info('active')
        return failure or TransitionCallbackReturn.SUCCESS

    def on_deactivate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Stop working, then close the publishers."""
        self.active = False
        return self._step(self.deactivate) or super().on_deactivate(state)

    def on_cleanup(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Release."""
        return self._step(self.cleanup) or super().on_cleanup(state)

    def on_shutdown(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Stop and release whatever was started."""
        if self.active:
            self.on_deactivate(state)
        if state.label != 'unconfigured':
            self.on_cleanup(state)
        return super().on_shutdown(state)

    def on_error(self, state: LifecycleState) -> TransitionCallbackReturn:
        """After a fault in our own code: back to unconfigured, so that the node can be configured again."""
        self.active = False
        self._step(self.deactivate)
        self._step(self.cleanup)
        return TransitionCallbackReturn.SUCCESS

    def _refuse_transition(self, transition: Transition) -> None:
        what = TRANSITIONS.get(transition.id) or transition.label or f'take the transition {transition.id}'
        self.log.warning(f'cannot {what}: the node is {rclpy_internals.lifecycle_state(self)}')

    def _step(
        self, work: Callable[[], None], undo: Callable[[], None] = lambda: None
    ) -> TransitionCallbackReturn | None:
        """None on success. rclpy swallows exceptions of transitions, so each is logged here."""
        try:
            work()
        except ConfigurationError as error:
            self.fault = str(error)[:LONGEST_FAULT]
            self.get_logger().error(self.fault)
            undo()
            return TransitionCallbackReturn.FAILURE
        except Exception as error:
            self.fault = f'{work.__name__.lstrip("_")} failed, a fault in gemma_events: {error!r}'
            self.get_logger().error(f'{self.fault}\n{traceback.format_exc()}')
            return TransitionCallbackReturn.ERROR
        return None

    def every(self, name: str, period: float, tick: Callable[[], None]) -> Ticker:
        """Call `tick` every `period` seconds in a thread of its own, until it is closed; what it raises is logged."""
        return Ticker(name, period, tick, lambda error: self._tell_fault(name))

    def _tell_fault(self, where: str) -> None:
        self.throttled_log.error(where, f'{where}: a fault in gemma_events:\n{traceback.format_exc()}')

    # --- diagnostics ------------------------------------------------------------------------------

    def _tick(self) -> None:
        """Let the executor publish, unless it has not yet done so since the last time."""
        if self.executor and (self._publishing is None or self._publishing.done()):
            self._publishing = self.executor.create_task(self._publish_diagnostics)

    def _publish_diagnostics(self) -> None:
        """Raises nothing: in the EventsExecutor of Jazzy's wheels a task that raises ends the process."""
        try:
            self._diagnostics.publish(self._measure())
        except InvalidHandle:  # the node was destroyed meanwhile
            pass
        except Exception:
            self._tell_fault('diagnostics')

    def _measure(self) -> DiagnosticArray:
        self.look_around()
        fault = [Condition(Health.ERROR, self.fault)] if self.fault else []
        health = self.health().judged([*fault, *self.conditions()])
        values = {'state': rclpy_internals.lifecycle_state(self), **health.values, **self.values()}
        return diagnostics.message(self, replace(health, values=values), self.now())
