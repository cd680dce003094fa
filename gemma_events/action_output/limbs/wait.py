"""The action `wait`: nothing, for some seconds."""

from __future__ import annotations

from typing import Any

from gemma_events.action_output.limbs.arguments import seconds
from gemma_events.action_output.run import Run, parse_arguments
from gemma_events.events import ActionEvent


class Wait:
    """`{action: wait, content: '2.5'}`, or with the argument `seconds`. Fits handlers.ActionHandler."""

    def __init__(self, node: Any) -> None:
        """It needs nothing."""

    def refusal(self, action: ActionEvent) -> str:
        """Where it does not say for how long."""
        try:
            _time(action)
        except ValueError as error:
            return str(error)
        return ''

    def execute(self, run: Run) -> bool:
        """Wait."""
        return not run.cancelled.wait(_time(run.action))


def _time(action: ActionEvent) -> float:
    return seconds(parse_arguments(action.arguments).get('seconds', action.content.strip()))
