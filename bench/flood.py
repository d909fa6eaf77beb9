"""What a flood of one project costs another: 100 times as many events as before, with and without a limit on its key.

uv run python -m bench.flood
"""

import argparse
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import update

from bench.company import FoundedCompany, FoundedProject, found_company
from bench.ingest_load import Order
from bench.load import load
from bench.record import add_record_option, report
from bench.sending import Target
from bench.server import TocsinServer, running_server
from bench.table import Figure
from tocsin.ingest.keys import FRESH_SECONDS
from tocsin.kernel.db import write
from tocsin.organizations.models import ProjectKey

RATE = 20.0
"""Events a second of each project while all is calm."""
TIMES = 100
LIMIT = int(RATE * 60)
"""Events a minute of the key: what it sends while all is calm."""
WARM_UP_SECONDS, SECONDS = 5.0, 30.0
CONNECTIONS = 32


@dataclass(frozen=True, slots=True)
class Phase:
    """What came back to the calm project and to the other one."""

    calm: dict[str, Any]
    other: dict[str, Any]


def main() -> int:
    parser = argparse.ArgumentParser()
    add_record_option(parser)
    record = parser.parse_args().record
    with tempfile.TemporaryDirectory() as folder:
        before, unlimited, limited = measure(Path(folder))
    refused = sum(each.calm["refused"] for each in (before, unlimited, limited))
    figures = [
        Figure("at rest, 99th percentile", before.calm["p99"], "ms"),
        Figure("flood on a limited key, 99th percentile", limited.calm["p99"], "ms"),
        Figure("the same, to at rest", limited.calm["p99"] / before.calm["p99"], "times", bar=1.5, digits=2),
        Figure("the same, median to at rest", limited.calm["p50"] / before.calm["p50"], "times", digits=2),
        Figure("flood without a limit, 99th percentile", unlimited.calm["p99"], "ms"),
        Figure("the same, to at rest", unlimited.calm["p99"] / before.calm["p99"], "times", digits=2),
        Figure("events of the calm project refused", refused, "", bar=0, digits=0),
        Figure("of the flood taken, with a limit", limited.other["answered"] / SECONDS, "a second", digits=0),
        Figure("of the flood refused, with a limit", limited.other["refused"] / SECONDS, "a second", digits=0),
        Figure("of the flood taken, without one", unlimited.other["answered"] / SECONDS, "a second", digits=0),
        Figure("of the flood refused, without one", unlimited.other["refused"] / SECONDS, "a second", digits=0),
    ]
    title = f"A flood of {TIMES * RATE:,.0f} events a second beside {RATE:.0f} of another project, {SECONDS:.0f} s each"
    return report("flood", title, figures, record=record)


def measure(folder: Path) -> tuple[Phase, Phase, Phase]:
    """Both projects at rest; then one floods; then it floods with a limit on its key."""
    server = TocsinServer(folder, log_level="WARNING")
    company = found_company(server.settings, [["C0CALM"], ["C0FLOOD"]], with_slack=False)
    calm, other = company.projects
    with running_server(server):
        before = phase(server, calm, other, RATE)
        unlimited = phase(server, calm, other, TIMES * RATE)
        limit(company, other)
        limited = phase(server, calm, other, TIMES * RATE)
    company.database.close()
    return before, unlimited, limited


def phase(server: TocsinServer, calm: FoundedProject, other: FoundedProject, other_rate: float) -> Phase:
    """Let both projects report at once."""
    with ExitStack() as stack:
        loads = [stack.enter_context(load("bench.ingest_load")) for _ in range(2)]
        for each, project, rate in zip(loads, (calm, other), (RATE, other_rate), strict=True):
            each.order(order(server, project, rate))
        for each in loads:
            each.go()
        return Phase(*(each.summary() for each in loads))


def order(server: TocsinServer, project: FoundedProject, rate: float) -> Order:
    """`rate` events a second of this project, whatever they are answered."""
    address = urlsplit(server.address)
    assert address.hostname is not None
    assert address.port is not None
    target = Target(address.hostname, address.port, CONNECTIONS, WARM_UP_SECONDS, SECONDS, rate)
    return Order(target, [(project.id, project.key)], int((WARM_UP_SECONDS + SECONDS) * rate) + 1)


def limit(company: FoundedCompany, project: FoundedProject) -> None:
    """Bound the key, and wait until the server knows."""
    with write(company.database) as session:
        session.execute(update(ProjectKey).where(ProjectKey.public_key == project.key).values(events_per_minute=LIMIT))
    time.sleep(FRESH_SECONDS)


if __name__ == "__main__":
    sys.exit(main())
