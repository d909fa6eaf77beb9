"""Change notification: a number that grows with every change, and a way to wait for the next one."""

from __future__ import annotations

import asyncio
import contextlib


class Changes:
    """Lives in the server's event loop; `notify` is called after each change of state."""

    def __init__(self) -> None:
        self.version = 0
        self._changed = asyncio.Event()

    def notify(self) -> None:
        self.version += 1
        waiting, self._changed = self._changed, asyncio.Event()
        waiting.set()

    async def wait(self, *, after: int, seconds: float) -> int:
        """Return the version as soon as it is beyond `after`, or after `seconds` of real time as it stands."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while self.version <= after:
                    await self._changed.wait()
        return self.version
