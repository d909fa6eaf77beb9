"""What happened to an issue, as its page tells it: deeds and comments in one feed, each with who did it and where."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tocsin.activities.describe import IssueName, Link, OtherIssue, Part, Person, Quote, Text, describe
from tocsin.activities.models import Activity, ActivityType
from tocsin.chat.models import Channel
from tocsin.issues.queries import IssueLine
from tocsin.kernel.ids import ActivityId, IntegrationId, UserId
from tocsin.organizations.permit import Via

HISTORY_AT_MOST = 100
"""Activities that the page tells, newest first."""

FIRST_SIGHT = [IssueName(), Text(" was seen for the first time")]
"""Told by its card in Slack, and so without a sentence of its own for threads."""

PLACES: Mapping[str, str] = {Via.SLACK: "in Slack", Via.CLI: "from the command line"}
"""Where something was done, if not on a page."""


@dataclass(frozen=True, slots=True)
class Words:
    """A part of a sentence; `href` leads to what it names."""

    text: str
    is_person: bool = False
    href: str = ""


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One thing that happened to the issue."""

    words: tuple[Words, ...]
    at: datetime
    where: str
    """`in Slack #ops`, `from the command line`; empty for what was done on a page or by Tocsin itself."""
    quote: str = ""
    """Somebody's own words, in their own lines."""
    comment_id: ActivityId | None = None
    """The comment that the visitor may change or take back here; `None` for anything else."""


@dataclass(frozen=True, slots=True)
class History:
    """The newest lines of an issue's history, and how many there are in all."""

    lines: tuple[HistoryLine, ...]
    total: int

    @property
    def untold(self) -> int:
        """How many older ones are not listed."""
        return max(0, self.total - HISTORY_AT_MOST)


def tell_history(
    session: Session, line: IssueLine, user_id: UserId, *, may_moderate: bool, issues_address: str
) -> History:
    """The newest things that happened to the issue; `user_id` may change their own comments, a moderator all."""
    of_issue = Activity.issue_id == line.id
    rows = session.scalars(select(Activity).where(of_issue).order_by(Activity.id.desc()).limit(HISTORY_AT_MOST)).all()
    total = len(rows)
    if total == HISTORY_AT_MOST:
        total = session.scalar(select(func.count()).select_from(Activity).where(of_issue)) or 0
    channels = _channel_names(session, rows)
    told = []
    for activity in rows:
        sentence = FIRST_SIGHT if activity.type == ActivityType.FIRST_SEEN else describe(activity)
        if sentence is None:
            continue
        quotes = [part.text for part in sentence if isinstance(part, Quote)]
        may_change = may_moderate or activity.user_id == user_id
        told.append(
            HistoryLine(
                tuple(_words(part, line.short_id, issues_address) for part in sentence if not isinstance(part, Quote)),
                activity.at,
                _where(activity, channels),
                quote="\n".join(quotes),
                comment_id=activity.id if quotes and may_change else None,
            )
        )
    return History(tuple(told), total)


def _words(part: Part, short_id: str, issues_address: str) -> Words:
    match part:
        case Person():
            return Words(part.name, is_person=True)
        case OtherIssue():
            return Words(part.short_id, href=f"{issues_address}{part.short_id}/")
        case IssueName():
            return Words(short_id)
        case Link():
            return Words(part.text, href=part.url if part.url.startswith(("https://", "http://")) else "")
        case _:
            return Words(part.text)


def _where(activity: Activity, channels: Mapping[tuple[IntegrationId | None, str | None], str]) -> str:
    place = PLACES.get(activity.via, "")
    name = channels.get((activity.integration_id, activity.channel))
    return f"{place} #{name}" if place and name else place


def _channel_names(session: Session, rows: Sequence[Activity]) -> dict[tuple[IntegrationId | None, str | None], str]:
    """The names of the channels in which these were done, as far as we know them."""
    ids = {activity.channel for activity in rows if activity.channel}
    if not ids:
        return {}
    found = session.execute(
        select(Channel.integration_id, Channel.external_id, Channel.name).where(Channel.external_id.in_(ids))
    )
    return {(integration_id, channel): name for integration_id, channel, name in found}
