"""Fills a SQLite database with millions of events as ingest would have stored them, only faster.

uv run python -m bench.fill FILE --events 2500000

What is counted beside the events (hours, users, tags) is counted, too. Run again, it adds as many to the same issues in
the same thirty days: twice the traffic.
"""

import argparse
import random
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import accumulate
from pathlib import Path

import msgspec
from sqlalchemy import bindparam, func, insert, select, update
from sqlalchemy.orm import Session

from bench.company import found_company
from tocsin.bootstrap import open_database
from tocsin.events.models import StoredEvent
from tocsin.events.storage import pack
from tocsin.issues.counters import count_hours, count_users, hour_of
from tocsin.issues.models import Issue, IssueFingerprint, IssuePriority, IssueStatus, Substatus
from tocsin.issues.tags import Tagged, count_tags
from tocsin.kernel.clock import system_clock
from tocsin.kernel.db import Database, write
from tocsin.kernel.ids import IssueId, ProjectId
from tocsin.migrations import migrate
from tocsin.organizations.models import Environment, Project, Release
from tocsin.settings import Settings

PROJECTS, ISSUES_IN_EACH = 10, 2_000
RELEASES, SERVERS = 20, 8
ENVIRONMENTS = ("production", "staging", "development")
BROWSERS = ("Firefox 131", "Chrome 130", "Safari 18", "Edge 129")
LEVELS = ("error", "error", "error", "error", "warning", "info", "fatal")
STATUSES = (IssueStatus.UNRESOLVED,) * 6 + (IssueStatus.RESOLVED,) * 3 + (IssueStatus.ARCHIVED,)
DAYS = 30
USERS, SHARE_WITH_USER = 200_000, 0.4
PAYLOADS = 400
BATCH = 20_000
"""Events in a transaction, all of them of about the same moment."""
TAGS_OF_ISSUE = 24


@dataclass(slots=True)
class Stock:
    """What events are drawn from: the issues, of which the n-th has 1/n of the first one's events (Zipf's law)."""

    issues: list[tuple[IssueId, ProjectId, int]]
    """With the id of each one's fingerprint."""
    environments: Mapping[ProjectId, Sequence[int]]
    releases: Mapping[ProjectId, Sequence[int]]
    payloads: list[bytes]
    chance: random.Random
    shares: list[float] = field(init=False)

    def __post_init__(self) -> None:
        self.shares = list(accumulate(1 / place for place in range(1, len(self.issues) + 1)))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("file", type=Path, help="tocsin.db in a folder of its own; made if it is not there")
    parser.add_argument("--events", type=int, default=2_500_000)
    asked = parser.parse_args()
    settings = Settings(data_dir=asked.file.parent, database_url=f"sqlite:///{asked.file}")
    if not asked.file.exists():
        make_company(settings).close()
    database = open_database(settings)
    began = time.perf_counter()
    fill(database, asked.events)
    database.close()
    seconds = time.perf_counter() - began
    print(f"{asked.events:,} events in {seconds:.0f} s; {asked.file.stat().st_size / 1e9:.2f} GB")


def make_company(settings: Settings) -> Database:
    """An organization with ten projects in a new database."""
    channels = [[f"C0NUMBER{number}"] for number in range(PROJECTS)]
    return found_company(settings, channels, with_slack=False).database


def fill(database: Database, events: int, *, seed: int = 1) -> None:
    """Add so many events; the database is not safe from a loss of power meanwhile."""
    hurry(database)
    migrate(database)
    with write(database) as session:
        stock = take_stock(session, random.Random(seed))
    until = system_clock() - timedelta(minutes=5)
    since = until - timedelta(days=DAYS)
    met: Counter[IssueId] = Counter()
    users: Counter[IssueId] = Counter()
    for first in range(0, events, BATCH):
        moment = since + (until - since) * (first / events)
        with write(database) as session:
            _store(session, stock, min(BATCH, events - first), moment, met, users)
    with write(database) as session:
        _sum_up(session, stock, met, users)


