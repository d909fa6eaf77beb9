"""What a team is called; who must hear of another name or of a team's end stands in `notifications.teams`."""

from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from tocsin.kernel.errors import InvalidInputError
from tocsin.organizations.audit import AuditEvent, create_audit_entry
from tocsin.organizations.create import require_slug
from tocsin.organizations.deleting import LONGEST_NAME
from tocsin.organizations.errors import SlugTakenError
from tocsin.organizations.models import Team
from tocsin.organizations.permit import Permit


def name_team(session: Session, permit: Permit, team: Team, *, slug: str, name: str, now: datetime) -> bool:
    """Call `team` something else; answers whether that changes anything.

    Raises:
        InvalidInputError: the name is empty or too long.
        BadSlugError, SlugTakenError: nothing was done.
    """
    require_slug(slug)
    words = " ".join(name.split())
    if not 1 <= len(words) <= LONGEST_NAME:
        raise InvalidInputError(f"Give the team a name of 1 to {LONGEST_NAME} characters.")
    before = {"slug": team.slug, "name": team.name}
    if before == {"slug": slug, "name": words}:
        return False
    try:
        with session.begin_nested():
            team.slug, team.name = slug, words
    except IntegrityError as error:
        raise SlugTakenError(f"There is a team {slug} already.") from error
    data = {"slug": slug, "name": words, "was": before}
    create_audit_entry(session, permit, AuditEvent.TEAM_EDIT, target=f"team:{team.id}", now=now, data=data)
    return True
