"""What may be wrong with the vision node: pure. Times are seconds of a clock that does not jump."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from gemma_events.health import Condition, Health

STALLED = 5.0  # seconds without a picture
FAR_OFF = 10.0  # seconds between a picture's stamp and its arrival; a slow detector on a slow computer takes one


@dataclass(frozen=True)
class Looking:
    """What an active node knows of where its pictures come from."""

    waiting: float  # since the last picture, or since the node became active
    topic: str = ''  # of detections, resolved; empty: a video
    publishers: int = 0  # on that topic, and those of them that are matched
    matched: int = 0
    may_be_silent: bool = False  # the detector publishes only what it sees
    ignored: str = ''  # the event_type of what came there lately instead of detections
    delay: float = 0.0  # from the last picture's stamp to its arrival
    period: float = 0.0  # between two pictures of a video
    ended: str = ''  # why the video is over
    failing: str = ''  # why the detector failed on the last picture
    failed: str = ''  # why it failed lately


def conditions(looking: Looking) -> Iterator[Condition]:
    """All that keeps the node from seeing."""
    if looking.topic:
        yield from _of_topic(looking)
    else:
        yield from _of_video(looking)


def _of_topic(looking: Looking) -> Iterator[Condition]:
    stalled = looking.waiting >= STALLED
    if stalled and looking.ignored:
        yield Condition(
            Health.WARN,
            f'what comes on {looking.topic} is {looking.ignored}: a detector has to publish object_detected',
        )
    elif stalled and not looking.publishers:
        yield Condition(
            Health.WARN,
            f'nobody publishes on {looking.topic}: start a detector, or name a video with the parameter source',
        )
    elif stalled and looking.matched and not looking.may_be_silent:
        yield Condition(
            Health.WARN,
            f'nothing has come on {looking.topic} for {STALLED:g} s: is the camera on? A detector publishes for each '
            'picture, also when it sees nothing, or empty_means is to be nothing',
        )
    if abs(looking.delay) > FAR_OFF:
        side = 'before' if looking.delay > 0 else 'after'
        yield Condition(
            Health.WARN,
            f'detections are stamped {_span(abs(looking.delay))} {side} they come: let the computers agree on the time '
            '(chrony), or set use_sim_time for a recording',
        )


def _of_video(looking: Looking) -> Iterator[Condition]:
    if looking.ended:
        yield Condition(Health.WARN, f'{looking.ended}: deactivate and activate the node to see it again')
    elif looking.waiting >= STALLED + looking.period:
        yield Condition(Health.ERROR, f'the detector has not answered for {STALLED + looking.period:g} s')
    if looking.failing:
        yield Condition(Health.ERROR, looking.failing)
    elif looking.failed:
        yield Condition(Health.WARN, f'now and then {looking.failed}')


def _span(seconds: float) -> str:
    """A length of time in words, without the digits that would change all the time."""
    for unit, length in (('h', 3600.0), ('min', 60.0)):
        if seconds >= length:
            return f'{seconds / length:.0f} {unit}'
    return f'{seconds:.0f} s'
