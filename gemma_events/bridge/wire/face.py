"""The face format: JSON objects, nothing between them, each answered by `ack`."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from gemma_events.bridge.wire.codec import Answers, Encoded, Format, NotUnderstood
from gemma_events.bridge.wire.json_event import Fits, JsonDecoder, Members, encode_json, envelope, member, with_extra
from gemma_events.bridge.wire.json_stream import ACK
from gemma_events.bridge.wire.shorten import cut
from gemma_events.events import FaceExpression, to_seconds

NORMAL = 'normal'  # the face that legacy windows draw for this name


def read(message: Any) -> FaceExpression:
    """The event of a message. Raises NotUnderstood."""
    event_type, stamp, data = envelope(message, (FaceExpression.DRAW_FACE,))
    if 'expression' not in data and 'talking' not in data:
        raise NotUnderstood('neither expression nor talking')
    event = FaceExpression(
        event_type, stamp, expression=member(data, 'expression', str, ''), talking=member(data, 'talking', bool, False)
    )
    return with_extra(event, message, write(event))


def write(event: FaceExpression) -> Members:
    """The message."""
    return _message(event, event.expression)


def _message(event: FaceExpression, expression: str) -> Members:
    return {
        'event_type': event.event_type,
        'timestamp': to_seconds(event.stamp),
        'data': {'expression': expression, 'talking': event.talking},
    }


def encode(event: FaceExpression, *, limit: int | None = None, to_server: bool = False) -> Encoded | None:
    """One message for each event. Left out of a long one: `extra`, then the end of the expression's name."""
    if event.event_type != FaceExpression.DRAW_FACE:
        return None

    def shorten(fits: Fits) -> Members:
        message = write(event)
        if fits(message):
            return message
        return _message(event, cut(event.expression, lambda text: fits(_message(event, text))))

    return encode_json(write(event), event.extra, read, limit, shorten)


def decoder(limit: int) -> JsonDecoder:
    """A decoder that holds at most `limit` bytes back."""
    return JsonDecoder(limit, read)


def answer_decoder(limit: int) -> JsonDecoder:
    """A decoder for what a face server sends, holding at most `limit` bytes back: `acks` counts the answers, and events
    may come between them.
    """
    return JsonDecoder(limit, read, acks=True)


def expects_answer(data: bytes) -> bool:
    """Whether bytes that could not be read were meant as an event: their writer waits for the answer all the same."""
    return data.lstrip().startswith(b'{') and f'"{FaceExpression.DRAW_FACE}"'.encode() in data


def is_state(event: FaceExpression) -> bool:
    """Each request says how the face looks from then on."""
    return event.event_type == FaceExpression.DRAW_FACE


def completed(event: FaceExpression, last: FaceExpression | None) -> FaceExpression:
    """The event with the last expression in place of an empty one, which means "as it is": legacy windows draw what
    they read.
    """
    if event.expression or not is_state(event):
        return event
    return replace(event, expression=last.expression if last else NORMAL)


FACE = Format(
    'face',
    FaceExpression,
    topic='face_expression',
    decoder=decoder,
    encode=encode,
    example='draw_face expression=happy talking=true',
    is_state=is_state,
    state_topic='face_state',
    completed=completed,
    answers=Answers(ACK, expects_answer, answer_decoder),
)
