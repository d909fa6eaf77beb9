"""One verb for many issues: each by itself with the rules of `issues.act`, a few in a transaction, and told as it goes.

What is wanted is a row; whoever goes on with it moves its position in the transaction that acts. So it survives a
crash, is done once however often a form is sent, and two that run it at once do not do anything twice.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import msgspec
import structlog
from sqlalchemy import delete, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm import Session

from tocsin.deliveries import lease
from tocsin.deliveries.lease import Held
from tocsin.issues.act import ISSUE_ACTIONS, IssueAction, act
from tocsin.issues.bulk_undo import UNDO, action_of, find_offered, hold_offers, offer_in_bulk, undo_one
from tocsin.issues.errors import UndoTooLateError
from tocsin.issues.models import BulkAct, Issue
from tocsin.issues.undo import look
from tocsin.kernel import work
from tocsin.kernel.clock import Clock, to_milliseconds
from tocsin.kernel.db import Database, write
from tocsin.kernel.errors import InvalidInputError, TocsinError, WriterBusyError
from tocsin.kernel.ids import IssueId, OrganizationId, UserId
from tocsin.kernel.storage_faults import storage_fault_of
from tocsin.organizations.permit import Source, Via

BULK = "bulk"
"""The kind of work that a verb for many issues asks for. The id is the row's."""

ACTIONS = frozenset(ISSUE_ACTIONS) - {"comment", "unmerge", "link", "unlink"}
"""What can be done to many issues at once."""

ISSUES_AT_MOST = 10_000
AT_A_TIME = 20
"""Issues in one transaction: presses and events get in between."""
WHILE_ONE_WAITS = 100
"""So many issues are done before the page answers; with more it shows how far it is."""
ABANDONED_AFTER = timedelta(seconds=30)
"""After which what a page was to do itself is taken for left behind by a process that died."""
REST_OF_PUT_OFF = timedelta(seconds=5)
"""Before the next run goes on with what the database did not take."""
KEPT_FOR = timedelta(days=7)
SKIPPED_KEPT = 200
"""Of so many issues that were passed over it is kept why."""

log = structlog.get_logger()


def begin_bulk(
    session: Session,
    *,
    key: str,
    organization_id: OrganizationId,
    user_id: UserId,
    action: IssueAction,
    issue_ids: Sequence[IssueId],
    now: datetime,
) -> BulkAct:
    """Write down that this person does `action` to these issues; `key` is that of the form, which counts once.

    Raises:
        InvalidInputError: no issue is named, too many are, or this cannot be done to many.
    """
    known = find_bulk(session, user_id, key)
    if known is not None:
        return known
    if action.name not in ACTIONS:
        raise InvalidInputError("That cannot be done to many issues at once.")
    if action.name == "merge":
        action, issue_ids = _into_the_oldest(session, action, issue_ids)
    if not issue_ids:
        raise InvalidInputError("Tick the issues that are meant.")
    if len(issue_ids) > ISSUES_AT_MOST:
        raise InvalidInputError(f"That are more than {ISSUES_AT_MOST} issues; narrow the search.")
    session.execute(delete(BulkAct).where(BulkAct.created_at < now - KEPT_FOR))
    bulk = BulkAct(
        key=key,
        organization_id=organization_id,
        user_id=user_id,
        action=msgspec.json.decode(msgspec.json.encode(action)),
        issue_ids=list(issue_ids),
        total=len(issue_ids),
        position=0,
        done=0,
        skipped=[],
        created_at=now,
    )
    return _keep(session, bulk)


def _into_the_oldest(
    session: Session, action: IssueAction, issue_ids: Sequence[IssueId]
) -> tuple[IssueAction, list[IssueId]]:
    """Of issues that are to be one the oldest goes on, since people know it longest."""
    oldest = session.scalar(select(Issue).where(Issue.id.in_(issue_ids)).order_by(Issue.first_seen, Issue.id).limit(1))
    if oldest is None or len(issue_ids) == 1:
        raise InvalidInputError("Tick two issues or more that are one problem.")
    return replace(action, into=oldest.short_id), [issue_id for issue_id in issue_ids if issue_id != oldest.id]


def begin_undo(session: Session, bulk: BulkAct, *, now: datetime) -> BulkAct:
    """Write down that whoever did `bulk` takes it back, which counts once; each issue is looked at by itself.

    Raises:
        InvalidInputError: it is not finished yet.
        UndoTooLateError: five minutes have passed, it was done to too many issues, or it cannot be taken back.
    """
    key = f"{UNDO}{bulk.id}"
    known = find_bulk(session, bulk.user_id, key)
    if known is not None:
        return known
    if bulk.finished_at is None:
        raise InvalidInputError("That is not finished; undo it when it is.")
    issue_ids = find_offered(session, bulk, now=now)
    if not issue_ids:
        raise UndoTooLateError("It is too late to undo that: five minutes have passed, or it was undone already.")
    hold_offers(session, bulk, now=now)
    taking_back = BulkAct(
        key=key,
        organization_id=bulk.organization_id,
        user_id=bulk.user_id,
        action=action_of(bulk),
        issue_ids=issue_ids,
        total=len(issue_ids),
        position=0,
        done=0,
        skipped=[],
        created_at=now,
    )
    return _keep(session, taking_back)


