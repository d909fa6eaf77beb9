"""Which organization, workspace and person a verb means; several that fit are named, never guessed between."""

from sqlalchemy.orm import Session

from tocsin.chat.errors import WorkspaceNotFoundError
from tocsin.chat.models import Integration
from tocsin.chat.workspaces import list_workspaces
from tocsin.kernel.errors import AmbiguousError
from tocsin.kernel.ids import OrganizationId, ProjectId, UserId
from tocsin.members.authorize import authorize
from tocsin.members.errors import MemberNotFoundError
from tocsin.members.people import find_first_owner, get_member_by_email
from tocsin.organizations.errors import OrganizationNotFoundError, ProjectNotFoundError
from tocsin.organizations.models import Organization, Project
from tocsin.organizations.permit import Permit, Scope, Source, Verb, Via
from tocsin.organizations.queries import find_organization, find_project, list_organizations

SOURCE = Source(Via.CLI)


def choose_organization(session: Session, slug: str | None) -> Organization:
    """The organization of this slug, or the only one.

    Raises:
        OrganizationNotFoundError: there is none.
        AmbiguousError: there are several and none was named.
    """
    if slug is not None:
        found = find_organization(session, slug)
        if found is None:
            raise OrganizationNotFoundError(f"There is no organization {slug!r}.")
        return found
    organizations = list_organizations(session)
    if not organizations:
        raise OrganizationNotFoundError("There is no organization yet; begin with `tocsin init`.")
    if len(organizations) > 1:
        raise AmbiguousError(f"Say --organization: there are {', '.join(one.slug for one in organizations)}.")
    return organizations[0]


def choose_project(session: Session, organization: Organization, slug: str) -> Project:
    """The organization's project of this slug.

    Raises:
        ProjectNotFoundError: there is none.
    """
    project = find_project(session, organization.id, slug)
    if project is None:
        raise ProjectNotFoundError(f"There is no project {slug!r} in {organization.slug}.")
    return project


def choose_workspace(session: Session, organization: Organization, text: str | None) -> Integration:
    """The organization's workspace of this id (`T...`) or name, or the only one.

    Raises:
        WorkspaceNotFoundError: there is none.
        AmbiguousError: several fit.
    """
    workspaces = list_workspaces(session, organization.id)
    fitting = [one for one in workspaces if text is None or text in {one.external_id, one.name}]
    if not workspaces:
        raise WorkspaceNotFoundError(
            f"No Slack workspace is connected to {organization.slug}; begin with `tocsin slack connect`."
        )
    if not fitting:
        raise WorkspaceNotFoundError(f"There is no workspace {text!r} in {organization.slug}.")
    if len(fitting) > 1:
        names = ", ".join(f"{one.external_id} ({one.name})" for one in fitting)
        raise AmbiguousError(f"Say --workspace: there are {names}.")
    return fitting[0]


def choose_person(session: Session, organization: Organization, email: str | None) -> UserId:
    """The member of this e-mail, or the first owner.

    Raises:
        MemberNotFoundError: there is no such member, or no owner to stand in.
    """
    if email is not None:
        return get_member_by_email(session, organization.id, email).user_id
    owner = find_first_owner(session, organization.id)
    if owner is None:
        raise MemberNotFoundError(f"{organization.slug} has no owner; say --as whom, or add one with `members add`.")
    return owner


def permit_for(
    session: Session,
    organization: Organization,
    email: str | None,
    verb: Verb,
    *,
    project_id: ProjectId | None = None,
) -> Permit:
    """The permit of the member with this e-mail, or of the first owner; without any owner, the operator's own.

    Raises:
        NotAllowedError: that member lacks the role.
        NotFoundError: there is no such member, or they may not see the project.
    """
    scope = Scope(organization.id, project_id)
    if email is None and find_first_owner(session, organization.id) is None:
        return operator_permit(organization.id)
    return authorize(session, choose_person(session, organization, email), verb, scope, source=SOURCE)


def operator_permit(organization_id: OrganizationId) -> Permit:
    """The permit of whoever runs the server: they hold the database, so no role binds them."""
    return Permit.system("The server's operator", Scope(organization_id), Via.CLI)
