"""Owns time in the proofs: an event loop on which waiting costs nothing, and threads take turns instead of racing."""

import asyncio
import selectors
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

BEGINNING = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


class _Waitless(selectors.SelectSelector):
    """Moves the clock on by what the loop would have waited."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        assert timeout is not None, "everything waits, and for nothing that will ever happen"
        self.seconds += max(0.0, timeout)
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """Real coroutines in virtual time: the same seed gives the same order of everything, as fast as it computes."""

    def __init__(self) -> None:
        self._waitless = _Waitless()
        super().__init__(self._waitless)

    def time(self) -> float:
        return self._waitless.seconds

    def now(self) -> datetime:
        """The moment by the virtual clock, for whoever takes a `Clock`."""
        return BEGINNING + timedelta(seconds=self.time())

    def run_in_executor(self, executor: Any, func: Callable[..., Any], *args: Any) -> asyncio.Future[Any]:  # noqa: ARG002 -- asyncio's name
        """Call `func` at once; others get a turn before its answer arrives, as they would while a thread works."""
        future = self.create_future()
        try:
            answer = func(*args)
        except Exception as error:  # noqa: BLE001 -- an executor hands over whatever was raised
            self.call_soon(_give, future, future.set_exception, error)
        else:
            self.call_soon(_give, future, future.set_result, answer)
        return future


def _give(future: asyncio.Future[Any], give: Callable[[Any], None], what: Any) -> None:
    if not future.done():
        give(what)
