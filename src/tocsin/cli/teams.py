"""`tocsin teams`: the teams of an organization, who is in them, and the channel in which each is met."""

from typing import Annotated

from cyclopts import App, Parameter

from tocsin.chat.models import Integration
from tocsin.chat.teams import link_team, list_team_channels, unlink_team
from tocsin.cli.chat import ask_chat
from tocsin.cli.choose import choose_organization, choose_workspace, permit_for
from tocsin.cli.database import acting, open_database
from tocsin.cli.options import AsOption, JsonOption, OrganizationOption, WorkspaceOption
from tocsin.cli.output import answer, table
from tocsin.kernel.clock import system_clock
from tocsin.kernel.db import read
from tocsin.kernel.errors import InvalidInputError
from tocsin.members.organization_service import list_members
from tocsin.members.people import get_member_by_email
from tocsin.members.teams import join_team
from tocsin.notifications.teams import TeamTies, delete_team, look_at_ties, rename_team, take_out
from tocsin.organizations.create import create_team
from tocsin.organizations.models import Team
from tocsin.organizations.permit import Verb
from tocsin.organizations.queries import get_team, list_team_projects, list_teams
from tocsin.settings import Settings

app = App(name="teams", help="Teams, who is in them, and the channel in which each is met.")

TeamArgument = Annotated[str, Parameter(name="TEAM", help="Slug of the team.")]
MemberOption = Annotated[str, Parameter(help="E-mail of the member.")]


@app.command(name="list")
def list_(*, organization: OrganizationOption = None, json: JsonOption = False) -> None:
    """Show the teams: who is in them, what they own, and the channels in which they are met."""
    with open_database(Settings()) as database, read(database) as session:
        home = choose_organization(session, organization)
        teams = list_teams(session, home.id)
        lines = list_team_channels(session, home.id)
        members = list_members(session, home.id)
        projects = list_team_projects(session, home.id)
    document = [
        {
            "team": team.slug,
            "name": team.name,
            "members": [one.email for one in members if any(each.id == team.id for each in one.teams)],
            "projects": [project.slug for project in projects.get(team.id, ())],
            "channels": [
                {"workspace": line.workspace_name, "channel": line.channel, "name": line.channel_name}
                for line in lines
                if line.team_id == team.id
            ],
        }
        for team in teams
    ]
    rows = [
        (
            each["team"],
            len(each["members"]),
            " ".join(each["projects"]) or None,
            " ".join(f"#{channel['name']}" for channel in each["channels"]) or None,
        )
        for each in document
    ]
    lines_shown = table(("TEAM", "MEMBERS", "PROJECTS", "CHANNELS"), rows, nothing="There is no team yet.")
    answer(document, lines_shown, as_json=json)


@app.command
def add(
    team: TeamArgument,
    /,
    *,
    name: Annotated[str | None, Parameter(help="What to call it; without it, the slug.")] = None,
    organization: OrganizationOption = None,
    as_: AsOption = None,
    json: JsonOption = False,
) -> None:
    """Make a team with nobody in it."""
    with open_database(Settings()) as database, acting(database) as session:
        home = choose_organization(session, organization)
        permit = permit_for(session, home, as_, Verb.EDIT_TEAMS)
        made = create_team(session, permit, team.removeprefix("#"), now=system_clock(), name=name)
        document = _names(made)
    answer(document, [f"#{document['team']} is a team of {home.slug}."], as_json=json)


@app.command
def rename(
    team: TeamArgument,
    /,
    *,
    slug: Annotated[str | None, Parameter(help="Another slug: cards and saved searches follow.")] = None,
    name: Annotated[str | None, Parameter(help="What to call it.")] = None,
    organization: OrganizationOption = None,
    as_: AsOption = None,
    json: JsonOption = False,
) -> None:
    """Give a team another slug, another name, or both."""
    if slug is None and name is None:
        raise InvalidInputError("Say --slug, --name, or both.")
    with open_database(Settings()) as database, acting(database) as session:
        home = choose_organization(session, organization)
        permit = permit_for(session, home, as_, Verb.EDIT_TEAMS)
        found = get_team(session, home.id, team)
        new_slug, new_name = (slug or found.slug).removeprefix("#"), name or found.name
        rename_team(session, permit, found, slug=new_slug, name=new_name, now=system_clock())
        document = _names(found)
    answer(document, [f"It is #{document['team']} now, called {document['name']}."], as_json=json)


