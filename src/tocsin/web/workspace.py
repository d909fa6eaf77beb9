"""The workspaces that an organization uses, connecting one, and who is linked to a chat user."""

from anyio import from_thread
from starlette.responses import RedirectResponse, Response

from tocsin.chat.identities import list_identities
from tocsin.chat.workspaces import connect_workspace, list_workspaces
from tocsin.http.errors import page_of
from tocsin.http.visit import PAGE, SignedInVisit
from tocsin.kernel.db import read, write
from tocsin.kernel.errors import InvalidInputError
from tocsin.kernel.ids import UserId
from tocsin.members.authorize import authorize
from tocsin.members.people import list_members
from tocsin.organizations.permit import Verb
from tocsin.web.place import open_place, show
from tocsin.web.refusals import TOLD_ON_THE_PAGE, WRITER_SECONDS, refusals_on_record


def show_workspace(visit: SignedInVisit) -> Response:
    """What is connected, and who is linked."""
    return _page(visit, sentence="", status=200)


def accept_workspace(visit: SignedInVisit) -> Response:
    """Connect a workspace; the token is tried first, so that only one that works is kept."""
    with read(visit.deps.database) as session:
        place = open_place(session, visit)
    try:
        with refusals_on_record(visit, target=f"organization:{place.organization.id}"):
            _connect(visit)
    except TOLD_ON_THE_PAGE as error:
        return _page(visit, sentence=str(error), status=page_of(error).status)
    return RedirectResponse(visit.request.url.path, status_code=303)


def _connect(visit: SignedInVisit) -> None:
    deps, token, secret = visit.deps, visit.field("bot_token"), visit.field("signing_secret")
    with read(deps.database) as session:
        scope = open_place(session, visit).scope
        authorize(session, visit.person.user_id, Verb.EDIT_WORKSPACES, scope, source=PAGE)
    if not token or not secret:
        raise InvalidInputError("Give both the bot token and the signing secret.")
    facts = from_thread.run(deps.chat.test_token, token)
    with write(deps.database, timeout=WRITER_SECONDS) as session:
        permit = authorize(session, visit.person.user_id, Verb.EDIT_WORKSPACES, scope, source=PAGE)
        connect_workspace(
            session,
            permit,
            facts,
            bot_token=token,
            signing_secret=secret,
            secret_box=deps.secrets,
            now=visit.now,
        )


def _page(visit: SignedInVisit, *, sentence: str, status: int) -> Response:
    with read(visit.deps.database) as session:
        place = open_place(session, visit)
        workspaces = list_workspaces(session, place.organization.id)
        people = list_members(session, place.organization.id)
        identities = list_identities(session, place.organization.id)
    linked: dict[UserId, list[tuple[str, str]]] = {}
    for identity in identities:
        linked.setdefault(identity.user_id, []).append((identity.workspace_name, identity.external_id))
    facts = {
        "workspaces": workspaces,
        "people": people,
        "linked": linked,
        "may_connect": place.may(Verb.EDIT_WORKSPACES),
        "sentence": sentence,
        "requests_address": f"{visit.deps.settings.link_base}/extensions/slack/action/",
    }
    return show("workspace.html", visit, facts, place=place, section="workspace", status=status)
