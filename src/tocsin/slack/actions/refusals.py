"""Why something was not done: a sentence for every refusal, true, kind, and with what to do next."""

from collections.abc import Callable
from datetime import datetime

import structlog
from sqlalchemy.orm import Session

from tocsin.chat.identities import find_identity_of_user
from tocsin.chat.links import build_linking_url, build_unlinking_url
from tocsin.http.deps import Deps
from tocsin.issues.errors import AlreadyDoneError, IssueNotFoundError
from tocsin.kernel.errors import TocsinError, WriterBusyError
from tocsin.kernel.ids import UserId
from tocsin.members.authorize import record_refusal
from tocsin.members.errors import RefusedError
from tocsin.members.models import User
from tocsin.members.organization_service import check_membership_by_id, get_email
from tocsin.notifications.redraw import draw_anew
from tocsin.organizations.permit import Verb
from tocsin.slack.actions.presser import (
    CardOutdatedError,
    CardUnknownError,
    NotLinkedError,
    find_issue_of_card,
    find_standing,
    find_user_id,
)
from tocsin.slack.actions.repeats import answer_repeat, is_first_delivery, note_refused
from tocsin.slack.answer import Handled, Refused, Repeated
from tocsin.slack.edge import SlackEdge, write_press
from tocsin.slack.messages import mrkdwn
from tocsin.slack.people import Standing
from tocsin.slack.press import Press, get_logging_data

log = structlog.get_logger()

LINK_IDENTITY_MESSAGE = (
    "Tocsin does not know who you are there yet, so nothing was done. "
    "<{url}|Link your Slack account>, then press again. The link is for you alone and lasts 15 minutes."
)
UNLINK_IDENTITY_MESSAGE = (
    "The account that you are linked to, {account}, is outside the organization that this card belongs to, so nothing "
    "was done. If it is the wrong account, <{url}|unlink it>, then press again; otherwise ask an owner to let it in."
)
NOT_SEEN = (
    "There is no such issue any more, or the account that you are linked to, {account}, may not see it. "
    "Ask an owner of your organization to let it in; if it is the wrong account, <{url}|unlink it> first."
)
UNLINKED_MEANWHILE = "There is no such issue any more, or you may not see it. Nothing was done."
BUSY = "The database was busy, so nothing was done. Please press again."
CARD_UNKNOWN = (
    "Tocsin does not know this card, or not any more: perhaps its issue was deleted or merged into another, or its "
    "organization no longer uses this workspace. Nothing was done; you find the open issues at <{url}|Tocsin>."
)
CARD_OUTDATED = (
    "This card is from an older version of Tocsin, so nothing was done. It is drawn anew now; please press again then."
)
STRANGERS = {
    Standing.OUTSIDER: "This card belongs to another company's Tocsin, whose own people alone can use it.",
    Standing.GUEST: "Guests of this workspace cannot use Tocsin's buttons. Please ask one of its members.",
    Standing.BOT: "Only people can use Tocsin's buttons.",
    Standing.GONE: "This Slack account is deactivated, so nothing was done.",
}


async def refuse_stranger(edge: SlackEdge, press: Press, verb: Verb) -> Refused | Repeated | None:
    """What becomes of a press by somebody who is no member of the workspace, whoever they are linked to.

    `None` for a member. What the stranger was refused is kept in the audit log.
    """

    def say(session: Session) -> str:
        _keep(session, press, verb, now=edge.deps.clock())
        return STRANGERS[standing]

    standing = await find_standing(edge, press)
    if standing not in STRANGERS:
        return None
    log.warning("slack.press.stranger", standing=standing)
    return await edge.in_thread(refuse, edge.deps, press, say)


async def redraw_outdated(edge: SlackEdge, press: Press) -> Refused | Repeated:
    """What somebody is told who used what an older card had and this version has not; the card is drawn anew."""
    if refusal := await refuse_stranger(edge, press, Verb.SEE):
        return refusal
    return await edge.in_thread(refuse, edge.deps, press, lambda session: _draw_anew(session, edge.deps, press))


def attempt(deps: Deps, press: Press, verb: Verb, work: Callable[[Deps, Press], Handled]) -> Handled:
    """Do `work`, or say what stands in its way, all in this thread.

    While somebody else holds the writer all threads are taken by presses that wait for it: a sentence that had to find
    another one would come when Slack has long given up.
    """
    try:
        return work(deps, press)
    except TocsinError as error:
        return api_error(deps, press, error, verb)


