"""Recognition in the background, with the promise that each utterance given to it is answered, in time and in order."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from gemma_events.backoff import Backoff
from gemma_events.errors import GemmaError
from gemma_events.events import SECOND
from gemma_events.hearing.frames import SAMPLE_RATE
from gemma_events.hearing.jobs import QUEUE_LIMIT, Job, Jobs, Kind
from gemma_events.hearing.metrics import RecognitionMetrics
from gemma_events.hearing.recognisers import Candidate, Recogniser, RecognitionSettings
from gemma_events.hearing.transcripts import PendingAnswers, Transcript
from gemma_events.hearing.utterances import Paused, Resumed, SegmentEvent, Stopped, Utterance
from gemma_events.log import Log, Trouble
from gemma_events.registry import FOREIGN_FAULTS, reason

STUCK = 2.0  # a recogniser that works on one utterance for this many time-outs is given up
MAX_STUCK = 3  # recognisers given up; each may hold its model's memory for good
RETRY_PAUSE, MAX_RETRY_PAUSE = 30.0, 600.0  # seconds until loading is tried again after it failed
END_TIMEOUT = 0.5  # seconds for the threads to end; one that is in the middle of its work is left
ENDED = 'recognition has ended'

Answer = Callable[[Utterance, Transcript], None]


@dataclass(eq=False)
class _Engine:
    """A recogniser and the thread that loads it and works with it. Given up by not being the current one any more."""

    candidate: Candidate
    due: float  # to be loaded, or to be done with `job`; infinity while idle
    loaded: bool = False
    job: Job | None = None
    thread: threading.Thread | None = None


class Recognition:
    """Two threads: one that works, replaced when it hangs, and one that watches the clock.

    `answer` is called once for each utterance given to `submit`, whatever happens: after `close`, after
    `recognition_timeout`, with too many waiting, without a recogniser that can be loaded. `partial` may be called for
    what was given to `request_partial`. Both from any thread, one call at a time, with the lock held: they must not
    block, nor call back. `settings` gives those that hold now.
    """

    def __init__(
        self,
        candidates: Sequence[Candidate],
        settings: Callable[[], RecognitionSettings],
        answer: Answer,
        partial: Answer,
        log: Log,
    ) -> None:
        self.metrics = RecognitionMetrics()
        self.trouble = Trouble(log.warning)  # why there is no recogniser
        self._candidates, self._settings, self._log = candidates, settings, log
        self._answer, self._partial = answer, partial
        self._changed = threading.Condition()
        self._jobs, self._pending = Jobs(self.metrics), PendingAnswers()
        self._engine: _Engine | None = None
        self._retry_at, self._backoff, self._open = math.inf, Backoff(RETRY_PAUSE, MAX_RETRY_PAUSE), True
        with self._changed:
            self._load(0)
        self._watch = threading.Thread(target=self._keep_time, name='recognition watch', daemon=True)
        self._watch.start()

    # --- for the owner ----------------------------------------------------------------------------

    @property
    def state(self) -> str:
        """For the diagnostics: what is loading, ready, or why there is nothing."""
        with self._changed:
            if self._engine is None:
                return self.trouble.text or 'closed'
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

    def follow(self, event: SegmentEvent, wanted: bool) -> None:
        """Do what an event asks for; `wanted`: whether the utterance's text is wanted now."""
        if isinstance(event, Paused):
            self.start_early(event.utterance)
        elif isinstance(event, Resumed):
            self.cancel_early()
        elif wanted and isinstance(event, Stopped):
            self.submit(event.utterance)
        elif wanted:
            self.request_partial(event.utterance)

    def submit(self, utterance: Utterance) -> None:
        """The utterance is over: it is owed an answer from now on."""
        with self._changed:
            self._pending.owe(utterance, time.monotonic() + self._settings().recognition_timeout)
            if self._engine is None:
                self._settle(utterance, Transcript(error=self.trouble.text or ENDED))
            elif transcript := self._jobs.add_final(utterance):
                self._settle(utterance, transcript)
            if refused := self._jobs.refuse():
                self._settle(refused, Transcript(error='too many utterances waited for the recogniser'))
            self._changed.notify_all()

    def wait_for_room(self, timeout: float) -> bool:
        """Wait until `submit` will not push another utterance out of the queue; false if that took too long."""
        with self._changed:
            return self._changed.wait_for(lambda: len(self._jobs) < QUEUE_LIMIT, timeout)

    def start_early(self, utterance: Utterance) -> None:
        """The utterance may be over: start on it, if there is nothing else to do."""
        with self._changed:
            if self._engine:
                self._jobs.start_early(utterance)
                self._changed.notify_all()

    def cancel_early(self) -> None:
        """The utterance that was started early is not over."""
        with self._changed:
            self._jobs.cancel_early()

    def request_partial(self, utterance: Utterance) -> None:
        """The utterance goes on: recognise what was said so far, if there is nothing else to do."""
        with self._changed:
            if self._engine and self._engine.loaded and not self._engine.job and not self._jobs:
                self._jobs.add_partial(utterance)
                self._changed.notify_all()

    def settle_all(self, error: str) -> None:
        """Answer everything that is owed with this error; what the recogniser works on is dropped when it is done."""
        with self._changed:
            self._jobs.clear()
            self._give(self._pending.expire(math.inf, error))
            self._changed.notify_all()

    def close(self) -> None:
        """Answer what is owed and end the threads; one that is in the middle of its work ends after that."""
        with self._changed:
            self._open = False
            engine, self._engine = self._engine, None
            self.settle_all(ENDED)
        for thread in (self._watch, engine.thread if engine else None):
            if thread and thread is not threading.current_thread():
                thread.join(END_TIMEOUT)

    # --- inside, with the lock held ---------------------------------------------------------------

    def _settle(self, utterance: Utterance, transcript: Transcript) -> None:
        self._give(self._pending.settle(utterance.number, transcript))

    def _give(self, answers: list[tuple[Utterance, Transcript]]) -> None:
        for utterance, transcript in answers:
            self._answer(utterance, transcript)

    def _load(self, index: int) -> None:
        """Start an engine with a candidate."""
        self._retry_at = math.inf
        self._engine = engine = _Engine(self._candidates[index], time.monotonic() + self._settings().load_timeout)
        engine.thread = threading.Thread(target=self._work, args=(engine,), name='recognition', daemon=True)
        engine.thread.start()
        self._log.debug(f'loading {engine.candidate.name}')
        self._changed.notify_all()

    def _not_loaded(self, engine: _Engine, why: str) -> None:
        """Go on with the next candidate, or without any for now."""
        index = self._candidates.index(engine.candidate) + 1
        if index < len(self._candidates):
            self._log.warning(f'{why}; using {self._candidates[index].name} instead')
            self._load(index)
            return
        self._retry_at = time.monotonic() + self._backoff.failed()
        self._fail(why, '; trying again until it works')

    def _fail(self, why: str, prospect: str) -> None:
        self._engine = None
        self.trouble.set(f'no recogniser: {why}', prospect)
        self.settle_all(self.trouble.text)

    # --- the thread that watches the clock ----------------------------------------------------------

    def _keep_time(self) -> None:
        with self._changed:
            while self._open:
                due = min(self._pending.next_due(), self._engine.due if self._engine else math.inf, self._retry_at)
                self._changed.wait(None if due == math.inf else max(0.0, due - time.monotonic()))
                self._act(time.monotonic())

    def _act(self, now: float) -> None:
        """Do what is due."""
        timeout = self._settings().recognition_timeout
        late = f'recognition took longer than {timeout:g} s'
        overdue = self._pending.expire(now, late)
        self.metrics.overdue += len(overdue)
        self.metrics.errors.extend(late for _ in overdue)
        self._give(overdue)
        self._jobs.drop({utterance.number for utterance, _ in overdue})
        if self._engine and self._engine.due <= now:
            self._give_up(self._engine)
        if self._retry_at <= now:
            self._load(0)

    def _give_up(self, engine: _Engine) -> None:
        name = engine.candidate.name
        if not engine.loaded:
            self._not_loaded(engine, f'{name} was not loaded within {self._settings().load_timeout:g} s')
            return
        self.metrics.stuck += 1
        if self.metrics.stuck >= MAX_STUCK:
            self._fail(f'{name} hangs', f', {MAX_STUCK} times now: nothing is recognised any more')
            return
        self._log.warning(f'{name} hangs: loading it anew')
        self._load(self._candidates.index(engine.candidate))

    # --- the thread that works ----------------------------------------------------------------------

    def _work(self, engine: _Engine) -> None:
        recogniser = self._loaded(engine)
        while recogniser and (job := self._next_job(engine)):
            began = time.monotonic()
            try:
                transcript = recogniser.transcribe(job.utterance.audio, self._settings())
                if not isinstance(transcript, Transcript):
                    raise TypeError(f'transcribe() returned a {type(transcript).__name__}, not a Transcript')
            except FOREIGN_FAULTS as error:
                self.metrics.failed += 1
                transcript = Transcript(error=f'{engine.candidate.name} failed: {reason(error)}')
            self._done(engine, job, transcript, time.monotonic() - began)

    def _loaded(self, engine: _Engine) -> Recogniser | None:
        recogniser, why = None, ''
        try:
            recogniser = engine.candidate.load()
        except GemmaError as error:
            why = str(error)
        except FOREIGN_FAULTS as error:
            why = f'{engine.candidate.name} cannot be loaded: {reason(error)}'
        with self._changed:
            if engine is not self._engine:
                return None
            if recogniser is None:
                self._not_loaded(engine, why)
                return None
            engine.loaded, engine.due = True, math.inf
            self._backoff.succeeded()
            self.trouble.clear()
            self._log.info(f'{engine.candidate.name} is ready')
            return recogniser

    def _next_job(self, engine: _Engine) -> Job | None:
        with self._changed:
            self._changed.wait_for(lambda: self._jobs or engine is not self._engine)
            if engine is not self._engine:
                return None
            engine.job = job = self._jobs.take()
            self._log.debug(f'{job.kind.value} job of utterance {job.utterance.number} begun, {len(self._jobs)} wait')
            engine.due = time.monotonic() + STUCK * self._settings().recognition_timeout
            self._changed.notify_all()
            return job

    def _done(self, engine: _Engine, job: Job, transcript: Transcript, work: float) -> None:
        with self._changed:
            if engine is not self._engine:
                return
            engine.job, engine.due = None, math.inf
            self.metrics.add(len(job.utterance.audio) / 2 / SAMPLE_RATE, work, time.monotonic())
            self.metrics.errors.append(transcript.error if transcript.failed else '')
            self._log.debug(
                f'{job.kind.value} job of utterance {job.utterance.number} done in {work:.2f} s: '
                f'{transcript.error or f"{len(transcript.text)} characters"}'
            )
            timed = replace(transcript, recognition_time=round(work * SECOND))
            if job.kind is Kind.FINAL:
                self._settle(job.utterance, timed)
            elif job.kind is Kind.EARLY:
                job.transcript = timed
            else:
                self._partial(job.utterance, timed)
            self._changed.notify_all()
