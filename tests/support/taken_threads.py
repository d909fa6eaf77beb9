"""A loop whose own threads are all taken, as they are while many requests wait for the database."""

import asyncio
import threading
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor

SECONDS = 10.0
"""After which what needs one of these threads has waited for too long."""


def run_without_free_threads(work: Coroutine[object, object, None]) -> None:
    """Run `work` to its end where nobody gets a thread from the loop.

    Raises:
        TimeoutError: it waited for one.
    """
    asyncio.run(_run(work))


async def _run(work: Coroutine[object, object, None]) -> None:
    loop, done = asyncio.get_running_loop(), threading.Event()
    loop.set_default_executor(ThreadPoolExecutor(1))
    taken = loop.run_in_executor(None, done.wait)
    try:
        async with asyncio.timeout(SECONDS):
            await work
    finally:
        done.set()
        await taken
