"""The workflows under way in this process: called on their thread or on the main loop, and waited for when it stops."""

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine, Mapping
from concurrent.futures import CancelledError, Future
from typing import Literal

import structlog

JSON = None | bool | int | float | str | list["JSON"] | dict[str, "JSON"]
Payload = Mapping[str, JSON]
Workflow = Callable[[Payload], Coroutine[object, object, None] | None]
"""`def`: runs in a worker thread. `async def`: runs on the main loop, where the shared network session lives."""

Refuse = Callable[[Payload], None]
"""What is done about a workflow that was asked for and will not run here; may take a second, and raises nothing."""

Ending = Literal["done", "failed", "cancelled", "refused"]

CANCEL_SECONDS = 2.0
"""How long cancelled workflows get to leave their `finally` blocks."""

log = structlog.get_logger()


def leave(_payload: Payload) -> None:
    """Do nothing about what is refused: somebody finds it."""


class Runs:
    """Calls workflows and knows which are under way."""

    def __init__(self, loop: asyncio.AbstractEventLoop | None, refuse: Refuse = leave) -> None:
        self._loop = loop
        self._refuse = refuse
        self._changed = threading.Condition()
        self._under_way: dict[str, Future[None] | None] = {}
        self._closing = False
        self._cancelling = False

    def call(self, name: str, workflow: Workflow, workflow_id: str, payload: Payload) -> Ending:
        """Run `workflow` to its end and say how it ended; what it raises is logged and goes no further.

        Nothing is tried again here: the rows that the workflow left due are found by the catch-up.
        """
        with self._changed:
            is_refused = self._closing
            if not is_refused:
                self._under_way[workflow_id] = None
        if is_refused:
            self._refuse(payload)
            return "refused"
        try:
            coroutine = workflow(payload)
            if coroutine is not None:
                self._wait_on_loop(workflow_id, coroutine)
        except CancelledError:
            log.warning("engine.workflow.cancelled", workflow=name, workflow_id=workflow_id)
            return "cancelled"
        except Exception:
            log.exception("engine.workflow.failed", workflow=name, workflow_id=workflow_id)
            return "failed"
        finally:
            with self._changed:
                del self._under_way[workflow_id]
                self._changed.notify_all()
        return "done"

    def _wait_on_loop(self, workflow_id: str, coroutine: Coroutine[object, object, None]) -> None:
        """Hold this thread while the main loop runs `coroutine`."""
        if self._loop is None or self._loop.is_closed():
            coroutine.close()
            raise RuntimeError("an async workflow needs the main loop; give it to engine.start")
        ended = threading.Event()
        future = asyncio.run_coroutine_threadsafe(_note_end(coroutine, ended), self._loop)
        with self._changed:
            self._under_way[workflow_id] = future
            if self._cancelling:
                future.cancel()
        try:
            future.result()
        finally:
            # One that is cancelled has a result at once, long before it has left its `finally` blocks.
            ended.wait(CANCEL_SECONDS)

    def finish(self, deadline: float) -> list[str]:
        """Refuse new runs, wait for those under way until `deadline` (monotonic seconds), then cancel the async ones.

        Returns the ids of those that are still running after all: `def` workflows cannot be cancelled.
        """
        with self._changed:
            self._closing = True
            if self._changed.wait_for(lambda: not self._under_way, max(0.0, deadline - time.monotonic())):
                return []
            self._cancelling = True
            for future in self._under_way.values():
                if future is not None:
                    future.cancel()
            self._changed.wait_for(lambda: not any(self._under_way.values()), CANCEL_SECONDS)
            return list(self._under_way)


async def _note_end(coroutine: Coroutine[object, object, None], ended: threading.Event) -> None:
    try:
        await coroutine
    finally:
        ended.set()
