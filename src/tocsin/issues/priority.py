"""How urgent an issue is: at first by its level, then as somebody says."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

from sqlalchemy.orm import Session

from tocsin.activities.models import Activity, ActivityType
from tocsin.issues.already import PRIORITY, already_done
from tocsin.issues.change import changed
from tocsin.issues.models import Issue, IssuePriority
from tocsin.organizations.permit import Permit

OF_LEVEL: Mapping[str, IssuePriority] = MappingProxyType(
    {
        "fatal": IssuePriority.HIGH,
        "error": IssuePriority.HIGH,
        "warning": IssuePriority.MEDIUM,
        "info": IssuePriority.LOW,
        "debug": IssuePriority.LOW,
    }
)
"""What an issue begins with, by the level of its first event; later events change no priority."""


def set_priority(session: Session, issue: Issue, permit: Permit, priority: IssuePriority, *, now: datetime) -> Activity:
    """Say how urgent `issue` is.

    Raises:
        AlreadyDoneError: it has this priority already.
    """
    if issue.priority == priority:
        raise already_done(session, issue, f"of {priority} priority", PRIORITY)

    change = {"from": str(issue.priority), "to": str(priority)}
    issue.priority = priority
    return changed(session, issue, permit, ActivityType.PRIORITY_SET, now=now, data=change)
