"""What a project wants taken out of its events, as its page changes it."""

from sqlalchemy.orm import Session
from starlette.responses import Response

from tocsin.events.scrubbing import ScrubRules
from tocsin.http.visit import SignedInVisit
from tocsin.intake.scrub_rules import set_scrub_rules, split_names
from tocsin.organizations.models import Project
from tocsin.organizations.permit import Permit
from tocsin.web.project_forms import ITS_PAGE, accept_project_form


def accept_scrub_rules(visit: SignedInVisit) -> Response:
    """Keep what is to be taken out; what cannot be is said on the page, and nothing is kept."""
    rules = ScrubRules(
        more_names=split_names(visit.field("more_names")),
        harmless_names=split_names(visit.field("harmless_names")),
        emails=visit.field("emails") == "on",
        ip_addresses=visit.field("ip_addresses") == "on",
    )

    def change(session: Session, permit: Permit, project: Project) -> None:
        set_scrub_rules(session, permit, project, rules, now=visit.now)

    return accept_project_form(visit, change, leads_to=f"{ITS_PAGE}#scrubbing")
