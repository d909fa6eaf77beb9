"""The simulator's time: real time that can be stopped, sped up and moved forward."""

from __future__ import annotations

import asyncio
import contextlib
import time


class Clock:
    """Seconds since 1970, running at `speed` times real time (0 stops it).

    Retries, limits, late commits, visibility and the lives of trigger ids and response_urls follow this clock.
    The deadline for an app's answer and the timestamp of a signature stay real: the app under test has no other clock.
    """

    def __init__(self, *, speed: float = 1.0) -> None:
        self._speed = speed
        self._base = time.time()
        self._measured_from = time.monotonic()
        self._moved = asyncio.Event()

    @property
    def speed(self) -> float:
        return self._speed

    def now(self) -> float:
        return self._base + (time.monotonic() - self._measured_from) * self._speed

    def set_speed(self, speed: float) -> None:
        """Let time run `speed` times as fast from now on."""
        self._rebase(self.now(), speed)

    def advance(self, seconds: float) -> None:
        """Leap forward; whatever became due happens at once."""
        self._rebase(self.now() + seconds, self._speed)

    async def sleep_until(self, moment: float) -> None:
        """Return when the clock shows `moment`, however it gets there."""
        while (remaining := moment - self.now()) > 0:
            real_seconds = remaining / self._speed if self._speed else None
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._moved.wait(), real_seconds)

    def _rebase(self, now: float, speed: float) -> None:
        self._base, self._measured_from, self._speed = now, time.monotonic(), speed
        sleepers, self._moved = self._moved, asyncio.Event()
        sleepers.set()
