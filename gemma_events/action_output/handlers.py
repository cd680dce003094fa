"""Who does actions: what a handler is, and which of them an action can name."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Protocol

from gemma_events import registry
from gemma_events.action_output.run import Run, parse_arguments
from gemma_events.errors import ConfigurationError, GemmaError
from gemma_events.events import ActionEvent
from gemma_events.log import Log
from gemma_events.registry import FOREIGN_FAULTS, text

if TYPE_CHECKING:
    from gemma_events.node import ManagedNode


class ActionHandler(Protocol):
    """Does one kind of action. Made with the node, a ManagedNode, as its only argument.

    It may also have `close()`, which gives back what it acquired, `health()`, a dictionary of values for the
    diagnostics (called once a second), `trouble`, a line on why it works only in part just now, empty where it
    works, which makes the node's status a warning, `stop()`, which ends what goes on after its actions have ended
    (called when all is stopped, and when the node is deactivated), and these, false where they are missing:

    - `streams`: `execute` may begin before the last part of an action has come, and takes them from `run.parts()`;
      `refusal` then sees only the first one, with `more`. Otherwise all begins when all are there, in one content.
    - `resumable`: when an urgent action has interrupted it, `execute` is called again with the same run, to go on.
    - `at_once`: it is done when it arrives, beside whatever is being done, in a ROS callback: it has to be quick.
    """

    def refusal(self, action: ActionEvent) -> str:
        """Why this action cannot be done, in words; empty where it can.

        Asked in a ROS callback when the action arrives, so it has to be quick, and again when its turn comes.
        """

    def execute(self, run: Run) -> bool:
        """Do it, and return once it is done: true, or false where `run.cancelled` came first, within 0.1 s of it.

        Called in the thread of the actions, one after the other. May raise anything, which is the action's failure:
        a GemmaError, such as DeviceError, brings a line for the user.
        """


Makers = Mapping[str, Callable[[], ActionHandler]]


class ActionHandlers:
    """Handlers by the action that each does. `makers` makes those that an action can name, `find_others` finds more.

    The ones in `at_once` are made now, any other one by the first `get`. One that cannot be made is logged once and
    is in `broken`; the others work on. Only `refusal` and `health` may be called while another thread calls `get`.
    """

    def __init__(
        self, makers: Makers, log: Log, at_once: Iterable[str] = (), find_others: Callable[[], Makers] | None = None
    ) -> None:
        self.broken: dict[str, GemmaError] = {}
        self._makers, self._log, self._find_others = makers, log, find_others
        self._made: dict[str, ActionHandler] = {}
        for name in at_once:
            with contextlib.suppress(GemmaError):
                self.get(name)

    def get(self, name: str) -> ActionHandler:
        """The handler of an action that is not refused. The first time this may take as long as its module wants.

        Raises GemmaError where it cannot be made.
        """
        if name in self._made:
            return self._made[name]
        if name not in self._makers and self._find_others:
            self._makers, self._find_others = {**self._find_others(), **self._makers}, None
        if name not in self._makers:
            raise ConfigurationError(self._unknown(name))
        try:
            handler = self._makers[name]()
        except GemmaError as error:
            if str(error) != str(self.broken.get(name)):
                self._log.error(str(error))
            self.broken[name] = error
            raise
        self.broken.pop(name, None)
        self._made[name] = handler
        return handler

    def refusal(self, action: ActionEvent) -> str:
        """Why an action cannot be done, as far as that is known without looking for its handler; empty where it can.

        A handler that could not be made for lack of a device (DeviceError) may be made next time.
        """
        name = action.action
        if name not in self._makers and not self._find_others:
            return self._unknown(name)
        if isinstance(known := self.broken.get(name), ConfigurationError):
            return str(known)
        try:
            parse_arguments(action.arguments)
        except ValueError as error:
            return str(error)
        if action.more and not self.is_a('streams', name):
            return ''  # its content is not whole yet; it is asked about when its turn comes
        try:
            refusal = name in self._made and self._made[name].refusal(action)
            return text(refusal) if refusal else ''
        except FOREIGN_FAULTS as error:
            return fault(name, error)

    def is_a(self, quality: str, name: str) -> bool:
        """Whether the handler of an action has a quality, such as `streams`; false where it is not made yet."""
        with contextlib.suppress(FOREIGN_FAULTS):
            return bool(getattr(self._made.get(name), quality, False))
        return False

    def knows(self, name: str) -> bool:
        """Whether there is, or may be, a handler for an action."""
        return name in self._makers or self._find_others is not None

    def _unknown(self, name: str) -> str:
        return f'unknown action {name[:100]!r}: there is {", ".join(self._makers)}'

    def health(self) -> dict[str, object]:
        """What the handlers report, and why some are broken."""
        values: dict[str, object] = {f'handler {name}': str(error) for name, error in list(self.broken.items())}
        for name, handler in list(self._made.items()):
            try:
                values |= {str(key): value for key, value in getattr(handler, 'health', dict)().items()}
            except FOREIGN_FAULTS as error:
                values[f'handler {name}'] = fault(name, error)
        return values

    def troubles(self) -> list[str]:
        """Why some work only in part."""
        found = []
        for name, handler in list(self._made.items()):
            try:
                found.append(str(getattr(handler, 'trouble', '')))
            except FOREIGN_FAULTS as error:
                found.append(fault(name, error))
        return [text for text in found if text]

    def stop(self) -> None:
        """End what goes on although its action has ended."""
        self._all('stop', 'stopped')

    def close(self) -> None:
        """Close those that were made."""
        self._all('close', 'closed')
        self._made.clear()

    def _all(self, method: str, done: str) -> None:
        for name, handler in list(self._made.items()):
            try:
                getattr(handler, method, bool)()
            except FOREIGN_FAULTS as error:
                self._log.warning(f'{fault(name, error)}, while it was {done}')


def makers(node: ManagedNode[Any], named: Iterable[str]) -> Makers:
    """What makes this package's handlers, and those of the parameter `handlers`.

    `named`: registered names, or `name=module:Class`. An action itself never names a class: whoever can publish one
    would choose what code runs here.
    """
    values = {name: name for name in registry.own(registry.ACTION_HANDLERS)}
    return _makers(node, values | {action_of(item): item.partition('=')[2] or item for item in named})


def all_makers(node: ManagedNode[Any]) -> Makers:
    """What makes all handlers that are registered. Other packages' are looked for, which may take half a second."""
    return _makers(node, {name: name for name in registry.names(registry.ACTION_HANDLERS)})


def _makers(node: ManagedNode[Any], values: Mapping[str, str]) -> Makers:
    return {
        name: functools.partial(registry.create, registry.ACTION_HANDLERS, value, ActionHandler, node)
        for name, value in values.items()
    }


def action_of(item: str) -> str:
    """The action that an item of the parameter `handlers` is about."""
    return item.partition('=')[0]


def fault(name: str, error: BaseException) -> str:
    """A line about an error in a handler's own code."""
    return f'action handler {name!r} failed: {registry.reason(error)}'
