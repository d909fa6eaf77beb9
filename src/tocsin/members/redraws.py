"""What asks for the messages that show an invitation to be drawn anew, whoever changed it."""

from sqlalchemy.orm import Session

from tocsin.kernel import work
from tocsin.members.models import Invitation

APPROVAL = "approval"
"""The kind of the messages that show an invitation, and of the work that a changed one asks for: redrawing them."""


def changed(session: Session, invitation: Invitation) -> None:
    """Raise the version, so that every message that shows the invitation is redrawn."""
    invitation.version += 1
    session.flush()
    work.ask(session, APPROVAL, invitation.id)