def hurry(database: Database) -> None:
    """Let the writer's connection, which is one for the process, wait for no disk and remember more of it."""
    connection = database.writer.raw_connection()
    cursor = connection.cursor()
    cursor.execute("PRAGMA synchronous = OFF")
    cursor.execute("PRAGMA cache_size = -400000")
    connection.close()


def take_stock(session: Session, chance: random.Random) -> Stock:
    """The projects' issues, environments and releases: those that are there, made where there are none."""
    project_ids = list(session.scalars(select(Project.id).order_by(Project.id)))
    if session.scalar(select(Issue.id).limit(1)) is None:
        for project_id in project_ids:
            _make_issues(session, project_id, chance)
    rows = session.execute(
        select(Issue.id, Issue.project_id, IssueFingerprint.id)
        .join(IssueFingerprint, IssueFingerprint.issue_id == Issue.id)
        .where(Issue.number <= ISSUES_IN_EACH)
        .order_by(Issue.number, Issue.project_id)
    )
    issues = [(issue_id, project_id, fingerprint_id) for issue_id, project_id, fingerprint_id in rows]
    payloads = [pack(_event(number, chance)) for number in range(PAYLOADS)]
    return Stock(issues, _ids(session, Environment), _ids(session, Release), payloads, chance)


def _make_issues(session: Session, project_id: ProjectId, chance: random.Random) -> None:
    now = system_clock() - timedelta(days=DAYS)
    slug = session.get_one(Project, project_id).slug
    session.execute(
        insert(Environment), [{"project_id": project_id, "name": name, "first_seen": now} for name in ENVIRONMENTS]
    )
    session.execute(
        insert(Release),
        [{"project_id": project_id, "version": f"shop@2.{each}.0", "first_seen": now} for each in range(RELEASES)],
    )
    issues = [_issue(project_id, slug, number, chance, now) for number in range(1, ISSUES_IN_EACH + 1)]
    ids = session.scalars(insert(Issue).returning(Issue.id, sort_by_parameter_order=True), issues).all()
    session.execute(
        insert(IssueFingerprint),
        [
            {
                "project_id": project_id,
                "hash": chance.randbytes(16).hex(),
                "grouping_version": 1,
                "method": "exception",
                "issue_id": issue_id,
            }
            for issue_id in ids
        ],
    )
    session.execute(update(Project).where(Project.id == project_id).values(last_issue_number=ISSUES_IN_EACH))


def _issue(project_id: ProjectId, slug: str, number: int, chance: random.Random, now: datetime) -> dict[str, object]:
    status = chance.choice(STATUSES)
    return {
        "project_id": project_id,
        "number": number,
        "short_id": f"{slug.upper()}-{number}",
        "title": f"{chance.choice(('Value', 'Key', 'Timeout', 'Payment', 'Type'))}Error{number}",
        "value": f"the cart {chance.randrange(10**6)} cannot be paid for",
        "culprit": f"shop.views.view_{number} in pay",
        "level": chance.choice(LEVELS),
        "platform": "python",
        "first_seen": now,
        "last_seen": now,
        "status": status,
        "substatus": Substatus.ONGOING if status == IssueStatus.UNRESOLVED else None,
        "priority": chance.choice(list(IssuePriority)),
        "resolved_at": now if status == IssueStatus.RESOLVED else None,
    }


def _ids(session: Session, of: type[Environment] | type[Release]) -> Mapping[ProjectId, Sequence[int]]:
    found: dict[ProjectId, list[int]] = {}
    for project_id, row_id in session.execute(select(of.project_id, of.id).order_by(of.id)):
        found.setdefault(project_id, []).append(row_id)
    return found


