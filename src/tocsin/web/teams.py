"""The teams of an organization: who is in them, which projects they own, and the channel in which each is met."""

from anyio import from_thread
from sqlalchemy.orm import Session
from starlette.responses import RedirectResponse, Response

from tocsin.chat.errors import WorkspaceNotFoundError
from tocsin.chat.teams import TeamChannelLine, link_team, list_team_channels, unlink_team
from tocsin.chat.workspaces import list_workspaces
from tocsin.http.errors import page_of
from tocsin.http.visit import PAGE, SignedInVisit
from tocsin.kernel.db import read, write
from tocsin.kernel.errors import InvalidInputError, NotFoundError
from tocsin.kernel.ids import IntegrationId, TeamId
from tocsin.members.authorize import authorize
from tocsin.members.organization_service import list_members
from tocsin.organizations.models import Team
from tocsin.organizations.permit import Permit, Verb
from tocsin.organizations.queries import find_team, list_team_projects, list_teams
from tocsin.web.place import Place, open_place, show
from tocsin.web.refusals import TOLD_ON_THE_PAGE, WRITER_SECONDS, refusals_on_record


def show_teams(visit: SignedInVisit) -> Response:
    """Every team; for admins with the forms that link it to a channel."""
    return _page(visit, sentence="", status=200)


def accept_team_link(visit: SignedInVisit) -> Response:
    """Link a team to a channel; the channel is asked of the chat platform first."""
    place, team = _where(visit)
    try:
        with refusals_on_record(visit, target=f"team:{team.id}"):
            integration_id = _chosen_workspace(visit, place)
            channel = from_thread.run(visit.deps.chat.resolve_channel, integration_id, visit.field("channel"))
            with write(visit.deps.database, timeout=WRITER_SECONDS) as session:
                link_team(
                    session,
                    _permit(session, visit, place),
                    team,
                    integration_id,
                    channel,
                    now=visit.now,
                    may_be_shared=visit.field("may_be_shared") == "yes",
                )
    except TOLD_ON_THE_PAGE as error:
        return _page(visit, sentence=str(error), status=page_of(error).status)
    return RedirectResponse(f"/{place.organization.slug}/teams/", status_code=303)


def accept_team_unlink(visit: SignedInVisit) -> Response:
    """Part a team from its channel in one workspace.

    Raises:
        NotFoundError: it has none there.
    """
    place, team = _where(visit)
    with refusals_on_record(visit, target=f"team:{team.id}"):
        integration_id = _workspace_of_form(visit, place)
        with write(visit.deps.database, timeout=WRITER_SECONDS) as session:
            unlink_team(session, _permit(session, visit, place), team, integration_id, now=visit.now)
    return RedirectResponse(f"/{place.organization.slug}/teams/", status_code=303)


def _where(visit: SignedInVisit) -> tuple[Place, Team]:
    with read(visit.deps.database) as session:
        place = open_place(session, visit)
        team = find_team(session, place.organization.id, visit.request.path_params["team"])
    if team is None:
        raise NotFoundError("There is no such team in this organization.")
    return place, team


def _chosen_workspace(visit: SignedInVisit, place: Place) -> IntegrationId:
    if not visit.field("channel"):
        raise InvalidInputError("Name the channel, like #payments.")
    return _workspace_of_form(visit, place)


def _workspace_of_form(visit: SignedInVisit, place: Place) -> IntegrationId:
    """The workspace that the form names, of those that the organization uses; asked only for who may edit teams."""
    with read(visit.deps.database) as session:
        _permit(session, visit, place)
        own = list_workspaces(session, place.organization.id)
    found = next((each.id for each in own if str(each.id) == visit.field("workspace")), None)
    if found is None:
        raise WorkspaceNotFoundError("There is no such workspace in this organization.")
    return found


def _permit(session: Session, visit: SignedInVisit, place: Place) -> Permit:
    return authorize(session, visit.person.user_id, Verb.EDIT_TEAMS, place.scope, source=PAGE)


def _page(visit: SignedInVisit, *, sentence: str, status: int) -> Response:
    with read(visit.deps.database) as session:
        place = open_place(session, visit)
        teams = list_teams(session, place.organization.id)
        members = list_members(session, place.organization.id)
        workspaces = list_workspaces(session, place.organization.id)
        channels: dict[TeamId, list[TeamChannelLine]] = {}
        for line in list_team_channels(session, place.organization.id):
            channels.setdefault(line.team_id, []).append(line)
        projects = list_team_projects(session, place.organization.id)
    visible = {project.id for project in place.projects}
    facts = {
        "teams": teams,
        "people": {
            team.id: [one.name for one in members if any(each.id == team.id for each in one.teams)] for team in teams
        },
        "owned": {team.id: [one for one in projects.get(team.id, ()) if one.id in visible] for team in teams},
        "channels": channels,
        "workspaces": workspaces,
        "may_edit": place.may(Verb.EDIT_TEAMS),
        "sentence": sentence,
        "asked": {name: visit.field(name) for name in ("channel", "workspace")},
    }
    return show("teams.html", visit, facts, place=place, section="workspace", status=status)
