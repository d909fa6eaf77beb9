"""`tocsin releases`: what a build tells of the versions that it makes."""

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter, validators
from sqlalchemy.orm import Session

from tocsin.cli.choose import choose_organization, choose_person, choose_project, permit_for
from tocsin.cli.database import acting, open_database
from tocsin.cli.git_log import read_git_log
from tocsin.cli.options import AsOption, JsonOption, OrganizationOption
from tocsin.cli.output import answer, table
from tocsin.issues.shipping import Shipped, set_commits, ship_release
from tocsin.kernel.clock import system_clock
from tocsin.kernel.db import read
from tocsin.kernel.errors import InvalidInputError
from tocsin.members.authorize import visible_projects
from tocsin.organizations.models import Organization, Project, Release
from tocsin.organizations.permit import Permit, Verb
from tocsin.organizations.release_queries import ReleaseLine, list_releases
from tocsin.organizations.releases import CommitFacts, get_releases
from tocsin.settings import Settings

app = App(name="releases", help="Versions of applications, and the commits that they carry.")

VersionArgument = Annotated[str, Parameter(name="VERSION", help="As the SDK sends it in `release`: shop@1.2.3.")]
WhereOption = Annotated[
    str | None, Parameter(name="--project", help="Slug of the project; without it, each that has this release.")
]


@app.command
def new(
    version: VersionArgument,
    /,
    *,
    project: Annotated[list[str], Parameter(name="--project", help="Slug of a project; repeatable.")],
    organization: OrganizationOption = None,
    as_: AsOption = None,
    json: JsonOption = False,
) -> None:
    """Announce a release; one that is known already stays as it is."""
    now = system_clock()
    with open_database(Settings()) as database, acting(database) as session:
        home = choose_organization(session, organization)
        shipped = []
        for slug in project:
            place = choose_project(session, home, slug)
            permit = permit_for(session, home, as_, Verb.TRIAGE, project_id=place.id)
            shipped.append((place, ship_release(session, permit, place, version, now=now)))
    lines = [
        f"{version} is {'a new' if one.is_new else 'already a'} release of {place.slug}." for place, one in shipped
    ]
    answer([document(place.slug, one) for place, one in shipped], lines, as_json=json)


@app.command(name="set-commits")
def set_commits_(
    version: VersionArgument,
    /,
    *,
    commit: Annotated[
        list[str] | None, Parameter(name="--commit", help="SHA or SHA:message of a commit; repeatable.")
    ] = None,
    from_git: Annotated[
        tuple[Path, str] | None, Parameter(name="--from-git", help="A repository and a range: . v1.2.2..v1.2.3")
    ] = None,
    project: WhereOption = None,
    organization: OrganizationOption = None,
    as_: AsOption = None,
    json: JsonOption = False,
) -> None:
    """Say which commits a release carries; `Fixes WEB-12` in a message resolves WEB-12 in it."""
    commits = [_parse(text) for text in commit or []] + (read_git_log(*from_git) if from_git is not None else [])
    if not commits:
        raise InvalidInputError("There is no commit to set: give --commit SHA, or --from-git PATH RANGE that has some.")
    shipped = for_each_release(
        version,
        lambda session, permit, release, now: set_commits(session, permit, release, commits, now=now),
        project=project,
        organization=organization,
        as_=as_,
    )
    lines = [f"{version} of {place.slug} carries them; resolved: {_names(one)}." for place, one in shipped]
    answer([document(place.slug, one) for place, one in shipped], lines, as_json=json)


@app.command(name="list")
def list_(
    *,
    project: Annotated[str | None, Parameter(help="Only those of the project with this slug.")] = None,
    limit: Annotated[int, Parameter(help="At most so many.", validator=validators.Number(gte=1))] = 100,
    organization: OrganizationOption = None,
    as_: AsOption = None,
    json: JsonOption = False,
) -> None:
    """Show releases, the last heard of first."""
    with open_database(Settings()) as database, read(database) as session:
        home = choose_organization(session, organization)
        projects = visible_projects(session, choose_person(session, home, as_), home.id)
        if project is not None:
            wanted = choose_project(session, home, project)
            projects = [one for one in projects if one.id == wanted.id]
        found = list_releases(session, [one.id for one in projects], limit=limit)
    rows = [
        (one.version, one.project_slug, one.first_seen.date(), one.commit_count, " ".join(_environments(one)))
        for one in found
    ]
    lines = table(("RELEASE", "PROJECT", "SINCE", "COMMITS", "DEPLOYED TO"), rows, nothing="There is no release yet.")
    answer([_line_document(one) for one in found], lines, as_json=json)


Ship = Callable[[Session, Permit, Release, datetime], Shipped]


def for_each_release(
    version: str, ship: Ship, *, project: str | None, organization: str | None, as_: str | None
) -> list[tuple[Project, Shipped]]:
    """Do `ship` to the release of this version in the named project, or in each that the person may triage.

    Raises:
        ReleaseNotFoundError: no such project has it.
    """
    now = system_clock()
    with open_database(Settings()) as database, acting(database) as session:
        home = choose_organization(session, organization)
        places = {one.id: one for one in _places(session, home, project, as_)}
        shipped = []
        for release in get_releases(session, home.id, places, version):
            permit = permit_for(session, home, as_, Verb.TRIAGE, project_id=release.project_id)
            shipped.append((places[release.project_id], ship(session, permit, release, now)))
        return shipped


def document(project_slug: str, shipped: Shipped) -> dict[str, object]:
    """What was told of a release, as programs rely on it."""
    return {
        "version": shipped.release.version,
        "project": project_slug,
        "new": shipped.is_new,
        "issues": list(shipped.issues),
    }


def _places(session: Session, home: Organization, project: str | None, as_: str | None) -> Sequence[Project]:
    if project is not None:
        return [choose_project(session, home, project)]
    return visible_projects(session, choose_person(session, home, as_), home.id)


def _parse(text: str) -> CommitFacts:
    sha, _, message = text.partition(":")
    return CommitFacts(sha, message.strip())


def _names(shipped: Shipped) -> str:
    return ", ".join(shipped.issues) or "nothing"


def _environments(line: ReleaseLine) -> list[str]:
    return [deploy.environment for deploy in line.deploys]


def _line_document(line: ReleaseLine) -> dict[str, object]:
    return {
        "version": line.version,
        "project": line.project_slug,
        "first_seen": line.first_seen.isoformat(),
        "commits": line.commit_count,
        "deploys": _environments(line),
    }
