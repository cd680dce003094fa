"""How a node is doing, and what may be wrong with it: pure, without ROS."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import NamedTuple

LATELY = 60.0  # seconds for which something that passes is worth a warning


class Condition(NamedTuple):
    """Something that is wrong: how bad (Health.WARN or ERROR), what it is, and what to do."""

    level: bytes
    text: str


@dataclass(frozen=True)
class Health:
    """How a node is doing: a line, and the figures behind it, for `/diagnostics`."""

    OK, WARN, ERROR = b'\0', b'\1', b'\2'  # as in diagnostic_msgs/DiagnosticStatus

    summary: str
    level: bytes = OK
    values: dict[str, object] = field(default_factory=dict)

    def judged(self, conditions: Iterable[Condition]) -> Health:
        """The same in the light of these: all that is wrong, the worst first, or the summary where nothing is."""
        wrong = [*conditions]
        if self.level != Health.OK:
            wrong.insert(0, Condition(self.level, self.summary))
        if not wrong:
            return self
        wrong.sort(key=lambda condition: condition.level, reverse=True)
        return replace(self, level=wrong[0].level, summary='; '.join(condition.text for condition in wrong))


class Lately:
    """Something that happens now and then: true for `period` seconds after it did. `count` is of all times."""

    def __init__(self, period: float = LATELY, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock` gives seconds and does not jump."""
        self.count = 0
        self._period, self._clock = period, clock
        self._last, self._text = 0.0, ''

    def happened(self, text: str) -> None:
        """It did, just now; `text` says what."""
        self.count += 1
        self._last, self._text = self._clock(), text

    def forget(self) -> None:
        """What happened does not matter any more."""
        self._text = ''

    def __bool__(self) -> bool:
        return bool(self._text) and self._clock() - self._last < self._period

    def __str__(self) -> str:
        return self._text


class Growth:
    """Whether a counter, which may begin anew at 0, has grown lately, as seen by who looks at it now and then."""

    def __init__(self, period: float = LATELY, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock` gives seconds and does not jump."""
        self._lately, self._total = Lately(period, clock), 0

    def lately(self, total: int) -> bool:
        """Whether it has, with what it counts now."""
        if total > self._total:
            self._lately.happened('grown')
        self._total = total
        return bool(self._lately)
