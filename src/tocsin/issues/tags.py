"""The tags of issues: about how many events of each had which value. Counted by the batch (`intake.tagging`).

What people look for (`browser:Firefox*`) and what an issue's page shows as a distribution is read from here, so that
nothing ever opens the payloads of many events. Rows are few: an issue keeps `VALUES_KEPT` values of a tag, and of
`NAMES_KEPT` tags; whatever else came is summed up under the value `OTHERS`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from typing import TypeAlias

from sqlalchemy import Row, bindparam, delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from tocsin.events.tags import OWN_TAGS
from tocsin.issues.models import IssueTag
from tocsin.kernel.at_once import insert_at_once
from tocsin.kernel.db import table_of
from tocsin.kernel.ids import IssueId
from tocsin.kernel.statement import Statement

VALUES_KEPT = 100
NAMES_KEPT = 60
OTHERS = ""
"""The value that stands for those that are not kept; an event's own tag never has an empty one."""
RECENT_HOURS = 24
"""A value seen in these is kept before one that came more often: it may be the release of this morning."""

TagRow: TypeAlias = Row[IssueId, str, str, int, int]
Tagged = tuple[IssueId, str, str]
"""An issue, the name of a tag and its value."""


@dataclass(frozen=True, slots=True)
class TagValue:
    """About how many events had this value, and in which hour (`counters.hour_of`) it was written down last."""

    value: str
    """`OTHERS` for all that are not listed."""
    events: int
    last_hour: int


@dataclass(frozen=True, slots=True)
class Distribution:
    """The values of one tag of an issue, most frequent first, `OTHERS` last."""

    name: str
    events: int
    """About how many events had the tag at all."""
    values: tuple[TagValue, ...]

    def percent(self, value: TagValue) -> int:
        """The share of `value` in whole percent, at least 1."""
        return max(1, round(value.events * 100 / self.events))


def _upsert(inserted: postgresql.Insert | sqlite.Insert) -> postgresql.Insert | sqlite.Insert:
    return inserted.on_conflict_do_update(
        index_elements=[IssueTag.issue_id, IssueTag.name, IssueTag.value],
        set_={"events": IssueTag.events + inserted.excluded.events, "last_hour": inserted.excluded.last_hour},
    )


_COLUMNS = ("issue_id", "name", "value", "events", "last_hour")
_COUNT = Statement(
    {
        "sqlite": _upsert(sqlite.insert(IssueTag)),
        "postgresql": _upsert(insert_at_once(table_of(IssueTag), _COLUMNS)),
    },
    columns=_COLUMNS,
)
_FORGET = delete(IssueTag).where(
    IssueTag.issue_id == bindparam("of_issue"),
    IssueTag.name == bindparam("of_name"),
    IssueTag.value == bindparam("of_value"),
)
_OF_ISSUES = select(IssueTag.issue_id, IssueTag.name, IssueTag.value, IssueTag.events, IssueTag.last_hour)


def count_tags(session: Session, events: Mapping[Tagged, int], *, hour: int) -> None:
    """Add to the counters of tags; `hour` is that of the newest event."""
    # In one order everywhere: two processes that lock rows crosswise would deadlock on PostgreSQL.
    rows = [
        {"issue_id": issue_id, "name": name, "value": value, "events": count, "last_hour": hour}
        for (issue_id, name, value), count in sorted(events.items())
    ]
    _COUNT.many(session, rows)


