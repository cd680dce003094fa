"""A node: whoever starts to talk is waved at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from gemma_events.events import ActionEvent, SpeechEvent
from gemma_events.node import Health, ManagedNode
from gemma_events.settings import setting
from gemma_events.turns import takes_the_floor


@dataclass(frozen=True)
class GreeterSettings:
    """The parameters of the greeter node."""

    action: str = setting('wave', 'what to do when a person starts to talk', live=True)


class Greeter(ManagedNode[GreeterSettings]):
    """Publishes an action for each `speech_started`."""

    def __init__(self, **options: Any) -> None:
        super().__init__('greeter', GreeterSettings, **options)
        self._publish = self.create_event_publisher(ActionEvent, 'action')
        self.create_event_subscription(SpeechEvent, 'speech', self._hear)
        self._greeted = 0

    def health(self) -> Health:
        return Health('greeting', values={'greeted': self._greeted})

    def _hear(self, event: SpeechEvent) -> None:
        if takes_the_floor(event):
            self._greeted += 1
            self._publish(ActionEvent(stamp=self.now(), id=f'greeting-{self._greeted}', action=self.settings.action))
