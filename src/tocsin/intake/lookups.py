"""What the batch looks up before it stores: which events are there already, and which issues fingerprints lead to.

Both ask for pairs of a project and a value. A statement for each project would cost more than all of its rows, and
SQLite scans the table for a list of pairs; so some projects and some values are asked for, each with each.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from tocsin.events.models import StoredEvent
from tocsin.intake.group import Group
from tocsin.issues.models import Issue, IssueFingerprint
from tocsin.kernel.ids import IssueId, ProjectId
from tocsin.kernel.statement import Answer, Row, Statement, is_one_of, names_of, padded

T = TypeVar("T")
Key = tuple[ProjectId, str]
"""A project and a fingerprint in it."""

LOOKUPS = 2_000
"""How often one statement may look into an index; also bounds its parameters far below each database's limit."""


def ask_stored(session: Session, keys: Iterable[tuple[ProjectId, bytes]]) -> Callable[[], set[tuple[ProjectId, bytes]]]:
    """Those of `keys`, projects and ids of events, that are stored already (and perhaps others).

    What is given, here and below, tells it when the block of `kernel.statement:together` is over.
    """
    answers = _ask(session, _stored, keys)
    return lambda: {key for answer in answers for key in answer()}


def find_groups(session: Session, keys: Sequence[Key]) -> dict[Key, Group]:
    """The issue of each of `keys` that leads to one, as a group without events."""
    return ask_groups(session, keys)()


def ask_groups(session: Session, keys: Sequence[Key]) -> Callable[[], dict[Key, Group]]:
    """As `find_groups`."""
    answers = _ask(session, _grouped, keys)
    return lambda: _grouped_by_key((row for answer in answers for row in answer()), set(keys))


def _grouped_by_key(rows: Iterable[Row], asked: set[Key]) -> dict[Key, Group]:
    found: dict[Key, Group] = {}
    by_issue: dict[IssueId, Group] = {}
    for project_id, fingerprint, fingerprint_id, issue_id, status in rows:
        if (project_id, fingerprint) in asked:
            group = by_issue.setdefault(issue_id, Group(issue_id, project_id, status))
            group.fingerprints[fingerprint] = fingerprint_id
            found[project_id, fingerprint] = group
    return found


@lru_cache
def _stored(projects: int, values: int) -> Statement:
    return Statement(
        select(StoredEvent.project_id, StoredEvent.event_id).where(
            is_one_of(StoredEvent.project_id, "project", projects), is_one_of(StoredEvent.event_id, "value", values)
        )
    )


@lru_cache
def _grouped(projects: int, values: int) -> Statement:
    return Statement(
        select(IssueFingerprint.project_id, IssueFingerprint.hash, IssueFingerprint.id, Issue.id, Issue.status)
        .join(Issue, Issue.id == IssueFingerprint.issue_id)
        .where(
            is_one_of(IssueFingerprint.project_id, "project", projects),
            is_one_of(IssueFingerprint.hash, "value", values),
        )
    )


def _ask(
    session: Session, statement: Callable[[int, int], Statement], keys: Iterable[tuple[ProjectId, T]]
) -> list[Answer]:
    answers = []
    for projects, values in _crossed(keys):
        some, others = padded(projects), padded(values)
        parameters: dict[str, Any] = dict(zip(names_of("project", len(some)), some, strict=True))
        parameters.update(zip(names_of("value", len(others)), others, strict=True))
        answers.append(statement(len(some), len(others)).ask(session, parameters))
    return answers


def _crossed(keys: Iterable[tuple[ProjectId, T]]) -> Iterator[tuple[list[ProjectId], list[T]]]:
    """The projects and values of the few statements that find all of `keys`."""
    projects: set[ProjectId] = set()
    values: set[T] = set()
    for project_id, value in sorted(keys, key=itemgetter(0)):
        if values and len(projects | {project_id}) * (len(values) + 1) > LOOKUPS:
            yield list(projects), list(values)
            projects, values = set(), set()
        projects.add(project_id)
        values.add(value)
    if values:
        yield list(projects), list(values)
