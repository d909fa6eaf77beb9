"""What the batch costs in the database: CPU for each event, for batches of several sizes, with and without users.

python -m bench.batch_cost                           one project's known issues
python -m bench.batch_cost --as-ingest               batches as `bench.ingest` has them stored, of which 2 % open issues
python -m bench.batch_cost --as-ingest --postgresql  the same on PostgreSQL, where the time that passes counts, too
"""

import argparse
import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from datetime import UTC, datetime
from hashlib import md5
from itertools import count, cycle
from pathlib import Path
from random import Random
from statistics import median
from tempfile import TemporaryDirectory
from typing import NamedTuple

from msgspec.structs import replace

from bench.company import found_company
from bench.ingest import PROJECTS
from bench.ingest_load import KNOWN_TYPES, NEW_TYPES
from bench.postgresql import durable_postgresql
from bench.table import Figure, print_table
from tests.support.acme import make_organization, make_project
from tocsin.bootstrap import open_database
from tocsin.intake.batch import store_batch
from tocsin.intake.names import NameCache
from tocsin.intake.prepared import PreparedEvent
from tocsin.kernel.db import Database, write
from tocsin.kernel.ids import ProjectId
from tocsin.migrations import migrate
from tocsin.settings import Settings

ISSUES, USERS = 200, 5_000
WARM_UP, ROUNDS = 1_500, 5
EVENTS_IN_ROUND = 700
PAYLOAD = 3_000

BATCH_AS_INGEST = 16

Make = Callable[[], PreparedEvent]


class Cost(NamedTuple):
    """Of one event, in µs: CPU of this process, and time that passes."""

    cpu: float
    passed: float


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--as-ingest", action="store_true", help="as a server under load stores them")
    parser.add_argument("--postgresql", action="store_true", help="instead of SQLite")
    asked = parser.parse_args()
    with TemporaryDirectory() as folder, durable_postgresql() if asked.postgresql else nullcontext() as url:
        settings = Settings(data_dir=Path(folder), database_url=url)
        measure = measure_as_ingest if asked.as_ingest else measure_sizes
        title, figures = measure(settings)
    print_table(title, figures)


def measure_sizes(settings: Settings) -> tuple[str, list[Figure]]:
    """Batches of several sizes, of one project's known issues."""
    database = open_database(settings)
    migrate(database)
    project_id = make_project(database, make_organization(database))
    plain, known = maker(project_id, with_users=False), maker(project_id, with_users=True)
    names = NameCache()
    cost(database, names, plain, batch=50, events=WARM_UP)
    cost(database, names, known, batch=50, events=WARM_UP)
    figures = [
        Figure(f"batches of {batch}, {words}", measured(database, names, make, batch).cpu, "µs")
        for batch in (1, 7, 50)
        for words, make in (("no user", plain), ("with users", known))
    ]
    database.close()
    return "The CPU of storing, grouping and counting one event", figures


def measure_as_ingest(settings: Settings) -> tuple[str, list[Figure]]:
    """Batches like those of a server under load, of many projects, of which a few events open issues and plan cards."""
    company = found_company(settings, [[f"C0NUMBER{number}"] for number in range(PROJECTS)], with_slack=False)
    make, names = maker_as_ingest([project.id for project in company.projects]), NameCache()
    cost(company.database, names, make, batch=BATCH_AS_INGEST, events=WARM_UP)
    median_cost = measured(company.database, names, make, BATCH_AS_INGEST)
    company.database.close()
    figures = [
        Figure("CPU of the process", median_cost.cpu, "µs"),
        Figure("time that passes", median_cost.passed, "µs"),
    ]
    return f"Storing, grouping, counting and alerting one event, in batches of {BATCH_AS_INGEST}", figures


TAGS = (("environment", 2), ("release", 5), ("level", 1), ("server_name", 20), ("browser", 10), ("os", 5))
"""Names, each with how many values it has."""


def maker(project_id: ProjectId, *, with_users: bool) -> Make:
    """Makes events of `ISSUES` issues and, with users, of `USERS` of these."""
    random, numbers = Random(7), count(1 if with_users else 1 << 40)

    def make() -> PreparedEvent:
        kind = random.randrange(ISSUES)
        return PreparedEvent(
            project_id=project_id,
            event_id=next(numbers).to_bytes(16),
            received_at=datetime.now(UTC),
            fingerprint=md5(str(kind).encode(), usedforsecurity=False).hexdigest(),
            grouping_version=1,
            grouping_method="exception",
            title=f"Error {kind}",
            value="something went wrong",
            culprit="shop.cart in total",
            level="error",
            platform="python",
            environment="production",
            release="shop@1",
            user_key=random.randrange(USERS) if with_users else None,
            payload=random.randbytes(PAYLOAD),
            tags=tuple((name, f"{name} {random.randrange(values)}") for name, values in TAGS),
        )

    return make


def maker_as_ingest(project_ids: Sequence[ProjectId]) -> Make:
    """Makes events of the projects in turn: of `KNOWN_TYPES` issues of each and, `NEW_TYPES` of them, of new ones."""
    random, numbers = Random(7), count(1)
    makers = cycle([maker(project_id, with_users=False) for project_id in project_ids])

    def make() -> PreparedEvent:
        number, event = next(numbers), next(makers)()
        kind = f"new {number}" if random.random() < NEW_TYPES else f"known {random.randrange(KNOWN_TYPES)}"
        fingerprint = md5(kind.encode(), usedforsecurity=False).hexdigest()
        return replace(event, event_id=number.to_bytes(16), fingerprint=fingerprint, title=kind)

    return make


def measured(database: Database, names: NameCache, make: Make, batch: int) -> Cost:
    """The median of several rounds."""
    rounds = [cost(database, names, make, batch=batch, events=EVENTS_IN_ROUND) for _ in range(ROUNDS)]
    return Cost(median(each.cpu for each in rounds), median(each.passed for each in rounds))


def cost(database: Database, names: NameCache, make: Make, *, batch: int, events: int) -> Cost:
    """What one event costs, COMMIT included."""
    batches = [[make() for _ in range(batch)] for _ in range(events // batch)]
    began, began_at = time.process_time(), time.perf_counter()
    for each in batches:
        with write(database) as session:
            store_batch(session, each, names, now=datetime.now(UTC))
        names.committed()
    stored = len(batches) * batch
    return Cost((time.process_time() - began) / stored * 1e6, (time.perf_counter() - began_at) / stored * 1e6)


if __name__ == "__main__":
    main()
