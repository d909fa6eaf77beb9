"""The one way to write an activity."""

from datetime import datetime
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session, make_transient_to_detached

from tocsin.activities.describe import SENTENCES
from tocsin.activities.models import Activity, ActivityType
from tocsin.kernel import work
from tocsin.kernel.db import table_of
from tocsin.kernel.ids import IssueId, ProjectId
from tocsin.kernel.statement import Statement
from tocsin.organizations.permit import Permit

ACTIVITY = "activity"
"""The kind of work that an activity asks for: to be announced in threads."""


_RECORD = Statement(
    insert(table_of(Activity)).returning(Activity.id),
    columns=(
        *("project_id", "issue_id", "type", "user_id", "actor_label", "data", "via", "integration_id"),
        *("slack_user_id", "channel", "at", "announced_at"),
    ),
)


def record_activity(
    session: Session,
    permit: Permit,
    activity_type: ActivityType,
    *,
    issue_id: IssueId,
    project_id: ProjectId,
    now: datetime,
    data: dict[str, Any] | None = None,
) -> Activity:
    """Write down what happened, by whom and through which door; ask that it be announced if it has a sentence."""
    is_told = activity_type in SENTENCES
    session.flush()  # what it tells of may still be an object of the session
    row = {
        "project_id": project_id,
        "issue_id": issue_id,
        "type": activity_type,
        "user_id": permit.actor.user_id,
        "actor_label": permit.actor.label[:128],
        "data": data or {},
        "via": permit.source.via,
        "integration_id": permit.source.integration_id,
        "slack_user_id": permit.source.slack_user_id,
        "channel": permit.source.channel,
        "at": now,
        "announced_at": None if is_told else now,
    }
    [(activity_id,)] = _RECORD.rows(session, row)
    activity = Activity(id=activity_id, **row)
    make_transient_to_detached(activity)
    session.add(activity)
    if is_told:
        work.ask(session, ACTIVITY, activity.id)
    return activity
