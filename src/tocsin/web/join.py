"""The page by which anybody asks to join an organization that takes such requests."""

from sqlalchemy.orm import Session
from starlette.responses import Response

from tocsin.http.errors import page_of
from tocsin.http.pages import find_person
from tocsin.http.visit import PAGE, Visit
from tocsin.kernel.db import read, write
from tocsin.kernel.errors import ConflictError, InvalidInputError, WriterBusyError
from tocsin.members.authorize import find_membership
from tocsin.members.errors import TooManyTriesError
from tocsin.members.sign_in import SignedInUser
from tocsin.members.tries import count_try
from tocsin.notifications.approvals import request_to_join
from tocsin.organizations.errors import OrganizationNotFoundError
from tocsin.organizations.models import Organization
from tocsin.organizations.queries import find_organization
from tocsin.web.place import show
from tocsin.web.refusals import WRITER_SECONDS


def show_join(visit: Visit) -> Response:
    """The form, or that one is in already."""
    return _page(visit)


def accept_join(visit: Visit) -> Response:
    """Note the request; who is in or on their way already is told the same, for anybody may type their address."""
    person = find_person(visit.deps, visit.request)
    email, name = (person.email, person.name) if person else (visit.field("email"), visit.field("name"))
    client = visit.request.client
    try:
        with write(visit.deps.database, timeout=WRITER_SECONDS) as session:
            organization = _get_open(session, visit, person)
            count_try(session, f"join:{organization.id}", client.host if client else "", now=visit.now)
            request_to_join(session, organization, email=email, name=name, source=PAGE, now=visit.now)
    except TooManyTriesError as error:
        response = _page(visit, sentence="Too many requests came from your address. Try again later.", status=429)
        response.headers["Retry-After"] = str(error.retry_after)
        return response
    except (ConflictError, InvalidInputError, WriterBusyError) as error:
        return _page(visit, sentence=str(error), status=page_of(error).status)
    return _page(visit, is_asked=True)


def _page(visit: Visit, *, sentence: str = "", is_asked: bool = False, status: int = 200) -> Response:
    person = find_person(visit.deps, visit.request)
    with read(visit.deps.database) as session:
        organization = _get_open(session, visit, person)
        is_member = person is not None and _is_member(session, organization, person)
    facts = {
        "organization": organization,
        "known": person,
        "is_member": is_member,
        "is_asked": is_asked,
        "sentence": sentence,
        "typed": {"email": visit.field("email"), "name": visit.field("name")},
    }
    return show("join.html", visit, facts, status=status)


def _get_open(session: Session, visit: Visit, person: SignedInUser | None) -> Organization:
    """The organization of the address, if it takes requests, or is the person's own.

    Raises:
        OrganizationNotFoundError: there is none, or it takes none: both answer alike.
    """
    organization = find_organization(session, visit.request.path_params["organization"])
    own = organization is not None and person is not None and _is_member(session, organization, person)
    if organization is None or not (organization.join_requests or own):
        raise OrganizationNotFoundError("There is no such organization, or it cannot be joined by asking.")
    return organization


def _is_member(session: Session, organization: Organization, person: SignedInUser) -> bool:
    return find_membership(session, person.user_id, organization.id) is not None
