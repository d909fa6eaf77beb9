"""Identities: which chat user is which of our users, one to one within a workspace."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, bindparam, delete, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from tocsin.chat.errors import IdentityNotFoundError, IdentityTakenError, WorkspaceNotFoundError
from tocsin.chat.models import Identity, Integration, OrganizationIntegration
from tocsin.kernel.errors import InvalidInputError, NotFoundError
from tocsin.kernel.ids import IntegrationId, OrganizationId, UserId
from tocsin.kernel.statement import Statement
from tocsin.members.authorize import find_membership
from tocsin.members.models import Member, User
from tocsin.organizations.audit import AuditEvent, create_audit_entry_from_user
from tocsin.organizations.permit import Actor, Permit, Source, Verb


@dataclass(frozen=True, slots=True)
class IdentityLine:
    """A link as a list shows it."""

    integration_id: IntegrationId
    workspace: str
    """Slack's team id (`T...`)."""
    workspace_name: str
    external_id: str
    user_id: UserId
    name: str
    email: str
    linked_at: datetime


def link_identity(
    session: Session,
    permit: Permit,
    integration_id: IntegrationId,
    external_id: str,
    user_id: UserId,
    *,
    now: datetime,
    replace: bool = False,
) -> Identity:
    """Let the chat user `external_id` act as `user_id`; the same link again is only confirmed.

    People link themselves; linking somebody else takes a permit to edit members, or the system's. `replace` undoes
    what stands in the way, so the caller must have had both ends proved: the chat user's and the account's.

    Raises:
        WorkspaceNotFoundError: the permit's organization does not use the workspace.
        NotFoundError: the user does not count in the organization, or the permit is not for them.
        IdentityTakenError: either end is linked to somebody else already.
        InvalidInputError: that is no Slack user's id.
    """
    if not external_id.startswith(("U", "W")) or not external_id.isalnum():
        raise InvalidInputError(f"{external_id!r} is no Slack user's id; those begin with U or W.")
    _require_used(session, permit, integration_id)
    _require_own_or_editor(session, permit, user_id)
    standing = session.scalars(_touching(integration_id, external_id, user_id).with_for_update()).all()
    if [(one.external_id, one.user_id) for one in standing] == [(external_id, user_id)]:
        standing[0].linked_at = now
        session.flush()
        return standing[0]
    if standing and not replace:
        raise _taken(session, standing[0], external_id)

    for one in standing:
        _delete(session, permit.actor, permit.source, one, now)
    identity = Identity(integration_id=integration_id, external_id=external_id, user_id=user_id, linked_at=now)
    try:
        with session.begin_nested():
            session.add(identity)
    except IntegrityError as error:
        raise IdentityTakenError("Somebody linked one of the two at this very moment; look again.") from error
    _audit(session, permit.actor, permit.source, AuditEvent.IDENTITY_LINK, identity, now)
    return identity


def unlink_identity(
    session: Session, permit: Permit, integration_id: IntegrationId, external_id: str, *, now: datetime
) -> None:
    """Undo a link of one's own; a permit to unlink others undoes that of a member, the system's permit any.

    Raises:
        IdentityNotFoundError: there is none, or it is somebody else's: both answer alike.
    """
    identity = find_identity(session, integration_id, external_id)
    if identity is None or not _may_unlink(session, permit, identity):
        raise IdentityNotFoundError("This Slack account is not linked to yours.")
    _delete(session, permit.actor, permit.source, identity, now)


def undo_link(
    session: Session, integration_id: IntegrationId, external_id: str, *, by: Actor, source: Source, now: datetime
) -> UserId | None:
    """Undo a link for `by`, who proved to be one of its ends; gives whose it was, `None` where there is none.

    It only takes rights away, so it takes no place in an organization, and no organization that uses the workspace.
    """
    identity = find_identity(session, integration_id, external_id)
    if identity is None:
        return None
    _delete(session, by, source, identity, now)
    return identity.user_id


def find_identity(session: Session, integration_id: IntegrationId, external_id: str) -> Identity | None:
    """The link of a chat user (`U...`) in a workspace."""
    return session.scalars(
        select(Identity).where(Identity.integration_id == integration_id, Identity.external_id == external_id)
    ).one_or_none()


_LINKED = Statement(
    select(Identity.user_id).where(
        Identity.integration_id == bindparam("integration_id"), Identity.external_id == bindparam("external_id")
    )
)


def find_linked_user_id(session: Session, integration_id: IntegrationId, external_id: str) -> UserId | None:
    """Who of our users a chat user (`U...`) is in a workspace; asked by every press."""
    found = _LINKED.rows(session, {"integration_id": integration_id, "external_id": external_id})
    return found[0][0] if found else None


def find_identity_of_user(session: Session, integration_id: IntegrationId, user_id: UserId) -> Identity | None:
    """The link of one of our users in a workspace."""
    return session.scalars(
        select(Identity).where(Identity.integration_id == integration_id, Identity.user_id == user_id)
    ).one_or_none()


def external_ids_by_user(
    session: Session, integration_id: IntegrationId, user_ids: Iterable[UserId]
) -> dict[UserId, str]:
    """Who of `user_ids` is which chat user in the workspace; those who are not linked are left out."""
    rows = session.execute(
        select(Identity.user_id, Identity.external_id).where(
            Identity.integration_id == integration_id, Identity.user_id.in_(list(user_ids))
        )
    )
    return dict(rows.all())


