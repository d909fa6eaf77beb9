"""The one rule of who may do what, asked by pages, command line and Slack alike."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, bindparam, or_, select
from sqlalchemy.orm import Session

from tocsin.kernel.errors import NotFoundError
from tocsin.kernel.ids import MemberId, OrganizationId, ProjectId, UserId
from tocsin.kernel.statement import Statement
from tocsin.members.errors import NotAllowedError
from tocsin.members.models import Member, TeamMembership, User
from tocsin.organizations.audit import AuditEvent, create_audit_entry_from_user
from tocsin.organizations.models import Project, ProjectTeam
from tocsin.organizations.permit import Actor, Permit, Role, Scope, Source, Verb

LEAST_ROLE: dict[Verb, Role] = {
    Verb.SEE: Role.MEMBER,
    Verb.COMMENT: Role.MEMBER,
    Verb.TRIAGE: Role.MEMBER,
    Verb.ASSIGN: Role.MEMBER,
    Verb.MODERATE: Role.ADMIN,
    Verb.DELETE_ISSUES: Role.ADMIN,
    Verb.EDIT_RULES: Role.ADMIN,
    Verb.EDIT_PROJECTS: Role.ADMIN,
    Verb.EDIT_TEAMS: Role.ADMIN,
    Verb.SHARE_VIEWS: Role.ADMIN,
    Verb.EDIT_MEMBERS: Role.MANAGER,
    Verb.EDIT_WORKSPACES: Role.MANAGER,
    Verb.SEE_AUDIT: Role.MANAGER,
    Verb.EDIT_ORGANIZATION: Role.MANAGER,
    Verb.UNLINK_OTHERS: Role.OWNER,
    Verb.EDIT_SECRETS: Role.OWNER,
    Verb.DELETE: Role.OWNER,
}
"""Whoever has this role or a higher one may do the verb, in what they may see."""

ANY_PROJECT = Role.ADMIN
"""From this role on a person sees every project; below it, the open ones and those of their own teams."""

ONE_PROJECT_AT_A_TIME = frozenset({Verb.COMMENT, Verb.MODERATE, Verb.TRIAGE, Verb.ASSIGN, Verb.DELETE_ISSUES})
"""Verbs that act on a project's issues: a permit for a whole organization would skip the project's condition."""

GRANTORS_NAMED = 3

COUNTS: tuple[ColumnElement[bool], ColumnElement[bool]] = (User.is_active.is_(True), Member.is_active.is_(True))
"""The conditions of a place in an organization that gives its person any right."""

# Made once: composing a statement costs as much as running it, and every press and page asks these.
_PLACES = (
    select(User.id, User.name, User.email, Member.id, Member.organization_id, Member.role)
    .join(Member, Member.user_id == User.id)
    .where(User.id == bindparam("user_id"), *COUNTS)
    .order_by(Member.organization_id)
)
_PLACE = Statement(_PLACES.where(Member.organization_id == bindparam("organization_id")))
_OWN = (
    select(ProjectTeam.project_id)
    .join(TeamMembership, TeamMembership.team_id == ProjectTeam.team_id)
    .where(TeamMembership.member_id == bindparam("member_id"))
)
_PROJECTS = (
    select(Project)
    .where(Project.organization_id == bindparam("organization_id"), Project.deleted_at.is_(None))
    .order_by(Project.slug)
)
_OPEN_OR_OWN = _PROJECTS.where(or_(Project.is_open.is_(True), Project.id.in_(_OWN)))
_IS_THERE, _IS_SEEN = (
    Statement(projects.with_only_columns(Project.id).where(Project.id == bindparam("project_id")).order_by(None))
    for projects in (_PROJECTS, _OPEN_OR_OWN)
)


@dataclass(frozen=True, slots=True)
class Membership:
    """A person who counts in an organization: account and place are both active."""

    user_id: UserId
    name: str
    email: str
    member_id: MemberId
    organization_id: OrganizationId
    role: Role


def authorize(session: Session, user_id: UserId, verb: Verb, scope: Scope, *, source: Source) -> Permit:
    """Give the permit to do `verb` in `scope`; every edge asks at opening and again in the transaction that acts.

    Raises:
        NotFoundError: the person may not see the organization or project, or there is none: both answer alike.
        NotAllowedError: they see it, but their role is too low; the message says whom to ask.
    """
    if verb in ONE_PROJECT_AT_A_TIME and scope.project_id is None:
        raise ValueError(f"{verb} is asked of one project at a time")
    membership = find_membership(session, user_id, scope.organization_id)
    if membership is None:
        raise NotFoundError("There is no such organization, or you may not see it.")
    if scope.project_id is not None and not sees_project(session, membership, scope.project_id):
        raise NotFoundError("There is no such project, or you may not see it.")
    if membership.role.rank < LEAST_ROLE[verb].rank:
        raise _not_allowed(session, membership, verb, scope, source)

    return Permit(Actor(user_id, membership.name), verb, scope, source)


def find_membership(session: Session, user_id: UserId, organization_id: OrganizationId) -> Membership | None:
    """The person's place in the organization; `None` also for the deactivated, and for whoever is merely invited."""
    session.flush()  # who was just let in is asked for, too
    found = _PLACE.rows(session, {"user_id": user_id, "organization_id": organization_id})
    return _membership(*found[0]) if found else None