def _event(number: int, chance: random.Random) -> bytes:
    """A small event: what a row weighs on disk is what counts here, and what its page costs is measured elsewhere."""
    frames = [
        {"filename": f"shop/{name}.py", "function": name, "lineno": chance.randrange(500), "in_app": True}
        for name in ("views", "cart", "payment")
    ]
    value = f"the cart {chance.randrange(10**6)} cannot be paid for"
    return msgspec.json.encode(
        {
            "event_id": chance.randbytes(16).hex(),
            "platform": "python",
            "level": "error",
            "server_name": f"web-{number % SERVERS}",
            "exception": {"values": [{"type": "ValueError", "value": value, "stacktrace": {"frames": frames}}]},
            "contexts": {
                "browser": {"name": chance.choice(BROWSERS)},
                "trace": {"trace_id": chance.randbytes(16).hex()},
            },
            "user": {"id": str(chance.randrange(USERS))},
        }
    )


def _store(
    session: Session, stock: Stock, events: int, moment: datetime, met: Counter[IssueId], users: Counter[IssueId]
) -> None:
    """One transaction of events of about the same moment, with their hours and users."""
    chance = stock.chance
    drawn = chance.choices(stock.issues, cum_weights=stock.shares, k=events)
    environments = {project: chance.choices(ids, (8, 1, 1), k=64) for project, ids in stock.environments.items()}
    rows = [
        {
            "project_id": project_id,
            "issue_id": issue_id,
            "fingerprint_id": fingerprint_id,
            "event_id": chance.randbytes(16),
            "received_at": moment,
            "environment_id": environments[project_id][number & 63],
            "release_id": stock.releases[project_id][number % RELEASES],
            "level": "error",
            "payload": stock.payloads[number % PAYLOADS],
        }
        for number, (issue_id, project_id, fingerprint_id) in enumerate(drawn)
    ]
    session.connection().execute(insert(StoredEvent), rows)
    counted = Counter(issue_id for issue_id, _, _ in drawn)
    hour = hour_of(moment)
    count_hours(session, {(issue_id, hour): count for issue_id, count in counted.items()})
    with_user = drawn[: int(events * SHARE_WITH_USER)]
    users.update(count_users(session, ((issue_id, chance.randrange(USERS)) for issue_id, _, _ in with_user)))
    met.update(counted)


def _sum_up(session: Session, stock: Stock, met: Counter[IssueId], users: Counter[IssueId]) -> None:
    """What the issues' own rows show, and their tags."""
    newest = dict(
        session.execute(select(StoredEvent.issue_id, func.max(StoredEvent.id)).group_by(StoredEvent.issue_id)).all()
    )
    now = system_clock()
    session.connection().execute(
        update(Issue)
        .where(Issue.id == bindparam("of_issue"))
        .values(
            event_count=Issue.event_count + bindparam("more_events"),
            user_count=Issue.user_count + bindparam("more_users"),
            last_event_id=bindparam("newest"),
            last_seen=bindparam("seen"),
        ),
        [
            {
                "of_issue": issue_id,
                "more_events": count,
                "more_users": users[issue_id],
                "newest": newest[issue_id],
                "seen": now - timedelta(seconds=place * 60),
            }
            for place, (issue_id, count) in enumerate(met.most_common())
        ],
    )
    tags = Counter(tag for issue_id, count in met.items() for tag in _tags(issue_id, count, stock.chance))
    count_tags(session, tags, hour=hour_of(now))


def _tags(issue_id: IssueId, events: int, chance: random.Random) -> list[Tagged]:
    """So many tags as an issue with these events may have; each stands for one more event here."""
    values = (
        [("environment", name) for name in ENVIRONMENTS]
        + [("browser", name) for name in BROWSERS]
        + [("release", f"shop@2.{number}.0") for number in range(RELEASES)]
        + [("server_name", f"web-{number}") for number in range(SERVERS)]
    )
    return [(issue_id, name, value) for name, value in chance.sample(values, min(TAGS_OF_ISSUE, events))]


if __name__ == "__main__":
    main()
