"""A process that was launched ends with its launcher, however that ends."""

from __future__ import annotations

import os
import select
import signal
import threading
from types import TracebackType


class LauncherWatch:
    """Ends this process, as SIGTERM does, when another process ends. A context: it owns a thread.

    Not PR_SET_PDEATHSIG: that watches the thread that started us, which is not the launcher where it uses threads, or
    puts a prefix such as gdb before our command.
    """

    def __init__(self, pid: int) -> None:
        """Watch a process, which may be gone already. Raises OSError where the kernel (before 5.3) cannot."""
        try:
            self._launcher = os.pidfd_open(pid)
        except ProcessLookupError:
            self._launcher = os.eventfd(1)  # like that of a process that has ended
        self._closing = os.eventfd(0)
        self._thread = threading.Thread(target=self._wait, name='launcher watch')

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, _type: type | None, _error: BaseException | None, _trace: TracebackType | None) -> None:
        os.eventfd_write(self._closing, 1)
        self._thread.join()
        os.close(self._launcher)
        os.close(self._closing)

    def _wait(self) -> None:
        poll = select.poll()
        poll.register(self._launcher, select.POLLIN)
        poll.register(self._closing, select.POLLIN)
        if self._closing not in (ready for ready, _ in poll.poll()):
            os.kill(os.getpid(), signal.SIGTERM)
