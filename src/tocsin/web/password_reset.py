"""The pages of a forgotten password: asking for a link, and choosing another one with it."""

from starlette.responses import Response

from tocsin.http.errors import page_of
from tocsin.http.visit import PAGE, Visit
from tocsin.kernel.db import read, write
from tocsin.kernel.errors import InvalidInputError
from tocsin.members.errors import TooManyTriesError
from tocsin.members.password_reset import ask_for_reset, get_reset_user, reset_password
from tocsin.web.place import show
from tocsin.web.refusals import WRITER_SECONDS


def show_forgotten(visit: Visit) -> Response:
    """The form that asks for a link; where there is no mail, whom to ask instead."""
    return _forgotten(visit)


def accept_forgotten(visit: Visit) -> Response:
    """Send a link, if somebody has this e-mail; the answer is the same if nobody does."""
    mailing, client = visit.deps.mailing, visit.request.client
    if not mailing.is_on:
        return _forgotten(visit)
    try:
        with write(visit.deps.database, timeout=WRITER_SECONDS) as session:
            ask_for_reset(
                session,
                visit.field("email"),
                mailing=mailing,
                address=client.host if client else "",
                source=PAGE,
                now=visit.now,
            )
    except TooManyTriesError as error:
        response = _forgotten(visit, sentence=str(error), status=429)
        response.headers["Retry-After"] = str(error.retry_after)
        return response
    return _forgotten(visit, is_asked=True)


def show_reset(visit: Visit) -> Response:
    """The form that the link leads to; looking does not use the link up."""
    return _reset(visit)


def accept_reset(visit: Visit) -> Response:
    """Change the password, and end every session of whoever had the old one."""
    try:
        new = new_password(visit)
        reset_password(visit.deps.database, visit.request.path_params["token"], new, source=PAGE, now=visit.now)
    except InvalidInputError as error:
        return _reset(visit, sentence=str(error), status=page_of(error).status)
    return show("password_reset.html", visit, {"email": None, "sentence": ""})


def new_password(visit: Visit) -> str:
    """What was typed twice as the new password; blanks at its ends belong to it.

    Raises:
        InvalidInputError: it was not the same both times.
    """
    new, again = (next(iter(visit.form.get(name, ())), "") for name in ("new", "again"))
    if new != again:
        raise InvalidInputError("The new password was not typed twice alike; nothing was changed.")
    return new


def _forgotten(visit: Visit, *, sentence: str = "", is_asked: bool = False, status: int = 200) -> Response:
    facts = {"is_asked": is_asked, "has_mail": visit.deps.mailing.is_on, "sentence": sentence}
    return show("password_forgotten.html", visit, facts, status=status)


def _reset(visit: Visit, *, sentence: str = "", status: int = 200) -> Response:
    with read(visit.deps.database) as session:
        user = get_reset_user(session, visit.request.path_params["token"], now=visit.now)
    return show("password_reset.html", visit, {"email": user.email, "sentence": sentence}, status=status)
