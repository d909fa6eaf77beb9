"""Engines for tests: started on either database, with a main loop beside them, and stopped whatever happens."""

import asyncio
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import pytest

from tocsin import engine
from tocsin.engine import Engine, Payload

SECONDS = 20.0
"""What a test waits for comes within milliseconds; this bounds the wait for what never comes."""


class Calls:
    """What workflows did, in the order they did it; a test waits until enough was done."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._made: list[object] = []

    def note(self, what: object) -> None:
        with self._changed:
            self._made.append(what)
            self._changed.notify_all()

    def wait_for(self, number: int, *, seconds: float = SECONDS) -> list[object]:
        """The calls made, as soon as there are `number`; fewer when the time is up."""
        with self._changed:
            self._changed.wait_for(lambda: len(self._made) >= number, seconds)
            return list(self._made)

    def workflow(self, payload: Payload) -> None:
        """A workflow that notes its payload."""
        self.note(dict(payload))


StartEngine = Callable[..., Engine]


@pytest.fixture
def calls() -> Calls:
    return Calls()


@pytest.fixture
def main_loop() -> Iterator[asyncio.AbstractEventLoop]:
    """A loop that turns in a thread of its own, as the server's does."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    yield loop
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


@pytest.fixture
def start_engine(empty_database_url: str, main_loop: asyncio.AbstractEventLoop) -> Iterator[StartEngine]:
    """Start an engine on the test's database; it is stopped at the end of the test if it was not before."""
    with starting(empty_database_url, main_loop) as start:
        yield start


@pytest.fixture
def start_on_sqlite(tmp_path: Path, main_loop: asyncio.AbstractEventLoop) -> Iterator[StartEngine]:
    """The same for what has nothing to do with the database."""
    with starting(f"sqlite:///{tmp_path / 'tocsin.db'}", main_loop) as start:
        yield start


@contextmanager
def starting(url: str, main_loop: asyncio.AbstractEventLoop) -> Iterator[StartEngine]:
    started: list[Engine] = []

    def start(**arguments: Any) -> Engine:
        started.append(engine.start(url, loop=main_loop, **arguments))
        return started[-1]

    yield start
    for one in started:
        one.stop(timeout=0.0)


@contextmanager
def other_process(script: str, *arguments: str) -> Iterator[tuple[subprocess.Popen[str], IO[str]]]:
    """Run `script` of this folder in another process; gives it and what it prints, and kills it at the end."""
    command = [sys.executable, str(Path(__file__).with_name(script)), *arguments]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield process, process.stdout
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
