"""Saved views: searches with a name, of one member or shared by all; each member chooses which of them opens first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, delete, func, or_, select
from sqlalchemy.orm import Session

from tocsin.issues.models import DefaultView, SavedView
from tocsin.issues.search import Order
from tocsin.issues.search_query import parse
from tocsin.kernel.errors import ConflictError, InvalidInputError, NotFoundError
from tocsin.kernel.ids import OrganizationId, UserId
from tocsin.organizations.audit import AuditEvent, create_audit_entry
from tocsin.organizations.permit import Permit, Verb

MAX_NAME = 60
VIEWS_AT_MOST = 50
"""Of one member, and of those that are shared: the page lists them all."""


class ViewNotFoundError(NotFoundError):
    """No such view, or it is somebody else's."""

    code = "issues.view_not_found"


class ViewNameTakenError(ConflictError):
    """A view of this name is there already."""

    code = "issues.view_name_taken"


@dataclass(frozen=True, slots=True)
class View:
    """A saved view as one member has it."""

    id: int
    name: str
    query: str
    order: Order
    is_shared: bool
    is_default: bool


def verb_of(*, is_shared: bool) -> Verb:
    """What a person must be allowed who saves, renames or removes such a view."""
    return Verb.SHARE_VIEWS if is_shared else Verb.SEE


def list_views(session: Session, organization_id: OrganizationId, user_id: UserId) -> list[View]:
    """The views that this member has: their own ones, then the shared ones, by name."""
    chosen = _default_id(session, organization_id, user_id)
    rows = session.scalars(
        select(SavedView)
        .where(SavedView.organization_id == organization_id, _is_seen_by(user_id))
        .order_by(SavedView.user_id.is_(None), func.lower(SavedView.name), SavedView.id)
    )
    return [_view(row, chosen) for row in rows]


def save_view(
    session: Session, permit: Permit, *, name: str, query: str, order: Order, is_shared: bool, now: datetime
) -> View:
    """Keep a search under a name: for the permit's person, or shared for all.

    Raises:
        SearchError: the query cannot be understood.
        InvalidInputError: the name is empty or too long, or there are too many views.
        ViewNameTakenError: the person, or the organization, has a view of this name.
    """
    parse(query)
    owner = None if is_shared else permit.actor.user_id
    others = _of_owner(session, permit.scope.organization_id, owner)
    words = _free_name(name, others)
    if len(others) >= VIEWS_AT_MOST:
        raise InvalidInputError(f"There can be {VIEWS_AT_MOST} views; remove one first.")

    view = SavedView(
        organization_id=permit.scope.organization_id,
        user_id=owner,
        name=words,
        query=query,
        sort=order,
        created_at=now,
    )
    session.add(view)
    session.flush()
    if is_shared:
        _keep(session, permit, AuditEvent.VIEW_SHARE, view, now=now, data={"name": words})
    return _view(view, None)


def rename_view(session: Session, permit: Permit, view_id: int, *, name: str, now: datetime) -> None:
    """Call a view otherwise, for all who have it; what it searches stays.

    Raises:
        ViewNotFoundError: there is none that this permit's person has.
        InvalidInputError: the name is empty or too long.
        ViewNameTakenError: the person, or the organization, has another view of this name.
    """
    view = get_view(session, permit.scope.organization_id, permit.actor.user_id, view_id)
    others = [each for each in _of_owner(session, view.organization_id, view.user_id) if each.id != view_id]
    words, was = _free_name(name, others), view.name
    if words == was:
        return
    view.name = words
    session.flush()
    if view.user_id is None:
        _keep(session, permit, AuditEvent.VIEW_RENAME, view, now=now, data={"name": words, "was": was})


def remove_view(session: Session, permit: Permit, view_id: int, *, now: datetime) -> None:
    """Forget a view; whoever opened it first sees the usual list from now on.

    Raises:
        ViewNotFoundError: there is none that this permit's person has.
    """
    view = get_view(session, permit.scope.organization_id, permit.actor.user_id, view_id)
    if view.user_id is None:
        _keep(session, permit, AuditEvent.VIEW_REMOVE, view, now=now, data={"name": view.name})
    session.delete(view)
    session.flush()


def open_first(session: Session, organization_id: OrganizationId, user_id: UserId, view_id: int | None) -> None:
    """Let the list open with this view for this member; `None`: with the usual search.

    Raises:
        ViewNotFoundError: there is none that this member has.
    """
    session.execute(
        delete(DefaultView).where(DefaultView.organization_id == organization_id, DefaultView.user_id == user_id)
    )
    if view_id is not None:
        view = get_view(session, organization_id, user_id, view_id)
        session.add(DefaultView(organization_id=organization_id, user_id=user_id, view_id=view.id))
    session.flush()


def get_view(session: Session, organization_id: OrganizationId, user_id: UserId | None, view_id: int) -> SavedView:
    """The view of that id, if this person has it.

    Raises:
        ViewNotFoundError: there is none, or it is somebody else's: both answer alike.
    """
    view = session.get(SavedView, view_id)
    if view is None or view.organization_id != organization_id or view.user_id not in (None, user_id):
        raise ViewNotFoundError("There is no such view, or it is somebody else's.")
    return view


def _free_name(name: str, others: Sequence[SavedView]) -> str:
    """The name as it is kept, if it can be one and none of `others` has it."""
    words = " ".join(name.split())
    if not 1 <= len(words) <= MAX_NAME:
        raise InvalidInputError(f"Give the view a name of 1 to {MAX_NAME} characters.")
    if any(other.name.lower() == words.lower() for other in others):
        raise ViewNameTakenError(f"There is a view called {words!r} already; remove it first, or choose another name.")
    return words


def _is_seen_by(user_id: UserId) -> ColumnElement[bool]:
    return or_(SavedView.user_id.is_(None), SavedView.user_id == user_id)


def _of_owner(session: Session, organization_id: OrganizationId, owner: UserId | None) -> Sequence[SavedView]:
    of_owner = SavedView.user_id.is_(None) if owner is None else SavedView.user_id == owner
    return session.scalars(select(SavedView).where(SavedView.organization_id == organization_id, of_owner)).all()


def _default_id(session: Session, organization_id: OrganizationId, user_id: UserId) -> int | None:
    return session.scalar(
        select(DefaultView.view_id).where(
            DefaultView.organization_id == organization_id, DefaultView.user_id == user_id
        )
    )


def _view(row: SavedView, chosen: int | None) -> View:
    return View(row.id, row.name, row.query, Order(row.sort), row.user_id is None, row.id == chosen)


def _keep(
    session: Session, permit: Permit, event: AuditEvent, view: SavedView, *, now: datetime, data: dict[str, str]
) -> None:
    create_audit_entry(session, permit, event, target=f"view:{view.id}", now=now, data=data)