def find_in_the_way(
    session: Session, integration_id: IntegrationId, external_id: str, user_id: UserId
) -> list[Identity]:
    """The links that would end if the chat user became this user: at most two, the chat user's and the account's."""
    standing = session.scalars(_touching(integration_id, external_id, user_id))
    return [one for one in standing if (one.external_id, one.user_id) != (external_id, user_id)]


def list_identities(session: Session, organization_id: OrganizationId) -> list[IdentityLine]:
    """The links of the organization's members in the workspaces that it uses, by workspace and name."""
    wanted = (
        _lines()
        .join(OrganizationIntegration, OrganizationIntegration.integration_id == Integration.id)
        .join(Member, Member.user_id == User.id)
        .where(OrganizationIntegration.organization_id == organization_id, Member.organization_id == organization_id)
    )
    rows = session.execute(wanted.order_by(Integration.id, User.name))
    return [IdentityLine(**row._asdict()) for row in rows]


def list_identities_of_user(session: Session, user_id: UserId) -> list[IdentityLine]:
    """The links of one person in every workspace, by workspace."""
    rows = session.execute(_lines().where(Identity.user_id == user_id).order_by(Integration.id))
    return [IdentityLine(**row._asdict()) for row in rows]


def _lines() -> Select[*tuple[Any, ...]]:
    return (
        select(
            Identity.integration_id,
            Integration.external_id.label("workspace"),
            Integration.name.label("workspace_name"),
            Identity.external_id,
            Identity.user_id,
            User.name,
            User.email,
            Identity.linked_at,
        )
        .join(Integration, Integration.id == Identity.integration_id)
        .join(User, User.id == Identity.user_id)
    )


def _require_used(session: Session, permit: Permit, integration_id: IntegrationId) -> None:
    if session.get(OrganizationIntegration, (permit.scope.organization_id, integration_id)) is None:
        raise WorkspaceNotFoundError("There is no such workspace in this organization.")


def _may_unlink(session: Session, permit: Permit, identity: Identity) -> bool:
    if permit.actor.user_id in {None, identity.user_id}:
        return True
    home = permit.scope.organization_id
    is_used = session.get(OrganizationIntegration, (home, identity.integration_id)) is not None
    member = select(Member.id).where(Member.organization_id == home, Member.user_id == identity.user_id)
    return permit.verb is Verb.UNLINK_OTHERS and is_used and session.scalar(member) is not None


def _require_own_or_editor(session: Session, permit: Permit, user_id: UserId) -> None:
    is_for_others = permit.actor.user_id is None or permit.verb is Verb.EDIT_MEMBERS
    if not is_for_others and permit.actor.user_id != user_id:
        raise NotFoundError("People link their own account only.")
    if find_membership(session, user_id, permit.scope.organization_id) is None:
        raise NotFoundError("There is no such person in this organization.")


def _touching(integration_id: IntegrationId, external_id: str, user_id: UserId) -> Select[Identity]:
    """At most two: the chat user's own link, and the account's."""
    return (
        select(Identity)
        .where(
            Identity.integration_id == integration_id,
            or_(Identity.external_id == external_id, Identity.user_id == user_id),
        )
        .order_by(Identity.id)
    )


def _taken(session: Session, standing: Identity, external_id: str) -> IdentityTakenError:
    if standing.external_id == external_id:
        return IdentityTakenError(
            f"The Slack user {external_id} is linked to another account; unlink it there first, or replace the link."
        )
    user = session.get_one(User, standing.user_id)
    return IdentityTakenError(
        f"{user.email} is linked to another Slack user ({standing.external_id}); unlink it first, or replace the link."
    )


def _delete(session: Session, actor: Actor, source: Source, identity: Identity, now: datetime) -> None:
    _audit(session, actor, source, AuditEvent.IDENTITY_UNLINK, identity, now)
    session.execute(delete(Identity).where(Identity.id == identity.id))
    session.flush()


def _audit(
    session: Session, actor: Actor, source: Source, event: AuditEvent, identity: Identity, now: datetime
) -> None:
    for organization_id in _organizations_to_tell(session, identity):
        create_audit_entry_from_user(
            session,
            event,
            organization_id=organization_id,
            user_id=actor.user_id,
            label=actor.label,
            source=source,
            target=f"user:{identity.user_id}",
            now=now,
            data={"integration_id": identity.integration_id, "external_id": identity.external_id},
        )


def _organizations_to_tell(session: Session, identity: Identity) -> Sequence[OrganizationId | None]:
    """In whose audit logs it stands: those of the linked person's organizations that use the workspace.

    The link counts in each of them. Where there is none, all of the person's organizations; without any, the server's
    own log: never that of an organization which has nothing to do with the person.
    """
    used_there = and_(
        OrganizationIntegration.organization_id == Member.organization_id,
        OrganizationIntegration.integration_id == identity.integration_id,
    )
    places = session.execute(
        select(Member.organization_id, OrganizationIntegration.integration_id)
        .outerjoin(OrganizationIntegration, used_there)
        .where(Member.user_id == identity.user_id)
        .order_by(Member.organization_id)
    ).all()
    using = [organization_id for organization_id, integration_id in places if integration_id is not None]
    return using or [organization_id for organization_id, _ in places] or [None]
