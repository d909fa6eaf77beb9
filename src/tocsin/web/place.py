"""Where a visitor is: the organization in the address, what they may see of it, and what its pages have in common."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.responses import HTMLResponse

from tocsin.chat.models import Integration
from tocsin.chat.workspaces import list_workspaces
from tocsin.http.templates import environment, render
from tocsin.http.visit import SignedInVisit, Visit
from tocsin.kernel.ids import ProjectId
from tocsin.members.authorize import LEAST_ROLE, Membership, list_memberships, visible_projects
from tocsin.organizations.errors import OrganizationNotFoundError, ProjectNotFoundError
from tocsin.organizations.models import Organization, Project
from tocsin.organizations.permit import Scope, Verb
from tocsin.web.links import with_links
from tocsin.web.tag_search import search_for_tag

TEMPLATES = environment("tocsin.web")
TEMPLATES.filters["tag_search"] = search_for_tag
TEMPLATES.filters["with_links"] = with_links


@dataclass(frozen=True, slots=True)
class Place:
    """An organization as one person sees it."""

    organization: Organization
    membership: Membership
    projects: tuple[Project, ...]
    """Those that the person may see, by slug."""
    others: tuple[Organization, ...]
    """Further organizations that the person belongs to."""
    broken_workspaces: tuple[Integration, ...]
    """Those in which nothing can be said until they are connected again; every page says so."""

    @property
    def scope(self) -> Scope:
        """The whole organization, as `authorize` wants it."""
        return Scope(self.organization.id)

    def may(self, verb: Verb) -> bool:
        """Whether to offer `verb` at all; `authorize` decides when it is asked for."""
        return self.membership.role.rank >= LEAST_ROLE[verb].rank

    def project_ids(self) -> list[ProjectId]:
        """The ids of what the person may see."""
        return [project.id for project in self.projects]

    def get_project(self, slug: str) -> Project:
        """The project of that slug.

        Raises:
            ProjectNotFoundError: there is none, or the person may not see it.
        """
        found = next((project for project in self.projects if project.slug == slug), None)
        if found is None:
            raise ProjectNotFoundError("There is no such project, or you may not see it.")
        return found


def list_own_organizations(session: Session, visit: SignedInVisit) -> list[tuple[Membership, Organization]]:
    """Every organization that the visitor belongs to, oldest first."""
    memberships = {one.organization_id: one for one in list_memberships(session, visit.person.user_id)}
    found = session.scalars(select(Organization).where(Organization.id.in_(memberships)).order_by(Organization.id))
    return [(memberships[organization.id], organization) for organization in found]


def open_place(session: Session, visit: SignedInVisit) -> Place:
    """The organization that the address names.

    Raises:
        OrganizationNotFoundError: there is none, or the visitor does not belong to it.
    """
    slug = visit.request.path_params["organization"]
    own = list_own_organizations(session, visit)
    here = next((pair for pair in own if pair[1].slug == slug), None)
    if here is None:
        raise OrganizationNotFoundError("There is no such organization, or you may not see it.")
    membership, organization = here
    return Place(
        organization,
        membership,
        tuple(visible_projects(session, visit.person.user_id, organization.id)),
        tuple(other for _, other in own if other.id != organization.id),
        tuple(one for one in list_workspaces(session, organization.id) if one.broken_reason),
    )


def show(
    template: str,
    visit: Visit,
    facts: Mapping[str, Any],
    *,
    place: Place | None = None,
    section: str = "",
    status: int = 200,
) -> HTMLResponse:
    """One of our pages; `section` is the word of the navigation that it belongs to."""
    return render(TEMPLATES, template, visit, {"place": place, "section": section, **facts}, status=status)
