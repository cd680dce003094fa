"""The action `wave`: `{"times": 2}` in its arguments says how often."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from std_msgs.msg import Float32

from gemma_events.action_output.run import Run, parse_arguments
from gemma_events.events import ActionEvent
from gemma_events.node import ManagedNode
from gemma_events.settings import setting

LEFT, RIGHT = -0.5, 0.5  # rad
MOST = 10  # times


@dataclass(frozen=True)
class WaveSettings:
    """What becomes parameters of action_output: `wave.pause`."""

    pause: float = setting(0.2, 'time for each swing of the arm', unit='s', low=0.01, high=5.0)


class Wave:
    """Swings the arm to the left and to the right: publishes its angle."""

    def __init__(self, node: ManagedNode[Any]) -> None:
        """`node` is action_output, in which this works."""
        self._node = node
        self._settings = node.declare_settings(WaveSettings, 'wave.')
        self._arm = node.create_publisher(Float32, 'arm', 10)

    def refusal(self, action: ActionEvent) -> str:
        """Why this cannot be done; empty where it can. Called when the action arrives: quickly."""
        times = parse_arguments(action.arguments).get('times', 1)
        if type(times) is not int or not 1 <= times <= MOST:
            return f'times is a whole number from 1 to {MOST}'
        return 'waving takes no content' if action.content else ''

    def execute(self, run: Run) -> bool:
        """Do it, in the thread of the actions: true when it is done, false as soon as it was cancelled."""
        for number in range(run.arguments.get('times', 1)):
            for angle in (LEFT, RIGHT):
                self._arm.publish(Float32(data=angle))
                if run.cancelled.wait(self._settings.pause):
                    return False
            run.progress(f'waved {number + 1} times')
        return True

    def close(self) -> None:
        """Give back what the constructor took."""
        self._node.destroy_publisher(self._arm)
