"""`tocsin teams`: the teams of an organization, and the channel in which each is met."""

from typing import Annotated

from cyclopts import App, Parameter
from sqlalchemy.orm import Session

from tocsin.chat.models import Integration
from tocsin.chat.teams import link_team, list_team_channels, unlink_team
from tocsin.cli.chat import ask_chat
from tocsin.cli.choose import choose_organization, choose_workspace, permit_for
from tocsin.cli.database import acting, open_database
from tocsin.cli.options import AsOption, JsonOption, OrganizationOption, WorkspaceOption
from tocsin.cli.output import answer, table
from tocsin.kernel.clock import system_clock
from tocsin.kernel.db import read
from tocsin.kernel.errors import NotFoundError
from tocsin.organizations.models import Organization, Team
from tocsin.organizations.permit import Verb
from tocsin.organizations.queries import find_team, list_teams
from tocsin.settings import Settings

app = App(name="teams", help="Teams, and the channel in which each is met.")

TeamArgument = Annotated[str, Parameter(name="TEAM", help="Slug of the team.")]


@app.command(name="list")
def list_(*, organization: OrganizationOption = None, json: JsonOption = False) -> None:
    """Show the teams, and the channels in which they are met."""
    with open_database(Settings()) as database, read(database) as session:
        home = choose_organization(session, organization)
        teams = list_teams(session, home.id)
        lines = list_team_channels(session, home.id)
    channels = {team.id: [line for line in lines if line.team_id == team.id] for team in teams}
    document = [
        {
            "team": team.slug,
            "name": team.name,
            "channels": [
                {"workspace": line.workspace_name, "channel": line.channel, "name": line.channel_name}
                for line in channels[team.id]
            ],
        }
        for team in teams
    ]
    rows = [(team.slug, " ".join(f"#{line.channel_name}" for line in channels[team.id]) or None) for team in teams]
    answer(document, table(("TEAM", "CHANNELS"), rows, nothing="There is no team yet."), as_json=json)


@app.command
def link(
    team: TeamArgument,
    /,
    *,
    channel: Annotated[str, Parameter(help="Id (C...) or #name of the channel.")],
    may_be_shared: Annotated[bool, Parameter(help="Also if people of other companies read it.")] = False,
    organization: OrganizationOption = None,
    workspace: WorkspaceOption = None,
    as_: AsOption = None,
    json: JsonOption = False,
) -> None:
    """Let a team be met in a channel; one for each workspace."""
    settings = Settings()
    with open_database(settings) as database:
        with acting(database) as session:
            home = choose_organization(session, organization)
            permit_for(session, home, as_, Verb.EDIT_TEAMS)
            place = choose_workspace(session, home, workspace)
        facts = ask_chat(settings, database, lambda platform: platform.resolve_channel(place.id, channel))
        with acting(database) as session:
            permit = permit_for(session, home, as_, Verb.EDIT_TEAMS)
            found = _get_team(session, home, team)
            now = system_clock()
            link_team(session, permit, found, place.id, facts, now=now, may_be_shared=may_be_shared)
            document = _document(found, place, facts.id)
    answer(document, [f"#{document['team']} is met in #{facts.name} of {place.name}."], as_json=json)


@app.command
def unlink(
    team: TeamArgument,
    /,
    *,
    organization: OrganizationOption = None,
    workspace: WorkspaceOption = None,
    as_: AsOption = None,
    json: JsonOption = False,
) -> None:
    """Part a team from its channel in a workspace."""
    with open_database(Settings()) as database, acting(database) as session:
        home = choose_organization(session, organization)
        permit = permit_for(session, home, as_, Verb.EDIT_TEAMS)
        place = choose_workspace(session, home, workspace)
        found = _get_team(session, home, team)
        unlink_team(session, permit, found, place.id, now=system_clock())
        document = _document(found, place, None)
    answer(document, [f"#{document['team']} is met in no channel of {place.name}."], as_json=json)


def _get_team(session: Session, organization: Organization, text: str) -> Team:
    team = find_team(session, organization.id, text.removeprefix("#"))
    if team is None:
        raise NotFoundError(f"There is no team {text!r} in {organization.slug}.")
    return team


def _document(team: Team, workspace: Integration, channel: str | None) -> dict[str, object]:
    return {"team": team.slug, "workspace": workspace.external_id, "channel": channel}
