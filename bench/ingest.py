"""How many events a second one server stores and groups, what each costs it, and how large it grows.

uv run python -m bench.ingest              15 s after 3 s of warm-up, the next envelope when the last is answered
uv run python -m bench.ingest --full       60 s after 10 s
uv run python -m bench.ingest --rate 500   so many a second, however slow the answers are
uv run python -m bench.ingest --postgresql on PostgreSQL instead of SQLite
"""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import func, select

from bench.company import FoundedProject, found_company
from bench.ingest_load import Order
from bench.load import load
from bench.postgresql import database_bytes, durable_postgresql
from bench.record import add_record_option, report
from bench.sending import Target
from bench.server import TocsinServer, running_server
from bench.table import Figure
from tocsin.events.models import StoredEvent
from tocsin.issues.models import Issue
from tocsin.kernel.db import read

PROJECTS = 10
CONNECTIONS = 16
ENVELOPES_PER_SECOND = 2_600
"""So many are made ready for each second; a server that is faster would run out of them, which the bench tells."""


@dataclass(frozen=True, slots=True)
class Measured:
    """One run."""

    answer: dict[str, Any]
    seconds: float
    cpu_seconds: float
    idle_megabytes: float
    loaded_megabytes: float
    stored: int
    issues: int
    bytes_on_disk: int


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--full", action="store_true", help="60 s after 10 s of warm-up")
    parser.add_argument("--rate", type=float, help="envelopes a second; without it as many as are answered")
    add_record_option(parser)
    parser.add_argument("--postgresql", action="store_true", help="instead of SQLite")
    asked = parser.parse_args()
    warm_up, seconds = (10.0, 60.0) if asked.full else (3.0, 15.0)
    with tempfile.TemporaryDirectory() as folder, durable_postgresql() if asked.postgresql else nullcontext() as url:
        measured = measure(Path(folder), warm_up, seconds, asked.rate, url)
    way = "16 connections" if asked.rate is None else f"{asked.rate:.0f} a second"
    where = "PostgreSQL" if asked.postgresql else "SQLite"
    title = (
        f"Ingest on {where} over {seconds:.0f} s, {way}: "
        f"{measured.stored:,} events and {measured.issues:,} issues stored in all"
    )
    name = "ingest" if asked.rate is None else f"ingest_at_{asked.rate:.0f}"
    if asked.postgresql:
        name += "_postgresql"
    if asked.rate is None and not measured.answer["left"]:
        print("All envelopes were sent before the time was over: the server is faster than this bench.")
    figures = figures_of(measured, 1_200 if asked.postgresql else 1_500, asked.rate)
    return report(name, title, figures, record=asked.record)


def figures_of(measured: Measured, bar: int, rate: float | None) -> list[Figure]:
    """The lines of the table; `bar` is for events a second, but at a rate the server has only to keep up with it."""
    answered = measured.answer["answered"]
    bar = bar if rate is None else round(0.99 * rate)
    return [
        Figure("events stored and grouped", answered / measured.seconds, "a second", bar, at_least=True, digits=0),
        Figure("server's CPU for each", 1000 * measured.cpu_seconds / answered, "ms", bar=0.6, digits=2),
        Figure("answer, median", measured.answer["p50"], "ms"),
        Figure("answer, 99th percentile", measured.answer["p99"], "ms", bar=100),
        Figure("refused", measured.answer["refused"], "", bar=0, digits=0),
        Figure("memory, idle", measured.idle_megabytes, "MB", bar=150, digits=0),
        Figure("memory, at most under load", measured.loaded_megabytes, "MB", bar=300, digits=0),
        Figure("on disk for each event", measured.bytes_on_disk / measured.stored / 1000, "KB", bar=5, digits=2),
    ]


def measure(
    folder: Path, warm_up_seconds: float, seconds: float, rate: float | None, postgresql: str | None = None
) -> Measured:
    """Serve from `folder`, or from the database at `postgresql`, without Slack and send to it from another process."""
    server = TocsinServer(folder, log_level="WARNING", **({"database_url": postgresql} if postgresql else {}))
    company = found_company(server.settings, [[f"C0NUMBER{number}"] for number in range(PROJECTS)], with_slack=False)
    bytes_before = bytes_on_disk(folder, postgresql)
    with running_server(server):
        idle = server.resident_megabytes()
        order = make_order(server, company.projects, warm_up_seconds, seconds, rate)
        answer, cpu_seconds, loaded = watch(server, order)
    with read(company.database) as session:
        stored = session.scalars(select(func.count(StoredEvent.id))).one()
        issues = session.scalars(select(func.count(Issue.id))).one()
    company.database.close()
    size = bytes_on_disk(folder, postgresql) - bytes_before
    return Measured(answer, seconds, cpu_seconds, idle, loaded, stored, issues, size)


def make_order(
    server: TocsinServer,
    projects: Sequence[FoundedProject],
    warm_up_seconds: float,
    seconds: float,
    rate: float | None = None,
    *,
    connections: int = CONNECTIONS,
) -> Order:
    """What the sending process is to do; `rate` is in envelopes a second, `None` as many as are answered."""
    address = urlsplit(server.address)
    assert address.hostname is not None
    assert address.port is not None
    return Order(
        target=Target(address.hostname, address.port, connections, warm_up_seconds, seconds, rate),
        projects=[(project.id, project.key) for project in projects],
        envelopes=int((warm_up_seconds + seconds) * (rate or ENVELOPES_PER_SECOND)),
    )


def watch(server: TocsinServer, order: Order) -> tuple[dict[str, Any], float, float]:
    """Let the order be carried out; gives the senders' answer, and the server's CPU and memory meanwhile."""
    with load("bench.ingest_load") as senders:
        senders.order(order)
        senders.go()
        senders.wait_until_it_counts()
        before = server.cpu_seconds()
        answer = senders.summary()
        return answer, server.cpu_seconds() - before, server.peak_megabytes()


def bytes_on_disk(folder: Path, postgresql: str | None) -> int:
    """The size of the database as it lies there now; SQLite's with its log."""
    if postgresql is not None:
        return database_bytes(postgresql)
    return sum(path.stat().st_size for path in folder.glob("tocsin.db*"))


if __name__ == "__main__":
    sys.exit(main())
