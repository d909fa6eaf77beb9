"""How many events a second one server stores and groups, what each costs it, and how large it grows.

uv run python -m bench.ingest            15 s after 3 s of warm-up
uv run python -m bench.ingest --full     60 s after 10 s
"""

import argparse
import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
from sqlalchemy import func, select

from bench.company import FoundedCompany, found_company
from bench.ingest_load import Order
from bench.server import TocsinServer, running_server
from bench.table import Figure, print_table
from demo.processes import ROOT
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

    answer: dict[str, float]
    seconds: float
    cpu_seconds: float
    idle_megabytes: float
    loaded_megabytes: float
    stored: int
    issues: int
    bytes_on_disk: int


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--full", action="store_true", help="60 s after 10 s of warm-up")
    warm_up, seconds = (10.0, 60.0) if parser.parse_args().full else (3.0, 15.0)
    with tempfile.TemporaryDirectory() as folder:
        measured = measure(Path(folder), warm_up, seconds)
    answered = measured.answer["answered"]
    print_table(
        f"Ingest over {seconds:.0f} s: {measured.stored:,} events and {measured.issues:,} issues stored in all",
        [
            Figure("events stored and grouped", answered / seconds, "a second", bar=1500, at_least=True, digits=0),
            Figure("server's CPU for each", 1000 * measured.cpu_seconds / answered, "ms", bar=0.6, digits=2),
            Figure("answer, median", measured.answer["p50"], "ms"),
            Figure("answer, 99th percentile", measured.answer["p99"], "ms", bar=100),
            Figure("refused", measured.answer["refused"], "", bar=0, digits=0),
            Figure("memory, idle", measured.idle_megabytes, "MB", bar=150, digits=0),
            Figure("memory, at most under load", measured.loaded_megabytes, "MB", bar=300, digits=0),
            Figure("on disk for each event", measured.bytes_on_disk / measured.stored / 1000, "KB", bar=5, digits=2),
        ],
    )
    if not measured.answer["left"]:
        print("\nAll envelopes were sent before the time was over: the server is faster than this bench.")


def measure(folder: Path, warm_up_seconds: float, seconds: float) -> Measured:
    """Serve from `folder` without Slack and send to it from another process."""
    server = TocsinServer(folder, log_level="WARNING")
    company = found_company(server.settings, [[f"C0NUMBER{number}"] for number in range(PROJECTS)], with_slack=False)
    bytes_before = bytes_on_disk(folder)
    with running_server(server):
        idle = server.resident_megabytes()
        order = make_order(server, company, warm_up_seconds, seconds)
        answer, cpu_seconds, loaded = watch(server, order)
    with read(company.database) as session:
        stored = session.scalars(select(func.count(StoredEvent.id))).one()
        issues = session.scalars(select(func.count(Issue.id))).one()
    company.database.close()
    size = bytes_on_disk(folder) - bytes_before
    return Measured(answer, seconds, cpu_seconds, idle, loaded, stored, issues, size)


def make_order(server: TocsinServer, company: FoundedCompany, warm_up_seconds: float, seconds: float) -> Order:
    """What the sending process is to do."""
    address = urlsplit(server.address)
    assert address.hostname is not None
    assert address.port is not None
    return Order(
        host=address.hostname,
        port=address.port,
        targets=[(project.id, project.key) for project in company.projects],
        envelopes=int((warm_up_seconds + seconds) * ENVELOPES_PER_SECOND),
        connections=CONNECTIONS,
        warm_up_seconds=warm_up_seconds,
        seconds=seconds,
    )


def watch(server: TocsinServer, order: Order) -> tuple[dict[str, float], float, float]:
    """Let the order be carried out; gives the senders' answer, and the server's CPU and memory meanwhile."""
    with subprocess.Popen(
        [sys.executable, "-m", "bench.ingest_load"], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as senders:
        assert senders.stdin is not None
        assert senders.stdout is not None
        senders.stdin.write(msgspec.json.encode(order) + b"\n")
        senders.stdin.flush()
        while senders.stdout.readline() != b"measuring\n":
            assert senders.poll() is None, "the sending process ended before it began"
        before = server.cpu_seconds()
        answer = json.loads(senders.stdout.readline())
        return answer, server.cpu_seconds() - before, server.peak_megabytes()


def bytes_on_disk(folder: Path) -> int:
    """The size of the database with its log, as it lies there now."""
    return sum(path.stat().st_size for path in folder.glob("tocsin.db*"))


if __name__ == "__main__":
    main()
