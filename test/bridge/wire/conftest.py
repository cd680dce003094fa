"""What the tests of the wire formats share."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True, scope='session')
def utc() -> Iterator[None]:
    """The text format has local time: here UTC."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv('TZ', 'UTC')
        time.tzset()
        yield
    time.tzset()
