"""What decompression bombs cost a real server: 50 at once in each encoding, each about 1 MB that unfolds to 1 GiB.

uv run python -m bench.bombs
"""

import argparse
import gzip
import random
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

import brotli
import msgspec
import zstandard
from isal import isal_zlib

from bench.company import FoundedProject, found_company
from bench.load import carry_out, load
from bench.record import add_record_option, report
from bench.sending import Target
from bench.server import TocsinServer, running_server
from bench.table import Figure

AT_ONCE = 50
MEBIBYTES = 1024
ALLOWED_GROWTH = 64 * 1.048576
"""64 MiB, in millions of bytes."""


class Packer(Protocol):
    """What zlib and zstandard have."""

    def compress(self, data: bytes, /) -> bytes: ...
    def flush(self) -> bytes: ...


class Order(msgspec.Struct, frozen=True):
    """Which bomb to throw, at whom."""

    target: Target
    project_id: int
    key: str
    bomb: str


def packed(packer: Packer) -> bytes:
    """A GiB of zeros with a KiB of noise in each MiB, so that it packs to about 1 MB whatever the encoding."""
    noise = random.Random(1)
    parts = [packer.compress(noise.randbytes(1024) + bytes((1 << 20) - 1024)) for _ in range(MEBIBYTES)]
    return b"".join(parts) + packer.flush()


class Brotli:
    """Brotli with the methods of the others."""

    def __init__(self) -> None:
        self._packer = brotli.Compressor(quality=1)
        self.compress, self.flush = self._packer.process, self._packer.finish


def nested() -> bytes:
    """A bomb in a bomb: the outer one is small, what it holds is not."""
    return gzip.compress(packed(isal_zlib.compressobj(wbits=31)))


BOMBS: dict[str, tuple[str, Callable[[], bytes]]] = {
    "gzip": ("gzip", lambda: packed(isal_zlib.compressobj(wbits=31))),
    "gzip, a thousand members": ("gzip", lambda: gzip.compress(bytes(1 << 20)) * 1000),
    "deflate": ("deflate", lambda: packed(isal_zlib.compressobj())),
    "brotli": ("br", lambda: packed(Brotli())),
    "zstd": ("zstd", lambda: packed(zstandard.ZstdCompressor().compressobj())),
    "gzip in gzip": ("gzip, gzip", nested),
}
"""By name: its Content-Encoding, and how it is made."""


def main() -> int:
    parser = argparse.ArgumentParser()
    add_record_option(parser)
    record = parser.parse_args().record
    with tempfile.TemporaryDirectory() as folder:
        figures = measure(Path(folder))
    return report("bombs", f"{AT_ONCE} bombs at once, 1 MB → 1 GiB", figures, record=record)


def measure(folder: Path) -> list[Figure]:
    """Throw each kind of bomb at one server."""
    server = TocsinServer(folder, log_level="WARNING")
    company = found_company(server.settings, [["C0BOMBS"]], with_slack=False)
    company.database.close()
    figures: list[Figure] = []
    with running_server(server):
        idle = server.resident_megabytes()
        for name in BOMBS:
            milliseconds, refused = throw(server, company.projects[0], name)
            figures += [
                Figure(f"{name}: median answer", milliseconds[len(milliseconds) // 2], "ms"),
                Figure(f"{name}: slowest answer", milliseconds[-1], "ms", bar=200),
                Figure(f"{name}: refused with 413", refused, "", bar=AT_ONCE, at_least=True, digits=0),
            ]
        growth = server.peak_megabytes() - idle
    return [*figures, Figure("growth of the server's memory", growth, "MB", bar=ALLOWED_GROWTH)]


def throw(server: TocsinServer, project: FoundedProject, name: str) -> tuple[list[float], int]:
    """Throw `AT_ONCE` of one kind; gives how long each answer took, and how many were 413."""
    address = urlsplit(server.address)
    assert address.hostname is not None
    assert address.port is not None
    target = Target(address.hostname, address.port, AT_ONCE, 0.0, 5.0)
    with load("bench.bombs_load") as thrower:
        thrower.order(Order(target, project.id, project.key, name))
        thrower.go()
        answers = thrower.summary()["answers"]
    return sorted(taken for _, taken, _ in answers), sum(status == 413 for _, _, status in answers)


def requests_of(order: Order) -> tuple[Target, list[bytes]]:
    """The same bomb, as often as connections are open."""
    encoding, make = BOMBS[order.bomb]
    body = make()
    head = (
        f"POST /api/{order.project_id}/envelope/ HTTP/1.1\r\nHost: tocsin\r\n"
        f"X-Sentry-Auth: Sentry sentry_version=7, sentry_key={order.key}\r\n"
        f"Content-Encoding: {encoding}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return order.target, [head.encode() + body] * AT_ONCE


def carry_out_order() -> None:
    """Throw what is ordered on the standard input."""
    carry_out(Order, requests_of)


if __name__ == "__main__":
    sys.exit(main())
