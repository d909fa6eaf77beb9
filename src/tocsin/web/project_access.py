"""Who sees a project, as its page changes it: every member, or the people of its teams and admins."""

from sqlalchemy.orm import Session
from starlette.responses import Response

from tocsin.http.visit import SignedInVisit
from tocsin.issues.access import set_access
from tocsin.kernel.errors import InvalidInputError
from tocsin.organizations.models import Project
from tocsin.organizations.permit import Permit
from tocsin.organizations.queries import get_team
from tocsin.web.project_forms import ITS_PAGE, accept_project_form

VISIBLE_TO = {"all": True, "teams": False}
"""What the form says, and whether the project is open then."""


def accept_access(visit: SignedInVisit) -> Response:
    """Keep who sees the project, and which teams own it."""

    def change(session: Session, permit: Permit, project: Project) -> None:
        is_open = VISIBLE_TO.get(visit.field("visible_to"))
        if is_open is None:
            raise InvalidInputError("Choose who sees the project.")
        teams = [get_team(session, project.organization_id, slug) for slug in visit.form.get("team", ())]
        set_access(session, permit, project, is_open=is_open, teams=teams, now=visit.now)

    return accept_project_form(visit, change, leads_to=f"{ITS_PAGE}#access")
