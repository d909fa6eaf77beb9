"""What the list of projects tells of each: how much came in lately, and when its last event did."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tocsin.intake.received import STORED, IntakeHour
from tocsin.issues.counters import HOURS_PER_DAY, hour_of
from tocsin.issues.models import Issue
from tocsin.kernel.ids import ProjectId
from tocsin.organizations.models import Project
from tocsin.web.spark import Spark, draw_spark


@dataclass(frozen=True, slots=True)
class ProjectFigures:
    """`spark` draws the last 24 hours, the present one among them; `last_event` is `None` before the first one."""

    spark: Spark
    last_event: datetime | None


def figures_of(session: Session, project_ids: Sequence[ProjectId], *, now: datetime) -> dict[ProjectId, ProjectFigures]:
    """The figures of each of these projects. Two queries, which read counters and the ends of indexes, no event."""
    hours = _stored_hours(session, project_ids, since=hour_of(now) + 1 - HOURS_PER_DAY)
    last = _last_events(session, project_ids)
    shown = range(hour_of(now) + 1 - HOURS_PER_DAY, hour_of(now) + 1)
    return {
        project_id: ProjectFigures(
            draw_spark([hours.get((project_id, hour), 0) for hour in shown]), last.get(project_id)
        )
        for project_id in project_ids
    }


def _stored_hours(
    session: Session, project_ids: Sequence[ProjectId], *, since: int
) -> Mapping[tuple[ProjectId, int], int]:
    """How many events of a project were stored in an hour, from the hour `since` on."""
    rows = session.execute(
        select(IntakeHour.project_id, IntakeHour.hour, func.sum(IntakeHour.events))
        .where(
            IntakeHour.project_id.in_(project_ids),
            IntakeHour.hour >= since,
            IntakeHour.outcome.in_(STORED),
        )
        .group_by(IntakeHour.project_id, IntakeHour.hour)
    )
    return {(project_id, hour): int(events) for project_id, hour, events in rows}


def _last_events(session: Session, project_ids: Sequence[ProjectId]) -> Mapping[ProjectId, datetime]:
    """When each project had its last event; those without any are left out."""
    # Asked project by project: a GROUP BY would go through all their issues, this takes the last entry of an index.
    newest = (
        select(Issue.last_seen)
        .where(Issue.project_id == Project.id)
        .order_by(Issue.last_seen.desc())
        .limit(1)
        .correlate(Project)
        .scalar_subquery()
    )
    rows = session.execute(select(Project.id, newest).where(Project.id.in_(project_ids)))
    return {project_id: at for project_id, at in rows if at is not None}
