"""What all nodes have in common: life cycle, parameters, diagnostics, events on topics, a clean shutdown."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue
from rcl_interfaces.msg import SetParametersResult
from rclpy.exceptions import (
    InvalidHandle,
    InvalidParameterTypeException,
    InvalidParameterValueException,
    ParameterNotDeclaredException,
)
from rclpy.lifecycle import LifecycleNode, LifecycleState, TransitionCallbackReturn
from rclpy.parameter import Parameter
from rclpy.qos import QoSProfile
from rclpy.task import Task

from gemma_events import messages, rclpy_internals
from gemma_events.errors import ConfigurationError
from gemma_events.health import Health
from gemma_events.log import Log, ThrottledLog
from gemma_events.messages import EventT
from gemma_events.parameters import Group, Parameters, StartSettings
from gemma_events.settings import SettingsT, changed, check, live
from gemma_events.words import printable
from gemma_events.worker import Ticker

DIAGNOSTICS_PERIOD = 1.0  # seconds
LONGEST_FAULT = 2000  # characters of a line that says why a node cannot work
USE_SIM_TIME = 'use_sim_time'
GroupT = TypeVar('GroupT')

__all__ = ['Health', 'ManagedNode']


class ManagedNode(LifecycleNode, Generic[SettingsT]):
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
            raise ConfigurationError(f'node {name}: {error}') from error
        self.active = False
        self.fault = ''  # why the node is not configured, or not active: the last attempt's line; empty: it is fine
        self._simulated_time: bool = self.get_parameter(USE_SIM_TIME).value
        self.parameters = Parameters(self)
        self._own_group = Group(settings_type)
        start = self.declare_settings(StartSettings)
        self.autostart, self.strict = start.autostart, start.strict
        self.settings = self.declare_settings(settings_type)
        self._diagnostics = self.create_publisher(DiagnosticArray, '/diagnostics', QoSProfile(depth=10))
        self.throttled_log = ThrottledLog(self.log)
        self._publishing: Task | None = None
        self._ticker = Ticker('diagnostics', DIAGNOSTICS_PERIOD, self._tick)

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

    # --- for a subclass to use --------------------------------------------------------------------

    def now(self) -> int:
        """Nanoseconds of the node's clock, which follows `use_sim_time`."""
        if not self._simulated_time:  # the ROS clock would say the same, ten times slower
            return time.time_ns()
        nanoseconds: int = self.get_clock().now().nanoseconds
        return nanoseconds

    @property
    def log(self) -> Log:
        """The node's logger, for its parts."""
        log: Log = self.get_logger()
        return log

    def create_event_publisher(self, event_type: type[EventT], topic: str) -> Callable[[EventT], None]:
        """A function that publishes an event, and discards it while the node is not active.

        An empty `source` becomes this node's name.
        """
        publisher = self.parameters.with_overrides(
            self.create_lifecycle_publisher, messages.EVENT_QOS, messages.MESSAGE_TYPES[event_type], topic
        )
        if self.active:  # by a part that is made while the node works
            publisher.on_activate(None)

        def publish(event: EventT) -> None:
            if publisher.is_activated:
                message = messages.to_message(event)
                message.source = message.source or self.get_name()
                publisher.publish(message)

        return publish

    def create_event_subscription(
        self, event_type: type[EventT], topic: str, callback: Callable[[EventT], None]
    ) -> None:
        """Call back with each event while the node is active."""

        def receive(message: Any) -> None:
            if self.active:
                callback(messages.to_event(message))

        self.create_subscription(messages.MESSAGE_TYPES[event_type], topic, receive, messages.EVENT_QOS)

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
        self._simulated_time = self.get_parameter(USE_SIM_TIME).value
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
            self.throttled_log.error('diagnostics', f'a fault in gemma_events:\n{traceback.format_exc()}')

    def _measure(self) -> DiagnosticArray:
        health = self.health()
        if self.fault:
            health = Health(self.fault, Health.ERROR, health.values)
        values = {'state': rclpy_internals.lifecycle_state(self), **health.values}
        status = DiagnosticStatus(
            name=self.get_fully_qualified_name(),
            level=health.level,
            message=printable(health.summary),
            values=[KeyValue(key=printable(key), value=printable(str(value))) for key, value in values.items()],
        )
        message = DiagnosticArray(status=[status])
        messages.set_time(message.header.stamp, self.now())
        return message
