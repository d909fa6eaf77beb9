"""`tocsin init`: from nothing to a DSN."""

from typing import Annotated

from cyclopts import Parameter
from sqlalchemy.orm import Session

from tocsin.cli.choose import operator_permit
from tocsin.cli.database import open_or_make_database
from tocsin.cli.options import JsonOption, PasswordOption
from tocsin.cli.output import answer
from tocsin.cli.passwords import read_password
from tocsin.kernel.clock import system_clock
from tocsin.kernel.db import write
from tocsin.members.people import add_member, find_member, get_or_create_user, set_first_password
from tocsin.organizations.create import create_organization, create_project, dsn_of
from tocsin.organizations.errors import ProjectNotFoundError
from tocsin.organizations.models import Organization, Project
from tocsin.organizations.permit import Permit, Role, Via
from tocsin.organizations.queries import find_organization, find_project, find_project_key
from tocsin.settings import Settings


def init(
    *,
    organization: Annotated[str, Parameter(help="Slug of the organization.")],
    project: Annotated[str, Parameter(help="Slug of a project; another one is added.")],
    email: Annotated[str, Parameter(help="E-mail of the owner.")],
    password_stdin: PasswordOption = False,
    json: JsonOption = False,
) -> None:
    """Make an organization with its first owner and a project, or another project.

    Whatever is there already is left as it is; a password is never changed.
    """
    settings = Settings()
    password = read_password() if password_stdin else None
    with open_or_make_database(settings) as database, write(database) as session:
        found = _find_or_make_organization(session, organization)
        permit = operator_permit(found.id)
        _make_owner(session, permit, email, password)
        made = find_project(session, found.id, project) or create_project(session, permit, project, now=system_clock())
        dsn = _dsn(session, settings, made)
    document = {"organization": found.slug, "project": made.slug, "project_id": made.id, "dsn": dsn}
    answer(document, [dsn], as_json=json)


def _find_or_make_organization(session: Session, slug: str) -> Organization:
    found = find_organization(session, slug)
    return found or create_organization(session, slug, reason="tocsin init", via=Via.CLI, now=system_clock())


def _make_owner(session: Session, permit: Permit, email: str, password: str | None) -> None:
    """An owner where there was no member; who is one already keeps role and password."""
    now = system_clock()
    user = get_or_create_user(session, email, now=now)
    if find_member(session, permit.scope.organization_id, user.id) is None:
        add_member(session, permit, user, role=Role.OWNER, now=now)
    if password is not None:
        set_first_password(session, permit, user, password, now=now)


def _dsn(session: Session, settings: Settings, project: Project) -> str:
    key = find_project_key(session, project.id)
    if key is None:
        raise ProjectNotFoundError(f"Every key of {project.slug} was switched off; there is no DSN to give.")
    return dsn_of(key, settings.link_base, project.id)
