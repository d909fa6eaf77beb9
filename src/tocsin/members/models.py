"""The tables of users, members, invitations, team membership and web sign-ins."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from tocsin.kernel.db import Base, BigId
from tocsin.kernel.ids import DeliveryId, InvitationId, MemberId, OrganizationId, TeamId, UserId
from tocsin.organizations.permit import Role


class User(Base):
    """A person with an account; `email` is lower-case and unique."""

    __tablename__ = "users"

    id: Mapped[UserId] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(128))
    password_hash: Mapped[str | None] = mapped_column(String(200))
    """argon2id; `None` until the person chose a password."""
    email_verified_at: Mapped[datetime | None]
    """When somebody proved to read this address's mail, by using a link that went there."""
    is_active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]


class Member(Base):
    """A user's place in an organization."""

    __tablename__ = "members"
    __table_args__ = (UniqueConstraint("organization_id", "user_id"), Index("ix_members_user_id", "user_id"))

    id: Mapped[MemberId] = mapped_column(primary_key=True)
    organization_id: Mapped[OrganizationId] = mapped_column(ForeignKey("organizations.id", ondelete="CASCADE"))
    user_id: Mapped[UserId] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    role: Mapped[Role] = mapped_column(String(16))
    is_active: Mapped[bool] = mapped_column(default=True)
    """Whether the place counts; somebody who edits members can switch it off and on again."""
    created_at: Mapped[datetime]


class InviteStatus(StrEnum):
    """How far somebody has come on their way in."""

    REQUESTED_TO_BE_INVITED = "requested_to_be_invited"
    """A member asked that they be invited; somebody who may must approve."""
    REQUESTED_TO_JOIN = "requested_to_join"
    """They asked themselves."""
    APPROVED = "approved"
    """Invited: whoever holds the link may come in, until it expires."""
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    REVOKED = "revoked"
    EXPIRED = "expired"
    """Nobody used it in time, and another request or invitation took its place."""


REQUESTED = (InviteStatus.REQUESTED_TO_BE_INVITED, InviteStatus.REQUESTED_TO_JOIN)
OPEN = (*REQUESTED, InviteStatus.APPROVED)
_IS_OPEN = text("status IN ('requested_to_be_invited', 'requested_to_join', 'approved')")


class Invitation(Base):
    """Somebody's way into an organization, from the request to the place that they take; kept when it ended.

    A place (`Member`) is made only when they come in, so nobody who is merely invited can be taken for a member.
    """

    __tablename__ = "invitations"
    __table_args__ = (
        Index("ix_invitations_organization_id", "organization_id", "id"),
        Index(
            "uq_invitations_open",
            "organization_id",
            "email",
            unique=True,
            sqlite_where=_IS_OPEN,
            postgresql_where=_IS_OPEN,
        ),
    )

    id: Mapped[InvitationId] = mapped_column(primary_key=True)
    organization_id: Mapped[OrganizationId] = mapped_column(ForeignKey("organizations.id", ondelete="CASCADE"))
    email: Mapped[str] = mapped_column(String(254))
    """Lower-case; one open invitation for each in an organization."""
    name: Mapped[str] = mapped_column(String(128))
    """What they call themselves, or empty."""
    role: Mapped[Role] = mapped_column(String(16))
    team_ids: Mapped[list[int]] = mapped_column(JSON, default=list)
    """Teams that they join with their place, if those exist then."""
    status: Mapped[InviteStatus] = mapped_column(String(24))
    was_asked_for: Mapped[InviteStatus | None] = mapped_column(String(24))
    """The kind of request that it began as; `None` where somebody who may invited at once."""
    asked_by_user_id: Mapped[UserId | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    """Who asked for it, or invited; `None` for somebody who asked for themselves and for the system."""
    asked_by: Mapped[str] = mapped_column(String(128))
    decided_by: Mapped[str | None] = mapped_column(String(128))
    """The name of who approved, rejected or revoked it last."""
    decided_at: Mapped[datetime | None]
    token_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    """SHA-256 of the link's token; none before approval and after its use."""
    token_expires_at: Mapped[datetime | None]
    links_made: Mapped[int] = mapped_column(default=0)
    """How many tokens there were; a new one ends the one before."""
    mail_id: Mapped[DeliveryId | None] = mapped_column(ForeignKey("deliveries.id", ondelete="SET NULL"))
    """The mail with the newest link, if it went by mail."""
    version: Mapped[int] = mapped_column(BigInteger, default=1)
    """Moves with every change; a message that shows an older one is redrawn."""
    created_at: Mapped[datetime]


class TeamMembership(Base):
    """A member belongs to a team."""

    __tablename__ = "team_memberships"
    __table_args__ = (Index("ix_team_memberships_member_id", "member_id"),)

    team_id: Mapped[TeamId] = mapped_column(ForeignKey("teams.id", ondelete="CASCADE"), primary_key=True)
    member_id: Mapped[MemberId] = mapped_column(ForeignKey("members.id", ondelete="CASCADE"), primary_key=True)


class SignIn(Base):
    """A browser that is signed in. The cookie holds the key; the table only its SHA-256."""

    __tablename__ = "sign_ins"
    __table_args__ = (Index("ix_sign_ins_user_id", "user_id"),)

    key_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[UserId] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    csrf_token: Mapped[str] = mapped_column(String(64))
    address: Mapped[str] = mapped_column(String(45), default="")
    """Where the browser was when it signed in."""
    agent: Mapped[str] = mapped_column(String(200), default="")
    """What the browser calls itself."""
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class PasswordReset(Base):
    """A link by which somebody who forgot their password chooses another; deleted when it is used."""

    __tablename__ = "password_resets"
    __table_args__ = (Index("ix_password_resets_user_id", "user_id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    user_id: Mapped[UserId] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    """SHA-256 of what stands in the link."""
    went_by_mail: Mapped[bool]
    """Whether whoever uses it proves to read the address's mail."""
    created_at: Mapped[datetime]


class EmailChange(Base):
    """A link by which somebody makes another address their account's; the newest one alone counts."""

    __tablename__ = "email_changes"
    __table_args__ = (Index("ix_email_changes_user_id", "user_id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    user_id: Mapped[UserId] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    email: Mapped[str] = mapped_column(String(254))
    """What it will be, lower-case."""
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    """SHA-256 of what stands in the link."""
    created_at: Mapped[datetime]


class SignInTry(Base):
    """A try to sign in that was wrong, or is being looked at; kept only as long as it counts."""

    __tablename__ = "sign_in_tries"
    __table_args__ = (Index("ix_sign_in_tries_key_hash", "key_hash", "at"), Index("ix_sign_in_tries_at", "at"))

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    key_hash: Mapped[str] = mapped_column(String(64))
    """SHA-256 of what is counted: an address, or an address with an e-mail."""
    at: Mapped[datetime]
