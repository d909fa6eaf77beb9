"""Redrawing: which messages show an older version of their subject, and what is known of each drawing's fate."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import BigInteger, Select, Table, Update, bindparam, func, or_, select, update
from sqlalchemy.orm import Session

from tocsin.deliveries.models import Delivery, DeliveryState
from tocsin.issues.change import MESSAGE
from tocsin.issues.models import Issue
from tocsin.kernel import work
from tocsin.kernel.db import UtcDateTime, table_of
from tocsin.kernel.ids import DeliveryId, IntegrationId, IssueId, ParentNotificationId
from tocsin.kernel.statement import Statement, is_one_of, names_of, padded
from tocsin.notifications.models import ApprovalMessage, ParentNotification
from tocsin.notifications.thread_life import THREAD_LIFE, end_of_thread

QUIET = timedelta(seconds=15)
"""A card whose counts alone have moved is redrawn this rarely; a change of state is drawn at once."""

PLACES_AT_ONCE = 12
"""Channels of one workspace in which redraws are begun together, newest cards first.

Slack lets ten be redrawn in a burst and fifty in a minute (Tier 3, docs.slack.dev/apis/web-api/rate-limits): a run for
every other would only be told to wait. They are begun by the next look, or by the drain that brings them a reply.
"""


DrawnTable = type[ParentNotification] | type[ApprovalMessage]


@dataclass(frozen=True, slots=True)
class Drawing:
    """A redraw that is ours to make: which message, which version it will show, and when it was begun."""

    of: DrawnTable
    """The table of the message."""
    message_id: int
    integration_id: IntegrationId
    channel: str
    ts: str
    version: int
    begun_at: datetime


@dataclass(frozen=True, slots=True)
class Due:
    """A card that is due for redrawing."""

    id: ParentNotificationId
    is_pressed: bool
    """Whether somebody who pressed on it waits to see it change."""


def find_next_redraw(session: Session, integration_id: IntegrationId, channel: str, *, now: datetime) -> Due | None:
    """The card of this channel to redraw next: the one pressed last, then the newest."""
    place = {"of_integration_id": integration_id, "of_channel": channel}
    found = _next_redraw().rows(session, {**place, **_moments(now)})
    return Due(found[0][0], found[0][1] is not None) if found else None


def find_places_to_redraw(session: Session, *, now: datetime) -> list[tuple[IntegrationId, str]]:
    """The channels that hold messages due for redrawing: of each workspace as many as may be redrawn at once."""
    columns = (ParentNotification.integration_id, ParentNotification.channel)
    due = _due().with_only_columns(*columns).group_by(*columns).order_by(func.max(ParentNotification.id).desc())
    return _first_of_each_workspace(session.execute(due, _moments(now)))


def places_of_issue(session: Session, issue_ids: Sequence[IssueId]) -> list[tuple[IntegrationId, str]]:
    """The channels in which cards of these issues stand: of each workspace as many as may be redrawn at once.

    A card on which somebody pressed comes first.
    """
    if not issue_ids:
        return []
    some = padded(list(issue_ids))
    rows = _places_of_issues(len(some)).rows(session, dict(zip(names_of("issue", len(some)), some, strict=True)))
    return _first_of_each_workspace((integration_id, channel) for integration_id, channel in rows)


@lru_cache
def _places_of_issues(issues: int) -> Statement:
    columns = (ParentNotification.integration_id, ParentNotification.channel)
    return Statement(
        select(*columns)
        .where(is_one_of(ParentNotification.issue_id, "issue", issues), ParentNotification.gone_reason.is_(None))
        .group_by(*columns)
        .order_by(func.max(ParentNotification.pressed_at).desc().nulls_last(), func.max(ParentNotification.id).desc())
    )


def _first_of_each_workspace(places: Iterable[tuple[IntegrationId, str]]) -> list[tuple[IntegrationId, str]]:
    begun: Counter[IntegrationId] = Counter()
    first: list[tuple[IntegrationId, str]] = []
    for integration_id, channel in places:
        begun[integration_id] += 1
        if begun[integration_id] <= PLACES_AT_ONCE:
            first.append((integration_id, channel))
    return first


def begin_redraw(
    session: Session, message: ParentNotification | ApprovalMessage, version: int, *, now: datetime, lease: timedelta
) -> Drawing | None:
    """Take the redraw of `message` at `version`; `None` when another worker has it."""
    of = type(message)
    [(integration_id, channel, ts)] = _SAID.rows(session, {"of_id": _delivery_of(message)})
    drawing = {"of_id": message.id, "drawn": version, "now": now, "until": now + lease}
    taken = _begin(of).change(session, drawing)
    return Drawing(of, message.id, integration_id, channel, ts, version, now) if taken else None


def drawn(session: Session, drawing: Drawing, *, now: datetime) -> None:
    """The message shows `drawing.version` now. A press that this answers is no longer first in the queue.

    When another drawing was begun meanwhile, this late one may have covered it, so the message is drawn once more.
    """
    this = {"of_id": drawing.message_id, "now": now}
    if _show(drawing.of).change(session, {**this, "drawn": drawing.version, "alive_since": now - THREAD_LIFE}) == 0:
        _draw_once_more(drawing.of).change(session, this)
    else:
        _no_more(drawing.of).change(session, {"of_id": drawing.message_id, "begun_at": drawing.begun_at})


def draw_again(session: Session, drawing: Drawing, *, not_before: datetime, redraw_at: datetime | None = None) -> None:
    """The drawing did not (certainly) reach the message; it is due again at `not_before`.

    With `redraw_at`, its fate is unknown: after that moment, when it can no longer arrive late and cover a newer one,
    the message is drawn once more.
    """
    values: dict[str, Any] = {"drawing_version": None, "drawing_until": not_before}
    if redraw_at is not None:
        values["redraw_at"] = redraw_at
    session.execute(update(drawing.of).where(drawing.of.id == drawing.message_id).values(**values))


def set_aside(session: Session, message: ParentNotification | ApprovalMessage, *, not_before: datetime) -> None:
    """The message cannot be drawn; it is left alone until `not_before`, so that it stands in nobody's way."""
    of = type(message)
    session.execute(update(of).where(of.id == message.id).values(drawing_until=not_before))


