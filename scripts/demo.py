"""A robot's main job without a robot: all nodes in one process, a recorded voice, the parrot, a legacy program.

    python scripts/demo.py                       # a recording, to its end
    python scripts/demo.py --recording my.ogg
    python scripts/demo.py --microphone          # until Ctrl-C

Left, what comes over the topics; right, what a legacy client reads from the Unix socket at the same time. What
examples/parrot.py answers and how the face looks is kept in build/demo/, also without a loudspeaker. The exit status
is 0 when something was heard.
"""

from __future__ import annotations

import argparse
import os
import queue
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

# Before rclpy is imported: the demo shall meet no other robot, and no other demo.
os.environ['ROS_AUTOMATIC_DISCOVERY_RANGE'] = 'LOCALHOST'
os.environ['ROS_DOMAIN_ID'] = str(1 + os.getpid() % 100)

import rclpy
from demo_legacy import legacy_client
from demo_output import Strip, Tape
from diagnostic_msgs.msg import DiagnosticArray
from rclpy.qos import qos_profile_sensor_data
from rclpy.signals import SignalHandlerOptions
from sensor_msgs.msg import Image

from gemma_events import messages
from gemma_events.events import (
    ENDINGS,
    ActionStatus,
    DetectedObject,
    FaceExpression,
    SpeechEvent,
    VisionEvent,
    to_seconds,
)
from gemma_events.msg import Playback

ROOT = Path(__file__).resolve().parents[1]
OUTPUT = ROOT / 'build' / 'demo'
RECORDINGS = Path('/usr/share/pocketsphinx/test/data')  # Debian's pocketsphinx-testdata
DEMO_PARTS = (
    'goforward.raw',
    'librivox/sense_and_sensibility_01_austen_64kb-0880.wav',
    'librivox/sense_and_sensibility_01_austen_64kb-0930.wav',
)
PAUSE = 5.0  # seconds of silence around each part, for an answer
A_MOMENT = 2.0  # seconds for an answer to begin
START_TIME = 30.0  # seconds for the nodes to become active
LAST_WORDS = 30.0  # seconds after the end of the recording for what is still owed
LEFT = 74  # columns of the topic side
SOCKET = 'sockets/tau_hearing_socket'


@dataclass
class Seen:
    """What the demo has seen so far."""

    lines: queue.Queue[tuple[str, str]] = field(default_factory=queue.Queue)  # (side, text)
    states: dict[str, str] = field(default_factory=dict)
    transcripts: int = 0
    owed: set[int] = field(default_factory=set)  # utterances whose transcript is to follow
    acting: set[str] = field(default_factory=set)  # actions that have not ended
    tape: Tape = field(default_factory=Tape)
    strip: Strip = field(default_factory=Strip)
    source: str = ''
    pictures: int = 0
    latest: dict[str, float] = field(default_factory=dict)  # when a topic's newest event came

    def read(self, text: str, arrived: float) -> None:
        """The legacy program has read something, after its like came over the topic, or before it."""
        after = arrived - self.latest.get('speech', arrived)
        self.lines.put(('socket', f'{text}  ({1000 * after:+.1f} ms)'))


