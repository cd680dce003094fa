"""The action `express`: a face, for a time or until further notice."""

from __future__ import annotations

import threading
from typing import Any

from gemma_events.action_output.limbs.arguments import seconds, text
from gemma_events.action_output.run import Run, parse_arguments
from gemma_events.events import ActionEvent, FaceExpression
from gemma_events.node import ManagedNode

NEUTRAL = 'neutral'


class Express:
    """`{action: express, content: happy}`; with the argument `seconds`, then what was asked for before comes back.

    The action ends at once, so that speech can go along with the face. Fits handlers.ActionHandler.
    """

    def __init__(self, node: ManagedNode[Any]) -> None:
        self._node = node
        self._publish = node.create_event_publisher(FaceExpression, 'face_expression')
        self._reception = node.create_event_subscription(FaceExpression, 'face_expression', self._see)
        self._shown, self._talking = NEUTRAL, False  # as anybody has asked for
        self._before = NEUTRAL  # what comes back
        self._returns: threading.Timer | None = None

    def refusal(self, action: ActionEvent) -> str:
        """No expression, or a time that is none."""
        try:
            arguments = parse_arguments(action.arguments)
            seconds(arguments)
            return '' if text('expression', arguments, action) else 'the content has to be an expression, such as happy'
        except ValueError as error:
            return str(error)

    def execute(self, run: Run) -> bool:
        """Ask for it."""
        expression, time = text('expression', run.arguments, run.action), seconds(run.arguments)
        if not (self._returns and self._returns.is_alive()):
            self._before = self._shown
        self._cancel()
        if time:
            self._returns = threading.Timer(time, self._return, (expression,))
            self._returns.daemon = True
            self._returns.start()
        self._show(expression)
        run.content_done = expression
        return True

    def close(self) -> None:
        """What was for a time stays."""
        self._cancel()
        self._node.destroy_reception(self._reception)

    def _return(self, expression: str) -> None:
        if self._shown == expression:  # nobody has asked for another one meanwhile
            self._show(self._before)

    def _show(self, expression: str) -> None:
        self._shown = expression
        self._publish(FaceExpression(stamp=self._node.now(), expression=expression, talking=self._talking))

    def _see(self, asked: FaceExpression) -> None:
        self._shown, self._talking = asked.expression or self._shown, asked.talking

    def _cancel(self) -> None:
        if self._returns:
            self._returns.cancel()
