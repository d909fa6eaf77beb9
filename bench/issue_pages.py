"""How long the pages of issues take, and what an event costs, in a database of millions of events.

uv run python -m bench.issue_pages                              2 500 000 events, then 5 000 000 (20 minutes, 6 GB)
uv run python -m bench.issue_pages --events 500000,1000000
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPConnection
from itertools import pairwise
from pathlib import Path
from statistics import median
from urllib.parse import urlsplit

from sqlalchemy import select

from bench.company import FoundedCompany, found_company
from bench.fill import PROJECTS, fill
from bench.ingest import make_order, watch
from bench.record import add_record_option, report
from bench.sending import percentile
from bench.server import TocsinServer, running_server
from bench.table import Figure
from tocsin.bootstrap import open_database
from tocsin.http.cookies import SIGN_IN
from tocsin.issues.models import Issue
from tocsin.kernel.clock import system_clock
from tocsin.kernel.db import read, write
from tocsin.members.sign_in import begin_sign_in

VISITS = 15
BAR_MILLISECONDS = 100
GROWTH = 1.10
"""How much more an event may cost in a database of twice the size."""
WARM_UP_SECONDS, SECONDS = 5.0, 20.0
LISTS = {
    "the list": "",
    "the list, most events first": "?sort=events",
    "the list, page 20": "?page=20",
    "is:unresolved level:error": "?q=is%3Aunresolved+level%3Aerror",
    "release:shop@2.1*": "?q=release%3Ashop%402.1%2A",
    'browser:"Firefox 131"': "?q=browser%3A%22Firefox+131%22",
    "times:>1000 last-seen:>-24h": "?q=times%3A%3E1000+last-seen%3A%3E-24h",
    "a text that one has": "?q=TimeoutError77",
    "a text that none has": "?q=nothing+says+so",
}
"""What is asked of the list, by what it is called in the table."""
PLACES = {"the loudest issue": 0, "the 100th loudest issue": 99, "the 10 000th loudest issue": 9_999}


@dataclass(frozen=True, slots=True)
class Level:
    """What was measured with so many events."""

    events: int
    milliseconds: Mapping[str, list[float]]
    """By page, each ordered."""
    cpu_milliseconds: float
    """The server's for one more event."""


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--events", default="2500000,5000000", help="in how many to measure, one after the other")
    parser.add_argument(
        "--folder", type=Path, help="where to fill the database, instead of the folder for temporary files"
    )
    add_record_option(parser)
    asked = parser.parse_args()
    sizes = [int(size) for size in asked.events.split(",")]
    with tempfile.TemporaryDirectory(dir=asked.folder) as folder:
        levels = measure(Path(folder), sizes)
    figures = [figure for level in levels for figure in figures_of(level)]
    figures += [figure_of_growth(smaller, larger) for smaller, larger in pairwise(levels)]
    return report("issue_pages", "Pages and ingest in a large database", figures, record=asked.record)


def measure(folder: Path, sizes: list[int]) -> list[Level]:
    """Fill up to each size in turn and serve what is there then."""
    settings = TocsinServer(folder).settings
    company = found_company(settings, [[f"C0NUMBER{number}"] for number in range(PROJECTS)], with_slack=False)
    company.database.close()
    levels, filled = [], 0
    for size in sizes:
        began = time.perf_counter()
        database = open_database(settings)
        fill(database, size - filled, seed=size)
        database.close()
        filled = size
        print(f"filled up to {size:,} events in {time.perf_counter() - began:.0f} s", flush=True)
        levels.append(serve(TocsinServer(folder, log_level="WARNING"), company, size))
    return levels


def serve(server: TocsinServer, company: FoundedCompany, events: int) -> Level:
    """Look at every page some times, then let events come in."""
    addresses = {name: f"/acme/issues/{query}" for name, query in LISTS.items()}
    database = open_database(server.settings)
    with write(database) as session:
        key = begin_sign_in(session, company.ada, now=system_clock()).key
    with read(database) as session:
        loudest = session.scalars(select(Issue.id).order_by(Issue.event_count.desc()).limit(10_000)).all()
    database.close()
    for name, place in PLACES.items():
        addresses[name] = f"/acme/issues/{loudest[place]}/"
        addresses[f"{name}, its list of events"] = f"/acme/issues/{loudest[place]}/events/"
    with running_server(server):
        milliseconds = {name: visit(server, address, key) for name, address in addresses.items()}
        order = make_order(server, company.projects, WARM_UP_SECONDS, SECONDS)
        answer, cpu_seconds, _ = watch(server, order)
    return Level(events, milliseconds, 1000 * cpu_seconds / answer["answered"])


def visit(server: TocsinServer, address: str, key: str) -> list[float]:
    """The milliseconds of some visits over one kept connection, in order, without the first one."""
    place = urlsplit(server.address)
    connection = HTTPConnection(place.hostname or "", place.port, timeout=60)
    taken = []
    for _ in range(VISITS + 1):
        began = time.perf_counter()
        connection.request("GET", address, headers={"Cookie": f"{SIGN_IN}={key}"})
        answer = connection.getresponse()
        answer.read()
        taken.append(1000 * (time.perf_counter() - began))
        assert answer.status == 200, f"{address} answers {answer.status}"
    connection.close()
    return sorted(taken[1:])


def figures_of(level: Level) -> list[Figure]:
    """The lines of the table for one size."""
    size = f"{level.events / 1e6:g} M"
    pages = [
        Figure(f"{size}: {name}", median(taken), "ms", bar=BAR_MILLISECONDS)
        for name, taken in level.milliseconds.items()
    ]
    slowest = max(percentile(taken, 0.95) for taken in level.milliseconds.values())
    return [
        *pages,
        Figure(f"{size}: the slowest page's 95th percentile", slowest, "ms"),
        Figure(f"{size}: the server's CPU for an event", level.cpu_milliseconds, "ms", digits=2),
    ]


def figure_of_growth(smaller: Level, larger: Level) -> Figure:
    """How much more an event costs in the larger database."""
    growth = larger.cpu_milliseconds / smaller.cpu_milliseconds
    name = f"an event's CPU, {larger.events / 1e6:g} M to {smaller.events / 1e6:g} M"
    return Figure(name, growth, "times", bar=GROWTH, digits=2)


if __name__ == "__main__":
    sys.exit(main())