@app.command
def delete(
    team: TeamArgument,
    /,
    *,
    yes: Annotated[bool, Parameter(negative="", help="Say that you mean it: nothing brings it back.")] = False,
    organization: OrganizationOption = None,
    as_: AsOption = None,
    json: JsonOption = False,
) -> None:
    """Delete a team: its people lose what they saw by it, its issues become nobody's, its channels hear of it."""
    with open_database(Settings()) as database, acting(database) as session:
        home = choose_organization(session, organization)
        permit = permit_for(session, home, as_, Verb.EDIT_TEAMS)
        found = get_team(session, home.id, team)
        if not yes:
            raise InvalidInputError(f"Say --yes to delete #{found.slug}: {_would_end(look_at_ties(session, found))}.")
        ties = delete_team(session, permit, found, now=system_clock())
        document = _names(found) | {"deleted": True, "issues": ties.issues, "projects": list(ties.projects)}
    answer(document, [f"#{document['team']} is deleted."], as_json=json)


@app.command
def join(
    team: TeamArgument,
    /,
    *,
    email: MemberOption,
    organization: OrganizationOption = None,
    as_: AsOption = None,
    json: JsonOption = False,
) -> None:
    """Let a member be in a team, and so see its projects."""
    with open_database(Settings()) as database, acting(database) as session:
        home = choose_organization(session, organization)
        permit = permit_for(session, home, as_, Verb.EDIT_TEAMS)
        found, member = get_team(session, home.id, team), get_member_by_email(session, home.id, email)
        join_team(session, permit, member, found, now=system_clock())
        document = {"team": found.slug, "email": email.strip().lower(), "in_team": True}
    answer(document, [f"{document['email']} is in #{document['team']}."], as_json=json)


@app.command
def leave(
    team: TeamArgument,
    /,
    *,
    email: MemberOption,
    organization: OrganizationOption = None,
    as_: AsOption = None,
    json: JsonOption = False,
) -> None:
    """Take a member out of a team; what they saw by it alone they see no longer."""
    with open_database(Settings()) as database, acting(database) as session:
        home = choose_organization(session, organization)
        permit = permit_for(session, home, as_, Verb.EDIT_TEAMS)
        found, member = get_team(session, home.id, team), get_member_by_email(session, home.id, email)
        take_out(session, permit, member, found, now=system_clock())
        document = {"team": found.slug, "email": email.strip().lower(), "in_team": False}
    answer(document, [f"{document['email']} is not in #{document['team']} any more."], as_json=json)


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
            found = get_team(session, home.id, team)
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
        found = get_team(session, home.id, team)
        unlink_team(session, permit, found, place.id, now=system_clock())
        document = _document(found, place, None)
    answer(document, [f"#{document['team']} is met in no channel of {place.name}."], as_json=json)


def _names(team: Team) -> dict[str, object]:
    return {"team": team.slug, "name": team.name}


def _would_end(ties: TeamTies) -> str:
    """What deleting ends, in a line."""
    words = [f"members in it: {len(ties.members)}", f"open issues that become nobody's: {ties.issues}"]
    if ties.left_to_admins:
        words.append(f"projects that only admins see then: {', '.join(ties.left_to_admins)}")
    if ties.given_new_issues:
        words.append(f"projects whose new issues go to nobody: {', '.join(ties.given_new_issues)}")
    if ties.channels:
        words.append(f"channels that hear of it: {', '.join(f'#{each}' for each in ties.channels)}")
    return "; ".join(words)


def _document(team: Team, workspace: Integration, channel: str | None) -> dict[str, object]:
    return {"team": team.slug, "workspace": workspace.external_id, "channel": channel}
