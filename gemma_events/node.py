"""What all nodes have in common: life cycle, parameters, diagnostics, events on topics, a clean shutdown."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Generic, TypeVar

from diagnostic_msgs.msg import DiagnosticArray
from rcl_interfaces.msg import SetParametersResult
from rclpy.clock import Clock, ClockType
from rclpy.exceptions import InvalidParameterTypeException, InvalidParameterValueException
from rclpy.lifecycle import LifecycleState, TransitionCallbackReturn
from rclpy.parameter import Parameter
from rclpy.qos import QoSProfile

from gemma_events import diagnostics, rclpy_internals
from gemma_events.errors import ConfigurationError
from gemma_events.event_node import EventNode
from gemma_events.health import Health
from gemma_events.parameters import descriptor, from_ros, type_name
from gemma_events.settings import Description, SettingsT, changed, check, describe, plain

DIAGNOSTICS_PERIOD = 1.0  # seconds
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
        super().__init__(name, **options)
        self._groups: dict[str, type] = {}
        self.autostart = self.declare_setting(
            'autostart', True, Description('whether the node becomes active by itself'), ''
        )
        self.settings = self.declare_settings(settings_type)
        self.add_on_set_parameters_callback(self._check_parameters)
        self.add_post_set_parameters_callback(self._apply_parameters)
        self._diagnostics = self.create_publisher(DiagnosticArray, '/diagnostics', QoSProfile(depth=10))
        self.create_timer(DIAGNOSTICS_PERIOD, self._publish_diagnostics, clock=Clock(clock_type=ClockType.STEADY_TIME))

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
        ConfigurationError for a bad value.
        """
        values = {
            name: self.declare_setting(prefix + name, defaults.get(name, default), description, prefix)
            for name, (default, description) in describe(settings_type).items()
        }
        self._groups = {**self._groups, prefix: settings_type}  # not in place: callbacks may go through it just now
        return check(settings_type, values)

    def declare_setting(self, name: str, default: Any, description: Description, prefix: str) -> Any:
        """Declare one parameter, unless it is declared already, and read it."""
        if self.has_parameter(name):
            return from_ros(self.get_parameter(name).value, default)
        overrides = rclpy_internals.parameter_overrides(self)
        given = overrides.get(name)
        if isinstance(default, float) and given is not None and type(given.value) is int:  # 1 for 1.0
            overrides[name] = Parameter(name, value=float(given.value))
        try:
            parameter = self.declare_parameter(name, default, descriptor(default, description))
        except (InvalidParameterValueException, InvalidParameterTypeException) as error:
            bounds = (
                ''
                if description.low is None or description.high is None
                else (f' from {plain(description.low)} to {plain(description.high)}')
            )
            value = overrides[name].value
            raise ConfigurationError(
                f'parameter {name} is {value!r}: it takes a {type_name(default)}{bounds}, such as {default!r}'
            ) from error
        return from_ros(parameter.value, default)

    def read_settings(self, prefix: str = '', changes: dict[str, Any] | None = None) -> Any:
        """The settings of one group from the parameters, with `changes` (by full name) applied.

        Raises ConfigurationError for a value outside its bounds or choices, KeyError for an unknown prefix.
        """
        values = {}
        for name, (default, _) in describe(self._groups[prefix]).items():
            full = prefix + name
            value = changes[full] if changes and full in changes else self.get_parameter(full).value
            values[name] = from_ros(value, default)
        return check(self._groups[prefix], values)

    def _check_parameters(self, parameters: list[Parameter]) -> SetParametersResult:
        changes = {parameter.name: parameter.value for parameter in parameters}
        try:
            for prefix in self._groups:
                self.read_settings(prefix, changes)
        except ConfigurationError as error:
            return SetParametersResult(successful=False, reason=str(error))
        return SetParametersResult(successful=True)

    def _apply_parameters(self, parameters: list[Parameter]) -> None:
        old, self.settings = self.settings, self.read_settings()
        if names := changed(old, self.settings):
            self.settings_changed(names)
        self.follow_clock()
        for prefix in self._groups:
            if prefix and any(parameter.name.startswith(prefix) for parameter in parameters):
                self.group_changed(prefix, self.read_settings(prefix))

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

    def on_configure(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Acquire; on failure, release what was acquired so far."""
        return self._step(self.configure, self.cleanup) or super().on_configure(state)

    def on_activate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Open the publishers, then start working."""
        super().on_activate(state)
        self.active = True
        failure = self._step(self.activate, self.deactivate)
        if failure:
            self.active = False
            super().on_deactivate(state)
        else:
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
            self.get_logger().error(str(error))
            undo()
            return TransitionCallbackReturn.FAILURE
        except Exception as error:
            self.get_logger().error(
                f'{work.__name__} failed, a fault in gemma_events: {error!r}\n{traceback.format_exc()}'
            )
            return TransitionCallbackReturn.ERROR
        return None

    # --- diagnostics ------------------------------------------------------------------------------

    def _publish_diagnostics(self) -> None:
        health = self.health().judged(self.conditions())
        values = {'state': rclpy_internals.lifecycle_state(self), **health.values, **self.values()}
        self._diagnostics.publish(diagnostics.message(self, replace(health, values=values), self.now()))
