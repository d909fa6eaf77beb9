"""The list of an organization's teams, and making one."""

from starlette.responses import RedirectResponse, Response

from tocsin.chat.teams import TeamChannelLine, list_team_channels
from tocsin.http.errors import page_of
from tocsin.http.visit import PAGE, SignedInVisit
from tocsin.kernel.db import read, write
from tocsin.kernel.ids import TeamId
from tocsin.members.authorize import authorize
from tocsin.members.organization_service import list_members
from tocsin.organizations.create import create_team
from tocsin.organizations.permit import Verb
from tocsin.organizations.queries import list_team_projects, list_teams
from tocsin.web.place import open_place, show
from tocsin.web.refusals import TOLD_ON_THE_PAGE, WRITER_SECONDS, refusals_on_record


def show_teams(visit: SignedInVisit) -> Response:
    """Every team: who is in it, which projects it owns, and where it is met."""
    return _page(visit, sentence="", status=200)


def accept_team(visit: SignedInVisit) -> Response:
    """Make a team, and show its page, where people are added to it."""
    with read(visit.deps.database) as session:
        place = open_place(session, visit)
    slug = visit.field("slug").lower().removeprefix("#")
    try:
        with (
            refusals_on_record(visit, target=f"organization:{place.organization.id}"),
            write(visit.deps.database, timeout=WRITER_SECONDS) as session,
        ):
            permit = authorize(session, visit.person.user_id, Verb.EDIT_TEAMS, place.scope, source=PAGE)
            create_team(session, permit, slug, now=visit.now)
    except TOLD_ON_THE_PAGE as error:
        return _page(visit, sentence=str(error), status=page_of(error).status)
    return RedirectResponse(f"/{place.organization.slug}/teams/{slug}/", status_code=303)


def _page(visit: SignedInVisit, *, sentence: str, status: int) -> Response:
    with read(visit.deps.database) as session:
        place = open_place(session, visit)
        teams = list_teams(session, place.organization.id)
        members = list_members(session, place.organization.id)
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
        "may_edit": place.may(Verb.EDIT_TEAMS),
        "sentence": sentence,
        "slug": visit.field("slug"),
    }
    return show("teams.html", visit, facts, place=place, section="members", status=status)
