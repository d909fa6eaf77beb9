"""Messages leave whole, and those that came whole are known: how uvicorn's protocol is made cheap for short requests.

uvicorn writes the head and the body of an answer apart, and each write is a call into the kernel and a packet. Where
requests are many and answers short, as those to SDKs, that was a twentieth of the server's CPU; a timer for a body that
is there already, another one.
"""

import asyncio
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

WHOLE = "tocsin.whole"
"""Under this name the scope of a request says `True` once all of its body is here."""


class WholeMessages(HttpToolsProtocol):
    """uvicorn's protocol over connections that send what is written in one pass of the event loop together."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A connection is there."""
        super().connection_made(cast("asyncio.Transport", _Gathered(transport, self.loop)))

    def on_message_complete(self) -> None:
        """The last byte of a request has come. The application is asked in the next pass of the event loop."""
        super().on_message_complete()
        cast("dict[str, Any]", self.scope)[WHOLE] = True


class _Gathered:
    """A transport that gathers what is written until the event loop comes round."""

    __slots__ = ("_loop", "_pieces", "_transport")

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._pieces: list[bytes] = []

    def write(self, data: bytes) -> None:
        """Send `data` with whatever else is written before the event loop comes round."""
        if not self._pieces:
            self._loop.call_soon(self._send)
        self._pieces.append(data)

    def close(self) -> None:
        """Send what there is, then close."""
        self._send()
        self._transport.close()

    def _send(self) -> None:
        pieces, self._pieces = self._pieces, []
        if pieces:
            self._transport.write(b"".join(pieces))

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 -- whatever else a transport can do
        return getattr(self._transport, name)
