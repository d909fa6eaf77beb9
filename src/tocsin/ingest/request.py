"""A request of an SDK as the server hands it over, without the layers that requests of pages need."""

from urllib.parse import parse_qs

from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope

from tocsin.http.whole_messages import WHOLE


class SDKRequest:
    """What is asked of such a request: a few headers, each looked up at once, and its body."""

    def __init__(self, scope: Scope, receive: Receive) -> None:
        """`scope` and `receive` are those of ASGI, `scope` with the router's `path_params`."""
        self._scope = scope
        self._receive = receive
        self._headers: dict[bytes, bytes] = dict(reversed(scope["headers"]))  # of a header that comes twice, the first

    @property
    def project_id(self) -> int:
        """The project that is named in the address."""
        return self._scope["path_params"]["project_id"]

    @property
    def is_whole(self) -> bool:
        """Whether all of its body is here already, so that nobody need wait for it."""
        return WHOLE in self._scope

    def header(self, name: bytes) -> str | None:
        """The header of this name, which is given in lower case."""
        value = self._headers.get(name)
        return None if value is None else value.decode("latin-1")

    def parameter(self, name: str) -> str | None:
        """The last parameter of this name in the query."""
        query = self._scope.get("query_string", b"").decode("latin-1")
        values = parse_qs(query).get(name) if query else None
        return values[-1] if values else None

    async def receive(self) -> tuple[bytes, bool]:
        """The next part of the body, and whether more is to come.

        Raises:
            ClientDisconnect: whoever sent it has gone.
        """
        message = await self._receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        return message.get("body", b""), message.get("more_body", False)
