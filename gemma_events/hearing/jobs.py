"""What waits for the recogniser, and what was started before it was certain to be needed. Pure."""

from __future__ import annotations

import enum
from collections import deque
from collections.abc import Container
from dataclasses import dataclass

from gemma_events.hearing.metrics import RecognitionMetrics
from gemma_events.hearing.transcripts import Transcript
from gemma_events.hearing.utterances import Utterance

QUEUE_LIMIT = 8  # utterances that wait for the recogniser


class Kind(enum.Enum):
    """Why an utterance is recognised."""

    FINAL = 'final'  # it is over and owed an answer
    EARLY = 'early'  # it may be over: started in advance
    PARTIAL = 'partial'  # it goes on


@dataclass(eq=False)
class Job:
    """An utterance for the recogniser."""

    utterance: Utterance
    kind: Kind
    transcript: Transcript | None = None  # of an early one that is done


class Jobs:
    """The queue of recognition; counts in `metrics` what was refused and wasted."""

    def __init__(self, metrics: RecognitionMetrics) -> None:
        self._metrics = metrics
        self._waiting: deque[Job] = deque()
        self._early: Job | None = None  # waiting, being done, or done

    def __len__(self) -> int:
        return len(self._waiting)

    def start_early(self, utterance: Utterance) -> None:
        """The utterance may be over: recognise it, if there is nothing else to do."""
        if not self._waiting:
            self._early = Job(utterance, Kind.EARLY)
            self._waiting.append(self._early)

    def cancel_early(self) -> None:
        """The utterance that was started early is not over."""
        early, self._early = self._early, None
        if early:
            self._metrics.wasted += 1
            if early in self._waiting:
                self._waiting.remove(early)

    def add_partial(self, utterance: Utterance) -> None:
        """Recognise what was said so far."""
        self._waiting.append(Job(utterance, Kind.PARTIAL))

    def add_final(self, utterance: Utterance) -> Transcript | None:
        """The utterance is over: its text, if it was started early and is done; else it is queued."""
        if self._early and self._early.utterance == utterance:
            early, self._early = self._early, None
            early.kind = Kind.FINAL
            return early.transcript
        self.cancel_early()
        self._waiting.append(Job(utterance, Kind.FINAL))
        return None

    def refuse(self) -> Utterance | None:
        """Where too many wait, the oldest utterance goes, and is returned: what was said last matters most."""
        waiting = [job for job in self._waiting if job.kind is Kind.FINAL]
        if len(waiting) <= QUEUE_LIMIT:
            return None
        self._metrics.refused += 1
        self._waiting.remove(waiting[0])
        return waiting[0].utterance

    def take(self) -> Job:
        """The next one. Raises IndexError where none waits."""
        return self._waiting.popleft()

    def drop(self, numbers: Container[int]) -> None:
        """Forget what waits of the utterances with these numbers."""
        self._waiting = deque(job for job in self._waiting if job.utterance.number not in numbers)

    def clear(self) -> None:
        """Forget all."""
        self._early = None
        self._waiting.clear()
