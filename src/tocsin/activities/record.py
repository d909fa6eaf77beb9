"""The one way to write an activity."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from tocsin.activities.describe import SENTENCES
from tocsin.activities.models import Activity, ActivityType
from tocsin.kernel import work
from tocsin.kernel.ids import IssueId, ProjectId
from tocsin.organizations.permit import Permit

ACTIVITY = "activity"
"""The kind of work that an activity asks for: to be announced in threads."""


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
    activity = Activity(
        project_id=project_id,
        issue_id=issue_id,
        type=activity_type,
        user_id=permit.actor.user_id,
        actor_label=permit.actor.label[:128],
        data=data or {},
        via=permit.source.via,
        integration_id=permit.source.integration_id,
        slack_user_id=permit.source.slack_user_id,
        channel=permit.source.channel,
        at=now,
        announced_at=None if is_told else now,
    )
    session.add(activity)
    session.flush()
    if is_told:
        work.ask(session, ACTIVITY, activity.id)
    return activity
