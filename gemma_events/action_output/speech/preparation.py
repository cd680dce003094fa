"""Sentences become sound while those before them are heard: a thread ahead of the loudspeaker."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from typing import NamedTuple

from gemma_events.action_output.speech.sentences import Sentence, Splitter
from gemma_events.action_output.speech.synthesis import Sound

AHEAD = 2  # sentences that are ready, or being made, beyond the one that is heard
AT_A_TIME = 2000  # characters that are cut into sentences at once: the first one is wanted soon
TICK = 0.05  # seconds between looks at `stop`
CLOSE_TIMEOUT = 0.05  # seconds: a synthesiser that does not return is left behind


class Prepared(NamedTuple):
    """A sentence, and its sound unless nobody will hear it."""

    sentence: Sentence
    sound: Sound | None


class Preparation:
    """Makes sounds of the sentences of a content that comes in parts, from construction until `close`."""

    def __init__(
        self,
        parts: Callable[[threading.Event], Iterator[str]],
        splitter: Splitter,
        make: Callable[[Sentence, threading.Event], Sound | None],
        limit: int,
        skip: int = 0,
    ) -> None:
        """`limit`: characters of the content, the rest is left out; `skip`: sentences at the beginning that need no
        sound any more. `parts` and `make` return early once the event is set.
        """
        self.content, self.cut = '', False  # so far; whether its end was left out
        self._parts, self._splitter, self._make = parts, splitter, make
        self._limit, self._skip = limit, skip
        self._made: queue.SimpleQueue[Prepared | BaseException | None] = queue.SimpleQueue()
        self._room = threading.Semaphore(AHEAD)
        self._stop = threading.Event()
        self._last: BaseException | None = None
        self._complete = False
        self._thread = threading.Thread(target=self._run, name='speech preparation', daemon=True)
        self._thread.start()

    def take(self, timeout: float) -> Prepared | None:
        """The next sentence; None when there is none after `timeout` seconds, or when it was the last."""
        if self._complete:
            return None
        try:
            item = self._made.get(timeout=timeout)
        except queue.Empty:
            return None
        if isinstance(item, Prepared):
            return item
        self._complete, self._last = True, item
        return None

    @property
    def complete(self) -> bool:
        """Whether the last sentence has been taken."""
        return self._complete

    def result(self) -> None:
        """Once complete: raises what ended it early."""
        if self._last:
            raise self._last

    def begun(self, sentences: int) -> None:
        """So many more are being heard: as many may be made."""
        if sentences:
            self._room.release(sentences)

    def close(self) -> None:
        """End it."""
        self._stop.set()
        self._thread.join(CLOSE_TIMEOUT)

    def _run(self) -> None:
        try:
            for sentence in self._sentences():
                if not self._wait_for_room():
                    return
                self._made.put(Prepared(sentence, self._make(sentence, self._stop)))
            self._made.put(None)
        except BaseException as error:  # raised again where the sentences are taken
            self._made.put(error)

    def _sentences(self) -> Iterator[Sentence]:
        skip = self._skip
        for sentence in self._all():
            if self._stop.is_set():
                return
            if skip:
                skip -= 1
            else:
                yield sentence

    def _all(self) -> Iterator[Sentence]:
        for part in self._parts(self._stop):
            rest = self._limit - len(self.content)
            self.content, self.cut = self.content + part[:rest], len(part) > rest
            for at in range(0, len(part[:rest]), AT_A_TIME):
                yield from self._splitter.feed(part[at : min(rest, at + AT_A_TIME)])
            if self.cut:
                break
        yield from self._splitter.finish()

    def _wait_for_room(self) -> bool:
        while not self._room.acquire(timeout=TICK):
            if self._stop.is_set():
                return False
        return not self._stop.is_set()
