"""One's own account: where one belongs, which chat users one is, one's password, and where one is signed in."""

from collections.abc import Mapping
from types import MappingProxyType

from starlette.responses import RedirectResponse, Response

from tocsin.chat.identities import list_identities_of_user, undo_link
from tocsin.chat.link_notices import ChatUser, tell_unlinked
from tocsin.http.addresses import local_path
from tocsin.http.appearance import keep_appearance
from tocsin.http.cookies import SIGN_IN, drop_cookie, give_key, read_cookie
from tocsin.http.errors import page_of
from tocsin.http.visit import PAGE, SignedInVisit
from tocsin.kernel.db import read, write
from tocsin.kernel.errors import InvalidInputError, NotFoundError, TocsinError
from tocsin.members.email_change import LIFE, find_asked
from tocsin.members.errors import TooManyTriesError, WrongPasswordError
from tocsin.members.password_reset import change_password
from tocsin.members.sessions import NewSignIn, end_session, end_sessions, hash_key, list_sessions
from tocsin.members.sign_in import IDLE_LIFE
from tocsin.organizations.permit import Actor
from tocsin.web.password_reset import new_password
from tocsin.web.place import list_own_organizations, show
from tocsin.web.refusals import WRITER_SECONDS

ACCOUNT = "/account/"
NOTHING_TYPED: Mapping[str, str] = MappingProxyType({})


def show_account(visit: SignedInVisit) -> Response:
    """The visitor's organizations, links and sessions."""
    return _page(visit, sentence="", status=200)


def accept_unlink(visit: SignedInVisit) -> Response:
    """Undo a link of the visitor's own, whether they belong to an organization or not: it only takes rights away.

    Raises:
        NotFoundError: there is no such link, or it is somebody else's.
    """
    with write(visit.deps.database, timeout=WRITER_SECONDS) as session:
        line = next(
            (
                each
                for each in list_identities_of_user(session, visit.person.user_id)
                if (str(each.integration_id), each.external_id) == (visit.field("workspace"), visit.field("chat_user"))
            ),
            None,
        )
        if line is None:
            raise NotFoundError("This Slack account is not linked to yours.")
        person = Actor(visit.person.user_id, visit.person.name)
        undo_link(session, line.integration_id, line.external_id, by=person, source=PAGE, now=visit.now)
        chat_user = ChatUser(line.integration_id, line.external_id, line.external_id)
        tell_unlinked(session, visit.deps.telling, chat_user, line.user_id, by=person.label, now=visit.now)
    return RedirectResponse(ACCOUNT, status_code=303)


def accept_password(visit: SignedInVisit) -> Response:
    """Change the visitor's password; whoever is signed in elsewhere is signed out."""
    try:
        new = _change_password(visit)
    except (WrongPasswordError, InvalidInputError, TooManyTriesError) as error:
        return show_refused(visit, error)
    if new is None:
        return to_sign_in(visit)
    response = RedirectResponse(ACCOUNT, status_code=303)
    give_key(response, new, now=visit.now, is_https=visit.deps.is_https)
    return response


def accept_end_session(visit: SignedInVisit) -> Response:
    """Sign the visitor out in one of their other browsers."""
    with write(visit.deps.database, timeout=WRITER_SECONDS) as session:
        end_session(session, visit.person.user_id, visit.field("session"))
    return RedirectResponse(ACCOUNT, status_code=303)


def accept_appearance(visit: SignedInVisit) -> Response:
    """Keep in this browser whether pages are light or dark, and go on where the visitor was."""
    response = RedirectResponse(local_path(visit.field("back"), default=ACCOUNT), status_code=303)
    keep_appearance(response, visit.field("appearance"), is_https=visit.deps.is_https)
    return response


def accept_sign_out_everywhere(visit: SignedInVisit) -> Response:
    """End every session of the visitor, this one included."""
    with write(visit.deps.database, timeout=WRITER_SECONDS) as session:
        end_sessions(session, visit.person.user_id)
    return to_sign_in(visit)


def _change_password(visit: SignedInVisit) -> NewSignIn | None:
    client = visit.request.client
    return change_password(
        visit.deps.database,
        visit.person.user_id,
        own_key(visit),
        next(iter(visit.form.get("old", ())), ""),
        new_password(visit),
        address=client.host if client else "",
        source=PAGE,
        now=visit.now,
    )


def show_refused(visit: SignedInVisit, error: TocsinError, *, typed: Mapping[str, str] = NOTHING_TYPED) -> Response:
    """The account with what stood in the way, and with what was `typed` still in its fields."""
    if isinstance(error, TooManyTriesError):
        response = _page(visit, sentence=str(error), status=429, typed=typed)
        response.headers["Retry-After"] = str(error.retry_after)
        return response
    status = 403 if isinstance(error, WrongPasswordError) else page_of(error).status
    return _page(visit, sentence=str(error), status=status, typed=typed)


def _page(visit: SignedInVisit, *, sentence: str, status: int, typed: Mapping[str, str] = NOTHING_TYPED) -> Response:
    with read(visit.deps.database) as session:
        facts = {
            "organizations": list_own_organizations(session, visit),
            "identities": list_identities_of_user(session, visit.person.user_id),
            "sessions": list_sessions(session, visit.person.user_id, idle_since=visit.now - IDLE_LIFE, now=visit.now),
            "this_session": hash_key(own_key(visit)),
            "sentence": sentence,
            "typed": typed,
            "has_mail": visit.deps.mailing.is_on,
            "asked": find_asked(session, visit.person.user_id, now=visit.now),
            "asked_life": LIFE,
        }
    return show("account.html", visit, facts, status=status)


def own_key(visit: SignedInVisit) -> str:
    """The key of the visitor's own session."""
    return read_cookie(visit.request, SIGN_IN, is_https=visit.deps.is_https) or ""


def to_sign_in(visit: SignedInVisit) -> Response:
    """Where somebody goes whose session is over."""
    response = RedirectResponse("/sign-in/", status_code=303)
    drop_cookie(response, SIGN_IN, is_https=visit.deps.is_https)
    return response
