"""The ends of the wire for the bridge's benchmark, each a process of its own that prints its result as JSON.

    python -m bench.load publish RATE COUNT            topic: an event of about 200 bytes at a time
    python -m bench.load subscribe COUNT EXECUTOR [TEXT]      topic `speech`, or `text_input` with TEXT: latencies
    python -m bench.load read PATH CLIENTS COUNT [STALLED]    sockets: latencies of each event's last client
    python -m bench.load write PATH RATE COUNT         socket: a line of text at a time
    python -m bench.load relay PATH COUNT              a raw socket, no bridge: serves, latencies

Each event carries when it was sent (monotonic nanoseconds), so that no clocks have to agree. A process says
`ready` when it is connected; a sender then waits for a line on its standard input.
"""

from __future__ import annotations

import json
import re
import selectors
import socket
import sys
import time
from collections.abc import Callable
from typing import Any

MARK = re.compile(rb'<(\d+):(\d+)>')  # number and time of an event
SILENCE = 5.0  # seconds without an event: the rest is lost
PADDING = 'turn on the light in the kitchen and then tell me what you see there please, ' * 2


def text(number: int) -> str:
    """What an event says: number, time of sending, padding to about 200 bytes with its frame."""
    return f'<{number}:{time.monotonic_ns()}> {PADDING[:130]}'


def ready() -> None:
    """Tell the parent, and wait for its word."""
    print('ready', flush=True)
    sys.stdin.readline()


def pace(rate: float, count: int, send: Callable[[int], None]) -> None:
    """Call `send` with 0, 1, 2, ... at a rate, or as near to it as this process can."""
    start = time.monotonic()
    for number in range(count):
        pause = start + number / rate - time.monotonic()
        if pause > 0:
            time.sleep(pause)
        send(number)
    print(json.dumps({'took': time.monotonic() - start}), flush=True)


def publish(rate: str, count: str) -> None:
    """Events on the topic."""
    import rclpy

    from gemma_events import messages
    from gemma_events.msg import SpeechEvent

    rclpy.init()
    node = rclpy.create_node('publisher')
    publisher = node.create_publisher(SpeechEvent, 'speech', messages.EVENT_QOS)
    while not publisher.get_subscription_count():
        time.sleep(0.01)
    ready()
    message = SpeechEvent(event_type='transcript', event_number=1, source='bench')

    def send(number: int) -> None:
        message.header.stamp.sec, message.header.stamp.nanosec = divmod(time.time_ns(), 10**9)  # as all nodes do
        message.transcript = text(number)
        publisher.publish(message)

    pace(float(rate), int(count), send)
    sys.stdin.readline()  # stay until everything has arrived


def subscribe(count: str, executor_name: str, text_input: str = '') -> None:
    """Latencies of events on a topic."""
    import rclpy
    from rclpy.executors import SingleThreadedExecutor
    from rclpy.task import Future

    from gemma_events import messages
    from gemma_events.executor import create_executor
    from gemma_events.msg import SpeechEvent, TextInput

    topic, message_type, said = (
        ('text_input', TextInput, 'text') if text_input else ('speech', SpeechEvent, 'transcript')
    )
    rclpy.init()
    node = rclpy.create_node('subscriber')
    latencies: list[float] = []
    last = [0.0]

    def receive(message: Any) -> None:
        now = time.monotonic_ns()
        for _, sent in MARK.findall(getattr(message, said).encode()):
            latencies.append((now - int(sent)) / 1e6)
        last[0] = now / 1e9

    node.create_subscription(message_type, topic, receive, messages.EVENT_QOS)
    executor = SingleThreadedExecutor() if executor_name == 'single' else create_executor()
    executor.add_node(node)
    while not node.count_publishers(topic):
        time.sleep(0.01)
    ready()
    begin = time.monotonic()
    while len(latencies) < int(count) and time.monotonic() - max(begin, last[0]) < SILENCE:
        executor.spin_until_future_complete(Future(), timeout_sec=0.2)
    print(json.dumps({'latencies': latencies}), flush=True)


def read(path: str, clients: str, count: str, stalled: str = '0') -> None:
    """Latencies of each event at its last client; the first `stalled` clients never read."""
    selector = selectors.DefaultSelector()
    connections = [connect(path) for _ in range(int(clients))]
    for connection in connections[int(stalled) :]:
        selector.register(connection, selectors.EVENT_READ, [b''])
    reading = len(connections) - int(stalled)
    ready()
    arrivals: dict[int, int] = {}
    latencies: list[float] = []
    while len(latencies) < int(count):
        events = selector.select(SILENCE)
        if not events:
            break
        for key, _ in events:
            data = key.data[0] + key.fileobj.recv(65536)
            now = time.monotonic_ns()
            end = 0
            for match in MARK.finditer(data):
                number, sent, end = int(match[1]), int(match[2]), match.end()
                arrivals[number] = arrivals.get(number, 0) + 1
                if arrivals[number] == reading:
                    latencies.append((now - sent) / 1e6)
            key.data[0] = data[end:][-64:]
    print(json.dumps({'latencies': latencies}), flush=True)


def write(path: str, rate: str, count: str) -> None:
    """Lines, as a legacy program writes them: one event each."""
    connection = connect(path)
    ready()
    pace(float(rate), int(count), lambda number: connection.sendall(f'{text(number)}\n'.encode()))
    sys.stdin.readline()


def relay(path: str, count: str) -> None:
    """Latencies over a socket with nothing between."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as server:
        server.bind(path)
        server.listen()
        ready()
        connection, _ = server.accept()
        latencies: list[float] = []
        rest = b''
        while len(latencies) < int(count) and (data := connection.recv(65536)):
            now, end = time.monotonic_ns(), 0
            rest += data
            for match in MARK.finditer(rest):
                latencies.append((now - int(match[2])) / 1e6)
                end = match.end()
            rest = rest[end:][-64:]
    print(json.dumps({'latencies': latencies}), flush=True)


def connect(path: str) -> socket.socket:
    """A client of a path that may not be served yet."""
    while True:
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            connection.connect(path)
            return connection
        except OSError:
            connection.close()
            time.sleep(0.05)


if __name__ == '__main__':
    {'publish': publish, 'subscribe': subscribe, 'read': read, 'write': write, 'relay': relay}[sys.argv[1]](
        *sys.argv[2:]
    )
