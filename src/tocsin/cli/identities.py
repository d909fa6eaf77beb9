"""`tocsin identities`: which Slack user is which member."""

from typing import Annotated

from cyclopts import App, Parameter

from tocsin.chat.identities import IdentityLine, link_identity, list_identities, unlink_identity
from tocsin.chat.models import Integration
from tocsin.cli.choose import choose_organization, choose_workspace, operator_permit, permit_for
from tocsin.cli.database import acting, open_database
from tocsin.cli.options import AsOption, JsonOption, OrganizationOption, WorkspaceOption
from tocsin.cli.output import answer, table
from tocsin.kernel.clock import system_clock
from tocsin.kernel.db import read
from tocsin.members.people import get_member_by_email
from tocsin.organizations.permit import Verb
from tocsin.settings import Settings

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
    """Let a Slack user act as a member; you vouch for it that they are the same person."""
    with open_database(Settings()) as database, acting(database) as session:
        home = choose_organization(session, organization)
        permit = permit_for(session, home, as_, Verb.EDIT_MEMBERS)
        place = choose_workspace(session, home, workspace)
        user_id = get_member_by_email(session, home.id, email).user_id
        link_identity(session, permit, place.id, slack_user, user_id, now=system_clock(), replace=replace)
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
    """Undo a link; the Slack user can do nothing until linked again."""
    with open_database(Settings()) as database, acting(database) as session:
        home = choose_organization(session, organization)
        place = choose_workspace(session, home, workspace)
        unlink_identity(session, operator_permit(home.id), place.id, slack_user, now=system_clock())
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


def _document(workspace: Integration, slack_user: str, email: str | None) -> dict[str, object]:
    return {"workspace": workspace.external_id, "slack_user": slack_user, "email": email}


def _listed(line: IdentityLine) -> dict[str, object]:
    return {"workspace": line.workspace, "slack_user": line.external_id, "email": line.email}
