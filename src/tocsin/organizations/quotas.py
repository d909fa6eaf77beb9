"""Quotas: how many events a project, or one of its keys, may report, and how many issues they may open."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from tocsin.kernel.errors import InvalidInputError
from tocsin.organizations.audit import AuditEvent, create_audit_entry
from tocsin.organizations.models import Project, ProjectKey
from tocsin.organizations.permit import Permit

EVENTS_AT_MOST = 1_000_000_000
"""A quota beyond this is none; it also keeps the figure within a column."""

NEW_ISSUES_AT_FIRST = 100
"""New issues in a minute that a new project allows. A release that breaks much opens dozens. Each is a card, and a
channel of Slack takes about sixty messages a minute: more would tell nobody anything, and tell it late."""


@dataclass(frozen=True, slots=True)
class Quota:
    """Events in a minute, and in a day of UTC; `None` is no limit, 0 lets nothing in."""

    per_minute: int | None = None
    per_day: int | None = None


UNLIMITED = Quota()


def quota_of(owner: Project | ProjectKey) -> Quota:
    """What a project's keys together, or one key, may report."""
    return Quota(owner.events_per_minute, owner.events_per_day)


def set_quota(session: Session, permit: Permit, owner: Project | ProjectKey, quota: Quota, *, now: datetime) -> None:
    """Bound what `owner` may report from now on; every process knows within ten seconds.

    Raises:
        InvalidInputError: less than nothing, or more than any server takes.
    """
    for events in (quota.per_minute, quota.per_day):
        if events is not None and not 0 <= events <= EVENTS_AT_MOST:
            raise InvalidInputError(f"A limit is a number of events from 0 to {EVENTS_AT_MOST}, not {events}.")
    if quota_of(owner) == quota:
        return
    owner.events_per_minute, owner.events_per_day = quota.per_minute, quota.per_day
    session.flush()
    project_id = owner.id if isinstance(owner, Project) else owner.project_id
    data: dict[str, object] = {"events_per_minute": quota.per_minute, "events_per_day": quota.per_day}
    if isinstance(owner, ProjectKey):
        data["key_id"] = owner.id
    create_audit_entry(session, permit, AuditEvent.PROJECT_EDIT, target=f"project:{project_id}", now=now, data=data)


def set_new_issue_limit(
    session: Session, permit: Permit, project: Project, issues: int | None, *, now: datetime
) -> None:
    """Bound how many issues the project's events may open in a minute, from the next event on; `None` is no limit.

    Raises:
        InvalidInputError: less than nothing, or more than any server takes.
    """
    if issues is not None and not 0 <= issues <= EVENTS_AT_MOST:
        raise InvalidInputError(f"A limit is a number of new issues from 0 to {EVENTS_AT_MOST}, not {issues}.")
    if project.new_issues_per_minute == issues:
        return
    project.new_issues_per_minute = issues
    session.flush()
    data = {"new_issues_per_minute": issues}
    create_audit_entry(session, permit, AuditEvent.PROJECT_EDIT, target=f"project:{project.id}", now=now, data=data)


def parse_limit(text: str) -> int | None:
    """A limit as people type it; nothing, or `none`, is no limit.

    Raises:
        InvalidInputError: it is no whole number.
    """
    text = text.strip()
    if text in {"", "none"}:
        return None
    if not text.isascii() or not text.isdecimal() or len(text) > 10:
        raise InvalidInputError(f"A limit is a whole number of events or issues, or none at all, not {text[:20]!r}.")
    return int(text)
