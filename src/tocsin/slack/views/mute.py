"""The form by which the rule that posted a card is muted for a while or for good, or may speak again."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from tocsin.notifications.models import ParentNotification
from tocsin.organizations.permit import Verb
from tocsin.rules.models import Firing, Rule
from tocsin.rules.muting import is_muted, mute_rule, unmute_rule
from tocsin.slack.actions.presser import permit_on_card
from tocsin.slack.messages import mrkdwn
from tocsin.slack.messages.buttons import MUTE_RULE
from tocsin.slack.messages.menus import Option
from tocsin.slack.messages.modals import Choose, Input, Say
from tocsin.slack.press import Press
from tocsin.slack.views.row import Asked, FormError, RuleGoneError, Values, ViewRow

MUTED = "muted"
NO_MORE, SPEAK = "good", "speak"
TIMES = {"hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(weeks=1)}
OPTIONS = (
    Option("For an hour", "hour"),
    Option("For a day", "day"),
    Option("For a week", "week"),
    Option("For good", NO_MORE),
)
SPEAK_AGAIN = Option("Not any more: let it post again", SPEAK)

EXPLAINED = "The rule *{name}* posted this card. While it is muted it posts nothing, of any issue; its threads live on."
DONE_UNTIL = "The rule {name} posts nothing until {moment}."
DONE_FOR_GOOD = "The rule {name} posts nothing any more, until somebody unmutes it from one of its cards."
DONE_SPEAKS = "The rule {name} posts again."
NAME = 400


def ask(session: Session, asked: Asked) -> tuple[Input, ...]:
    """For how long; a muted rule may speak again.

    Raises:
        RuleGoneError: the rule was removed.
    """
    rule = _get_rule(session, asked.message_key)
    options = (SPEAK_AGAIN, *OPTIONS) if is_muted(rule, now=asked.now) else OPTIONS
    return Say(EXPLAINED.format(name=mrkdwn.escape_within(rule.name, NAME))), Choose(MUTED, "Mute it", options)


def act(session: Session, press: Press, now: datetime) -> str:
    """Mute or unmute the rule as the form says.

    Raises:
        FormError: nothing was chosen that is there.
        RuleGoneError: the rule was removed.
    """
    _, permit = permit_on_card(session, press, Verb.EDIT_RULES)
    assert press.card_key is not None, "the issue was found by it"
    rule, chosen = _get_rule(session, press.card_key), press.values.get(MUTED, "")
    name = mrkdwn.escape_within(rule.name, NAME)
    if chosen == SPEAK:
        unmute_rule(session, rule, permit, now=now)
        return DONE_SPEAKS.format(name=name)
    if chosen == NO_MORE:
        mute_rule(session, rule, permit, None, now=now)
        return DONE_FOR_GOOD.format(name=name)
    if chosen not in TIMES:
        raise FormError(MUTED, "Choose one of these.")
    until = now + TIMES[chosen]
    mute_rule(session, rule, permit, until, now=now)
    return DONE_UNTIL.format(name=name, moment=mrkdwn.date(int(until.timestamp()), f"{until:%Y-%m-%d %H:%M} UTC"))


def blame(_values: Values) -> str:
    """There is one input."""
    return MUTED


def _get_rule(session: Session, message_key: str) -> Rule:
    """The rule that posted the card."""
    of_card = (
        select(Rule)
        .join(Firing, Firing.rule_id == Rule.id)
        .join(ParentNotification, ParentNotification.firing_id == Firing.id)
        .where(ParentNotification.message_key == message_key)
    )
    rule = session.scalars(of_card).one_or_none()
    if rule is None:
        raise RuleGoneError("The rule that posted this card was removed, so there is nothing to mute.")
    return rule


MUTE_VIEW = ViewRow(
    label=MUTE_RULE.label,
    title="Mute this rule",
    submit="Save",
    verb=Verb.EDIT_RULES,
    doc="A form: the rule that posted the card posts nothing for an hour, a day, a week or for good, or posts again.",
    ask=ask,
    act=act,
    blame=blame,
)
