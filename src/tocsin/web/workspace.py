"""The workspaces that an organization uses, connecting or mending one, and who is linked to a chat user."""

import re

from anyio import from_thread
from starlette.responses import RedirectResponse, Response

from tocsin.chat.errors import WorkspaceNotFoundError
from tocsin.chat.identities import IdentityLine, list_identities
from tocsin.chat.permissions import PERMISSIONS
from tocsin.chat.signing_secrets import end_old_secrets, find_old_secrets_until, open_live_secrets
from tocsin.chat.workspaces import connect_workspace, disconnect_workspace, keep_facts, list_workspaces, open_bot_token
from tocsin.http.errors import page_of
from tocsin.http.visit import PAGE, SignedInVisit
from tocsin.kernel.db import read, write
from tocsin.kernel.errors import InvalidInputError
from tocsin.kernel.ids import IntegrationId, UserId
from tocsin.members.authorize import authorize
from tocsin.members.organization_service import list_members
from tocsin.notifications.broken_channels import list_broken_channels, try_channel_again
from tocsin.notifications.standing import list_standings
from tocsin.organizations.permit import Scope, Verb
from tocsin.web.place import open_place, show
from tocsin.web.refusals import TOLD_ON_THE_PAGE, WRITER_SECONDS, refusals_on_record
from tocsin.web.slack_manifest import build_manifest

NUMBER = re.compile(r"[1-9][0-9]{0,17}")


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
        integration = connect_workspace(
            session,
            permit,
            facts,
            bot_token=token,
            signing_secret=secret,
            secret_box=deps.secrets,
            now=visit.now,
        )
        if visit.field("old_secret_leaked"):
            end_old_secrets(session, permit, integration, now=visit.now)


def accept_disconnect(visit: SignedInVisit) -> Response:
    """Switch a workspace off until it is connected anew; the page asked before."""
    with read(visit.deps.database) as session:
        scope = open_place(session, visit).scope
    integration_id = _integration_id(visit)
    try:
        with (
            refusals_on_record(visit, target=f"integration:{integration_id}"),
            write(visit.deps.database, timeout=WRITER_SECONDS) as session,
        ):
            permit = authorize(session, visit.person.user_id, Verb.EDIT_WORKSPACES, scope, source=PAGE)
            disconnect_workspace(session, permit, integration_id, now=visit.now)
    except TOLD_ON_THE_PAGE as error:
        return _page(visit, sentence=str(error), status=page_of(error).status)
    return RedirectResponse(_home(visit), status_code=303)


def accept_try_again(visit: SignedInVisit) -> Response:
    """Ask Slack whether it takes the token, and what that permits; a broken workspace whose token it takes goes on."""
    with read(visit.deps.database) as session:
        scope = open_place(session, visit).scope
    target = f"integration:{_integration_id(visit)}"
    try:
        with refusals_on_record(visit, target=target):
            _try_workspace_again(visit, scope)
    except TOLD_ON_THE_PAGE as error:
        return _page(visit, sentence=str(error), status=page_of(error).status)
    return RedirectResponse(_home(visit), status_code=303)


def accept_try_channel_again(visit: SignedInVisit) -> Response:
    """Try a broken channel at once; its next message tells whether it was mended."""
    integration_id, channel = _integration_id(visit), visit.request.path_params["channel"]
    with read(visit.deps.database) as session:
        scope = open_place(session, visit).scope
    with (
        refusals_on_record(visit, target=f"channel:{integration_id}:{channel}"),
        write(visit.deps.database, timeout=WRITER_SECONDS) as session,
    ):
        permit = authorize(session, visit.person.user_id, Verb.EDIT_RULES, scope, source=PAGE)
        try_channel_again(session, permit, integration_id, channel, now=visit.now)
    return RedirectResponse(_home(visit), status_code=303)


def _try_workspace_again(visit: SignedInVisit, scope: Scope) -> None:
    deps, integration_id = visit.deps, _integration_id(visit)
    with read(deps.database) as session:
        authorize(session, visit.person.user_id, Verb.EDIT_WORKSPACES, scope, source=PAGE)
        own = list_workspaces(session, scope.organization_id)
        workspace = next((each for each in own if each.id == integration_id), None)
        if workspace is None:
            raise WorkspaceNotFoundError("There is no such workspace in this organization.")
        token = open_bot_token(workspace, deps.secrets)
    facts = from_thread.run(deps.chat.test_token, token)
    with write(deps.database, timeout=WRITER_SECONDS) as session:
        permit = authorize(session, visit.person.user_id, Verb.EDIT_WORKSPACES, scope, source=PAGE)
        keep_facts(session, permit, integration_id, facts, now=visit.now)


def _integration_id(visit: SignedInVisit) -> IntegrationId:
    number = visit.request.path_params["workspace"]
    return IntegrationId(int(number)) if NUMBER.fullmatch(number) else IntegrationId(0)


def _home(visit: SignedInVisit) -> str:
    return f"/{visit.request.path_params['organization']}/workspace/"


def _page(visit: SignedInVisit, *, sentence: str, status: int) -> Response:
    with read(visit.deps.database) as session:
        place = open_place(session, visit)
        standings = list_standings(session, place.organization.id, place.project_ids())
        workspaces = [each.workspace for each in standings]
        old_secrets_until = find_old_secrets_until(session, [each.id for each in workspaces], now=visit.now)
        signing_secrets = open_live_secrets(session, workspaces, visit.deps.secrets, now=visit.now)
        people = list_members(session, place.organization.id)
        identities = list_identities(session, place.organization.id)
        broken_channels = list_broken_channels(session, place.organization.id, place.project_ids())
    unreadable = {one for one, secrets in signing_secrets.items() if secrets.unreadable}
    linked: dict[UserId, list[IdentityLine]] = {}
    for identity in identities:
        linked.setdefault(identity.user_id, []).append(identity)
    facts = {
        "standings": standings,
        "asked_for": len(PERMISSIONS),
        "old_secrets_until": old_secrets_until,
        "unreadable_secrets": unreadable,
        "needs_connecting": bool(unreadable)
        or not all(each.is_active and not each.broken_reason for each in workspaces),
        "broken_channels": broken_channels,
        "people": people,
        "linked": linked,
        "may_connect": place.may(Verb.EDIT_WORKSPACES),
        "may_unlink": place.may(Verb.UNLINK_OTHERS),
        "sentence": sentence,
        "manifest": build_manifest(visit.deps.settings.link_base),
        "requests_address": f"{visit.deps.settings.link_base}/extensions/slack/action/",
    }
    return show("workspace.html", visit, facts, place=place, section="workspace", status=status)
