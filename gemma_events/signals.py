"""The signals that end a process: of service managers, shells, terminals, and launch."""

from __future__ import annotations

import signal
from collections.abc import Callable
from typing import Any

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)


def on_end(handler: Callable[..., Any] | signal.Handlers) -> None:
    """Handle each of them. `nohup` starts a process with SIGHUP ignored, which it stays."""
    for number in ENDING:
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, handler)
