"""What every handler of Slack's requests is given, and the threads in which its units of work run."""

import asyncio
import contextvars
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import ParamSpec, TypeVar

from sqlalchemy.orm import Session

from tocsin.http.deps import Deps
from tocsin.kernel.db import Database, write
from tocsin.kernel.errors import WriterBusyError
from tocsin.kernel.writer_queue import Priority
from tocsin.slack.client import SlackClient
from tocsin.slack.people import People
from tocsin.slack.workspaces import Workspaces

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")

THREADS = 16
WRITER_SECONDS = 1.5
"""How long a press waits for the writer. Slack gives up after 3 s, and the person wants to hear before that."""


def press_threads() -> ThreadPoolExecutor:
    """Threads for Slack's requests alone: deliveries that wait for a slow writer never keep a press from being read."""
    return ThreadPoolExecutor(THREADS, thread_name_prefix="slack-press")


@dataclass(frozen=True, slots=True)
class SlackEdge:
    """The process's own things, the client, and what was lately learned about people in Slack."""

    deps: Deps
    client: SlackClient
    people: People
    workspaces: Workspaces
    threads: ThreadPoolExecutor = field(default_factory=press_threads)

    async def in_thread(
        self, work: Callable[Arguments, Result], *arguments: Arguments.args, **options: Arguments.kwargs
    ) -> Result:
        """Run one unit of work in a thread, with this request's log context."""
        context = contextvars.copy_context()
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self.threads, lambda: context.run(work, *arguments, **options))


@contextmanager
def write_press(database: Database, arrived: float) -> Iterator[Session]:
    """The transaction of one press, ahead of all other work, for one that came in at `arrived` (`time.monotonic()`).

    Raises:
        WriterBusyError: the writer was not free within 1.5 s of its coming in; provably nothing was done.
    """
    patience = WRITER_SECONDS - (time.monotonic() - arrived)
    if patience <= 0:
        raise WriterBusyError("The press waited too long for a thread; nothing was done.")
    with write(database, priority=Priority.PRESS, timeout=patience) as session:
        yield session
