"""Threads that call something again and again until the process stops."""

import threading
import time
from collections.abc import Callable

import structlog

from tocsin.kernel.clock import Clock

Pause = Callable[[float | None], float]
"""Seconds to wait before the next call, told when the last one began (monotonic seconds; None before the first)."""

log = structlog.get_logger()


class Timers:
    """The timers of one process; each has a thread of its own, so that a slow one delays no other."""

    def __init__(self) -> None:
        self._stopped = threading.Event()
        self._threads: list[threading.Thread] = []

    def repeat(self, name: str, run: Callable[[], None], *, pause: Pause) -> None:
        """Call `run` after each `pause`; a call that raises is logged and does not end the timer."""
        thread = threading.Thread(target=self._beat, args=(name, run, pause), name=f"engine-timer-{name}", daemon=True)
        self._threads.append(thread)
        thread.start()

    def _beat(self, name: str, run: Callable[[], None], pause: Pause) -> None:
        began = None
        while not self._stopped.wait(pause(began)):
            began = time.monotonic()
            try:
                run()
            except Exception:
                log.exception("engine.timer.failed", timer=name)

    def stop(self) -> None:
        """Let no timer begin another call."""
        self._stopped.set()

    def join(self, deadline: float) -> None:
        """Wait for the calls under way until `deadline` (monotonic seconds)."""
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))


def every(seconds: float) -> Pause:
    """None before the first call; then what makes calls begin `seconds` apart, none after one that took longer."""
    return lambda began: 0.0 if began is None else max(0.0, began + seconds - time.monotonic())


def until_next_period(seconds: int, clock: Clock) -> Pause:
    """The rest of the present period; periods are `seconds` long since 1970, so that all processes agree on them."""
    return lambda _began: seconds - clock().timestamp() % seconds
