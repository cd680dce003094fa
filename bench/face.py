"""The face: how long drawing takes, what it costs at rest, how many pictures arrive, and when the mouth moves."""

from __future__ import annotations

import json
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
seen, drawn, last, last_at = 0, 0, None, 0.0

def look(image):  # an unchanged picture comes again after a second
    global seen, last, last_at
    number, at = zlib.crc32(memoryview(image.data)) if moving else 0, time.monotonic()
    seen += number != last or at - last_at < 0.5
    last, last_at = number, at

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
print(seen, drawn, flush=True)
"""

# Plays 0.4 s of sound and 0.4 s of silence in turn, and says for each change how many ms later the mouth did.
PLAYER = """
import array, json, sys, time
import numpy as np, rclpy
from rclpy.qos import QoSProfile, ReliabilityPolicy
from sensor_msgs.msg import Image
from gemma_events import messages
from gemma_events.msg import Playback

# No multiple of the time of a picture, so that changes fall anywhere in it.
STEP, STEPS, PART, RATE = 21_000_000, 1000, 19, 24_000
QUIET = array.array('h', bytes(1008))
LOUD = array.array('h', np.rint(9000 * np.sin(np.arange(504) * 0.3)).astype(np.int16).tobytes())
rclpy.init()
node = rclpy.create_node('player')
seen = []  # when, and how many pixels of the mouth

def look(image):
    picture = np.frombuffer(image.data, np.uint8).reshape(240, 320, 3)[150:210, 120:200]
    seen.append((time.time_ns(), int(((picture[..., 0] > 100) & (picture[..., 1] < 70)).sum())))

node.create_subscription(Image, 'face_image', look, QoSProfile(depth=5))
pieces = node.create_publisher(Playback, 'playback', QoSProfile(depth=10, reliability=ReliabilityPolicy.BEST_EFFORT))
while not seen or not pieces.get_subscription_count():
    rclpy.spin_once(node)
print('active', flush=True)
begin, sent = time.time_ns() + 300_000_000, 0
while time.time_ns() < begin + STEPS * STEP + 500_000_000:
    while sent < STEPS and time.time_ns() > begin + sent * STEP - 80_000_000:
        piece = Playback(rate=RATE, samples=QUIET if sent // PART % 2 else LOUD)
        messages.set_time(piece.header.stamp, begin + sent * STEP)
        pieces.publish(piece)
        sent += 1
    rclpy.spin_once(node, timeout_sec=0.002)
widest = max(number for _, number in seen)
opened = [(at, number > widest / 3) for at, number in seen]
changes = [(at, now) for (_, before), (at, now) in zip(opened, opened[1:]) if before != now]
found = []
for part in range(STEPS // PART):
    change = begin + part * PART * STEP
    found += [(at - change) / 1e6 for at, now in changes if abs(at - change) < 2e8 and now is (part % 2 == 0)][:1]
print(json.dumps(found), flush=True)
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
    still = [part for habit in ('blinking', 'saccades', 'breathing') for part in ('-p', f'{habit}:=false')]
    with running([[*node, *still]]) as (face,):  # it rests when it is to be counted
        wait_until_active(face, 1)
        with running([[sys.executable, '-c', VIEWER, 'moving']]) as (viewer,):
            wait_until_active(viewer, 1)
            arrived, drawn = map(int, viewer.stdout.readline().split())
    yield Figure('pictures drawn of a moving face', drawn, '')
    yield Figure('of them arrived, reliable, same machine', 100 * arrived / drawn, '%', at_least=100)
    with running([node[:1]]) as (face,):
        wait_until_active(face, 1)
        with running([[sys.executable, '-c', PLAYER]]) as (player,):
            wait_until_active(player, 1)
            late = [abs(each) for each in json.loads(player.stdout.readline())]
    yield Figure('mouth to sound: p50', percentile(late, 0.5), 'ms')
    yield Figure('mouth to sound: p95', percentile(late, 0.95), 'ms', at_most=60)


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
