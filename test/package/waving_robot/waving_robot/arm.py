"""The action `wave`: `{"times": 2}` in the action's arguments says how often."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from std_msgs.msg import Float32

from gemma_events.action_output.run import Run
from gemma_events.events import ActionEvent
from gemma_events.node import ManagedNode
from gemma_events.settings import setting

LEFT, RIGHT = -0.5, 0.5  # rad


@dataclass(frozen=True)
class WaveSettings:
    """Parameters of action_output: `wave.pause`."""

    pause: float = setting(0.2, 'time for each swing of the arm', unit='s', low=0.01, high=5.0)


class Wave:
    """Swings the arm to the left and to the right."""

    def __init__(self, node: ManagedNode[Any]) -> None:
        self._node = node
        self._settings = node.declare_settings(WaveSettings, 'wave.')
        self._arm = node.create_publisher(Float32, 'arm', 10)

    def refusal(self, action: ActionEvent) -> str:
        return 'waving takes no content' if action.content else ''

    def execute(self, run: Run) -> bool:
        times = int(run.arguments.get('times', 1))
        for number in range(times):
            for angle in (LEFT, RIGHT):
                self._arm.publish(Float32(data=angle))
                if run.cancelled.wait(self._settings.pause):
                    return False
            run.content_done = f'waved {number + 1} times'
        return True

    def close(self) -> None:
        self._node.destroy_publisher(self._arm)
