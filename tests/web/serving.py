"""Owns a real server for pages in a browser: the world's application on a loopback port, for the length of a block."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn
from starlette.applications import Starlette

from tocsin.http.whole_messages import WholeMessages


@contextmanager
def served(make_app: Callable[[str], Starlette]) -> Iterator[str]:
    """Serve what `make_app` makes of its own address, and give that address."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        address = f"http://127.0.0.1:{listening.getsockname()[1]}"
        config = uvicorn.Config(make_app(address), log_level="error", lifespan="on", http=WholeMessages)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            yield address
        finally:
            server.should_exit = True
            thread.join()
