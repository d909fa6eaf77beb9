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
from uvicorn.server import ServerState

from slack_simulator.client import SimulatorClient
from slack_simulator.config import SimulatorConfig, example_config
from slack_simulator.controls import run_control
from slack_simulator.delivery.events import tell_apps
from slack_simulator.engine import Engine
from slack_simulator.http import AbortableProtocol, build_app
from slack_simulator.page import page_routes
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
    settings = uvicorn.Config(
        build_app(engine, page_routes(engine)), log_config=None, access_log=False, date_header=False
    )
    settings.load()
    connections = ServerState()
    server = await asyncio.get_running_loop().create_server(
        lambda: AbortableProtocol(config=settings, server_state=connections, app_state={}), sock=listening
    )
    try:
        yield engine
    finally:
        server.close()
        await engine.stop()
        await _hang_up(connections)


async def _hang_up(connections: ServerState) -> None:
    """End what is still open: a fault may hold a connection for ever, and uvicorn's own way out waits for it."""
    for connection in list(connections.connections):
        connection.transport.abort()
    for task in connections.tasks:
        task.cancel()
    await asyncio.gather(*connections.tasks, return_exceptions=True)
    while connections.connections:  # noqa: ASYNC110 - each ends within a turn of the loop and tells nobody
        await asyncio.sleep(0)


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