def list_memberships(session: Session, user_id: UserId) -> list[Membership]:
    """Every organization in which the person counts, oldest first."""
    return [_membership(*row) for row in session.execute(_PLACES, {"user_id": user_id})]


def sees_project(session: Session, membership: Membership, project_id: ProjectId) -> bool:
    """Whether the project is one of the organization's that this person may see."""
    wanted = _IS_THERE if _sees_all(membership) else _IS_SEEN
    session.flush()
    return bool(wanted.rows(session, _asked_by(membership) | {"project_id": project_id}))


def visible_projects(session: Session, user_id: UserId, organization_id: OrganizationId) -> list[Project]:
    """The projects that the person may see, by slug; none for whoever does not count in the organization."""
    membership = find_membership(session, user_id, organization_id)
    if membership is None:
        return []
    visible = _PROJECTS if _sees_all(membership) else _OPEN_OR_OWN
    return list(session.scalars(visible, _asked_by(membership)))


def record_refusal(
    session: Session, user_id: UserId, verb: Verb, scope: Scope, *, source: Source, target: str | None, now: datetime
) -> None:
    """Write into the audit log that somebody was refused.

    A refusal ends the transaction that would have acted, so the edge writes this in one of its own; a
    `RefusedError` carries what is asked for here.
    """
    create_audit_entry_from_user(
        session,
        AuditEvent.REFUSED,
        organization_id=scope.organization_id,
        user_id=user_id,
        label=session.scalar(select(User.name).where(User.id == user_id)) or "nobody",
        source=source,
        target=target,
        now=now,
        data={"verb": verb},
    )


def _membership(
    user_id: UserId, name: str, email: str, member_id: MemberId, organization_id: OrganizationId, role: str
) -> Membership:
    return Membership(user_id, name, email, member_id, organization_id, Role(role))


def _sees_all(membership: Membership) -> bool:
    return membership.role.rank >= ANY_PROJECT.rank


def _asked_by(membership: Membership) -> dict[str, int]:
    """The parameters that say whose projects are meant."""
    return {"organization_id": membership.organization_id, "member_id": membership.member_id}


def _not_allowed(session: Session, membership: Membership, verb: Verb, scope: Scope, source: Source) -> NotAllowedError:
    role = LEAST_ROLE[verb]
    grantors = _find_grantors(session, membership.organization_id, role)
    words = verb.replace("_", " ")
    return NotAllowedError(
        f"To {words} you need the role {role}; yours is {membership.role}. {_whom_to_ask(grantors)}",
        user_id=membership.user_id,
        verb=verb,
        scope=scope,
        source=source,
        role=role,
        grantors=grantors,
    )


def _find_grantors(session: Session, organization_id: OrganizationId, role: Role) -> tuple[str, ...]:
    """Names of up to three people who edit members and stand high enough to grant `role`."""
    least = max(role, LEAST_ROLE[Verb.EDIT_MEMBERS], key=lambda one: one.rank)
    names = (
        select(User.name)
        .join(Member, Member.user_id == User.id)
        .where(
            Member.organization_id == organization_id,
            Member.role.in_([one for one in Role if one.rank >= least.rank]),
            *COUNTS,
        )
        .order_by(Member.id)
        .limit(GRANTORS_NAMED)
    )
    return tuple(session.scalars(names))


def _whom_to_ask(grantors: tuple[str, ...]) -> str:
    if not grantors:
        return "Nobody here can grant it at the moment; whoever runs this server can, with `tocsin members add`."
    *others, last = grantors
    return f"Ask {', '.join(others)} or {last} to grant it." if others else f"Ask {last} to grant it."
