"""The page that an invitation's link leads to: who is new makes an account, who has one says yes."""

from starlette.responses import RedirectResponse, Response

from tocsin.http.cookies import SIGN_IN, give_key, read_cookie, set_cookie
from tocsin.http.errors import page_of
from tocsin.http.pages import find_person
from tocsin.http.visit import Visit
from tocsin.kernel.db import read, write
from tocsin.kernel.errors import ConflictError, InvalidInputError, WriterBusyError
from tocsin.members.invitations import accept_as_newcomer, accept_as_user, look_at_invitation
from tocsin.members.passwords import hash_password, require_good_password
from tocsin.members.sessions import renew_session
from tocsin.members.sign_in import ABSOLUTE_LIFE, NewSignIn, SignedInUser, begin_sign_in
from tocsin.web.password_reset import new_password
from tocsin.web.place import show
from tocsin.web.refusals import WRITER_SECONDS

SEE_OTHER = 303


def show_invitation(visit: Visit) -> Response:
    """What is offered, and by whom; looking does not use the link up."""
    return _page(visit)


def accept_invitation(visit: Visit) -> Response:
    """Take the place: with a new account and a session in it, or with the account that is signed in."""
    person = find_person(visit.deps, visit.request)
    try:
        return _accept_as(visit, person) if person is not None else _accept_as_newcomer(visit)
    except (ConflictError, InvalidInputError, WriterBusyError) as error:
        return _page(visit, sentence=str(error), status=page_of(error).status)


def _accept_as(visit: Visit, person: SignedInUser) -> Response:
    key = read_cookie(visit.request, SIGN_IN, is_https=visit.deps.is_https) or ""
    with write(visit.deps.database, timeout=WRITER_SECONDS) as session:
        accept_as_user(session, visit.request.path_params["token"], person.user_id, now=visit.now)
        renewed = renew_session(session, key)  # a key that was stolen before must not grow with the rights
    response = RedirectResponse("/", status_code=SEE_OTHER)
    if renewed is not None:
        give_key(response, renewed, now=visit.now, is_https=visit.deps.is_https)
    return response


def _accept_as_newcomer(visit: Visit) -> Response:
    token, name = visit.request.path_params["token"], visit.field("name")
    if not name:
        raise InvalidInputError("Say what you want to be called.")
    with read(visit.deps.database) as session:
        welcome = look_at_invitation(session, token, now=visit.now)
    password = new_password(visit)
    require_good_password(password, welcome.email, name)
    # Hashing takes some 20 ms, in which nobody else should wait for the writer.
    hashed = hash_password(password)
    with write(visit.deps.database, timeout=WRITER_SECONDS) as session:
        user_id = accept_as_newcomer(session, token, name=name, password_hash=hashed, now=visit.now)
        new = begin_sign_in(session, user_id, now=visit.now)
    return _signed_in(visit, new)


def _signed_in(visit: Visit, new: NewSignIn) -> Response:
    response = RedirectResponse("/", status_code=SEE_OTHER)
    seconds = int(ABSOLUTE_LIFE.total_seconds())
    set_cookie(response, SIGN_IN, new.key, is_https=visit.deps.is_https, seconds=seconds)
    return response


def _page(visit: Visit, *, sentence: str = "", status: int = 200) -> Response:
    person = find_person(visit.deps, visit.request)
    with read(visit.deps.database) as session:
        welcome = look_at_invitation(session, visit.request.path_params["token"], now=visit.now)
    facts = {
        "welcome": welcome,
        "known": person,
        "is_theirs": person is not None and person.email == welcome.email,
        "sentence": sentence,
        "name": visit.field("name") or welcome.name,
    }
    return show("invitation.html", visit, facts, status=status)
