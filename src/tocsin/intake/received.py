"""What became of everything that SDKs sent: by project, key, hour and outcome, so that nothing is dropped unseen."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

from sqlalchemy import BigInteger, ForeignKey, String, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column

from tocsin.issues.counters import hour_of
from tocsin.kernel.db import Base
from tocsin.kernel.ids import ProjectId, ProjectKeyId
from tocsin.organizations.models import ProjectKey


class IntakeOutcome(StrEnum):
    """What became of an event, or of a request that nobody looked into; those from `SDK_` on never left an SDK."""

    ACCEPTED = "accepted"
    TOO_MANY_NEW_ISSUES = "too_many_new_issues"
    RATE_LIMITED = "rate_limited"
    OVERLOADED = "overloaded"
    STORAGE_FAILED = "storage_failed"
    EVENT_FAILED = "event_failed"
    TOO_LARGE = "too_large"
    MALFORMED = "malformed"
    NOT_KEPT = "not_kept"
    SDK_RATE_LIMITED = "sdk_rate_limited"
    SDK_QUEUE_FULL = "sdk_queue_full"
    SDK_NETWORK = "sdk_network"
    SDK_REFUSED = "sdk_refused"
    SDK_SAMPLED = "sdk_sampled"
    SDK_FILTERED = "sdk_filtered"
    SDK_OTHER = "sdk_other"


STORED = frozenset({IntakeOutcome.ACCEPTED, IntakeOutcome.TOO_MANY_NEW_ISSUES})
"""The outcomes of events that were stored; those of the second stand in their project's overflow."""

SDK_REASONS: Mapping[str, IntakeOutcome] = MappingProxyType(
    {
        "ratelimit_backoff": IntakeOutcome.SDK_RATE_LIMITED,
        "queue_overflow": IntakeOutcome.SDK_QUEUE_FULL,
        "cache_overflow": IntakeOutcome.SDK_QUEUE_FULL,
        "buffer_overflow": IntakeOutcome.SDK_QUEUE_FULL,
        "backpressure": IntakeOutcome.SDK_QUEUE_FULL,
        "network_error": IntakeOutcome.SDK_NETWORK,
        "send_error": IntakeOutcome.SDK_REFUSED,
        "sample_rate": IntakeOutcome.SDK_SAMPLED,
        "before_send": IntakeOutcome.SDK_FILTERED,
        "event_processor": IntakeOutcome.SDK_FILTERED,
        "ignored": IntakeOutcome.SDK_FILTERED,
    }
)
"""The reasons that client reports give: https://develop.sentry.dev/sdk/telemetry/client-reports/ (discard reasons)."""


KEPT = timedelta(days=90)
"""For so long it is known what became of what SDKs sent."""


class IntakeHour(Base):
    """How many events of one key came to one outcome in one hour."""

    __tablename__ = "intake_hours"

    project_id: Mapped[ProjectId] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"), primary_key=True)
    hour: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """Hours since 1970."""
    key_id: Mapped[ProjectKeyId] = mapped_column(ForeignKey("project_keys.id", ondelete="CASCADE"), primary_key=True)
    outcome: Mapped[str] = mapped_column(String(20), primary_key=True)
    events: Mapped[int] = mapped_column(BigInteger)


class Received(NamedTuple):
    """What is counted together."""

    project_id: ProjectId
    hour: int
    key_id: ProjectKeyId
    outcome: IntakeOutcome


_ADD = {
    name: inserted.on_conflict_do_update(
        index_elements=[IntakeHour.project_id, IntakeHour.hour, IntakeHour.key_id, IntakeHour.outcome],
        set_={"events": IntakeHour.events + inserted.excluded.events},
    )
    for name, inserted in (
        ("sqlite", sqlite.insert(IntakeHour)),
        ("postgresql", postgresql.insert(IntakeHour)),
    )
}


def add_received(session: Session, counts: Mapping[Received, int]) -> None:
    """Add `counts` to the table; what belongs to a key that is gone meanwhile is nobody's and left out."""
    wanted = {each.key_id for each in counts}
    there = set(session.scalars(select(ProjectKey.id).where(ProjectKey.id.in_(wanted))))
    # In one order everywhere: two processes that lock rows crosswise would deadlock on PostgreSQL.
    rows = [{**each._asdict(), "events": count} for each, count in sorted(counts.items()) if each.key_id in there]
    if rows:
        connection = session.connection()
        connection.execute(_ADD[connection.dialect.name], rows)


def outcomes_since(session: Session, project_id: ProjectId, *, since: datetime) -> dict[IntakeOutcome, int]:
    """What became of all that was sent to the project from the hour of `since` on, without outcomes that never were."""
    rows = session.execute(
        select(IntakeHour.outcome, func.sum(IntakeHour.events))
        .where(IntakeHour.project_id == project_id, IntakeHour.hour >= hour_of(since))
        .group_by(IntakeHour.outcome)
    )
    return {IntakeOutcome(outcome): int(events) for outcome, events in rows}


def stored_by_key(session: Session, project_id: ProjectId, *, since: datetime) -> dict[ProjectKeyId, int]:
    """How many events of each of the project's keys were stored from the hour of `since` on; none of silent keys."""
    rows = session.execute(
        select(IntakeHour.key_id, func.sum(IntakeHour.events))
        .where(
            IntakeHour.project_id == project_id,
            IntakeHour.hour >= hour_of(since),
            IntakeHour.outcome.in_(STORED),
        )
        .group_by(IntakeHour.key_id)
    )
    return {key_id: int(events) for key_id, events in rows}


def accepted_today(session: Session, project_id: ProjectId, *, now: datetime) -> dict[ProjectKeyId, int]:
    """The same since midnight (UTC), which is what a day's limit counts."""
    midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return stored_by_key(session, project_id, since=midnight)


def find_past_hours(session: Session, *, now: datetime, limit: int) -> Sequence[int]:
    """Hours so long past that nobody is shown them any more."""
    past = IntakeHour.hour < hour_of(now - KEPT)
    return session.scalars(select(IntakeHour.hour).where(past).distinct().limit(limit)).all()


def forget_past_hours(session: Session, hours: Sequence[int]) -> None:
    """Delete what was counted in these hours."""
    session.execute(delete(IntakeHour).where(IntakeHour.hour.in_(hours)))
