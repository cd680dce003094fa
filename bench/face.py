"""The face: how long a picture takes to draw, what it costs at rest, and how many of the pictures drawn arrive."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path

from bench.figures import Figure, percentile
from bench.process import program, running, wait_until_active
from gemma_events.events import EXPRESSIONS
from gemma_events.face_expression.looks import LOOKS, Face
from gemma_events.face_expression.painter import Painter
from gemma_events.face_expression.style import STYLES

WIDTH, HEIGHT, RATE = 800, 480, 25.0
ROUNDS = 10
SETTLE, REST = 4.0, 20.0  # seconds
# Looks at the pictures of a face that it keeps moving for 10 s, or not at all, and says how many different ones came,
# and how many were drawn.
VIEWER = """
import itertools, sys, time, zlib
import rclpy
from diagnostic_msgs.msg import DiagnosticArray
from rclpy.qos import QoSProfile
from sensor_msgs.msg import Image
from gemma_events.msg import FaceExpression

moving = sys.argv[1] == 'moving'
rclpy.init()
node = rclpy.create_node('viewer')
seen, drawn = [], 0

def look(image):
    number = zlib.crc32(memoryview(image.data)) if moving else 0
    if not seen or seen[-1] != number:
        seen.append(number)

def diagnose(message):
    global drawn
    for status in message.status:
        for value in status.values:
            if value.key == 'pictures':
                drawn = int(value.value)

node.create_subscription(Image, 'face_image', look, QoSProfile(depth=5))
node.create_subscription(DiagnosticArray, '/diagnostics', diagnose, 10)
ask = node.create_publisher(FaceExpression, 'face_expression', 10)
while not seen or not ask.get_subscription_count():
    rclpy.spin_once(node)
print('active', flush=True)
if not moving:
    rclpy.spin(node)
end, asked = time.monotonic() + 10, 0.0
for name in itertools.cycle(('happy', 'furious')):
    ask.publish(FaceExpression(expression=name))
    until = time.monotonic() + 0.16  # before the last one is reached
    while (left := until - time.monotonic()) > 0:
        rclpy.spin_once(node, timeout_sec=left)
    if time.monotonic() > end:
        break
end = time.monotonic() + 3
while (left := end - time.monotonic()) > 0:
    rclpy.spin_once(node, timeout_sec=left)
print(len(seen), drawn, flush=True)
"""


def figures() -> Iterator[Figure]:
    """Milliseconds a picture, percent of a core, and percent of the pictures."""
    for style in STYLES:
        times = drawing(style)
        yield Figure(f'face, {style}, drawn at {WIDTH}x{HEIGHT}: median', percentile(times, 0.5), 'ms', at_most=3)
        yield Figure(f'face, {style}, drawn at {WIDTH}x{HEIGHT}: p95', percentile(times, 0.95), 'ms')
    node = [
        program('face_expression'), '--ros-args', '-p', f'width:={WIDTH}', '-p', f'height:={HEIGHT}',
        '-p', f'frame_rate:={RATE}',
    ]  # fmt: skip
    with running([node]) as (face,):
        wait_until_active(face, 1)
        time.sleep(SETTLE)
        yield Figure('face at rest that nobody looks at', load(face.pid), '% core', at_most=0.5)
        with running([[sys.executable, '-c', VIEWER, 'resting']]) as (viewer,):
            wait_until_active(viewer, 1)
            time.sleep(SETTLE)
            yield Figure('face at rest with a viewer', load(face.pid), '% core', at_most=3)
    with running([node]) as (face,):
        wait_until_active(face, 1)
        with running([[sys.executable, '-c', VIEWER, 'moving']]) as (viewer,):
            wait_until_active(viewer, 1)
            arrived, drawn = map(int, viewer.stdout.readline().split())
    yield Figure('pictures drawn of a moving face', drawn, '')
    yield Figure('of them arrived, reliable, same machine', 100 * arrived / drawn, '%', at_least=100)


def drawing(style: str) -> list[float]:
    """Milliseconds for each of all expressions, several times."""
    painter, times = Painter(WIDTH, HEIGHT, STYLES[style]), []
    for _ in range(ROUNDS):
        for name in EXPRESSIONS:
            begin = time.perf_counter()
            painter.paint(Face(LOOKS[name]))
            times.append(1000 * (time.perf_counter() - begin))
    return times[len(EXPRESSIONS) :]


def load(pid: int) -> float:
    """Percent of a core that a process uses."""
    before, begin = used(pid), time.monotonic()
    time.sleep(REST)
    return 100 * (used(pid) - before) / (time.monotonic() - begin)


def used(pid: int) -> float:
    """Seconds of processor time."""
    fields = Path(f'/proc/{pid}/stat').read_text().rpartition(')')[2].split()
    return (int(fields[11]) + int(fields[12])) / 100
