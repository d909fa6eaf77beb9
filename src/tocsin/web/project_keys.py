"""The keys of a project on its page: a further DSN, and switching one off or on."""

from sqlalchemy.orm import Session
from starlette.responses import Response

from tocsin.http.visit import SignedInVisit
from tocsin.kernel.errors import InvalidInputError
from tocsin.organizations.keys import add_key, get_key, switch_key
from tocsin.organizations.models import Project
from tocsin.organizations.permit import Permit
from tocsin.web.project_forms import ITS_PAGE, accept_project_form

SECTION = f"{ITS_PAGE}#keys"
SWITCHES = {"on": True, "off": False}


def accept_key(visit: SignedInVisit) -> Response:
    """Make a further key of the project."""

    def change(session: Session, permit: Permit, project: Project) -> None:
        add_key(session, permit, project, visit.field("label"), now=visit.now)

    return accept_project_form(visit, change, leads_to=SECTION)


def accept_switch(visit: SignedInVisit) -> Response:
    """Switch the key that the address names off or on."""

    def change(session: Session, permit: Permit, project: Project) -> None:
        is_active = SWITCHES.get(visit.field("do"))
        if is_active is None:
            raise InvalidInputError("Choose whether the key is switched on or off.")
        key = get_key(session, project, visit.request.path_params["key"])
        switch_key(session, permit, key, is_active=is_active, now=visit.now)

    return accept_project_form(visit, change, leads_to=SECTION)
