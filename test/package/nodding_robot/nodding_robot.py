"""The action `nod`."""

from __future__ import annotations

from typing import Any

from gemma_events.action_output.run import Run
from gemma_events.events import ActionEvent
from gemma_events.node import ManagedNode


class Nod:
    """Nods, in thought."""

    def __init__(self, node: ManagedNode[Any]) -> None:
        self._log = node.log

    def refusal(self, action: ActionEvent) -> str:
        return ''

    def execute(self, run: Run) -> bool:
        self._log.info('nods')
        run.content_done = 'nodded'
        return True
