"""`tocsin members`: people of an organization, their roles and teams."""

from typing import Annotated

from cyclopts import App, Parameter
from sqlalchemy.orm import Session

from tocsin.cli import invitations
from tocsin.cli.choose import choose_organization, permit_for
from tocsin.cli.database import acting, open_database
from tocsin.cli.options import AsOption, JsonOption, OrganizationOption, PasswordOption
from tocsin.cli.output import answer, table
from tocsin.cli.passwords import read_password
from tocsin.kernel.clock import system_clock
from tocsin.kernel.db import read
from tocsin.members.models import User
from tocsin.members.organization_service import MemberRecord, check_membership_by_id, list_members
from tocsin.members.password_reset import make_reset_link
from tocsin.members.people import (
    add_member,
    change_role,
    deactivate_member,
    get_member_by_email,
    get_or_create_user,
    reactivate_member,
    remove_member,
    require_may_grant,
    set_first_password,
)
from tocsin.organizations.create import create_team
from tocsin.organizations.models import Organization, Team
from tocsin.organizations.permit import Permit, Role, Verb
from tocsin.organizations.queries import find_team
from tocsin.settings import Settings

app = App(name="members", help="People of an organization, their roles and teams.")
app.command(invitations.invite_, name="invite")
for verb in (
    invitations.invitations,
    invitations.approve,
    invitations.reject,
    invitations.resend,
    invitations.link,
    invitations.revoke,
    invitations.join_requests,
):
    app.command(verb)

EmailOption = Annotated[str, Parameter(name="--email", help="The person's e-mail.")]
RoleOption = Annotated[Role, Parameter(name="--role", help="What they may do; each role includes those before it.")]


@app.command
def add(
    *,
    email: EmailOption,
    role: RoleOption = Role.MEMBER,
    name: Annotated[str | None, Parameter(help="What to call them; without it, the e-mail's first part.")] = None,
    team: Annotated[list[str] | None, Parameter(help="Slug of a team, made if there is none; repeatable.")] = None,
    password_stdin: PasswordOption = False,
    organization: OrganizationOption = None,
    as_: AsOption = None,
    json: JsonOption = False,
) -> None:
    """Give somebody a place in the organization; again with the same role it only adds teams and a missing password."""
    password = read_password() if password_stdin else None
    with open_database(Settings()) as database, acting(database) as session:
        now = system_clock()
        home = choose_organization(session, organization)
        permit = permit_for(session, home, as_, Verb.EDIT_MEMBERS)
        teams = [_find_or_make_team(session, permit, home, slug) for slug in team or ()]
        user = get_or_create_user(session, email, now=now, name=name)
        add_member(session, permit, user, role=role, now=now, teams=teams)
        if password is not None:
            set_first_password(session, permit, user, password, now=now)
        record = _get_record(session, home, user.email)
    answer(_document(home, record), [f"{record.email} is {record.role} of {home.slug}."], as_json=json)


@app.command(name="list")
def list_(*, organization: OrganizationOption = None, json: JsonOption = False) -> None:
    """Show everybody in the organization."""
    with open_database(Settings()) as database, read(database) as session:
        home = choose_organization(session, organization)
        members = list_members(session, home.id)
    rows = [(one.email, one.name, one.role, " ".join(team.slug for team in one.teams), one.counts) for one in members]
    lines = table(("E-MAIL", "NAME", "ROLE", "TEAMS", "ACTIVE"), rows, nothing="Nobody is in this organization.")
    answer([_document(home, record) for record in members], lines, as_json=json)


@app.command(name="change-role")
def change_role_(
    *,
    email: EmailOption,
    role: RoleOption,
    organization: OrganizationOption = None,
    as_: AsOption = None,
    json: JsonOption = False,
) -> None:
    """Give a member another role; it counts at once."""
    with open_database(Settings()) as database, acting(database) as session:
        home = choose_organization(session, organization)
        permit = permit_for(session, home, as_, Verb.EDIT_MEMBERS)
        change_role(session, permit, get_member_by_email(session, home.id, email), role, now=system_clock())
        record = _get_record(session, home, email)
    answer(_document(home, record), [f"{record.email} is {record.role} of {home.slug}."], as_json=json)


