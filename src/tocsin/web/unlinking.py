"""Owners undo the Slack link of somebody else: a lost telephone, or a link that should never have been."""

from starlette.responses import RedirectResponse, Response

from tocsin.chat.identities import list_identities, unlink_identity
from tocsin.chat.link_notices import ChatUser, tell_unlinked
from tocsin.http.visit import PAGE, SignedInVisit
from tocsin.kernel.db import read, write
from tocsin.kernel.errors import NotFoundError
from tocsin.members.authorize import authorize
from tocsin.organizations.permit import Verb
from tocsin.web.place import open_place
from tocsin.web.refusals import WRITER_SECONDS, refusals_on_record


def accept_unlink_other(visit: SignedInVisit) -> Response:
    """Undo the link of a member, and tell both ends; they act as nobody in Slack until they link themselves again.

    Raises:
        NotAllowedError: only owners may; the refusal is kept in the audit log.
        NotFoundError: there is no such link in this organization.
    """
    wanted = (visit.field("workspace"), visit.field("chat_user"))
    with read(visit.deps.database) as session:
        place = open_place(session, visit)
    with (
        refusals_on_record(visit, target=f"organization:{place.organization.id}"),
        write(visit.deps.database, timeout=WRITER_SECONDS) as session,
    ):
        permit = authorize(session, visit.person.user_id, Verb.UNLINK_OTHERS, place.scope, source=PAGE)
        lines = list_identities(session, place.organization.id)
        line = next((one for one in lines if (str(one.integration_id), one.external_id) == wanted), None)
        if line is None:
            raise NotFoundError("There is no such link in this organization.")
        unlink_identity(session, permit, line.integration_id, line.external_id, now=visit.now)
        chat_user = ChatUser(line.integration_id, line.external_id, line.external_id)
        tell_unlinked(session, visit.deps.telling, chat_user, line.user_id, by=permit.actor.label, now=visit.now)
    return RedirectResponse(f"/{place.organization.slug}/workspace/", status_code=303)
