"""One's own name and e-mail address: changing them, and the page that a mailed link leads to."""

from starlette.responses import RedirectResponse, Response

from tocsin.http.cookies import give_key
from tocsin.http.errors import page_of
from tocsin.http.visit import PAGE, SignedInVisit
from tocsin.issues.people import readdress_in_views, redraw_issues_of_person
from tocsin.kernel.db import read, write
from tocsin.kernel.errors import ConflictError, InvalidInputError
from tocsin.members.email_change import ask_for_email, confirm_email, get_asked
from tocsin.members.errors import TooManyTriesError, WrongPasswordError
from tocsin.members.models import User
from tocsin.members.people import rename_user
from tocsin.web.account import ACCOUNT, own_key, show_refused, to_sign_in
from tocsin.web.place import show
from tocsin.web.refusals import WRITER_SECONDS


def accept_name(visit: SignedInVisit) -> Response:
    """Let the visitor call themselves otherwise; cards of what they have show it."""
    try:
        with write(visit.deps.database, timeout=WRITER_SECONDS) as session:
            user = session.get_one(User, visit.person.user_id, with_for_update=True)
            if rename_user(session, user, visit.field("name"), source=PAGE, now=visit.now):
                redraw_issues_of_person(session, user.id)
    except InvalidInputError as error:
        return show_refused(visit, error, typed={"name": visit.field("name")})
    return RedirectResponse(ACCOUNT, status_code=303)


def accept_email(visit: SignedInVisit) -> Response:
    """Send a link to the address that the visitor wants; until it is used, nothing changes."""
    client = visit.request.client
    try:
        ask_for_email(
            visit.deps.database,
            visit.person.user_id,
            visit.field("email"),
            next(iter(visit.form.get("password", ())), ""),
            mailing=visit.deps.mailing,
            address=client.host if client else "",
            now=visit.now,
        )
    except (WrongPasswordError, InvalidInputError, ConflictError, TooManyTriesError) as error:
        return show_refused(visit, error, typed={"email": visit.field("email")})
    return RedirectResponse(ACCOUNT, status_code=303)


def show_confirm(visit: SignedInVisit) -> Response:
    """What the link would change; looking does not use it up."""
    return _confirm(visit)


def accept_confirm(visit: SignedInVisit) -> Response:
    """Change the address; other browsers are signed out, and saved views find the person by the new one."""
    try:
        with write(visit.deps.database, timeout=WRITER_SECONDS) as session:
            new = confirm_email(
                session,
                visit.person.user_id,
                visit.request.path_params["token"],
                own_key(visit),
                mailing=visit.deps.mailing,
                source=PAGE,
                now=visit.now,
            )
            now_called = session.get_one(User, visit.person.user_id).email
            readdress_in_views(session, visit.person.user_id, old=visit.person.email, new=now_called)
    except ConflictError as error:
        return _confirm(visit, sentence=str(error), status=page_of(error).status)
    if new is None:
        return to_sign_in(visit)
    response = RedirectResponse(ACCOUNT, status_code=303)
    give_key(response, new, now=visit.now, is_https=visit.deps.is_https)
    return response


def _confirm(visit: SignedInVisit, *, sentence: str = "", status: int = 200) -> Response:
    with read(visit.deps.database) as session:
        asked = get_asked(session, visit.person.user_id, visit.request.path_params["token"], now=visit.now)
    return show("email_confirm.html", visit, {"email": asked.email, "sentence": sentence}, status=status)
