"""Signing in and out, and the way from the front door to one's own issues."""

from starlette.responses import RedirectResponse, Response

from tocsin.http.addresses import local_path
from tocsin.http.cookies import SIGN_IN, drop_cookie, read_cookie, set_cookie
from tocsin.http.pages import find_person
from tocsin.http.visit import PAGE, SignedInVisit, Visit
from tocsin.kernel.db import read, write
from tocsin.members.errors import TooManyTriesError, WrongPasswordError
from tocsin.members.sign_in import ABSOLUTE_LIFE, sign_in, sign_out
from tocsin.web.place import list_own_organizations, show

SEE_OTHER = 303


def go_home(visit: SignedInVisit) -> Response:
    """To the issues of the organization that the person joined first."""
    with read(visit.deps.database) as session:
        own = list_own_organizations(session, visit)
    if not own:
        return show("no_organization.html", visit, {})
    return RedirectResponse(f"/{own[0][1].slug}/issues/", status_code=SEE_OTHER)


def show_sign_in(visit: Visit) -> Response:
    """The form; whoever is signed in already is sent on."""
    if find_person(visit.deps, visit.request) is not None:
        return RedirectResponse(local_path(visit.query("next")), status_code=SEE_OTHER)
    return _form(visit, local_path(visit.query("next")), status=200)


def accept_sign_in(visit: Visit) -> Response:
    """Sign in under a new key, end the browser's old one, and go on to where the person wanted to go."""
    deps = visit.deps
    client = visit.request.client
    back = local_path(visit.field("next"))
    try:
        new = sign_in(
            deps.database,
            visit.field("email"),
            next(iter(visit.form.get("password", ())), ""),
            address=client.host if client else "",
            source=PAGE,
            now=visit.now,
            agent=visit.request.headers.get("User-Agent", ""),
        )
    except WrongPasswordError as error:
        return _form(visit, back, status=401, sentence=str(error))
    except TooManyTriesError as error:
        response = _form(visit, back, status=429, sentence=str(error))
        response.headers["Retry-After"] = str(error.retry_after)
        return response

    _end_session(visit)
    response = RedirectResponse(back, status_code=SEE_OTHER)
    seconds = int(ABSOLUTE_LIFE.total_seconds())
    set_cookie(response, SIGN_IN, new.key, is_https=deps.is_https, seconds=seconds)
    return response


def accept_sign_out(visit: SignedInVisit) -> Response:
    """End the session, here and in the database."""
    _end_session(visit)
    response = RedirectResponse("/sign-in/", status_code=SEE_OTHER)
    drop_cookie(response, SIGN_IN, is_https=visit.deps.is_https)
    return response


def _end_session(visit: Visit) -> None:
    key = read_cookie(visit.request, SIGN_IN, is_https=visit.deps.is_https)
    if key:
        with write(visit.deps.database) as session:
            sign_out(session, key)


def _form(visit: Visit, back: str, *, status: int, sentence: str = "") -> Response:
    facts = {"back": back, "sentence": sentence, "email": visit.field("email")}
    return show("sign_in.html", visit, facts, status=status)
