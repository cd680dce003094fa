"""What runs the callbacks of a process, until a signal ends it."""

from __future__ import annotations

import signal
import traceback
from types import FrameType
from typing import Any

import rclpy
from rclpy.executors import ExternalShutdownException, SingleThreadedExecutor
from rclpy.logging import get_logger
from rclpy.task import Future

from gemma_events.log import ThrottledLog

FOR_EVER = 36_000.0  # seconds; spinning starts again after it


class Stop:
    """SIGINT and SIGTERM complete `future`: the first of them, and further ones during the clean-up.

    rclpy's own handlers shut the context down at once: nothing can be published any more, and a
    second signal, which `ros2 launch` may send, ends in a traceback.
    """

    def __init__(self) -> None:
        self.future: Future = Future()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._handle)

    @staticmethod
    def ignore() -> None:
        """Signals change nothing any more: Python's end would give them back their default, which kills."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)

    def _handle(self, _number: int, _frame: FrameType | None) -> None:
        if not self.future.done():
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
