"""The tables of deliveries, of places that take none, of the paces they obey, and of the leases of who runs them."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from tocsin.kernel.db import Base
from tocsin.kernel.ids import DeliveryId, IntegrationId


class DeliveryState(StrEnum):
    """Where a delivery stands; the arrows between the states are in `docs/operations.md`."""

    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    UNCERTAIN = "uncertain"
    """No answer, or one that says nothing: it may have been said. Settled by looking, never by saying it again."""
    PARKED = "parked"
    """The place does not take it now (archived channel, revoked token); `reason` says what to do."""
    DEAD = "dead"
    FOLDED = "folded"
    """Said together with others by the delivery in `folded_into`."""


FINAL_STATES = (DeliveryState.SENT, DeliveryState.DEAD, DeliveryState.FOLDED)


class Delivery(Base):
    """One thing to say in one place."""

    __tablename__ = "deliveries"
    __table_args__ = (
        UniqueConstraint("integration_id", "channel", "ts"),
        Index("ix_deliveries_follows_id", "follows_id"),
        # Without it, each delivery that is forgotten would have SQLite look through all others for what names it.
        Index("ix_deliveries_folded_into", "folded_into"),
        # Not a partial index: SQLite uses one only where a query repeats its very words (sqlite.org/partialindex.html).
        Index("ix_deliveries_state", "state", "integration_id", "channel", "id"),
    )

    id: Mapped[DeliveryId] = mapped_column(primary_key=True)
    natural_key: Mapped[str] = mapped_column(String(160), unique=True)
    """Composed by the planner (`reply:{activity}:{parent}`): planning the same thing twice is one delivery."""
    kind: Mapped[str] = mapped_column(String(16))
    platform: Mapped[str] = mapped_column(String(8), default="slack")
    integration_id: Mapped[IntegrationId | None] = mapped_column(ForeignKey("integrations.id", ondelete="CASCADE"))
    """The workspace; none for mail."""
    channel: Mapped[str | None] = mapped_column(String(32))
    """Slack's channel id; for a person it is the direct message that the drain opens and writes here once."""
    recipient: Mapped[str | None] = mapped_column(String(32))
    """Slack's user id when the place is a person."""
    follows_id: Mapped[DeliveryId | None] = mapped_column(ForeignKey("deliveries.id", ondelete="CASCADE"))
    """The delivery whose thread this is a reply in."""
    thread_ts: Mapped[str | None] = mapped_column(String(32))
    """The thread, copied once from the followed delivery when this one is claimed."""
    body: Mapped[dict[str, Any]] = mapped_column(JSON)
    """What to say, opaque here: a sentence's parts, or a reference that the edge renders."""
    frozen: Mapped[str | None]
    """Exactly what is sent, as JSON, written before the first try and never changed by a later one."""
    sealed: Mapped[str | None]
    """What a mail says that must not stand here in clear; gone once it is settled."""

    state: Mapped[DeliveryState] = mapped_column(String(12), default=DeliveryState.PENDING)
    reason: Mapped[str | None] = mapped_column(String(200))
    fence: Mapped[int] = mapped_column(default=0)
    """Raised by each claim; an outcome recorded under an older fence changes nothing."""
    lease_until: Mapped[datetime | None]
    not_before: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    first_dispatch_at: Mapped[datetime | None]
    last_dispatch_at: Mapped[datetime | None]
    was_uncertain: Mapped[bool] = mapped_column(default=False)
    sweeps: Mapped[int] = mapped_column(default=0)
    """How many of the four later looks for a duplicate were made (only where it was ever uncertain)."""
    sweep_at: Mapped[datetime | None] = mapped_column(index=True)
    ts: Mapped[str | None] = mapped_column(String(32))
    """Slack's id of the message, e.g. `1700000000.000100`; text, never a number."""
    deleted_ts: Mapped[str | None] = mapped_column(String(32))
    """Slack told that a message of this delivery was deleted: its id, the newest if several were. A note for looks."""
    folded_into: Mapped[DeliveryId | None] = mapped_column(ForeignKey("deliveries.id", ondelete="SET NULL"))
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]


class BrokenPlace(Base):
    """A channel that takes nothing from us. Its row lasts as long as that, and people were told when it was made."""

    __tablename__ = "broken_places"

    integration_id: Mapped[IntegrationId] = mapped_column(
        ForeignKey("integrations.id", ondelete="CASCADE"), primary_key=True
    )
    channel: Mapped[str] = mapped_column(String(32), primary_key=True)
    reason: Mapped[str] = mapped_column(String(200))
    """The platform's code and what to do about it (`is_archived: unarchive the channel ...`)."""
    since: Mapped[datetime]
    probe_at: Mapped[datetime] = mapped_column(index=True)
    """Nothing is sent there before; then one delivery is tried, and tells whether the place is mended."""


class Pace(Base):
    """When a bucket (`post:{workspace}:{channel}`) may be used next; reserved by one conditional UPDATE."""

    __tablename__ = "paces"

    bucket: Mapped[str] = mapped_column(String(120), primary_key=True)
    next_at: Mapped[int] = mapped_column(BigInteger)
    """Milliseconds since 1970."""


class Lease(Base):
    """Who runs a piece of work now. `n` counts the runs, so that each run has a name of its own."""

    __tablename__ = "leases"

    name: Mapped[str] = mapped_column(String(120), primary_key=True)
    n: Mapped[int] = mapped_column(BigInteger, default=0)
    held_until: Mapped[int] = mapped_column(BigInteger, default=0)
    """Milliseconds since 1970; zero when nobody runs it."""
    rest_until: Mapped[int] = mapped_column(BigInteger, default=0)
    """Milliseconds since 1970 before which the catch-up need not look, because nothing can be sent sooner."""