def message_gone(session: Session, of: DrawnTable, message_id: int, reason: str) -> None:
    """The message can no longer be redrawn or answered; it is left alone from now on."""
    gone = update(of).where(of.id == message_id)
    session.execute(gone.values(gone_reason=reason[:80], drawing_version=None, drawing_until=None))


_PRESSED = Statement(
    update(table_of(ParentNotification))
    .where(ParentNotification.message_key == bindparam("card_key"))
    .values(pressed_at=bindparam("moment"))
)


def put_pressed_first(session: Session, message_key: str, *, now: datetime) -> None:
    """Somebody pressed on this very card: it is redrawn before every other."""
    _PRESSED.change(session, {"card_key": message_key, "moment": now})


def draw_anew(session: Session, message_key: str) -> None:
    """Have this message redrawn soon although its subject is as it was: what is drawn there is of an older make."""
    stale = update(ParentNotification).where(ParentNotification.message_key == message_key)
    session.execute(stale.values(drawn_version=0))
    issue_id = session.scalar(select(ParentNotification.issue_id).where(ParentNotification.message_key == message_key))
    if issue_id is not None:
        work.ask(session, MESSAGE, issue_id)


def _delivery_of(message: ParentNotification | ApprovalMessage) -> DeliveryId:
    return message.card_delivery_id if isinstance(message, ParentNotification) else message.delivery_id


_SAID = Statement(
    select(Delivery.integration_id, Delivery.channel, Delivery.ts).where(Delivery.id == bindparam("of_id"))
)


@cache
def _begin(of: DrawnTable) -> Statement:
    table, free_at = table_of(of), bindparam("now")
    is_free = or_(table.c.drawing_until.is_(None), table.c.drawing_until <= free_at)
    taking = {"drawing_version": bindparam("drawn"), "drawing_until": bindparam("until")}
    return Statement(_this(table).where(is_free).values(taking))


@cache
def _show(of: DrawnTable) -> Statement:
    table, drawn = table_of(of), bindparam("drawn", type_=BigInteger)
    shown: dict[str, Any] = {
        "drawn_version": drawn,
        "drawn_at": bindparam("now"),
        "drawing_version": None,
        "drawing_until": None,
        "pressed_at": None,
    }
    if of is ParentNotification:
        moments = (bindparam(name, type_=UtcDateTime()) for name in ("now", "alive_since"))
        shown["thread_ended_at"] = end_of_thread(*moments)
    return Statement(_this(table).where(table.c.drawing_version == drawn).values(shown))


@cache
def _draw_once_more(of: DrawnTable) -> Statement:
    return Statement(_this(table_of(of)).values(redraw_at=bindparam("now")))


@cache
def _no_more(of: DrawnTable) -> Statement:
    table = table_of(of)
    return Statement(_this(table).where(table.c.redraw_at <= bindparam("begun_at")).values(redraw_at=None))


def _this(table: Table) -> Update:
    return update(table).where(table.c.id == bindparam("of_id"))


@cache
def _next_redraw() -> Statement:
    return Statement(
        _due()
        .with_only_columns(ParentNotification.id, ParentNotification.pressed_at)
        .where(
            ParentNotification.integration_id == bindparam("of_integration_id"),
            ParentNotification.channel == bindparam("of_channel"),
        )
        .order_by(ParentNotification.pressed_at.desc().nulls_last(), ParentNotification.id.desc())
        .limit(1)
    )


def _moments(now: datetime) -> dict[str, datetime]:
    return {"now": now, "quiet_since": now - QUIET}


def _due() -> Select[ParentNotificationId, IssueId]:
    """The messages to redraw at `_moments`."""
    now = bindparam("now")
    behind = Issue.version > ParentNotification.drawn_version
    urgent = Issue.urgent_version > ParentNotification.drawn_version
    rested = or_(ParentNotification.drawn_at.is_(None), ParentNotification.drawn_at <= bindparam("quiet_since"))
    return (
        select(ParentNotification.id, Issue.id)
        .select_from(ParentNotification)
        .join(Issue, Issue.id == ParentNotification.issue_id)
        .join(Delivery, Delivery.id == ParentNotification.card_delivery_id)
        .where(
            ParentNotification.gone_reason.is_(None),
            Delivery.state == DeliveryState.SENT,
            or_(ParentNotification.drawing_until.is_(None), ParentNotification.drawing_until <= now),
            or_(behind & (urgent | rested), ParentNotification.redraw_at <= now),
        )
    )
