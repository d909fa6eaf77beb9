"""A running simulator: uvicorn on a loopback port, in the current event loop or in a thread of its own."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import Future
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn
from starlette.routing import BaseRoute

from slack_simulator.client import SimulatorClient
from slack_simulator.config import SimulatorConfig, example_config
from slack_simulator.controls import run_control
from slack_simulator.delivery.events import tell_apps
from slack_simulator.engine import Engine
from slack_simulator.http import AbortableProtocol, build_app
from slack_simulator.persistence import keep_saved, restore

LOOPBACK = "127.0.0.1"


class Simulator(SimulatorClient):
    """The handle of a simulator in this process; see SimulatorClient for what it can do."""

    def __init__(self, engine: Engine, loop: asyncio.AbstractEventLoop) -> None:
        self.root = engine.own_url
        self._engine = engine
        self._loop = loop

    def call(self, control: str, /, **arguments: Any) -> Any:  # noqa: ANN401 - JSON in and out
        """Run a control in the server's loop and wait for it."""
        return asyncio.run_coroutine_threadsafe(run_control(self._engine, control, arguments), self._loop).result()


@dataclass(frozen=True, slots=True)
class _Running:
    engine: Engine
    loop: asyncio.AbstractEventLoop
    stop: asyncio.Event


@contextmanager
def running_simulator(config: SimulatorConfig | None = None, *, port: int = 0) -> Iterator[Simulator]:
    """Run a simulator until the block ends; `port` 0 takes a free one. Without a config it is `example_config()`."""
    ready: Future[_Running] = Future()
    thread = threading.Thread(target=_run, args=(config or example_config(), port, ready), name="slack-simulator")
    thread.start()
    running = ready.result()
    try:
        yield Simulator(running.engine, running.loop)
    finally:
        running.loop.call_soon_threadsafe(running.stop.set)
        thread.join()


@asynccontextmanager
async def serving(config: SimulatorConfig, *, port: int = 0, state: Path | None = None) -> AsyncIterator[Engine]:
    """Serve a simulator from the running event loop; with `state`, conversations are kept in that file.

    Raises:
        OSError: the port is taken.
    """
    engine = Engine(config)
    listening = socket.create_server((LOOPBACK, port))
    engine.own_url = f"http://{LOOPBACK}:{listening.getsockname()[1]}"
    tell_apps(engine)
    if state is not None:
        restore(engine.state, state)
        engine.start(keep_saved(engine, state))
    server = uvicorn.Server(
        uvicorn.Config(
            build_app(engine, page_routes(engine)),
            http=AbortableProtocol,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
        )
    )
    serving_task = asyncio.create_task(server.serve(sockets=[listening]))
    while not server.started:  # noqa: ASYNC110 - uvicorn sets a flag and nothing to wait for
        await asyncio.sleep(0.001)
    try:
        yield engine
    finally:
        await engine.stop()
        # A fault may hold connections open for ever; they end with the simulator.
        server.should_exit = server.force_exit = True
        await serving_task


def page_routes(engine: Engine) -> list[BaseRoute]:
    """The routes of the page that people look at."""
    return []


def _run(config: SimulatorConfig, port: int, ready: Future[_Running]) -> None:
    async def serve_until_stopped() -> None:
        async with serving(config, port=port) as engine:
            stop = asyncio.Event()
            ready.set_result(_Running(engine, asyncio.get_running_loop(), stop))
            await stop.wait()

    try:
        asyncio.run(serve_until_stopped())
    except OSError as failed:
        if ready.done():
            raise
        ready.set_exception(failed)
