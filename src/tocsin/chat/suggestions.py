"""Whether a chat user and an account look like one person by their e-mail: a hint for a reader, never a proof."""

from enum import StrEnum

from sqlalchemy.orm import Session

from tocsin.kernel.ids import OrganizationId, UserId
from tocsin.members.authorize import find_membership
from tocsin.members.models import User
from tocsin.organizations.permit import Role

ADMINISTERING = Role.MANAGER
"""From this role on nothing is suggested: whoever administers the chat workspace sets e-mails there as they like, and
must not be helped to somebody who administers here."""


class Likeness(StrEnum):
    """What two e-mails say."""

    SAME = "same"
    DIFFERENT = "different"
    UNKNOWN = "unknown"


def compare_emails(
    session: Session, user_id: UserId, organization_id: OrganizationId, chat_email: str | None
) -> Likeness:
    """Compare the e-mail of a chat user, which the platform confirmed, with that of the account, if it is verified."""
    membership = find_membership(session, user_id, organization_id)
    user = session.get(User, user_id)
    if membership is None or user is None or chat_email is None:
        return Likeness.UNKNOWN
    if membership.role.rank >= ADMINISTERING.rank or user.email_verified_at is None:
        return Likeness.UNKNOWN
    return Likeness.SAME if user.email == chat_email.strip().lower() else Likeness.DIFFERENT
