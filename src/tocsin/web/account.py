"""One's own account: where one belongs, and which chat users one is."""

from starlette.responses import RedirectResponse, Response

from tocsin.chat.identities import list_identities_of_user, unlink_identity
from tocsin.http.cookies import SIGN_IN, drop_cookie
from tocsin.http.visit import PAGE, SignedInVisit
from tocsin.kernel.db import read, write
from tocsin.kernel.errors import NotFoundError
from tocsin.members.authorize import authorize
from tocsin.members.sign_in import sign_out_everywhere
from tocsin.organizations.permit import Scope, Verb
from tocsin.web.place import list_own_organizations, show
from tocsin.web.refusals import WRITER_SECONDS

ACCOUNT = "/account/"


def show_account(visit: SignedInVisit) -> Response:
    """The visitor's organizations and links."""
    with read(visit.deps.database) as session:
        facts = {
            "organizations": list_own_organizations(session, visit),
            "identities": list_identities_of_user(session, visit.person.user_id),
        }
    return show("account.html", visit, facts)


def accept_unlink(visit: SignedInVisit) -> Response:
    """Undo a link of the visitor's own.

    Raises:
        NotFoundError: there is no such link, it is somebody else's, or the visitor belongs to no organization.
    """
    with write(visit.deps.database, timeout=WRITER_SECONDS) as session:
        own = list_own_organizations(session, visit)
        line = next(
            (
                each
                for each in list_identities_of_user(session, visit.person.user_id)
                if (str(each.integration_id), each.external_id) == (visit.field("workspace"), visit.field("chat_user"))
            ),
            None,
        )
        if line is None or not own:
            raise NotFoundError("This Slack account is not linked to yours.")
        scope = Scope(own[0][1].id)
        permit = authorize(session, visit.person.user_id, Verb.SEE, scope, source=PAGE)
        unlink_identity(session, permit, line.integration_id, line.external_id, now=visit.now)
    return RedirectResponse(ACCOUNT, status_code=303)


def accept_sign_out_everywhere(visit: SignedInVisit) -> Response:
    """End every session of the visitor, this one included."""
    with write(visit.deps.database, timeout=WRITER_SECONDS) as session:
        sign_out_everywhere(session, visit.person.user_id)
    response = RedirectResponse("/sign-in/", status_code=303)
    drop_cookie(response, SIGN_IN, is_https=visit.deps.is_https)
    return response
