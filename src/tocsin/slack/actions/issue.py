"""The buttons of a card: who presses, which issue, the domain's own verb, and a sentence for every refusal."""

import structlog
from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from tocsin.chat.identities import find_identity
from tocsin.chat.links import build_linking_url, build_unlinking_url
from tocsin.chat.models import OrganizationIntegration
from tocsin.http.deps import Deps
from tocsin.issues.act import ISSUE_ACTIONS, IssueAction, act
from tocsin.issues.errors import IssueNotFoundError
from tocsin.issues.models import Issue
from tocsin.kernel.crash_points import crash_point
from tocsin.kernel.errors import NotFoundError, TocsinError, WriterBusyError
from tocsin.kernel.ids import IssueId, UserId
from tocsin.members.authorize import record_refusal
from tocsin.members.errors import NotAllowedError
from tocsin.members.models import User
from tocsin.notifications.models import ParentNotification
from tocsin.notifications.redraw import put_pressed_first
from tocsin.organizations.models import Project
from tocsin.organizations.permit import Scope
from tocsin.slack.actions.repeats import is_first_delivery
from tocsin.slack.edge import SlackEdge, write_press
from tocsin.slack.messages import mrkdwn
from tocsin.slack.people import Standing
from tocsin.slack.press import Press, get_logging_data

log = structlog.get_logger()

FAMILY = "issue."
"""What the `action_id` of every button here begins with; the rest is a name of `issues.act.ISSUE_ACTIONS`."""

LINK_IDENTITY_MESSAGE = (
    "Tocsin does not know who you are there yet, so nothing was done. "
    "<{url}|Link your Slack account>, then press again. The link is for you alone and lasts 15 minutes."
)
UNLINK_IDENTITY_MESSAGE = (
    "There is no such issue any more, or the account that you are linked to, {account}, may not see it. "
    "Ask an owner of your organization to let it in; if it is the wrong account, <{url}|unlink it> first."
)
UNLINKED_MEANWHILE = "There is no such issue any more, or you may not see it. Nothing was done."
BUSY = "The database was busy, so nothing was done. Please press again."
CARD_UNKNOWN = (
    "Tocsin no longer knows this card: its issue was deleted, or the card is from an older version. "
    "Nothing was done; you find the open issues at <{url}|Tocsin>."
)
STRANGERS = {
    Standing.OUTSIDER: "This card belongs to another company's Tocsin, whose own people alone can use it.",
    Standing.GUEST: "Guests of this workspace cannot use Tocsin's buttons. Please ask one of its members.",
    Standing.BOT: "Only people can use Tocsin's buttons.",
    Standing.GONE: "This Slack account is deactivated, so nothing was done.",
}

# Made once: composing a statement for each press costs as much as running it.
_CARD = (
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
    """The button's key leads to no card of this workspace: deleted, older than this version, or forged."""

    code = "slack.card_unknown"


async def handle_issue_actions(edge: SlackEdge, press: Press) -> str | None:
    """Do what the button says to the issue of its card, as the account that the presser is linked to.

    The card's redraw tells success; everything else is told to the presser alone.
    """
    standing = await _find_standing(edge, press)
    if standing in STRANGERS:
        log.warning("slack.press.stranger", standing=standing)
        await edge.in_thread(_record_refusal, edge.deps, press)
        return STRANGERS[standing]
    try:
        return await edge.in_thread(_act, edge.deps, press)
    except TocsinError as error:
        return await edge.in_thread(api_error, edge.deps, press, error)


def get_identity(session: Session, press: Press) -> UserId | None:
    """Whose account the presser is linked to in this workspace; nothing else in Slack, no e-mail, says who they are."""
    identity = find_identity(session, press.integration_id, press.slack_user_id)
    return None if identity is None else identity.user_id


def get_issue(session: Session, press: Press) -> tuple[IssueId, Scope]:
    """The issue of the pressed card and where it is, if the card stands in this workspace and its organization uses it.

    Raises:
        CardUnknownError: it does not, or there is no such card.
    """
    known = {"message_key": press.card_key, "integration_id": press.integration_id}
    found = session.execute(_CARD, known).one_or_none()
    if found is None:
        raise CardUnknownError("no such card in this workspace")
    issue_id, organization_id, project_id = found
    return issue_id, Scope(organization_id, project_id)


def api_error(deps: Deps, press: Press, error: TocsinError) -> str:
    """The sentence for a refusal: true, kind, and with what to do next. Refused rights are kept in the audit log."""
    log.info("slack.press.refused", error_code=error.code)
    match error:
        case WriterBusyError():
            return BUSY
        case CardUnknownError():
            return CARD_UNKNOWN.format(url=deps.settings.link_base)
        case IssueNotFoundError():
            _record_refusal(deps, press)
            return _wrong_account(deps, press)
        case NotAllowedError():
            _record_refusal(deps, press)
    return mrkdwn.escape(str(error))


async def _find_standing(edge: SlackEdge, press: Press) -> Standing:
    if press.is_outsider:
        return Standing.OUTSIDER
    return await edge.people.standing_of(
        edge.client, press.integration_id, press.slack_user_id, press.workspace.team_id
    )


def _act(deps: Deps, press: Press) -> str | None:
    """The press's one transaction: once per gesture, by somebody known, on a card of ours."""
    now = deps.clock()
    with write_press(deps.database, press.arrived) as session:
        if not is_first_delivery(session, press, now=now):
            log.info("slack.press.repeated")
            return None
        user_id = get_identity(session, press)
        if user_id is None:
            return LINK_IDENTITY_MESSAGE.format(url=_linking_url(session, deps, press))
        issue_id, _ = get_issue(session, press)
        action = IssueAction(press.action_id.removeprefix(FAMILY))
        act(session, user_id=user_id, source=press.source, issue_id=issue_id, action=action, now=now)
        if press.card_key is not None:
            put_pressed_first(session, press.card_key, now=now)
        crash_point("press.before_commit")
    return None


def _linking_url(session: Session, deps: Deps, press: Press) -> str:
    return build_linking_url(
        session,
        press.integration_id,
        press.slack_user_id,
        display_name=press.user_name,
        base_url=deps.settings.link_base,
        now=deps.clock(),
    )


def _wrong_account(deps: Deps, press: Press) -> str:
    """The presser sees nothing of the issue: it says so, whom Tocsin takes them for, and how to change that."""
    try:
        with write_press(deps.database, press.arrived) as session:
            user_id = get_identity(session, press)
            user = None if user_id is None else session.get(User, user_id)
            if user is None:
                return UNLINKED_MEANWHILE
            url = build_unlinking_url(
                session,
                press.integration_id,
                press.slack_user_id,
                display_name=press.user_name,
                base_url=deps.settings.link_base,
                now=deps.clock(),
            )
    except WriterBusyError:
        return UNLINKED_MEANWHILE
    return UNLINK_IDENTITY_MESSAGE.format(account=mrkdwn.escape(user.email), url=url)


def _record_refusal(deps: Deps, press: Press) -> None:
    """Keep in the audit log that somebody known was refused; it gives way rather than keep Slack waiting."""
    verb = ISSUE_ACTIONS[press.action_id.removeprefix(FAMILY)].verb
    try:
        with write_press(deps.database, press.arrived) as session:
            user_id = get_identity(session, press)
            if user_id is None:
                return
            issue_id, scope = get_issue(session, press)
            target = f"issue:{issue_id}"
            record_refusal(session, user_id, verb, scope, source=press.source, target=target, now=deps.clock())
    except CardUnknownError:
        return
    except WriterBusyError:
        log.warning("slack.press.refusal_not_recorded", **get_logging_data(press))
