"""The action `express`: a face, for a time or until further notice."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from gemma_events.action_output.limbs.arguments import seconds, text
from gemma_events.action_output.run import Run, parse_arguments
from gemma_events.events import ActionEvent, FaceExpression

if TYPE_CHECKING:
    from gemma_events.node import ManagedNode

NEUTRAL = 'neutral'


class Faces:
    """Which expression is asked for until further notice, and which for a time: pure."""

    def __init__(self) -> None:
        self.lasting, self.passing = NEUTRAL, ''

    def ask(self, expression: str, for_a_time: bool) -> None:
        """One is asked for."""
        if for_a_time:
            self.passing = expression
        else:
            self.lasting, self.passing = expression, ''

    def see(self, expression: str) -> None:
        """Somebody else has asked for one, which stays; empty: for none."""
        if expression:
            self.ask(expression, for_a_time=False)

    def over(self) -> str:
        """The time is over: the expression that comes back; empty where somebody else has asked for one meanwhile."""
        returns = self.lasting if self.passing else ''
        self.passing = ''
        return returns


class Express:
    """`{action: express, content: happy}`; with the argument `seconds`, then what was asked for before comes back.

    The action ends at once, so that speech can go along with the face. Fits handlers.ActionHandler.
    """

    def __init__(self, node: ManagedNode[Any]) -> None:
        self._node = node
        self._publish = node.create_event_publisher(FaceExpression, 'face_expression')
        self._reception = node.create_event_subscription(FaceExpression, 'face_expression', self._see)
        self._faces = Faces()
        self._lock = threading.Lock()  # of all that follows
        self._own_talk = self._others_talk = False  # the last that was said about the mouth, by this node and by others
        self._timer: threading.Timer | None = None
        self._times = 0  # that were begun or ended: a timer that comes too late ends nothing

    def refusal(self, action: ActionEvent) -> str:
        """No expression, or a time that is none."""
        try:
            arguments = parse_arguments(action.arguments)
            seconds(arguments.get('seconds', 0))
            return '' if text('expression', arguments, action) else 'the content has to be an expression, such as happy'
        except ValueError as error:
            return str(error)

    def execute(self, run: Run) -> bool:
        """Ask for it."""
        expression, time = text('expression', run.arguments, run.action), seconds(run.arguments.get('seconds', 0))
        with self._lock:
            self._cancel()
            self._faces.ask(expression, for_a_time=time > 0)
            # Actions are done one by one: this node does not speak now, whatever has not come back to it yet.
            self._show(expression, self._others_talk)
            if time:
                self._timer = threading.Timer(time, self._over, (self._times,))
                self._timer.daemon = True
                self._timer.start()
        run.content_done = expression
        return True

    def stop(self) -> None:
        """A time that is not over ends now."""
        with self._lock:
            self._cancel()
            self._return()

    def close(self) -> None:
        """Nobody is listened to any more."""
        self._node.destroy_reception(self._reception)

    def _over(self, number: int) -> None:
        with self._lock:
            if number == self._times:
                self._return()

    def _return(self) -> None:
        if expression := self._faces.over():
            self._show(expression, self._own_talk or self._others_talk)

    def _show(self, expression: str, talking: bool) -> None:
        self._publish(FaceExpression(stamp=self._node.now(), expression=expression, talking=talking))

    def _see(self, asked: FaceExpression) -> None:
        with self._lock:
            if asked.source == self._node.get_name():
                self._own_talk = asked.talking
                return
            self._others_talk = asked.talking
            self._faces.see(asked.expression)

    def _cancel(self) -> None:
        self._times += 1
        if self._timer:
            self._timer.cancel()
            self._timer = None
