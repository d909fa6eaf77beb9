"""`tocsin identities`: which Slack user is which member."""

from typing import Annotated

from cyclopts import App, Parameter

from tocsin.chat.identities import (
    IdentityLine,
    find_in_the_way,
    find_linked_user_id,
    link_identity,
    list_identities,
    unlink_identity,
)
from tocsin.chat.link_notices import ChatUser, Telling, tell_linked, tell_unlinked
from tocsin.chat.models import Integration
from tocsin.cli.choose import choose_organization, choose_workspace, operator_permit, permit_for
from tocsin.cli.database import acting, open_database, open_mailing
from tocsin.cli.options import AsOption, JsonOption, OrganizationOption, WorkspaceOption
from tocsin.cli.output import answer, table
from tocsin.kernel.clock import system_clock
from tocsin.kernel.db import read
from tocsin.members.people import get_member_by_email
from tocsin.organizations.permit import Verb
from tocsin.settings import Settings
from tocsin.slack.messages.link import LINK_WORDS

app = App(name="identities", help="Which Slack user is which member.")

SlackUserOption = Annotated[str, Parameter(name="--slack-user", help="Slack's id of the person (U...).")]


@app.command
def link(
    *,
    email: Annotated[str, Parameter(help="E-mail of the member.")],
    slack_user: SlackUserOption,
    replace: Annotated[bool, Parameter(help="Undo another link of either, if there is one.")] = False,
    organization: OrganizationOption = None,
    workspace: WorkspaceOption = None,
    as_: AsOption = None,
    json: JsonOption = False,
) -> None:
    """Let a Slack user act as a member; you vouch for it that they are the same person. Both are told."""
    settings, now = Settings(), system_clock()
    with open_database(settings) as database, acting(database) as session:
        home = choose_organization(session, organization)
        permit = permit_for(session, home, as_, Verb.EDIT_MEMBERS)
        place = choose_workspace(session, home, workspace)
        user_id = get_member_by_email(session, home.id, email).user_id
        is_new = find_linked_user_id(session, place.id, slack_user) != user_id
        replaced = find_in_the_way(session, place.id, slack_user, user_id)
        link_identity(session, permit, place.id, slack_user, user_id, now=now, replace=replace)
        if is_new:
            chat_user = ChatUser(place.id, slack_user, slack_user)
            tell_linked(session, _telling(settings), chat_user, user_id, replaced, now=now)
        document = _document(place, slack_user, email.strip().lower())
    answer(document, [f"{slack_user} in {place.name} is {document['email']}."], as_json=json)


@app.command
def unlink(
    *,
    slack_user: SlackUserOption,
    organization: OrganizationOption = None,
    workspace: WorkspaceOption = None,
    json: JsonOption = False,
) -> None:
    """Undo a link; the Slack user can do nothing until linked again. Both are told."""
    settings, now = Settings(), system_clock()
    with open_database(settings) as database, acting(database) as session:
        home = choose_organization(session, organization)
        place = choose_workspace(session, home, workspace)
        permit = operator_permit(home.id)
        user_id = find_linked_user_id(session, place.id, slack_user)
        unlink_identity(session, permit, place.id, slack_user, now=now)
        if user_id is not None:
            chat_user = ChatUser(place.id, slack_user, slack_user)
            tell_unlinked(session, _telling(settings), chat_user, user_id, by=permit.actor.label, now=now)
        document = _document(place, slack_user, None)
    answer(document, [f"{slack_user} in {place.name} is linked to nobody."], as_json=json)


@app.command(name="list")
def list_(*, organization: OrganizationOption = None, json: JsonOption = False) -> None:
    """Show who is linked."""
    with open_database(Settings()) as database, read(database) as session:
        identities = list_identities(session, choose_organization(session, organization).id)
    rows = [(one.workspace_name, one.external_id, one.email, one.name) for one in identities]
    lines = table(("WORKSPACE", "SLACK USER", "E-MAIL", "NAME"), rows, nothing="Nobody is linked.")
    answer([_listed(one) for one in identities], lines, as_json=json)


def _telling(settings: Settings) -> Telling:
    return Telling(LINK_WORDS, open_mailing(settings))


def _document(workspace: Integration, slack_user: str, email: str | None) -> dict[str, object]:
    return {"workspace": workspace.external_id, "slack_user": slack_user, "email": email}


def _listed(line: IdentityLine) -> dict[str, object]:
    return {"workspace": line.workspace, "slack_user": line.external_id, "email": line.email}