def main() -> int:
    """Run it; the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--recording', type=Path, help='an audio file (default: of a Debian package)')
    parser.add_argument('--microphone', action='store_true', help='listen to the microphone instead, until Ctrl-C')
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix='gemma-') as folder:  # short: a socket path has 107 bytes
        parameters = {'socket_root': folder, 'gstreamer.path': 'gst_detection.sock'}  # no robot's own sockets
        if not options.microphone:
            recording = options.recording or make_recording(Path(folder) / 'recording.wav')
            parameters |= {'audio_source': str(recording.resolve()), 'audio_pace': 'real_time'}
        seen = Seen()
        with (
            nodes_running(parameters) as process,
            listening(seen),
            running([sys.executable, str(ROOT / 'examples' / 'parrot.py')]),
            legacy_client(Path(folder) / SOCKET, seen.read),
        ):
            follow(process, seen, for_ever=options.microphone)
        print(f'\n{seen.transcripts} utterances with text; {seen.pictures} pictures of the face.')
        keep(seen)
        return 0 if seen.transcripts and process.returncode in (0, None) else 1


def keep(seen: Seen) -> None:
    """Write what was said and seen, and say where."""
    OUTPUT.mkdir(parents=True, exist_ok=True)
    voice, face = OUTPUT / 'answers.wav', OUTPUT / 'face.png'
    if seen.tape.write(voice):
        print(f'what the robot said: {voice.relative_to(ROOT)}')
    else:
        voice.unlink(missing_ok=True)  # of an earlier run
    if seen.strip.write(face):
        print(f'how it looked: {face.relative_to(ROOT)}')


def make_recording(path: Path) -> Path:
    """Some sentences by different people with silence between them, 16 kHz mono."""
    silence = bytes(int(PAUSE * 16_000) * 2)
    with wave.open(str(path), 'wb') as out:
        out.setparams((1, 2, 16_000, 0, 'NONE', ''))
        out.writeframes(silence)
        for part in DEMO_PARTS:
            data = (RECORDINGS / part).read_bytes()
            out.writeframes((data[44:] if part.endswith('.wav') else data) + silence)
    return path


@contextmanager
def nodes_running(parameters: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """The executable `gemma_events` with all nodes."""
    program = shutil.which('gemma_events')
    if not program:
        raise SystemExit('there is no gemma_events to run: make build')
    arguments = [argument for name, value in parameters.items() for argument in ('-p', f'{name}:={value}')]
    with running([program, '--ros-args', '-r', '__ns:=/gemma', *arguments]) as process:
        yield process


@contextmanager
def running(command: list[str]) -> Iterator[subprocess.Popen[bytes]]:
    """A process; ended as Ctrl-C would."""
    process = subprocess.Popen(command, start_new_session=True)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        process.wait(10)


@contextmanager
def listening(seen: Seen) -> Iterator[None]:
    """Subscribe to the topics in a thread."""
    rclpy.init(signal_handler_options=SignalHandlerOptions.NO)
    node = rclpy.create_node('demo', namespace='/gemma')
    detect = publisher(node, VisionEvent, 'detections')

    def heard(event: SpeechEvent) -> None:
        seen.strip.happens(event.event_type)
        if event.event_type == SpeechEvent.SPEECH_STOPPED and event.transcript_follows:
            seen.owed.add(event.event_number)
        if event.event_type == SpeechEvent.TRANSCRIPT:
            seen.owed.discard(event.event_number)
            seen.transcripts += bool(event.transcript)

    def acted(event: ActionStatus) -> None:
        seen.strip.happens(event.event_type)
        (seen.acting.discard if event.event_type in ENDINGS else seen.acting.add)(event.id)

    def picture(message: Image) -> None:
        seen.pictures += 1
        seen.strip.see(message)

    subscribe(node, seen, SpeechEvent, 'speech', heard)
    subscribe(node, seen, VisionEvent, 'vision')
    subscribe(node, seen, FaceExpression, 'face_expression')
    subscribe(node, seen, ActionStatus, 'action_status', acted)
    node.create_subscription(Image, 'face_image', picture, qos_profile_sensor_data)
    node.create_subscription(Playback, 'playback', seen.tape.add, qos_profile_sensor_data)
    node.create_subscription(DiagnosticArray, '/diagnostics', lambda message: diagnose(message, seen), 10)
    node.create_timer(
        0.5,
        lambda: detect(
            VisionEvent(
                VisionEvent.OBJECT_DETECTED, time.time_ns(), objects=(DetectedObject('person', confidence=0.9),)
            )
        ),
    )
    stop = threading.Event()
    thread = threading.Thread(target=lambda: spin(node, stop), name='demo topics')
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
        node.destroy_node()
        rclpy.shutdown()


def spin(node: Any, stop: threading.Event) -> None:
    """Run callbacks until told to stop."""
    while not stop.is_set():
        rclpy.spin_once(node, timeout_sec=0.1)


def publisher(node: Any, event_type: type, topic: str) -> Any:
    """A function that publishes events."""
    made = node.create_publisher(messages.MESSAGE_TYPES[event_type], topic, messages.EVENT_QOS)
    return lambda event: made.publish(messages.to_message(event))


def subscribe(node: Any, seen: Seen, event_type: type, topic: str, then: Any = lambda event: None) -> None:
    """Print each event of a topic, with the time from what it tells of to its arrival."""

    def receive(message: Any) -> None:
        event = messages.to_event(message)
        seen.latest[topic] = time.monotonic()
        took = f'{1000 * to_seconds(time.time_ns() - event.stamp):7.0f} ms' if event.stamp else ''
        seen.lines.put(('topic', f'{topic:<15} {describe(event):<46.46} {took}'))
        then(event)

    node.create_subscription(messages.MESSAGE_TYPES[event_type], topic, receive, messages.EVENT_QOS)


def describe(event: Any) -> str:
    """An event in a few words."""
    words = [event.event_type]
    match event:
        case SpeechEvent():
            words += [f'#{event.event_number}', event.transcript or event.error]
        case VisionEvent():
            words += [item.label for item in event.objects]
        case FaceExpression():
            words = [event.expression, 'talking' if event.talking else '' if event.expression else 'not talking']
        case ActionStatus():
            words += [event.id, event.content_done or event.detail]
    return ' '.join(words)


def diagnose(message: DiagnosticArray, seen: Seen) -> None:
    """Note each node's state, and how far the recording is."""
    for status in message.status:
        values = {pair.key: pair.value for pair in status.values}
        seen.states[status.name] = values.get('state', '')
        if status.name == '/gemma/hearing':
            seen.source = values.get('source', '')


def follow(process: subprocess.Popen[bytes], seen: Seen, for_ever: bool) -> None:
    """Print what comes until the recording has ended and nothing is owed, or Ctrl-C."""
    print(
        f'{"seconds":>7}  {"over the topics (and how long after it happened)":<{LEFT}}'
        f'over the Unix socket (and how long after the topic, or before it)'
    )
    start, ended = time.monotonic(), 0.0
    try:
        while process.poll() is None:
            print_line(seen, start)
            now = time.monotonic()
            if not seen.states and now - start > START_TIME:
                print('the nodes did not start', file=sys.stderr)
                return
            if seen.source == 'ended' and not for_ever:
                ended = ended or now
                if now - ended > LAST_WORDS or (now - ended > A_MOMENT and not (seen.owed or seen.acting)):
                    break
    except KeyboardInterrupt:
        print()
    while not seen.lines.empty():
        print_line(seen, start)


def print_line(seen: Seen, start: float) -> None:
    """The next line, if one comes within a moment."""
    try:
        side, text = seen.lines.get(timeout=0.1)
    except queue.Empty:
        return
    left, right = (text, '') if side == 'topic' else ('', text)
    print(f'{time.monotonic() - start:7.2f}  {left:<{LEFT}}{right}', flush=True)


if __name__ == '__main__':
    sys.exit(main())