def _keep(session: Session, bulk: BulkAct) -> BulkAct:
    user_id, key = bulk.user_id, bulk.key
    try:
        with session.begin_nested():
            session.add(bulk)
    except IntegrityError:  # the same form, sent twice at once
        return session.scalars(select(BulkAct).where(BulkAct.key == key, BulkAct.user_id == user_id)).one()
    if bulk.total > WHILE_ONE_WAITS:
        work.ask(session, BULK, bulk.id)
    return bulk


def find_bulk(session: Session, user_id: UserId, key: str) -> BulkAct | None:
    """What became of a form that this person sent."""
    return session.scalar(select(BulkAct).where(BulkAct.key == key, BulkAct.user_id == user_id))


def find_only_done(session: Session, bulk: BulkAct) -> str | None:
    """The short id of the issue to which it was done, when it was done to one only."""
    if bulk.done != 1 or len(bulk.skipped) != bulk.position - 1:
        return None
    (issue_id,) = set(bulk.issue_ids[: bulk.position]) - {each["id"] for each in bulk.skipped}
    return session.scalar(select(Issue.short_id).where(Issue.id == issue_id))


def go_on(database: Database, bulk_id: int, *, now: datetime) -> bool:
    """Do the next few issues; whether there are more."""
    with write(database) as session:
        held = select(BulkAct).where(BulkAct.id == bulk_id).with_for_update()
        bulk = session.scalars(held).one_or_none()
        if bulk is None or bulk.finished_at is not None:
            return False
        do = undo_one if bulk.action["name"] == UNDO else _act_on
        for issue_id in bulk.issue_ids[bulk.position : bulk.position + AT_A_TIME]:
            _do_one(session, bulk, do, IssueId(issue_id), now=now)
        bulk.position = min(bulk.position + AT_A_TIME, bulk.total)
        if bulk.position == bulk.total:
            bulk.finished_at = now
        return bulk.finished_at is None


def _do_one(session: Session, bulk: BulkAct, do: Callable[..., None], issue_id: IssueId, *, now: datetime) -> None:
    try:
        with session.begin_nested():
            do(session, bulk, issue_id, source=Source(Via.PAGE), now=now)
    except TocsinError as error:
        _skip(session, bulk, issue_id, str(error))
    else:
        bulk.done += 1


def _act_on(session: Session, bulk: BulkAct, issue_id: IssueId, *, source: Source, now: datetime) -> None:
    before: dict[str, Any] = {}
    done = act(
        session,
        user_id=bulk.user_id,
        source=source,
        issue_id=issue_id,
        action=msgspec.convert(bulk.action, IssueAction),
        now=now,
        show=lambda issue: before.update(look(issue)),
    )
    offer_in_bulk(session, bulk, done, before)


def _skip(session: Session, bulk: BulkAct, issue_id: IssueId, why: str) -> None:
    if len(bulk.skipped) < SKIPPED_KEPT:
        short_id = session.scalar(select(Issue.short_id).where(Issue.id == issue_id))
        bulk.skipped = [*bulk.skipped, {"id": issue_id, "issue": short_id or str(issue_id), "why": why}]


def finish(database: Database, bulk_id: int, *, clock: Clock) -> None:
    """Do all that is left."""
    while go_on(database, bulk_id, now=clock()):
        pass


def find_unfinished(session: Session, *, now: datetime) -> Sequence[int]:
    """What is to be done without a page that waits for it, the oldest first."""
    return session.scalars(
        select(BulkAct.id)
        .where(
            BulkAct.finished_at.is_(None),
            or_(BulkAct.total > WHILE_ONE_WAITS, BulkAct.created_at <= now - ABANDONED_AFTER),
        )
        .order_by(BulkAct.id)
    ).all()


def finish_all(database: Database, held: Held, *, clock: Clock, lease_seconds: float) -> None:
    """Do all that is unfinished in turns, under the lease `held`, so that a long one keeps no short one waiting.

    What the database has no room or no time for now stays unfinished: the next run goes on with it where it is.
    """
    put_off: set[int] = set()
    while True:
        now = clock()
        with write(database) as session:
            if not lease.renew(session, held, now=to_milliseconds(now), seconds=lease_seconds):
                return
            unfinished = [bulk_id for bulk_id in find_unfinished(session, now=now) if bulk_id not in put_off]
            if not unfinished:
                rest_until = to_milliseconds(now + REST_OF_PUT_OFF) if put_off else 0
                lease.release(session, held, rest_until=rest_until)
                return
        for bulk_id in unfinished:
            try:
                go_on(database, bulk_id, now=clock())
            except Exception as error:  # the outermost loop of this work: one that fails holds up no other
                if _passes(error):
                    log.warning("issues.bulk.put_off", bulk_id=bulk_id, error=type(error).__name__)
                    put_off.add(bulk_id)
                else:
                    log.exception("issues.bulk.failed", bulk_id=bulk_id)
                    _give_up(database, bulk_id, now=clock())


def _passes(error: Exception) -> bool:
    """Whether the same can go through later, since the fault is in the database's state and not in what is done."""
    return isinstance(error, WriterBusyError | PoolTimeoutError) or storage_fault_of(error) is not None


def _give_up(database: Database, bulk_id: int, *, now: datetime) -> None:
    with write(database) as session:
        bulk = session.get_one(BulkAct, bulk_id)
        bulk.finished_at = now
        why = "Something went wrong, and the rest was left as it was; please try again."
        _skip(session, bulk, IssueId(bulk.issue_ids[bulk.position]), why)