def api_error(deps: Deps, press: Press, error: TocsinError, verb: Verb) -> Refused | Repeated:
    """The refusal of `verb` for `error`, once per gesture. Refused rights are kept in the audit log."""
    log.info("slack.press.refused", error_code=error.code)
    if isinstance(error, WriterBusyError):
        return Refused(BUSY)
    return refuse(deps, press, lambda session: _explain(session, deps, press, error, verb))


def refuse(deps: Deps, press: Press, say: Callable[[Session], str]) -> Refused | Repeated:
    """What `say` keeps of a refusal and words, in one transaction: once per gesture, however often Slack sends it.

    While the database is busy nothing is kept, and pressing again is answered as if for the first time.
    """
    now = deps.clock()
    try:
        with write_press(deps.database, press.arrived) as session:
            if not is_first_delivery(session, press, now=now):
                return answer_repeat(session, press)
            note_refused(session, press, now=now)
            return Refused(say(session))
    except WriterBusyError:
        log.warning("slack.press.refusal_not_recorded", **get_logging_data(press))
        return Refused(BUSY)


def _explain(session: Session, deps: Deps, press: Press, error: TocsinError, verb: Verb) -> str:
    """The sentence for `error`, and what is kept of it."""
    match error:
        case NotLinkedError():
            return _invite(session, deps, press)
        case CardUnknownError():
            return CARD_UNKNOWN.format(url=deps.settings.link_base)
        case CardOutdatedError():
            return _draw_anew(session, deps, press)
        case AlreadyDoneError():
            return _already(session, press, error)
        case IssueNotFoundError():
            _keep(session, press, verb, now=deps.clock())
            return _wrong_account(session, deps, press)
        case RefusedError():
            _keep(session, press, verb, now=deps.clock())
    return mrkdwn.escape(str(error))


def _invite(session: Session, deps: Deps, press: Press) -> str:
    """A link of their own, by which they say who they are."""
    url = build_linking_url(
        session,
        press.integration_id,
        press.slack_user_id,
        display_name=press.user_name,
        base_url=deps.settings.link_base,
        now=deps.clock(),
    )
    return LINK_IDENTITY_MESSAGE.format(url=url)


def _draw_anew(session: Session, deps: Deps, press: Press) -> str:
    if press.outdated_key is None or find_issue_of_card(session, press, press.outdated_key) is None:
        return CARD_UNKNOWN.format(url=deps.settings.link_base)
    draw_anew(session, press.outdated_key)
    return CARD_OUTDATED


def _wrong_account(session: Session, deps: Deps, press: Press) -> str:
    """The presser sees nothing of the issue: it says so, whom Tocsin takes them for, and how to change that."""
    user_id = find_user_id(session, press)
    if user_id is None:
        return UNLINKED_MEANWHILE
    found = find_issue_of_card(session, press, press.card_key)
    is_outside = found is not None and check_membership_by_id(session, found[1].organization_id, user_id) is None
    return name_account(session, deps, press, user_id, UNLINK_IDENTITY_MESSAGE if is_outside else NOT_SEEN)


def name_account(session: Session, deps: Deps, press: Press, user_id: UserId, sentence: str) -> str:
    """`sentence` with the `account` that the presser is linked to, and a `url` at which they can undo that link."""
    url = build_unlinking_url(
        session,
        press.integration_id,
        press.slack_user_id,
        display_name=press.user_name,
        base_url=deps.settings.link_base,
        now=deps.clock(),
    )
    email = get_email(session.get_one(User, user_id))
    return sentence.format(account=mrkdwn.escape(email), url=url)


def _already(session: Session, press: Press, error: AlreadyDoneError) -> str:
    """Whoever was faster is mentioned if they are linked in this workspace: where one person reads it pings nobody."""
    if error.by is None or error.user_id is None:
        return mrkdwn.escape(str(error))
    identity = find_identity_of_user(session, press.integration_id, error.user_id)
    name = mrkdwn.escape(error.by) if identity is None else mrkdwn.mention(identity.external_id)
    return f"{mrkdwn.escape(error.state)}, by {name}."


def _keep(session: Session, press: Press, verb: Verb, *, now: datetime) -> None:
    """Keep in the audit log that somebody known was refused."""
    user_id = find_user_id(session, press)
    found = find_issue_of_card(session, press, press.card_key)
    if user_id is None or found is None:
        return
    issue_id, scope = found
    record_refusal(session, user_id, verb, scope, source=press.source, target=f"issue:{issue_id}", now=now)
