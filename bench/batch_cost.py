"""What the batch costs in the database: CPU for each event, for batches of several sizes, with and without users.

python -m bench.batch_cost
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import md5
from itertools import count
from pathlib import Path
from random import Random
from statistics import median
from tempfile import TemporaryDirectory

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

Make = Callable[[], PreparedEvent]


def main() -> None:
    with TemporaryDirectory() as folder:
        database = open_database(Settings(data_dir=Path(folder)))
        migrate(database)
        project_id = make_project(database, make_organization(database))
        plain, known = maker(project_id, with_users=False), maker(project_id, with_users=True)
        names = NameCache()
        microseconds(database, names, plain, batch=50, events=WARM_UP)
        microseconds(database, names, known, batch=50, events=WARM_UP)
        figures = [
            Figure(f"batches of {batch}, {words}", measured(database, names, make, batch), "µs")
            for batch in (1, 7, 50)
            for words, make in (("no user", plain), ("with users", known))
        ]
    print_table("The CPU of storing, grouping and counting one event", figures)


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


def measured(database: Database, names: NameCache, make: Make, batch: int) -> float:
    """The median of several rounds."""
    return median(microseconds(database, names, make, batch=batch, events=EVENTS_IN_ROUND) for _ in range(ROUNDS))


def microseconds(database: Database, names: NameCache, make: Make, *, batch: int, events: int) -> float:
    """CPU of one event, COMMIT included."""
    batches = [[make() for _ in range(batch)] for _ in range(events // batch)]
    began = time.process_time()
    for each in batches:
        with write(database) as session:
            store_batch(session, each, names, now=datetime.now(UTC))
        names.committed()
    return (time.process_time() - began) / (len(batches) * batch) * 1e6


if __name__ == "__main__":
    main()
