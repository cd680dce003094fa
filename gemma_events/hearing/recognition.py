"""Recognition in the background, with the promise that each utterance given to it is answered, in time and in order."""

from __future__ import annotations

import enum
import math
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from gemma_events.errors import RecognitionError
from gemma_events.events import SECOND
from gemma_events.hearing.frames import SAMPLE_RATE
from gemma_events.hearing.metrics import Recognised
from gemma_events.hearing.recognisers import Candidate, Recogniser, RecognitionSettings
from gemma_events.hearing.transcripts import PendingAnswers, Transcript
from gemma_events.hearing.utterances import Utterance
from gemma_events.log import Log

QUEUE_LIMIT = 8  # utterances that wait for the recogniser
STUCK = 2.0  # a recogniser that works on one utterance for this many time-outs is given up
MAX_STUCK = 3  # recognisers given up; each may hold its model's memory for good
RETRY_PAUSE, MAX_RETRY_PAUSE = 30.0, 600.0  # seconds until loading is tried again after it failed
END_TIMEOUT = 0.5  # seconds for the threads to end; one that is in the middle of its work is left

Answer = Callable[[Utterance, Transcript], None]


class _Kind(enum.Enum):
    FINAL = 'final'  # the utterance is over and owed an answer
    EARLY = 'early'  # it may be over: begun in advance
    PARTIAL = 'partial'  # it goes on


@dataclass(eq=False)
class _Job:
    utterance: Utterance
    kind: _Kind
    transcript: Transcript | None = None  # of an early one that is done


@dataclass(eq=False)
class _Engine:
    """A recogniser and the thread that loads it and works with it. Given up by not being the current one any more."""

    candidate: Candidate
    due: float  # to be loaded, or to be done with `job`; infinity while idle
    loaded: bool = False
    job: _Job | None = None
    thread: threading.Thread | None = None


