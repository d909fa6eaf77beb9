"""The page of one release: what it carries, where it runs, which issues it fixes and which it brought."""

from starlette.responses import Response

from tocsin.http.visit import SignedInVisit
from tocsin.issues.release_issues import count_fixed, list_fixed, list_new
from tocsin.kernel.db import read
from tocsin.organizations.errors import ReleaseNotFoundError
from tocsin.organizations.models import Release
from tocsin.organizations.release_queries import find_release_line
from tocsin.web.place import open_place, show

ISSUES_SHOWN = 50
LONGEST_ID = 18


def show_release(visit: SignedInVisit) -> Response:
    """The release whose number the address has.

    Raises:
        ReleaseNotFoundError: there is none, or it is of a project that the visitor may not see.
    """
    number = visit.request.path_params["release"]
    is_number = number.isascii() and number.isdecimal() and len(number) <= LONGEST_ID
    with read(visit.deps.database) as session:
        place = open_place(session, visit)
        line = find_release_line(session, place.project_ids(), int(number)) if is_number else None
        if line is None:
            raise ReleaseNotFoundError("There is no such release, or you may not see its project.")
        facts = {
            "release": line,
            "new": list_new(session, session.get_one(Release, line.id), limit=ISSUES_SHOWN),
            "fixed": list_fixed(session, line.id, limit=ISSUES_SHOWN),
            "shown": ISSUES_SHOWN,
            "fixed_count": count_fixed(session, [line.id]).get(line.id, 0),
        }
    return show("release.html", visit, facts, place=place, section="releases")
