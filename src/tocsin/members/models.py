"""The tables of users, members, team membership and web sign-ins."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from tocsin.kernel.db import Base, BigId
from tocsin.kernel.ids import MemberId, OrganizationId, TeamId, UserId
from tocsin.organizations.permit import Role


class User(Base):
    """A person with an account; `email` is lower-case and unique."""

    __tablename__ = "users"

    id: Mapped[UserId] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(128))
    password_hash: Mapped[str | None] = mapped_column(String(200))
    """argon2id; `None` until the person chose a password."""
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
    is_approved: Mapped[bool] = mapped_column(default=True)
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
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class SignInTry(Base):
    """A try to sign in that was wrong, or is being looked at; kept only as long as it counts."""

    __tablename__ = "sign_in_tries"
    __table_args__ = (Index("ix_sign_in_tries_key_hash", "key_hash", "at"), Index("ix_sign_in_tries_at", "at"))

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    key_hash: Mapped[str] = mapped_column(String(64))
    """SHA-256 of what is counted: an address, or an address with an e-mail."""
    at: Mapped[datetime]
