"""The card of an issue: its facts in, a message within all of Slack's limits out."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tocsin.issues.models import IssueStatus, Substatus
from tocsin.notifications.facts import AssigneeFacts, CardFacts, ExcerptFrame
from tocsin.slack.messages import mrkdwn, rich_text
from tocsin.slack.messages.buttons import draw_actions
from tocsin.slack.messages.limits import FALLBACK_TEXT, cut
from tocsin.slack.messages.mrkdwn import one_line
from tocsin.slack.messages.reply import sentence_mrkdwn

Block = dict[str, Any]

# What each part may cost in the message's JSON. Together with the blocks around them, the fixed words, the buttons and
# addresses of up to 300 characters they stay below `limits.MESSAGE_JSON`; a property test holds the sum to it.
TITLE, VALUE, CULPRIT = 800, 1100, 500
FRAMES, PLACE, SOURCE = 3, 240, 240
TAGS, TAG_KEY, TAG_VALUE = 6, 50, 100
NAME, CHANGE, RULE = 240, 700, 400

LEVELS = {
    "fatal": "red_circle",
    "error": "red_circle",
    "warning": "large_yellow_circle",
    "info": "large_blue_circle",
    "debug": "bug",
}
HANDLED = "white_circle"
SEPARATOR = " · "
GAP = "\u2003"
"""Wider than a blank, of which several in a row are shown as one."""
STATES: dict[Substatus | None, str] = {
    Substatus.NEW: "New",
    Substatus.ONGOING: "Ongoing",
    Substatus.REGRESSED: "Regressed",
    Substatus.ESCALATING: "Escalating",
}
DECIDED = {
    IssueStatus.UNRESOLVED: ":eyes:",
    IssueStatus.RESOLVED: ":white_check_mark:",
    IssueStatus.ARCHIVED: ":no_bell:",
}


@dataclass(frozen=True, slots=True)
class CardMessage:
    """`text` is what a push notification and a screen reader say; `blocks` are what people see."""

    text: str
    blocks: list[Block]


def draw_card(facts: CardFacts) -> CardMessage:
    """Draw the card as `facts` have it; the same facts give the same card.

    Its block ids hold the version that was drawn, so that a later drawing has others, as Slack asks of an update. Its
    first block is rich text in every state: Slack lets none be replaced by another kind (`block_mismatch`).
    """
    if facts.is_deleted:
        return _draw_deleted(facts)
    blocks = [
        _title(facts),
        *_context(f"culprit:{facts.version}", rich_text.words(facts.culprit, CULPRIT)),
        *_excerpt(facts),
        *_tags(facts),
        _figures(facts),
        *_last_change(facts),
        *_merged_from(facts),
        *_next_card(facts),
        draw_actions(facts),
        _footer(facts),
    ]
    return CardMessage(_fallback(facts), blocks)


def _draw_deleted(facts: CardFacts) -> CardMessage:
    """What is left of the card of a deleted issue: nothing that was in it, and nothing to press."""
    said = f"{facts.short_id} was deleted"
    title = rich_text.section(rich_text.emoji(HANDLED), rich_text.literal(" "), *rich_text.words(said, NAME))
    blocks = [rich_text.block(f"title:{facts.version}", title), *_last_change(facts)]
    return CardMessage(mrkdwn.escape_within(said, FALLBACK_TEXT), blocks)


def is_handled(facts: CardFacts) -> bool:
    """Whether nobody needs to look at it any more."""
    return facts.status != IssueStatus.UNRESOLVED


def _title(facts: CardFacts) -> Block:
    look = {"bold": True, "strike": True} if is_handled(facts) else {"bold": True}
    sign = HANDLED if is_handled(facts) else LEVELS.get(facts.level, LEVELS["error"])
    title = rich_text.section(
        rich_text.emoji(sign), rich_text.literal(" "), rich_text.link(facts.issue_url, facts.title, TITLE, **look)
    )
    said = [rich_text.section(value)] if (value := rich_text.words(facts.value, VALUE)) else []
    return rich_text.block(f"title:{facts.version}", title, *said)


def _context(block_id: str, parts: list[rich_text.Part]) -> Iterator[Block]:
    """Small grey words, literally; no block when there are none."""
    elements = [{"type": "plain_text", "text": part["text"], "emoji": False} for part in parts]
    if elements:
        yield {"type": "context", "block_id": block_id, "elements": elements}


def _excerpt(facts: CardFacts) -> Iterator[Block]:
    if is_handled(facts):
        return
    code = "\n".join(line for frame in facts.excerpt[-FRAMES:] for line in _frame(frame))
    if code:
        yield rich_text.block(f"excerpt:{facts.version}", rich_text.preformatted(code))


def _frame(frame: ExcerptFrame) -> Iterator[str]:
    line = "" if frame.line_number is None else f":{frame.line_number}"
    function = f" in {frame.function}" if frame.function else ""
    if place := cut(one_line(f"{frame.filename}{line}{function}"), PLACE):
        yield place
    if source := cut(one_line(frame.source), SOURCE):
        yield f"    {source}"


def _tags(facts: CardFacts) -> Iterator[Block]:
    drawn = [
        [*key, *rich_text.literal(" "), *value, *rich_text.literal(GAP)]
        for name, said in facts.tags[:TAGS]
        if (key := rich_text.words(name, TAG_KEY)) and (value := rich_text.words(said, TAG_VALUE, code=True))
    ]
    if drawn:
        yield rich_text.block(f"tags:{facts.version}", rich_text.section(*drawn))


def _figures(facts: CardFacts) -> Block:
    figures = [
        f"Events: *{facts.event_count:,}*",
        *([f"Users: *{facts.user_count:,}*"] if facts.user_count else []),
        f"First seen: {_date(facts.first_seen)}",
        *([f"Last seen: {_date(facts.last_seen)}"] if facts.event_count > 1 else []),
        f"State: *{_state(facts)}*",
        f"Priority: {facts.priority}",
    ]
    if facts.assignee is not None:
        figures.append(f"Assigned to: {_assignee(facts.assignee)}")
    return _small(f"figures:{facts.version}", SEPARATOR.join(figures))


def _state(facts: CardFacts) -> str:
    if facts.archived_until is not None:
        return f"Archived {facts.archived_until}"
    if facts.resolved_where:
        return f"Resolved {mrkdwn.escape_within(facts.resolved_where, NAME)}"
    return STATES.get(facts.substatus, str(facts.status).capitalize())


def _assignee(assignee: AssigneeFacts) -> str:
    """A mention where there is one: the card is for whoever has the issue, and redrawing it pings nobody."""
    if assignee.kind == "team":
        return f"#{mrkdwn.escape_within(assignee.name, NAME)}"
    if assignee.chat_user_id is not None:
        return mrkdwn.mention(assignee.chat_user_id)
    return mrkdwn.escape_within(assignee.name, NAME)


def _last_change(facts: CardFacts) -> Iterator[Block]:
    if facts.last_change is None:
        return
    sentence = sentence_mrkdwn(facts.last_change, issue="this", budget=CHANGE)
    sign = ":wastebasket:" if facts.is_deleted else DECIDED[facts.status]
    yield _small(f"change:{facts.version}", f"{sign} {sentence}")


def _merged_from(facts: CardFacts) -> Iterator[Block]:
    if facts.merged_from is not None:
        before = mrkdwn.escape_within(facts.merged_from, NAME)
        now = mrkdwn.escape_within(facts.short_id, NAME)
        yield _small(f"merged:{facts.version}", f":twisted_rightwards_arrows: {before} was merged into {now}")


def _next_card(facts: CardFacts) -> Iterator[Block]:
    if facts.next_card_url is not None:
        link = mrkdwn.link(facts.next_card_url, "a newer card", NAME)
        yield _small(f"next:{facts.version}", f":arrow_right: Reopened in {link}")


def _footer(facts: CardFacts) -> Block:
    more = "" if facts.more_rules == 0 else f" (+{facts.more_rules} other{'s' if facts.more_rules > 1 else ''})"
    parts = [
        f"Project: {mrkdwn.link(facts.project_url, facts.project_slug, NAME)}",
        f"Rule: {mrkdwn.link(facts.rule_url, facts.rule_name, RULE)}{more}",
        f"Short ID: {mrkdwn.link(facts.issue_url, facts.short_id, NAME)}",
    ]
    return _small(f"footer:{facts.version}", SEPARATOR.join(parts))


def _fallback(facts: CardFacts) -> str:
    handled = f"{_state(facts)}: " if is_handled(facts) else ""
    said = f": {facts.value}" if facts.value else ""
    return mrkdwn.escape_within(f"[{facts.project_slug}] {handled}{facts.title}{said}", FALLBACK_TEXT)


def _small(block_id: str, text: str) -> Block:
    # Verbatim: no address or channel name in anybody's words becomes a link.
    elements = [{"type": "mrkdwn", "text": text, "verbatim": True}]
    return {"type": "context", "block_id": block_id, "elements": elements}


def _date(moment: datetime) -> str:
    return mrkdwn.date(int(moment.timestamp()), f"{moment:%Y-%m-%d %H:%M} UTC")
