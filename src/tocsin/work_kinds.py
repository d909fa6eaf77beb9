"""The table of work, a part of the composition root: which kind of row leads to which runs, and what finds the due."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType

from sqlalchemy.orm import Session

from tocsin.activities.record import ACTIVITY
from tocsin.deliveries import health, recovery
from tocsin.deliveries.mail import MAIL, is_mail_due
from tocsin.deliveries.plan import DELIVERY
from tocsin.deliveries.recovery import Place
from tocsin.engine.dispatch import Run, WorkKind
from tocsin.issues import aging, bulk, expiry, ownership
from tocsin.issues.aging import AGE
from tocsin.issues.bulk import BULK
from tocsin.issues.change import MESSAGE
from tocsin.kernel.ids import IssueId
from tocsin.members.people import LEAVER
from tocsin.members.redraws import APPROVAL
from tocsin.notifications import approvals, redraw, removing
from tocsin.organizations.deleting import DELETED
from tocsin.slack.places import places_of_deliveries, write_place
from tocsin.slack.unannounced import Unannounced

ANNOUNCE = "announce"
DRAIN = "drain"
RECONCILE = "reconcile"

RESOLVE_BY_AGE = "resolve_by_age"
REOPEN_EXPIRED = "reopen_expired"
UNASSIGN = "unassign"
REMOVE_DELETED = "remove_deleted"

AGE_EVERY = ORPHAN_EVERY = 60.0
"""Seconds between two looks for issues that are old enough, and for those of people who left."""
REDRAW_EVERY = 15.0
"""Seconds between two looks over all cards: a change of state draws at once by its note, mere counts may wait."""


def _drains(places: Iterable[Place]) -> list[Run]:
    return [Run(DRAIN, write_place(place)) for place in places]


def _announce(_session: Session, _activity_ids: Sequence[int]) -> list[Run]:
    return [Run(ANNOUNCE, "all")]


def _announce_due(session: Session, _now: datetime) -> list[Run]:
    return [] if Unannounced().find_next(session) is None else [Run(ANNOUNCE, "all")]


def _drains_of_deliveries(session: Session, delivery_ids: Sequence[int]) -> list[Run]:
    return _drains(places_of_deliveries(session, delivery_ids))


def _drains_due(session: Session, now: datetime) -> list[Run]:
    return _drains([*recovery.find_places_to_drain(session, now=now), *health.find_places_to_probe(session, now=now)])


def _drains_of_issues(session: Session, issue_ids: Sequence[int]) -> list[Run]:
    return _drains(redraw.places_of_issue(session, [IssueId(issue_id) for issue_id in issue_ids]))


def _redraws_due(session: Session, now: datetime) -> list[Run]:
    return _drains(redraw.find_places_to_redraw(session, now=now))


def _drains_of_invitations(session: Session, invitation_ids: Sequence[int]) -> list[Run]:
    return _drains(approvals.places_of_invitations(session, invitation_ids))


def _approvals_due(session: Session, now: datetime) -> list[Run]:
    return _drains(approvals.find_places_to_redraw_approvals(session, now=now))


def _none_noted(_session: Session, _ids: Sequence[int]) -> list[Run]:
    return []


def _looks_due(session: Session, now: datetime) -> list[Run]:
    return [Run(RECONCILE, write_place(place)) for place in recovery.find_places_to_look(session, now=now)]


def _mail(_session: Session, _delivery_ids: Sequence[int]) -> list[Run]:
    return [Run(MAIL, "all")]


def _mail_due(session: Session, now: datetime) -> list[Run]:
    return [Run(MAIL, "all")] if is_mail_due(session, now=now) else []


def _aged(_session: Session, _project_ids: Sequence[int]) -> list[Run]:
    return [Run(RESOLVE_BY_AGE, "all")]


def _aged_due(session: Session, now: datetime) -> list[Run]:
    return [Run(RESOLVE_BY_AGE, "all")] if aging.find_aged(session, now=now, limit=1) else []


def _expired_due(session: Session, now: datetime) -> list[Run]:
    return [Run(REOPEN_EXPIRED, "all")] if expiry.find_expired(session, now=now) else []


def _orphans(_session: Session, _member_ids: Sequence[int]) -> list[Run]:
    return [Run(UNASSIGN, "all")]


def _orphans_due(session: Session, _now: datetime) -> list[Run]:
    return [Run(UNASSIGN, "all")] if ownership.find_orphans(session, limit=1) else []


def _bulk(_session: Session, _bulk_ids: Sequence[int]) -> list[Run]:
    return [Run(BULK, "all")]


def _bulk_due(session: Session, now: datetime) -> list[Run]:
    return [Run(BULK, "all")] if bulk.find_unfinished(session, now=now) else []


def _deleted(_session: Session, _ids: Sequence[int]) -> list[Run]:
    return [Run(REMOVE_DELETED, "all")]


def _deleted_due(session: Session, _now: datetime) -> list[Run]:
    return [Run(REMOVE_DELETED, "all")] if removing.is_some_left(session) else []


WORK_KINDS: Mapping[str, WorkKind] = MappingProxyType(
    {
        ACTIVITY: WorkKind(_announce, _announce_due),
        DELIVERY: WorkKind(_drains_of_deliveries, _drains_due),
        MESSAGE: WorkKind(_drains_of_issues, _redraws_due, every=REDRAW_EVERY),
        MAIL: WorkKind(_mail, _mail_due),
        APPROVAL: WorkKind(_drains_of_invitations, _approvals_due),
        "look": WorkKind(_none_noted, _looks_due),
        "archive": WorkKind(_none_noted, _expired_due),
        AGE: WorkKind(_aged, _aged_due, every=AGE_EVERY),
        BULK: WorkKind(_bulk, _bulk_due),
        DELETED: WorkKind(_deleted, _deleted_due),
        LEAVER: WorkKind(_orphans, _orphans_due, every=ORPHAN_EVERY),
    }
)
"""Kind of work → its runs. Where no note asks, a moment makes it due: a settle time, or a day."""
