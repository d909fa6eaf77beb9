"""What the system does by itself in a project, as its page shows and changes it."""

import re

from sqlalchemy.orm import Session
from starlette.responses import Response

from tocsin.http.visit import SignedInVisit
from tocsin.issues.aging import set_resolve_after_days
from tocsin.issues.ownership import set_assign_new_to
from tocsin.issues.retention import set_retention
from tocsin.issues.triage import Assignee
from tocsin.kernel.errors import InvalidInputError
from tocsin.kernel.ids import TeamId, UserId
from tocsin.organizations.models import Project
from tocsin.organizations.permit import Permit
from tocsin.web.project_forms import accept_project_form

SOMEBODY = re.compile(r"(user|team):([1-9][0-9]{0,17})")
DAYS = re.compile(r"[0-9]{1,6}")
EVENTS = re.compile(r"[0-9]{1,12}")


def accept_settings(visit: SignedInVisit) -> Response:
    """Keep what was chosen; what cannot be is said on the page, and nothing is kept."""

    def change(session: Session, permit: Permit, project: Project) -> None:
        set_resolve_after_days(session, permit, project, _days(visit.field("resolve_after_days")), now=visit.now)
        set_assign_new_to(session, permit, project, _assignee(visit.field("assign_new_to")), now=visit.now)
        days, events = _days(visit.field("retention_days")), _events(visit.field("retention_events"))
        set_retention(session, permit, project, days=days, events=events, now=visit.now)

    return accept_project_form(visit, change)


def _days(text: str) -> int | None:
    """An empty field means never, or what is usual here."""
    if not text.strip():
        return None
    if DAYS.fullmatch(text.strip()) is None:
        raise InvalidInputError("Give a whole number of days, or none for never.")
    return int(text)


def _events(text: str) -> int | None:
    """An empty field means what is usual here."""
    if not text.strip():
        return None
    if EVENTS.fullmatch(text.strip()) is None:
        raise InvalidInputError("Give a whole number of events, or none for what is usual here.")
    return int(text)


def _assignee(text: str) -> Assignee | None:
    """`user:3` or `team:2`; an empty field means nobody."""
    if not text:
        return None
    match = SOMEBODY.fullmatch(text)
    if match is None:
        raise InvalidInputError("Choose a person, a team or nobody.")
    number = int(match[2])
    return Assignee(team_id=TeamId(number)) if match[1] == "team" else Assignee(user_id=UserId(number))
