"""Voice activity on the labelled set: ours, and simpler algorithms in the same run."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

import numpy as np

from bench.figures import Figure, percentile
from bench.recordings import RATE, Recording, labelled_set
from gemma_events.hearing import vad
from gemma_events.hearing.frames import BLOCK_FRAMES, FRAME_SAMPLES, Framer
from gemma_events.hearing.settings import HearingSettings
from gemma_events.hearing.utterances import Segmenter, Started, Stopped

START_WITHIN, END_WITHIN, COVER = 0.25, 0.5, 0.8  # seconds, seconds, share of the utterance


@dataclass(frozen=True)
class Found:
    """An utterance as an algorithm has it, in seconds, and when it knew."""

    start: float
    end: float
    start_known: float
    end_known: float


@dataclass
class Score:
    """Of one algorithm."""

    true: int = 0
    found: int = 0
    cover: int = 0
    tight: int = 0
    false_starts: int = 0  # in recordings without speech
    start: list[float] = field(default_factory=list)
    stop: list[float] = field(default_factory=list)
    lost: list[float] = field(default_factory=list)  # seconds of each utterance at its beginning and end
    seconds: float = 0.0
    cpu: float = 0.0

    def f1(self, hits: int) -> float:
        """Harmonic mean of precision and recall."""
        return 2 * hits / max(1, self.true + self.found)


def figures() -> Iterator[Figure]:
    """F1, times, false starts, CPU."""
    settings = HearingSettings()
    hangover = settings.hangover_ms / 1000
    algorithms: dict[str, Callable[[np.ndarray], Iterator[Found]]] = {
        'webrtcvad 2, first frame': lambda samples: naive(samples, 2),
        'webrtcvad 2, 75 % of 210 ms, 700 ms': lambda samples: ours(
            samples, replace(settings, vad='webrtc', onset_ratio=0.75, hangover_ms=700)
        ),
        'webrtc': lambda samples: ours(samples, replace(settings, vad='webrtc')),
        'webrtc_silero': lambda samples: ours(samples, settings),
    }
    recordings = list(labelled_set())
    for name, algorithm in algorithms.items():
        total, by_condition = score(algorithm, recordings)
        target = name == settings.vad
        yield Figure(f'{name}: F1 tight', total.f1(total.tight), '', at_least=0.95 if target else None)
        yield Figure(f'{name}: F1 cover', total.f1(total.cover), '')
        worst = min((one.f1(one.tight), condition) for condition, one in by_condition.items() if one.true)
        yield Figure(f'{name}: F1 tight, worst ({worst[1]})', worst[0], '', at_least=0.85 if target else None)
        yield Figure(
            f'{name}: false starts in 7 minutes without speech', total.false_starts, '', at_most=0 if target else None
        )
        if total.start:
            yield Figure(
                f'{name}: start known, p95', percentile(total.start, 0.95), 's', at_most=0.25 if target else None
            )
            yield Figure(
                f'{name}: stop known, p95',
                percentile(total.stop, 0.95),
                's',
                at_most=hangover + 0.1 if target else None,
            )
            yield Figure(
                f'{name}: lost of an utterance, mean',
                1000 * sum(total.lost) / len(total.lost),
                'ms',
                at_most=1 if target else None,
            )
        yield Figure(
            f'{name}: CPU for an hour of sound', 3600 * total.cpu / total.seconds, 's', at_most=20 if target else None
        )


def score(
    algorithm: Callable[[np.ndarray], Iterator[Found]], recordings: list[Recording]
) -> tuple[Score, dict[str, Score]]:
    """Of all recordings, and of each condition."""
    total, by_condition = Score(), defaultdict(Score)
    for recording in recordings:
        begin = time.process_time()
        found = list(algorithm(recording.int16()))
        cpu = time.process_time() - begin
        for one in (total, by_condition[recording.condition]):
            one.seconds += len(recording.sound) / RATE
            one.cpu += cpu
            count(one, recording.utterances, found)
    return total, by_condition


def count(score: Score, true: tuple[tuple[float, float], ...], found: list[Found]) -> None:
    """Match what was found with what is there."""
    score.true += len(true)
    score.found += len(found)
    score.false_starts += len(found) if not true else 0
    for start, end in true:
        match = max(found, key=lambda one: min(one.end, end) - max(one.start, start), default=None)
        if match is None or min(match.end, end) <= max(match.start, start):
            continue
        overlap = min(match.end, end) - max(match.start, start)
        cover = abs(match.start - start) <= START_WITHIN and overlap > COVER * (end - start)
        score.cover += cover
        score.tight += cover and abs(match.end - end) <= END_WITHIN
        if cover:
            score.start.append(match.start_known - start)
            score.stop.append(match.end_known - end)
            pre_roll = HearingSettings().pre_roll_ms / 1000
            tail = HearingSettings().early_ms / 1000
            score.lost.append(max(0.0, match.start - pre_roll - start) + max(0.0, end - match.end - tail))


def ours(samples: np.ndarray, settings: HearingSettings) -> Iterator[Found]:
    """The product's own pieces, given the blocks of a microphone: what is known, is known at a block's end."""
    segmenter, detector = Segmenter(lambda: settings), vad.create(settings)
    frames = list(Framer().feed(samples))
    started = 0.0
    for block in (frames[at : at + BLOCK_FRAMES] for at in range(0, len(frames), BLOCK_FRAMES)):
        now = block[-1].end / RATE
        for frame, speech in zip(block, detector.detect(block, settings), strict=True):
            for event in segmenter.feed(frame, speech):
                if isinstance(event, Started):
                    started = now
                elif isinstance(event, Stopped):
                    utterance = event.utterance
                    yield Found(utterance.start / RATE, utterance.end / RATE, started, now)


def naive(samples: np.ndarray, aggressiveness: int) -> Iterator[Found]:
    """The first frame of speech starts an utterance, the first one without ends it."""
    import webrtcvad

    detector = webrtcvad.Vad(aggressiveness)
    start: float | None = None
    for at in range(0, len(samples) - FRAME_SAMPLES + 1, FRAME_SAMPLES):
        speech = detector.is_speech(samples[at : at + FRAME_SAMPLES].tobytes(), RATE)
        now = (at + FRAME_SAMPLES) / RATE
        if speech and start is None:
            start = at / RATE
        elif not speech and start is not None:
            yield Found(start, at / RATE, start + FRAME_SAMPLES / RATE, now)
            start = None