@app.command
def remove(
    *, email: EmailOption, organization: OrganizationOption = None, as_: AsOption = None, json: JsonOption = False
) -> None:
    """Take somebody out of the organization; they can do nothing in it from now on."""
    with open_database(Settings()) as database, acting(database) as session:
        home = choose_organization(session, organization)
        permit = permit_for(session, home, as_, Verb.EDIT_MEMBERS)
        record = _get_record(session, home, email)
        remove_member(session, permit, get_member_by_email(session, home.id, email), now=system_clock())
    answer(_document(home, record), [f"{record.email} is no member of {home.slug} any more."], as_json=json)


@app.command(name="reset-password")
def reset_password(
    email: Annotated[str, Parameter(name="EMAIL", help="The person's e-mail.")],
    /,
    *,
    organization: OrganizationOption = None,
    as_: AsOption = None,
    json: JsonOption = False,
) -> None:
    """Print a link by which somebody chooses another password; give it to nobody else."""
    settings = Settings()
    with open_database(settings) as database, acting(database) as session:
        home = choose_organization(session, organization)
        permit = permit_for(session, home, as_, Verb.EDIT_MEMBERS)
        record = _get_record(session, home, email)
        require_may_grant(session, permit, record.role)
        link = make_reset_link(
            session,
            session.get_one(User, record.user_id),
            link_base=settings.link_base,
            by=permit.actor.label,
            source=permit.source,
            now=system_clock(),
        )
    answer({"email": record.email, "link": link}, [link, "It is good once, for half an hour."], as_json=json)


@app.command
def deactivate(
    *, email: EmailOption, organization: OrganizationOption = None, as_: AsOption = None, json: JsonOption = False
) -> None:
    """Switch somebody's place off: they see and may nothing here, and keep role and teams for later."""
    with open_database(Settings()) as database, acting(database) as session:
        home = choose_organization(session, organization)
        permit = permit_for(session, home, as_, Verb.EDIT_MEMBERS)
        deactivate_member(session, permit, get_member_by_email(session, home.id, email), now=system_clock())
        record = _get_record(session, home, email)
    answer(_document(home, record), [f"The place of {record.email} in {home.slug} is switched off."], as_json=json)


@app.command
def reactivate(
    *, email: EmailOption, organization: OrganizationOption = None, as_: AsOption = None, json: JsonOption = False
) -> None:
    """Switch somebody's place on again, as it was."""
    with open_database(Settings()) as database, acting(database) as session:
        home = choose_organization(session, organization)
        permit = permit_for(session, home, as_, Verb.EDIT_MEMBERS)
        reactivate_member(session, permit, get_member_by_email(session, home.id, email), now=system_clock())
        record = _get_record(session, home, email)
    answer(_document(home, record), [f"The place of {record.email} in {home.slug} is switched on."], as_json=json)


def _find_or_make_team(session: Session, permit: Permit, organization: Organization, text: str) -> Team:
    slug = text.removeprefix("#")
    return find_team(session, organization.id, slug) or create_team(session, permit, slug, now=system_clock())


def _get_record(session: Session, organization: Organization, email: str) -> MemberRecord:
    member = get_member_by_email(session, organization.id, email)
    record = check_membership_by_id(session, organization.id, member.user_id)
    assert record is not None, "the member was just found"
    return record


def _document(organization: Organization, record: MemberRecord) -> dict[str, object]:
    return {
        "organization": organization.slug,
        "email": record.email,
        "name": record.name,
        "role": record.role,
        "teams": [team.slug for team in record.teams],
        "active": record.counts,
    }
