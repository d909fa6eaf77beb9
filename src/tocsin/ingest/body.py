"""Reads the body of a request and unpacks it, with bounds on size, time and what all requests hold at once."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from tocsin.ingest.decompress import decompress, require_modest
from tocsin.ingest.errors import OverloadedError, TooLargeError, TooSlowError
from tocsin.ingest.request import SDKRequest
from tocsin.kernel.crash_points import crash_point

MAX_BODY = 20 * 1024 * 1024
MAX_DECOMPRESSED = 100 * 1024 * 1024

LARGE = 64 * 1024
"""From this size on a body is looked into while it comes in, and what is in it is worked out in a thread."""

QUICK = 1024 * 1024
"""Up to this size a body is unpacked where it came in; beyond, it would keep everybody else waiting."""

BODY_SECONDS = 120
"""For a body that does not come at once: time enough for 20 MiB over a slow line, not for a byte now and then."""

ROOM = 128 * 1024 * 1024
"""Bytes that large bodies may hold at any moment, packed and unpacked; one that is alone is always taken."""

UNPACKERS = 2
"""Threads that unpack what is large: each needs some megabytes, and more of them would only take turns."""

SHORT_HOLD_OFF = 10
"""Seconds: room is there again as soon as one of the large ones is done."""


_UNPACKERS = ThreadPoolExecutor(UNPACKERS, thread_name_prefix="ingest-unpacker")


class Room:
    """What large bodies hold in this process."""

    def __init__(self) -> None:
        self._mutex = threading.Lock()
        self._held = 0

    def take(self, size: int) -> None:
        """Hold `size` bytes more.

        Raises:
            OverloadedError: too much is held already, and nothing more is.
        """
        with self._mutex:
            if self._held and self._held + size > ROOM:
                raise OverloadedError(
                    "too many large requests at once; try again soon", seconds=SHORT_HOLD_OFF, scope="organization"
                )
            self._held += size

    def give_back(self, size: int) -> None:
        """Hold `size` bytes less."""
        with self._mutex:
            self._held -= size


class Body:
    """The body of one request. Whoever reads it must call `release` when nothing of it is needed any more."""

    def __init__(self, request: SDKRequest, room: Room) -> None:
        self._request = request
        self._encoding = request.header(b"content-encoding")
        self._room = room
        self._held = 0

    async def read(self, *, at_most: int = MAX_BODY) -> bytes:
        """All of it, unpacked. What is too large is refused while it comes in, not after.

        Raises:
            TooLargeError, BadCompressionError: as `decompress`; or more than `at_most` bytes came.
            TooSlowError: it was not there in `BODY_SECONDS`.
            OverloadedError: too much is held for other requests.
        """
        packed = await (self._receive(at_most) if self._request.is_whole else self._receive_in_time(at_most))
        crash_point("ingest.body_read")
        if self._encoding is None:
            return packed
        if len(packed) <= LARGE:
            try:
                return decompress(packed, self._encoding, limit=QUICK)
            except TooLargeError:
                pass  # a few bytes may unfold into very many: that is for a thread, too
        unpack = partial(decompress, limit=MAX_DECOMPRESSED, before_keeping=self._hold_unpacked)
        return await asyncio.get_running_loop().run_in_executor(_UNPACKERS, unpack, packed, self._encoding)

    def release(self) -> None:
        """Give back what was held for it."""
        self._room.give_back(self._held)
        self._held = 0

    async def _receive_in_time(self, at_most: int) -> bytes:
        try:
            async with asyncio.timeout(BODY_SECONDS):
                return await self._receive(at_most)
        except TimeoutError as error:
            raise TooSlowError(f"the body did not come in {BODY_SECONDS} seconds") from error

    async def _receive(self, at_most: int) -> bytes:
        parts: list[bytes] = []
        size = 0
        is_more = True
        while is_more:
            part, is_more = await self._request.receive()
            before, size = size, size + len(part)
            if size > at_most:
                raise TooLargeError(f"a request may have {at_most} bytes")
            parts.append(part)
            crash_point("ingest.body_begun")
            if size > LARGE:
                self._hold(len(part))
                if before <= LARGE and self._encoding is not None:
                    # A bomb shows itself at its beginning; then the rest of it need not be kept.
                    require_modest(b"".join(parts)[:LARGE], self._encoding)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def _hold_unpacked(self, size: int) -> None:
        self._hold(2 * size)  # what is taken out of it is a copy

    def _hold(self, size: int) -> None:
        self._room.take(size)
        self._held += size