def forget_rare_tags(session: Session, issue_ids: Sequence[IssueId], *, hour: int) -> None:
    """Bring these issues back to the values and names that are kept; the counts of the others go to `OTHERS`.

    Of values, and of names, those stay that were seen in the last `RECENT_HOURS` before `hour`, and of these the most
    frequent ones. The names of `OWN_TAGS` stay in any case: by them people search for releases and browsers.
    """
    connection = session.connection()
    rows = connection.execute(
        _OF_ISSUES.where(IssueTag.issue_id.in_(issue_ids)).order_by(IssueTag.issue_id, IssueTag.name)
    )
    gone: list[TagRow] = []
    for _, of_issue in groupby(rows, key=attrgetter("issue_id")):
        gone += _rare(list(of_issue), since=hour - RECENT_HOURS)
    if not gone:
        return
    connection.execute(
        _FORGET, [{"of_issue": row.issue_id, "of_name": row.name, "of_value": row.value} for row in gone]
    )
    summed: dict[Tagged, int] = {}
    for row in gone:
        others = (row.issue_id, row.name, OTHERS)
        summed[others] = summed.get(others, 0) + row.events
    count_tags(session, summed, hour=hour)


def _rare(rows: list[TagRow], *, since: int) -> list[TagRow]:
    """Of one issue's rows, by name, those that are not kept."""
    names = [
        values
        for _, of_name in groupby(rows, key=attrgetter("name"))
        if (values := [row for row in of_name if row.value != OTHERS])
    ]
    names.sort(key=lambda values: _worth_of_name(values, since), reverse=True)
    rare = [row for values in names[NAMES_KEPT:] for row in values]
    for values in names[:NAMES_KEPT]:
        if len(values) > VALUES_KEPT:
            values.sort(key=lambda row: (row.last_hour >= since, row.events, row.last_hour), reverse=True)
            rare += values[VALUES_KEPT:]
    return rare


def _worth_of_name(values: list[TagRow], since: int) -> tuple[bool, bool, int, int]:
    """By what an issue's tags are ranked; those that every event can have come before what applications make up."""
    last_hour = max(row.last_hour for row in values)
    return values[0].name in OWN_TAGS, last_hour >= since, sum(row.events for row in values), last_hour


def join_tags(session: Session, issue_id: IssueId, survivor_id: IssueId) -> None:
    """Count the tags of an issue for the one that it becomes a part of, too.

    Its own rows stay, as they were then: they are what it has again when it is taken out.
    """
    rows = session.execute(_OF_ISSUES.where(IssueTag.issue_id.in_([issue_id, survivor_id]))).all()
    last: dict[tuple[str, str], int] = {}
    for row in rows:
        last[row.name, row.value] = max(row.last_hour, last.get((row.name, row.value), 0))
    of_hours: dict[int, dict[Tagged, int]] = {}
    for row in rows:
        if row.issue_id == issue_id:
            of_hour = of_hours.setdefault(last[row.name, row.value], {})
            of_hour[survivor_id, row.name, row.value] = row.events
    for hour, events in of_hours.items():
        count_tags(session, events, hour=hour)


def list_distributions(session: Session, issue_id: IssueId, *, values: int = 5) -> list[Distribution]:
    """Each tag of an issue with its most frequent `values`, the rest summed up; tags that most events had first."""
    rows = session.execute(_OF_ISSUES.where(IssueTag.issue_id == issue_id).order_by(IssueTag.name)).all()
    found = [_distribution(name, list(of_name), values) for name, of_name in groupby(rows, key=attrgetter("name"))]
    return sorted(found, key=lambda one: (-one.events, one.name))


def list_values(session: Session, issue_id: IssueId, name: str) -> Distribution | None:
    """All values that are kept of one tag; `None` where no event of the issue had it."""
    of_name = (IssueTag.issue_id == issue_id, IssueTag.name == name)
    rows = session.execute(_OF_ISSUES.where(*of_name)).all()
    return _distribution(name, list(rows), VALUES_KEPT) if rows else None


def _distribution(name: str, rows: list[TagRow], limit: int) -> Distribution:
    events = sum(row.events for row in rows)
    named = sorted((row for row in rows if row.value != OTHERS), key=lambda row: (-row.events, row.value))
    values = [TagValue(row.value, row.events, row.last_hour) for row in named[:limit]]
    rest = [*named[limit:], *(row for row in rows if row.value == OTHERS)]
    if rest:
        values.append(TagValue(OTHERS, sum(row.events for row in rest), max(row.last_hour for row in rest)))
    return Distribution(name, events, tuple(values))