class Recognition:
    """Two threads: one that works, replaced when it hangs, and one that watches the clock.

    `answer` is called once for each utterance given to `submit`, whatever happens: after `close`, after
    `recognition_timeout`, with too many waiting, without a recogniser that can be loaded. `partial` is called for what
    was given to `request_partial`, perhaps. Both from any thread, one call at a time; they must not block. `settings`
    may be replaced at any time.
    """

    def __init__(
        self, candidates: Sequence[Candidate], settings: RecognitionSettings, answer: Answer, partial: Answer, log: Log
    ) -> None:
        self.settings = settings
        self.metrics = Recognised()
        self.failure = ''  # why there is no recogniser; empty: there is one, or it is being loaded
        self._candidates, self._answer, self._partial, self._log = candidates, answer, partial, log
        self._changed = threading.Condition()
        self._jobs: deque[_Job] = deque()
        self._early: _Job | None = None
        self._pending = PendingAnswers()
        self._engine: _Engine | None = None
        self._retry_at, self._retry_pause, self._open = math.inf, RETRY_PAUSE, True
        with self._changed:
            self._load(0)
        self._watch = threading.Thread(target=self._keep_time, name='recognition watch', daemon=True)
        self._watch.start()

    # --- for the owner ----------------------------------------------------------------------------

    @property
    def state(self) -> str:
        """For people: what is loading, ready, or why there is nothing."""
        with self._changed:
            if self._engine is None:
                return self.failure or 'closed'
            return f'{self._engine.candidate.name}{"" if self._engine.loaded else " is loading"}'

    @property
    def is_ready(self) -> bool:
        """Whether there is a recogniser, loaded."""
        engine = self._engine
        return engine is not None and engine.loaded

    @property
    def waiting(self) -> int:
        """How many jobs wait for the recogniser."""
        return len(self._jobs)

    @property
    def owed(self) -> int:
        """How many utterances wait for their answer."""
        return len(self._pending)

    def submit(self, utterance: Utterance) -> None:
        """The utterance is over: it is owed an answer from now on."""
        with self._changed:
            self._pending.owe(utterance, time.monotonic() + self.settings.recognition_timeout)
            early, self._early = self._early, None
            if self.failure or not self._open:
                self._settle(utterance, Transcript(error=self.failure or 'recognition has ended'))
            elif early and early.utterance == utterance:
                early.kind = _Kind.FINAL
                if early.transcript:
                    self._settle(utterance, early.transcript)
            else:
                self._drop(early)
                self._queue(utterance)

    def wait_for_room(self, timeout: float) -> bool:
        """Wait until `submit` will not push another utterance out of the queue; false if that took too long."""
        with self._changed:
            return self._changed.wait_for(lambda: len(self._jobs) < QUEUE_LIMIT, timeout)

    def start_early(self, utterance: Utterance) -> None:
        """The utterance may be over: begin, if there is nothing else to do."""
        with self._changed:
            if not self._jobs and not self.failure and self._open:
                self._early = _Job(utterance, _Kind.EARLY)
                self._jobs.append(self._early)
                self._changed.notify_all()

    def cancel_early(self) -> None:
        """What was anticipated is not over."""
        with self._changed:
            early, self._early = self._early, None
            self._drop(early)

    def request_partial(self, utterance: Utterance) -> None:
        """The utterance goes on: tell what was said so far, if there is time for that."""
        with self._changed:
            if self._engine and self._engine.loaded and not self._engine.job and not self._jobs:
                self._jobs.append(_Job(utterance, _Kind.PARTIAL))
                self._changed.notify_all()

    def settle_all(self, error: str) -> None:
        """Answer everything that is owed, with this error; what the recogniser is at is dropped when it is done."""
        with self._changed:
            self._early = None
            self._jobs.clear()
            self._give(self._pending.expire(math.inf, error))
            self._changed.notify_all()

    def close(self) -> None:
        """Answer what is owed and end the threads, but for one in the middle of its work: it ends after that."""
        with self._changed:
            self._open = False
            engine, self._engine = self._engine, None
            self.settle_all('recognition has ended')
        for thread in (self._watch, engine.thread if engine else None):
            if thread and thread is not threading.current_thread():
                thread.join(END_TIMEOUT)

    # --- inside, with the lock held ---------------------------------------------------------------

    def _queue(self, utterance: Utterance) -> None:
        waiting = [job for job in self._jobs if job.kind is _Kind.FINAL]
        if len(waiting) >= QUEUE_LIMIT:  # the oldest goes: what was said last matters most
            self.metrics.refused += 1
            self._jobs.remove(waiting[0])
            self._settle(waiting[0].utterance, Transcript(error='too many utterances waited for the recogniser'))
        self._jobs.append(_Job(utterance, _Kind.FINAL))
        self._changed.notify_all()

    def _drop(self, job: _Job | None) -> None:
        if job:
            self.metrics.wasted += 1
            if job in self._jobs:
                self._jobs.remove(job)

    def _settle(self, utterance: Utterance, transcript: Transcript) -> None:
        self._give(self._pending.settle(utterance.number, transcript))

    def _give(self, answers: list[tuple[Utterance, Transcript]]) -> None:
        for utterance, transcript in answers:
            self._answer(utterance, transcript)

    def _load(self, index: int) -> None:
        """Start an engine with a candidate."""
        self._retry_at, self.failure = math.inf, ''
        self._engine = engine = _Engine(self._candidates[index], time.monotonic() + self.settings.load_timeout)
        engine.thread = threading.Thread(target=self._work, args=(engine,), name='recognition', daemon=True)
        engine.thread.start()
        self._changed.notify_all()

    def _not_loaded(self, engine: _Engine, reason: str) -> None:
        """Go on with the next candidate, or without any for now."""
        index = self._candidates.index(engine.candidate) + 1
        if index < len(self._candidates):
            self._log.warning(f'{reason}; using {self._candidates[index].name} instead')
            self._load(index)
            return
        self._log.warning(f'no recogniser: {reason}; trying again in {self._retry_pause:.0f} s')
        self._fail(reason)
        self._retry_at = time.monotonic() + self._retry_pause
        self._retry_pause = min(2 * self._retry_pause, MAX_RETRY_PAUSE)

    def _fail(self, reason: str) -> None:
        self._engine, self.failure = None, reason
        self.settle_all(reason)

    # --- the thread that watches the clock ----------------------------------------------------------

    def _keep_time(self) -> None:
        with self._changed:
            while self._open:
                due = min(self._pending.next_due(), self._engine.due if self._engine else math.inf, self._retry_at)
                self._changed.wait(None if due == math.inf else max(0.0, due - time.monotonic()))
                self._act(time.monotonic())

    def _act(self, now: float) -> None:
        """Do what is due."""
        overdue = self._pending.expire(now, f'recognition took longer than {self.settings.recognition_timeout:g} s')
        self.metrics.overdue += len(overdue)
        self._give(overdue)
        late = {utterance.number for utterance, _ in overdue}
        self._jobs = deque(job for job in self._jobs if job.utterance.number not in late)
        if self._engine and self._engine.due <= now:
            self._give_up(self._engine)
        if self._retry_at <= now:
            self._load(0)

    def _give_up(self, engine: _Engine) -> None:
        name = engine.candidate.name
        if not engine.loaded:
            self._not_loaded(engine, f'{name} was not loaded within {self.settings.load_timeout:g} s')
            return
        self.metrics.stuck += 1
        if self.metrics.stuck >= MAX_STUCK:
            self._log.warning(f'{name} hung {MAX_STUCK} times: nothing is recognised any more')
            self._fail(f'{name} hangs')
            return
        self._log.warning(f'{name} hangs: loading it anew')
        self._load(self._candidates.index(engine.candidate))

    # --- the thread that works ----------------------------------------------------------------------

    def _work(self, engine: _Engine) -> None:
        recogniser = self._loaded(engine)
        while recogniser and (job := self._next_job(engine)):
            began = time.monotonic()
            try:
                transcript = recogniser.transcribe(job.utterance.audio, self.settings)
            except Exception as error:
                self.metrics.failed += 1
                transcript = Transcript(error=f'{engine.candidate.name} failed: {error!r}')
            self._done(engine, job, transcript, time.monotonic() - began)

    def _loaded(self, engine: _Engine) -> Recogniser | None:
        recogniser, reason = None, ''
        try:
            recogniser = engine.candidate.load()
        except Exception as error:
            reason = (
                str(error)
                if isinstance(error, RecognitionError)
                else f'{engine.candidate.name} cannot be loaded: {error!r}'
            )
        with self._changed:
            if engine is not self._engine:
                return None
            if recogniser is None:
                self._not_loaded(engine, reason)
                return None
            engine.loaded, engine.due, self._retry_pause = True, math.inf, RETRY_PAUSE
            self._log.info(f'{engine.candidate.name} is ready')
            return recogniser

    def _next_job(self, engine: _Engine) -> _Job | None:
        with self._changed:
            self._changed.wait_for(lambda: self._jobs or engine is not self._engine)
            if engine is not self._engine:
                return None
            engine.job = self._jobs.popleft()
            engine.due = time.monotonic() + STUCK * self.settings.recognition_timeout
            self._changed.notify_all()
            return engine.job

    def _done(self, engine: _Engine, job: _Job, transcript: Transcript, work: float) -> None:
        with self._changed:
            if engine is not self._engine:
                return
            engine.job, engine.due = None, math.inf
            self.metrics.add(len(job.utterance.audio) / 2 / SAMPLE_RATE, work)
            timed = replace(transcript, recognition_time=round(work * SECOND))
            if job.kind is _Kind.FINAL:
                self._settle(job.utterance, timed)
            elif job.kind is _Kind.EARLY:
                job.transcript = timed
            else:
                self._partial(job.utterance, timed)
            self._changed.notify_all()
