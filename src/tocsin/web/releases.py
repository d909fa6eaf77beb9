"""The page of releases: which versions there are, the commits that they carry, and where they were deployed."""

from starlette.responses import Response

from tocsin.http.visit import SignedInVisit
from tocsin.issues.release_issues import count_fixed, figures_of_releases
from tocsin.kernel.db import read
from tocsin.organizations.release_queries import list_releases
from tocsin.organizations.releases import find_current_release
from tocsin.web.place import open_place, show

PAGE_LENGTH = 30
LAST_PAGE = 1000
"""Beyond this nobody reads on; it also keeps the number that the database skips small."""


def show_releases(visit: SignedInVisit) -> Response:
    """Releases of the projects that the visitor may see, or of one of them, the last heard of first."""
    slug, page = visit.query("project"), _page(visit.query("page"))
    with read(visit.deps.database) as session:
        place = open_place(session, visit)
        projects = [place.get_project(slug).id] if slug else place.project_ids()
        found = list_releases(session, projects, limit=PAGE_LENGTH + 1, offset=(page - 1) * PAGE_LENGTH)
        lines = found[:PAGE_LENGTH]
        ids = [line.id for line in lines]
        fixed, figures = count_fixed(session, ids), figures_of_releases(session, ids)
        shown = {line.project_slug for line in lines}
        current = [find_current_release(session, each.id) for each in place.projects if each.slug in shown]
    facts = {
        "lines": lines,
        "fixed": fixed,
        "figures": figures,
        "current_ids": {release.id for release in current if release is not None},
        "project_slug": slug,
        "page": page,
        "has_more": len(found) > PAGE_LENGTH,
    }
    return show("releases.html", visit, facts, place=place, section="releases")


def _page(text: str) -> int:
    number = int(text) if text.isascii() and text.isdecimal() and len(text) <= len(str(LAST_PAGE)) else 1
    return min(max(number, 1), LAST_PAGE)
