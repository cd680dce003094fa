"""A robot that says again what it hears, and what is typed to it, with a face that goes with it."""

import contextlib

import rclpy
from rclpy.executors import ExternalShutdownException

from gemma_events.msg import ActionEvent, FaceExpression, SpeechEvent, TextInput


def answer(text, event):
    """Say it, with a smile. With an id of its own it is said once, however often it arrives."""
    when = event.header.stamp
    cause = f'{event.source} at {when.sec}.{when.nanosec:09}'
    action.publish(
        ActionEvent(action='speak', content=f'You said: {text}', cause=cause, id=f'parrot {cause}' if when.sec else '')
    )
    face.publish(FaceExpression(expression='happy'))


def hear(event):
    if event.event_type == SpeechEvent.SPEECH_STARTED:
        face.publish(FaceExpression(expression='neutral'))  # the smile is over: the face shows that it listens
    elif event.event_type == SpeechEvent.SPEECH_STOPPED and event.transcript_follows:
        face.publish(FaceExpression(expression='thinking'))
    elif event.event_type == SpeechEvent.TRANSCRIPT and event.transcript:
        answer(event.transcript, event)
    elif event.event_type == SpeechEvent.TRANSCRIPT:  # it was not understood
        face.publish(FaceExpression(expression='neutral'))


rclpy.init()
node = rclpy.create_node('parrot', namespace='gemma')
action = node.create_publisher(ActionEvent, 'action', 50)
face = node.create_publisher(FaceExpression, 'face_expression', 50)
node.create_subscription(SpeechEvent, 'speech', hear, 50)
node.create_subscription(TextInput, 'text_input', lambda typed: typed.text.strip() and answer(typed.text, typed), 50)
with contextlib.suppress(KeyboardInterrupt, ExternalShutdownException):  # Ctrl-C
    while rclpy.ok():  # rclpy.spin(node) misses a signal now and then, and waits for ever
        rclpy.spin_once(node, timeout_sec=1)
