"""The page of one team: its people, what it owns, the channels in which it is met, its names and its end."""

from collections.abc import Callable

from anyio import from_thread
from sqlalchemy.orm import Session
from starlette.responses import RedirectResponse, Response

from tocsin.chat.errors import WorkspaceNotFoundError
from tocsin.chat.teams import link_team, list_team_channels, unlink_team
from tocsin.chat.workspaces import list_workspaces
from tocsin.http.errors import page_of
from tocsin.http.visit import PAGE, SignedInVisit
from tocsin.kernel.db import read, write
from tocsin.kernel.errors import InvalidInputError
from tocsin.kernel.ids import IntegrationId
from tocsin.members.authorize import authorize
from tocsin.members.organization_service import list_members
from tocsin.members.people import get_member
from tocsin.members.teams import join_team
from tocsin.notifications.teams import delete_team, look_at_ties, rename_team, take_out
from tocsin.organizations.models import Team
from tocsin.organizations.permit import Permit, Verb
from tocsin.organizations.queries import get_team, list_team_projects
from tocsin.web.place import Place, open_place, show
from tocsin.web.refusals import TOLD_ON_THE_PAGE, WRITER_SECONDS, refusals_on_record

Change = Callable[[Session, Permit, Team], object]


def show_team(visit: SignedInVisit) -> Response:
    """Everything about one team; for admins with the forms that change it."""
    return _page(visit, sentence="", status=200)


def accept_membership(visit: SignedInVisit) -> Response:
    """Add a member of the organization to the team, or take one out of it."""

    def change(session: Session, permit: Permit, team: Team) -> None:
        number = visit.field("member")
        known = number.isascii() and number.isdigit() and len(number) < 19
        member = get_member(session, team.organization_id, int(number) if known else 0)
        match visit.field("do"):
            case "add":
                join_team(session, permit, member, team, now=visit.now)
            case "remove":
                take_out(session, permit, member, team, now=visit.now)
            case _:
                raise InvalidInputError("Choose whether the member joins or leaves the team.")

    return _accept(visit, change)


def accept_names(visit: SignedInVisit) -> Response:
    """Call the team what was typed, and show it at the address that it has then."""
    slug = visit.field("slug").lower().removeprefix("#")

    def change(session: Session, permit: Permit, team: Team) -> None:
        rename_team(session, permit, team, slug=slug, name=visit.field("name"), now=visit.now)

    return _accept(visit, change, leads_to=f"{slug}/")


def accept_end(visit: SignedInVisit) -> Response:
    """Delete the team with all its ties, and show those that are left."""

    def change(session: Session, permit: Permit, team: Team) -> None:
        delete_team(session, permit, team, now=visit.now)

    return _accept(visit, change, leads_to="")


def accept_link(visit: SignedInVisit) -> Response:
    """Link the team to a channel; the channel is asked of the chat platform first."""
    place, team = _where(visit)
    try:
        with refusals_on_record(visit, target=f"team:{team.id}"):
            if not visit.field("channel"):
                raise InvalidInputError("Name the channel, like #payments.")
            integration_id = _workspace_of_form(visit, place)
            channel = from_thread.run(visit.deps.chat.resolve_channel, integration_id, visit.field("channel"))
            with write(visit.deps.database, timeout=WRITER_SECONDS) as session:
                link_team(
                    session,
                    _permit(session, visit, place),
                    get_team(session, place.organization.id, team.slug),
                    integration_id,
                    channel,
                    now=visit.now,
                    may_be_shared=visit.field("may_be_shared") == "yes",
                )
    except TOLD_ON_THE_PAGE as error:
        return _page(visit, sentence=str(error), status=page_of(error).status)
    return RedirectResponse(f"/{place.organization.slug}/teams/{team.slug}/", status_code=303)


def accept_unlink(visit: SignedInVisit) -> Response:
    """Part the team from its channel in one workspace.

    Raises:
        NotFoundError: it has none there.
    """
    place, there = _where(visit)
    with refusals_on_record(visit, target=f"team:{there.id}"):
        integration_id = _workspace_of_form(visit, place)

    def change(session: Session, permit: Permit, team: Team) -> None:
        unlink_team(session, permit, team, integration_id, now=visit.now)

    return _accept(visit, change)


def _accept(visit: SignedInVisit, change: Change, *, leads_to: str | None = None) -> Response:
    """Let `change` do all that a form asks, or nothing; then show `/teams/` with `leads_to`, or the same page."""
    place, team = _where(visit)
    try:
        with (
            refusals_on_record(visit, target=f"team:{team.id}"),
            write(visit.deps.database, timeout=WRITER_SECONDS) as session,
        ):
            permit = _permit(session, visit, place)
            change(session, permit, get_team(session, place.organization.id, team.slug))
    except TOLD_ON_THE_PAGE as error:
        return _page(visit, sentence=str(error), status=page_of(error).status)
    end = f"{team.slug}/" if leads_to is None else leads_to
    return RedirectResponse(f"/{place.organization.slug}/teams/{end}", status_code=303)


def _where(visit: SignedInVisit) -> tuple[Place, Team]:
    with read(visit.deps.database) as session:
        place = open_place(session, visit)
        return place, get_team(session, place.organization.id, visit.request.path_params["team"])


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
        home = place.organization.id
        team = get_team(session, home, visit.request.path_params["team"])
        members = list_members(session, home)
        visible = set(place.project_ids())
        may_edit = place.may(Verb.EDIT_TEAMS)
        facts = {
            "team": team,
            "projects": [one for one in list_team_projects(session, home).get(team.id, ()) if one.id in visible],
            "channels": [line for line in list_team_channels(session, home) if line.team_id == team.id],
            "workspaces": list_workspaces(session, home),
            "ties": look_at_ties(session, team) if may_edit else None,
        }
    inside = {one.id for one in members if any(each.id == team.id for each in one.teams)}
    facts |= {
        "people": [one for one in members if one.id in inside],
        "others": [one for one in members if one.id not in inside and one.counts],
        "may_edit": may_edit,
        "sentence": sentence,
        "typed": {name: visit.field(name) for name in ("channel", "workspace", "slug", "name")},
    }
    return show("team.html", visit, facts, place=place, section="members", status=status)
