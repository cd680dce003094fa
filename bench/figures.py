"""A measured figure, beside the reference or target that it is compared with."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

FOLDER = Path(__file__).resolve().parents[1] / 'build' / 'bench'


@dataclass(frozen=True)
class Figure:
    """`reference` is measured in the same run, or a target (`at_most`, `at_least`); None: for the record."""

    name: str
    value: float
    unit: str
    reference: float | None = None
    at_most: float | None = None  # of value, or of the ratio to the reference where there is one
    at_least: float | None = None

    @property
    def ratio(self) -> float | None:
        """Value to reference."""
        return self.value / self.reference if self.reference else None

    @property
    def verdict(self) -> str:
        """Whether a target was met; empty without one."""
        measured = self.value if self.ratio is None else self.ratio
        if self.at_most is not None:
            return 'ok' if measured <= self.at_most else f'MISSED (at most {self.at_most:g})'
        if self.at_least is not None:
            return 'ok' if measured >= self.at_least else f'MISSED (at least {self.at_least:g})'
        return ''


def report(part: str, figures: Iterable[Figure]) -> Iterator[Figure]:
    """Print each figure as it comes, and write it as a line of JSON to build/bench/<part>.jsonl."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (FOLDER / f'{part}.jsonl').open('w', encoding='utf-8') as file:
        for figure in figures:
            reference = '' if figure.reference is None else f'{figure.reference:12.4g}'
            ratio = '' if figure.ratio is None else f'{figure.ratio:8.3f}'
            print(
                f'{figure.name:<62}{figure.value:12.4g} {figure.unit:<8}{reference:>12}{ratio:>8}  {figure.verdict}',
                flush=True,
            )
            line = {
                'name': figure.name,
                'value': figure.value,
                'unit': figure.unit,
                'reference': figure.reference,
                'ratio': figure.ratio,
            }
            file.write(json.dumps(line) + '\n')
            yield figure


def percentile(values: list[float], share: float) -> float:
    """The nearest-rank percentile, `share` from 0 to 1."""
    return float(np.quantile(values, share, method='inverted_cdf'))
