"""Launch files that are ended with the test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from launched import Launched


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Launched]]:
    """Start a launch file, in the test's folder; ended with the test, and all that it has started."""
    started: list[Launched] = []

    def start_one(file: str | Path, *arguments: str) -> Launched:
        started.append(Launched(tmp_path, file, *arguments))
        return started[-1]

    yield start_one
    for launched in started:
        launched.kill()
