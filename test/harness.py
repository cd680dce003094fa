"""What tests with ROS share: an executor in a thread, recorded events, waiting."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

PATIENCE = 20.0  # seconds; discovery alone may take four


def wait_for(condition: Callable[[], Any], what: str = 'the condition', patience: float = PATIENCE) -> Any:
    """The condition's value once it is true; fails with `what` when patience ends."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        if value := condition():
            return value
        time.sleep(0.01)
    pytest.fail(f'waited {patience:g} s for {what}')


class Ros:
    """rclpy initialised, its executor running in a thread, a node to publish and listen with.

    hearing = ros.start(HearingNode, audio_source=str(path))    # ROS parameters as keywords
    events = ros.record(SpeechEvent, 'speech')                  # a list that fills
    publish = ros.publisher(ActionEvent, 'action')              # a function, matched with its subscribers
    """

    def __init__(self) -> None:
        import rclpy
        from rclpy.signals import SignalHandlerOptions
        from rclpy.task import Future

        from gemma_events.executor import create_executor, spin

        rclpy.init(signal_handler_options=SignalHandlerOptions.NO)
        self.executor, self._stop = create_executor(), Future()
        self.node = rclpy.create_node('test')
        self.executor.add_node(self.node)
        self._started: list[Any] = []
        self._thread = threading.Thread(target=spin, args=(self.executor, self._stop), name='test executor')
        self._thread.start()

    def create(self, node_class: type, **parameters: Any) -> Any:
        """A node with these parameters, in the executor, in whatever state it starts."""
        from rclpy.parameter import Parameter

        overrides = [Parameter(name, value=value) for name, value in parameters.items()]
        node = node_class(parameter_overrides=overrides)
        self._started.append(node)
        self.executor.add_node(node)
        return node

    def start(self, node_class: type, **parameters: Any) -> Any:
        """A node that has become active."""
        node = self.create(node_class, **parameters)
        assert node.start(), 'the node did not start; its log says why'
        return node

    def record(self, event_type: type, topic: str, qos: Any = None) -> list[Any]:
        """A list to which each event on the topic is appended, matched with its publisher if there is one yet.

        `qos`: messages.EVENT_QOS, or STATE_QOS for the last event of before too.
        """
        from gemma_events import messages

        events: list[Any] = []
        subscription = self.node.create_subscription(
            messages.MESSAGE_TYPES[event_type],
            topic,
            lambda message: events.append(messages.to_event(message)),
            qos or messages.EVENT_QOS,
        )
        if self.node.count_publishers(topic):
            wait_for(lambda: subscription.get_publisher_count(), f'a publisher of {topic}')
        return events

    def publisher(self, event_type: type, topic: str) -> Callable[[Any], None]:
        """A function that publishes events, once somebody is subscribed."""
        from gemma_events import messages

        publisher = self.node.create_publisher(messages.MESSAGE_TYPES[event_type], topic, messages.EVENT_QOS)
        wait_for(lambda: publisher.get_subscription_count(), f'a subscriber of {topic}')
        return lambda event: publisher.publish(messages.to_message(event))

    def actions(self) -> tuple[list[Any], Callable[[Any], None]]:
        """The statuses of action_output, in whatever process, and a function that publishes actions.

        The node is active then, and there is a way in both directions: it has rejected an action that does not exist.
        """
        from gemma_events.events import ActionEvent, ActionStatus

        wait_for(lambda: self.node.count_publishers('action_status'), 'action_output')
        statuses, publish = self.record(ActionStatus, 'action_status'), self.publisher(ActionEvent, 'action')
        wait_for(lambda: publish(ActionEvent(id='probe')) or statuses, 'action_output to be active')
        return statuses, publish

    def call(self, work: Callable[[], Any]) -> Any:
        """Do it in the executor's thread, for what rclpy lets nobody do beside it: ask an action server, end one."""
        done: list[Any] = []
        self.executor.create_task(lambda: done.append(work()))
        return wait_for(lambda: done, 'the executor')[0]

    def close(self) -> None:
        """End all nodes, then the executor, then ROS."""
        import rclpy

        for node in reversed(self._started):
            node.close()
        self._stop.set_result(None)
        self.executor.wake()
        self._thread.join(PATIENCE)
        assert not self._thread.is_alive(), 'the executor did not end'
        self.node.destroy_node()
        rclpy.try_shutdown()
