"""The obvious bridge, to compare ours with: the callback does json.dumps, then a blocking sendall to each client.

    python -m bench.obvious_bridge SOCKET_PATH main_event|text_input

What clients write goes to the topic, each receive for one message as legacy programs do.
"""

from __future__ import annotations

import contextlib
import json
import socket
import sys
import threading
from typing import Any

import rclpy
from rclpy.executors import SingleThreadedExecutor
from rclpy.signals import SignalHandlerOptions

from gemma_events import messages
from gemma_events.msg import SpeechEvent, TextInput


def main(path: str, endpoint: str) -> None:
    """Serve until killed."""
    rclpy.init(signal_handler_options=SignalHandlerOptions.NO)  # SIGTERM just ends it
    node = rclpy.create_node('obvious_bridge')
    topic, message_type, said = (
        ('speech', SpeechEvent, 'transcript') if endpoint == 'main_event' else ('text_input', TextInput, 'text')
    )
    publisher = node.create_publisher(message_type, topic, messages.EVENT_QOS)
    clients: list[socket.socket] = []

    def forward(message: Any) -> None:
        if message.source == 'bridge':
            return
        data = json.dumps(
            {
                'event_type': message.event_type,
                'source': message.source,
                said: getattr(message, said),
                'timestamp': message.header.stamp.sec + message.header.stamp.nanosec / 1e9,
            }
        ).encode()
        for client in list(clients):
            try:
                client.sendall(data)
            except OSError:
                clients.remove(client)

    def read(client: socket.socket) -> None:
        with contextlib.suppress(ConnectionResetError):
            while data := client.recv(1024):
                publisher.publish(message_type(event_type='event', source='bridge', **{said: data.decode()}))

    def accept(server: socket.socket) -> None:
        while True:
            client, _ = server.accept()
            clients.append(client)
            threading.Thread(target=read, args=(client,), daemon=True).start()

    server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    server.bind(path)
    server.listen(64)
    threading.Thread(target=accept, args=(server,), daemon=True).start()
    node.create_subscription(message_type, topic, forward, messages.EVENT_QOS)
    executor = SingleThreadedExecutor()
    executor.add_node(node)
    executor.spin()


main(*sys.argv[1:])
