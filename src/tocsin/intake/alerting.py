"""What new events mean: history for what they opened or brought back, an owner, the rules asked, the cards planned."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, make_transient_to_detached

from tocsin.activities.models import Activity, ActivityType
from tocsin.activities.record import record_activity
from tocsin.intake.group import Group
from tocsin.intake.prepared import PreparedEvent
from tocsin.intake.surges import Tallies, find_surges
from tocsin.issues import triage
from tocsin.issues.escalation import escalate
from tocsin.issues.models import Issue, IssueStatus, Substatus
from tocsin.issues.ownership import chosen_assignee, give_owner
from tocsin.issues.regression import Regression, can_regress, find_regression
from tocsin.issues.triage import Assignee
from tocsin.kernel.ids import IssueId, OrganizationId, ProjectId
from tocsin.kernel.statement import Statement, is_one_of, names_of, padded
from tocsin.notifications.after import after
from tocsin.organizations.models import Project
from tocsin.organizations.permit import Permit, Scope, Via
from tocsin.rules.conditions import Counting
from tocsin.rules.evaluate import Fired, evaluate
from tocsin.rules.occurrence import Occurrence, Tags
from tocsin.rules.ready import ReadyRule, active_rules
from tocsin.rules.windows import WINDOWS

Escalating = dict[IssueId, dict[str, Any]]
"""The archived issues that come back, each with what history keeps of why."""


@dataclass(frozen=True, slots=True)
class _Home:
    """What a project has to say about its new and returning issues."""

    organization_id: OrganizationId
    assignee: Assignee
    rules: list[ReadyRule]


@dataclass(frozen=True, slots=True)
class _Why:
    """Why an issue that was there before may be told: it escalates, it came back, or it is seen often."""

    escalating: dict[str, Any] | None
    regression: Regression | None
    tallies: Tallies


@dataclass(frozen=True, slots=True)
class _Turn:
    """What became of an issue, for the rules to judge, and the activity that tells it."""

    occurrence: Occurrence
    activity: Activity


def alert(session: Session, groups: Sequence[Group], escalating: Escalating, *, now: datetime) -> None:
    """Tell what the events opened or brought back; all others cost a look at their status and nothing more."""
    returning = _find_returning(session, groups)
    surges = find_surges(session, groups, now=now)
    told = escalating.keys() | returning.keys() | surges.keys()
    telling = [group for group in groups if group.is_new or group.issue_id in told]
    if not telling:
        return
    homes = _find_homes(session, {group.project_id for group in telling})
    for group in telling:
        why = _Why(escalating.get(group.issue_id), returning.get(group.issue_id), surges.get(group.issue_id, {}))
        _alert_one(session, group, homes[group.project_id], why, now=now)


def _find_returning(session: Session, groups: Sequence[Group]) -> dict[IssueId, Regression]:
    """The resolved issues that their new events bring back."""
    found = {}
    for group in groups:
        if group.is_new or not can_regress(group.status):
            continue
        issue = session.get_one(Issue, group.issue_id)
        regression = find_regression(session, issue, [event.release for event in group.events])
        if regression is not None:  # else it was resolved in a release that they are too old for
            found[group.issue_id] = regression
    return found


@lru_cache
def _homes(projects: int) -> Statement:
    return Statement(
        select(Project.id, Project.organization_id, Project.assign_new_to_user_id, Project.assign_new_to_team_id).where(
            is_one_of(Project.id, "project", projects)
        )
    )


def _find_homes(session: Session, project_ids: set[ProjectId]) -> dict[ProjectId, _Home]:
    rules = active_rules(session, list(project_ids))
    some = padded(list(project_ids))
    rows = _homes(len(some)).rows(session, dict(zip(names_of("project", len(some)), some, strict=True)))
    return {
        project_id: _Home(organization_id, chosen_assignee(user_id, team_id), rules[project_id])
        for project_id, organization_id, user_id, team_id in rows
    }


def _alert_one(session: Session, group: Group, home: _Home, why: _Why, *, now: datetime) -> None:
    issue = _newborn(session, group) if group.is_new else session.get_one(Issue, group.issue_id)
    permit = Permit.system("Tocsin", Scope(home.organization_id, group.project_id), Via.INGEST)
    turn = _tell(session, group, issue, permit, why, now=now)
    occurrence = Occurrence() if turn is None else turn.occurrence
    if issue.status == IssueStatus.UNRESOLVED:  # else somebody put up with it, or it is of a release before the fix
        occurrence = replace(occurrence, tallies=why.tallies)
    if turn is None and not occurrence.tallies:
        return
    given = None if turn is None else give_owner(session, issue, permit, home.assignee, now=now)
    fired = evaluate(
        session,
        home.rules,
        replace(occurrence, events=[_tags(event) for event in group.events]),
        issue_id=issue.id,
        project_id=group.project_id,
        event_row_id=group.last_row_id,
        now=now,
    )
    activity = _tell_surge(session, issue, permit, fired, why.tallies, now=now) if turn is None else turn.activity
    if activity is None:
        return
    # The new card itself shows whose the issue is, so its thread hears only of what comes later.
    opened_after = (given or activity).id
    after(session, issue, fired, told_by=activity.id, opened_after=opened_after, is_new=group.is_new, now=now)


def _newborn(session: Session, group: Group) -> Issue:
    """The issue that this transaction opened, without asking for what is so of each; the rest is loaded when read."""
    issue = Issue(
        id=group.issue_id,
        project_id=group.project_id,
        status=IssueStatus.UNRESOLVED,
        substatus=Substatus.NEW,
        period=1,
        assignee_user_id=None,
        assignee_team_id=None,
    )
    make_transient_to_detached(issue)
    session.add(issue)
    return issue


def _tags(event: PreparedEvent) -> Tags:
    fields = {"level": event.level, "environment": event.environment, "release": event.release}
    return dict(event.tags) | {name: value for name, value in fields.items() if value}


def _tell_surge(
    session: Session, issue: Issue, permit: Permit, fired: Sequence[Fired], tallies: Tallies, *, now: datetime
) -> Activity | None:
    """Keep in history how often it was seen; nothing where no rule wants to tell that now."""
    if not fired:
        return None
    condition = next(each for each in fired[0].held if isinstance(each, Counting))
    count = tallies[condition.counted, condition.window].now
    data = {"of": condition.counted, "count": count, "within": WINDOWS[condition.window].words}
    return record_activity(
        session, permit, ActivityType.SEEN_AGAIN, issue_id=issue.id, project_id=issue.project_id, now=now, data=data
    )


def _tell(session: Session, group: Group, issue: Issue, permit: Permit, why: _Why, *, now: datetime) -> _Turn | None:
    """Write down what happened; nothing did where another process was faster while this one waited for the row."""
    if group.is_new:
        first_seen = record_activity(
            session, permit, ActivityType.FIRST_SEEN, issue_id=issue.id, project_id=issue.project_id, now=now
        )
        return _Turn(Occurrence(is_first=True), first_seen)
    if why.escalating is not None and issue.status == IssueStatus.ARCHIVED:
        told = escalate(session, issue, permit, why.escalating, now=now)
        return _Turn(Occurrence(is_escalating=True), told)
    if why.regression is not None and can_regress(issue.status):
        told = triage.regress(session, issue, permit, why.regression, now=now)
        return _Turn(Occurrence(is_regression=True), told)
    return None
