"""The limits of a project and of its keys, as its page changes them."""

from sqlalchemy.orm import Session
from starlette.responses import Response

from tocsin.http.visit import SignedInVisit
from tocsin.organizations.keys import list_active_keys
from tocsin.organizations.models import Project, ProjectKey
from tocsin.organizations.permit import Permit
from tocsin.organizations.quotas import Quota, parse_limit, set_new_issue_limit, set_quota
from tocsin.web.project_forms import ITS_PAGE, accept_project_form


def accept_limits(visit: SignedInVisit) -> Response:
    """Keep the limits of the project and of each of its keys; what cannot be is said on the page."""

    def change(session: Session, permit: Permit, project: Project) -> None:
        owners: list[tuple[str, Project | ProjectKey]] = [("", project)]
        owners += [(f"_{key.id}", key) for key in list_active_keys(session, project.id)]
        for suffix, owner in owners:
            quota = Quota(
                parse_limit(visit.field(f"per_minute{suffix}")),
                parse_limit(visit.field(f"per_day{suffix}")),
            )
            set_quota(session, permit, owner, quota, now=visit.now)
        set_new_issue_limit(session, permit, project, parse_limit(visit.field("new_issues")), now=visit.now)

    return accept_project_form(visit, change, leads_to=f"{ITS_PAGE}#limits")
