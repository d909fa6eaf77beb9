"""Who presses, and on what: the standing in Slack, the linked account, the issue of the card."""

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from tocsin.chat.identities import find_linked_user_id
from tocsin.chat.models import OrganizationIntegration
from tocsin.issues.deleting import require_undeleted
from tocsin.issues.errors import IssueNotFoundError
from tocsin.issues.models import Issue
from tocsin.kernel.errors import NotFoundError
from tocsin.kernel.ids import IssueId, UserId
from tocsin.kernel.statement import Statement
from tocsin.members.authorize import authorize
from tocsin.notifications.models import ParentNotification
from tocsin.organizations.models import Project
from tocsin.organizations.permit import Permit, Scope, Verb
from tocsin.slack.edge import SlackEdge
from tocsin.slack.people import Standing
from tocsin.slack.press import Press

_CARD = Statement(
    select(ParentNotification.issue_id, Project.organization_id, Project.id)
    .join(Issue, Issue.id == ParentNotification.issue_id)
    .join(Project, Project.id == Issue.project_id)
    .join(OrganizationIntegration, OrganizationIntegration.organization_id == Project.organization_id)
    .where(
        ParentNotification.message_key == bindparam("message_key"),
        ParentNotification.integration_id == bindparam("integration_id"),
        OrganizationIntegration.integration_id == ParentNotification.integration_id,
    )
)


class CardUnknownError(NotFoundError):
    """The key leads to no card of this workspace: deleted, or forged."""

    code = "slack.card_unknown"


class CardOutdatedError(NotFoundError):
    """The card was drawn by an older version, whose buttons meant something else."""

    code = "slack.card_outdated"


class NotLinkedError(NotFoundError):
    """Whoever presses is linked to no account in this workspace."""

    code = "slack.not_linked"


async def find_standing(edge: SlackEdge, press: Press) -> Standing:
    """What the presser is to the workspace."""
    if press.is_outsider:
        return Standing.OUTSIDER
    return await edge.people.standing_of(
        edge.client, press.integration_id, press.slack_user_id, press.workspace.team_id
    )


def find_user_id(session: Session, press: Press) -> UserId | None:
    """Whose account the presser is linked to in this workspace; nothing else in Slack, no e-mail, says who they are."""
    return find_linked_user_id(session, press.integration_id, press.slack_user_id)


def get_identity(session: Session, press: Press) -> UserId:
    """The presser's account.

    Raises:
        NotLinkedError: they are linked to none.
    """
    user_id = find_user_id(session, press)
    if user_id is None:
        raise NotLinkedError("not linked in this workspace")
    return user_id


def get_issue(session: Session, press: Press) -> tuple[IssueId, Scope]:
    """The issue of the pressed card and where it is, if the card stands in this workspace and its organization uses it.

    Raises:
        CardUnknownError: it does not, or there is no such card.
        CardOutdatedError: an older version drew it.
    """
    if press.outdated_key is not None:
        raise CardOutdatedError("drawn by an older version")
    found = find_issue_of_card(session, press, press.card_key)
    if found is None:
        raise CardUnknownError("no such card in this workspace")
    return found


def permit_on_card(session: Session, press: Press, verb: Verb) -> tuple[IssueId, Permit]:
    """The issue of the pressed card, and the presser's permit for `verb` there.

    Raises:
        NotLinkedError, CardUnknownError, CardOutdatedError: as `get_identity` and `get_issue` do.
        IssueNotFoundError: they may not see it.
        IssueDeletedError: it was deleted.
        NotAllowedError: they see it but lack the role.
    """
    user_id = get_identity(session, press)
    issue_id, scope = get_issue(session, press)
    try:
        permit = authorize(session, user_id, verb, scope, source=press.source)
    except NotFoundError:
        raise IssueNotFoundError("There is no such issue, or you may not see it.") from None
    require_undeleted(session, session.get_one(Issue, issue_id))
    return issue_id, permit


def find_issue_of_card(session: Session, press: Press, message_key: str | None) -> tuple[IssueId, Scope] | None:
    """The issue of the card with that key, in the workspace that the gesture came from."""
    found = _CARD.rows(session, {"message_key": message_key, "integration_id": press.integration_id})
    if not found:
        return None
    [(issue_id, organization_id, project_id)] = found
    return issue_id, Scope(organization_id, project_id)
