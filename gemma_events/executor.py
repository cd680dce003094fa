"""What runs the callbacks of a process, until a signal ends it."""

from __future__ import annotations

import signal
import socket
import threading
import traceback
from typing import Any

import rclpy
from rclpy.executors import ExternalShutdownException, SingleThreadedExecutor
from rclpy.logging import get_logger
from rclpy.task import Future

from gemma_events.log import ThrottledLog

# What ends services, launched processes and terminals.
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
FOR_EVER = 36_000.0  # seconds; spinning starts again after it


class Stop:
    """The first of SIGNALS completes `future`; further ones, during the clean-up, change nothing.

    rclpy's own handlers shut the context down at once: nothing can be published any more, and a second signal, which
    `ros2 launch` may send, ends in a traceback. Python's run when the main thread next runs Python: inside the executor
    that is when something happens there. So a thread waits for what Python writes at once.
    """

    def __init__(self) -> None:
        self.future: Future = Future()
        self._arrived, self._written = socket.socketpair()
        self._written.setblocking(False)
        signal.set_wakeup_fd(self._written.fileno(), warn_on_full_buffer=False)
        for number in SIGNALS:
            if signal.getsignal(number) is not signal.SIG_IGN:  # as nohup has SIGHUP ignored
                signal.signal(number, lambda _number, _frame: None)
        self._thread = threading.Thread(target=self._wait, name='signals', daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End the thread, and ignore further signals: Python's end would give them back their default, which kills."""
        for number in SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        signal.set_wakeup_fd(-1)
        self._written.close()
        self._thread.join()
        self._arrived.close()

    def _wait(self) -> None:
        if self._arrived.recv(1):
            self.future.set_result(None)


def create_executor() -> Any:
    """The EventsExecutor where this rclpy has it: a third of the latency and CPU time of the others."""
    try:
        from rclpy.experimental import EventsExecutor
    except ImportError:
        return SingleThreadedExecutor()
    return EventsExecutor()


def spin(executor: Any, future: Future) -> None:
    """Run callbacks until the future is done. One that fails is logged, and stops no other node of the process.

    Not `executor.spin()`: in Jazzy's wheels the EventsExecutor's never delivers anything, because its time-out
    overflows.
    """
    log = ThrottledLog(get_logger('gemma_events'))
    while not future.done() and rclpy.ok():
        try:
            executor.spin_until_future_complete(future, timeout_sec=FOR_EVER)
        except ExternalShutdownException:
            return
        except Exception:
            log.error('fault', f'a fault in gemma_events:\n{traceback.format_exc()}')
