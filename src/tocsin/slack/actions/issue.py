"""The buttons of a card that change its issue: by whoever presses, with the domain's own verb."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from tocsin.activities.describe import describe
from tocsin.activities.models import Activity
from tocsin.http.deps import Deps
from tocsin.issues.act import ISSUE_ACTIONS, IssueAction, act
from tocsin.issues.errors import IssueNotFoundError
from tocsin.issues.models import Issue
from tocsin.issues.triage import Assignee
from tocsin.issues.undo import look, offer_undo, undo
from tocsin.kernel.crash_points import crash_point
from tocsin.kernel.errors import InvalidInputError
from tocsin.kernel.ids import TeamId, UserId
from tocsin.notifications.redraw import put_pressed_first
from tocsin.organizations.permit import Verb
from tocsin.slack.actions.presser import get_identity, get_issue
from tocsin.slack.actions.refusals import attempt, refuse_stranger
from tocsin.slack.actions.repeats import answer_repeat, is_first_delivery
from tocsin.slack.answer import Answer, Handled
from tocsin.slack.edge import SlackEdge, write_press
from tocsin.slack.messages.buttons import ASSIGN, draw_undo
from tocsin.slack.messages.reply import sentence_mrkdwn
from tocsin.slack.press import Press

FAMILY = "issue."
"""What the `action_id` of every button here begins with; the rest is a name of `issues.act.ISSUE_ACTIONS`."""

ME, NOBODY = "me", "nobody"
"""What the menu of assignees offers beside people (`user:12`) and teams (`team:3`)."""

UNDO_OFFER = "{sentence}. For five minutes you can undo it."
UNDONE = "Undone: {issue} is as it was before."
SENTENCE_COST = 1_000


async def handle_issue_actions(edge: SlackEdge, press: Press) -> Handled:
    """Do what the button says to the issue of its card, as the account that the presser is linked to.

    The card's redraw tells success to everybody; the presser alone is offered to take it back.
    """
    verb = ISSUE_ACTIONS[press.action_id.removeprefix(FAMILY)].verb
    if refusal := await refuse_stranger(edge, press, verb):
        return refusal
    return await edge.in_thread(attempt, edge.deps, press, verb, _act)


async def handle_undo(edge: SlackEdge, press: Press) -> Handled:
    """Take back what this person did to the issue, if nobody changed it since."""
    if refusal := await refuse_stranger(edge, press, Verb.TRIAGE):
        return refusal
    return await edge.in_thread(attempt, edge.deps, press, Verb.TRIAGE, _undo)


def act_on_card(session: Session, press: Press, action: IssueAction, *, now: datetime) -> Answer | None:
    """Do `action` to the issue of the pressed card, in the caller's transaction, and offer to take it back.

    Raises:
        TocsinError: whatever stands in the way; `refusals.api_error` has its sentence.
    """
    user_id = get_identity(session, press)
    issue_id, _ = get_issue(session, press)
    before: dict[str, Any] = {}
    done = act(
        session,
        user_id=user_id,
        source=press.source,
        issue_id=issue_id,
        action=action,
        now=now,
        show=lambda issue: before.update(look(issue)),
    )
    assert press.card_key is not None, "the issue was found by it"
    put_pressed_first(session, press.card_key, now=now)
    undo_key = offer_undo(session, done, before, now=now)
    return None if undo_key is None else _offer(done, session.get_one(Issue, issue_id), press.card_key, undo_key)


def _act(deps: Deps, press: Press) -> Handled:
    """The press's one transaction: once per gesture, by somebody known, on a card of ours."""
    now = deps.clock()
    with write_press(deps.database, press.arrived) as session:
        if not is_first_delivery(session, press, now=now):
            return answer_repeat(session, press)
        action = _read_action(session, press)
        answer = None if action is None else act_on_card(session, press, action, now=now)
        crash_point("press.before_commit")
    return answer


def _undo(deps: Deps, press: Press) -> Handled:
    now = deps.clock()
    with write_press(deps.database, press.arrived) as session:
        if not is_first_delivery(session, press, now=now):
            return answer_repeat(session, press)
        user_id = get_identity(session, press)
        issue_id, _ = get_issue(session, press)
        undone = undo(session, press.chosen or "", user_id=user_id, source=press.source, now=now)
        if undone.issue_id != issue_id:
            raise IssueNotFoundError("The offer and the card are of two issues.")
        words = UNDONE.format(issue=session.get_one(Issue, issue_id).short_id)
    return Answer(words, replaces=True)


def _read_action(session: Session, press: Press) -> IssueAction | None:
    """What is asked for; `None` for a menu that was cleared.

    Raises:
        NotLinkedError: what was chosen is that the presser is not linked.
        InvalidInputError: it is nobody's choice of ours.
    """
    name = press.action_id.removeprefix(FAMILY)
    if press.action_id != ASSIGN.action_id:
        return IssueAction(name)
    match (press.chosen or "").partition(":"):
        case ("", _, _):
            return None
        case (word, "", "") if word == ME:
            return IssueAction("assign_me")
        case (word, "", "") if word == NOBODY:
            return IssueAction("unassign")
        case ("user", _, number) if _is_id(number):
            return IssueAction(name, Assignee(user_id=UserId(int(number))))
        case ("team", _, number) if _is_id(number):
            return IssueAction(name, Assignee(team_id=TeamId(int(number))))
    get_identity(session, press)
    raise InvalidInputError("That is nobody to whom an issue can be given. Please choose again.")


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= 18


def _offer(done: Activity, issue: Issue, message_key: str, undo_key: str) -> Answer:
    sentence = describe(done)
    assert sentence is not None, "whatever can be undone is told"
    words = sentence_mrkdwn(sentence, issue=issue.short_id, budget=SENTENCE_COST)
    text = UNDO_OFFER.format(sentence=words)
    said = {"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": True}}
    return Answer(text, (said, draw_undo(message_key, undo_key)))
