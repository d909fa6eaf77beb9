"""The page of environments: where applications run, and which release runs there."""

from starlette.responses import Response

from tocsin.http.visit import SignedInVisit
from tocsin.kernel.db import read
from tocsin.organizations.environment_queries import list_environments
from tocsin.web.place import open_place, show


def show_environments(visit: SignedInVisit) -> Response:
    """The environments of the projects that the visitor may see."""
    with read(visit.deps.database) as session:
        place = open_place(session, visit)
        lines = list_environments(session, place.project_ids())
    return show("environments.html", visit, {"lines": lines}, place=place, section="releases")
