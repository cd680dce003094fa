"""The action `bow`."""

from __future__ import annotations

from typing import Any

from gemma_events.action_output.run import Run
from gemma_events.events import ActionEvent
from gemma_events.node import ManagedNode


class Bow:
    """Bows, in thought."""

    def __init__(self, node: ManagedNode[Any]) -> None:
        self._log = node.log

    def refusal(self, action: ActionEvent) -> str:
        return ''

    def execute(self, run: Run) -> bool:
        self._log.info('bows')
        run.content_done = 'bowed'
        return True
