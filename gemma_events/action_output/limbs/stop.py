"""The action `stop`: ends what is being done and what waits, at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gemma_events.action_output.limbs.arguments import text
from gemma_events.action_output.run import Run, parse_arguments
from gemma_events.events import ActionEvent

if TYPE_CHECKING:
    from gemma_events.action_output.node import ActionOutputNode

ALL = ('', 'all')


class Stop:
    """`{action: stop}` ends all actions and what they have left behind, such as a face for a time; with the content, or
    the argument `id`, the action of that id.

    Fits handlers.ActionHandler.
    """

    at_once = True

    def __init__(self, node: ActionOutputNode) -> None:
        self._node = node

    def refusal(self, action: ActionEvent) -> str:
        """An id that is no text."""
        try:
            text('id', parse_arguments(action.arguments), action)
        except ValueError as error:
            return str(error)
        return ''

    def execute(self, run: Run) -> bool:
        """Cancel them; `content_done` has their ids."""
        wanted, own = text('id', run.arguments, run.action), run.action.id
        reason = f'action {own!r} stopped it'
        if wanted in ALL:
            stopped = self._node.stop(reason, but=own)
        else:
            stopped = self._node.cancel(lambda action: action.id == wanted != own, reason)
        run.content_done = ' '.join(stopped)
        if not stopped:
            run.detail = 'nothing was being done' if wanted in ALL else f'there is no action {wanted[:100]!r} any more'
        return True
