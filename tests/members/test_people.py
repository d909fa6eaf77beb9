"""Accounts, memberships and roles."""

from threading import Thread

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.support.acme import NOW, make_organization, make_person, make_team, system
from tocsin.kernel.db import Database, read, write
from tocsin.kernel.errors import ConflictError, InvalidInputError
from tocsin.kernel.ids import OrganizationId, UserId
from tocsin.members.authorize import authorize, find_membership
from tocsin.members.errors import LastOwnerError, MemberNotFoundError, RoleAboveOwnError
from tocsin.members.models import Member, User
from tocsin.members.organization_service import list_members
from tocsin.members.passwords import is_password_right
from tocsin.members.people import (
    add_member,
    change_role,
    find_first_owner,
    get_member_by_email,
    get_or_create_user,
    remove_member,
    set_first_password,
)
from tocsin.organizations.audit import AuditEntry, AuditEvent
from tocsin.organizations.models import Team
from tocsin.organizations.permit import Permit, Role, Scope, Source, Verb, Via


def permit_of(session: Session, user_id: UserId, organization_id: OrganizationId) -> Permit:
    return authorize(session, user_id, Verb.EDIT_MEMBERS, Scope(organization_id), source=Source(Via.PAGE))


def role_of(database: Database, user_id: UserId, organization_id: OrganizationId) -> Role | None:
    with read(database) as session:
        membership = find_membership(session, user_id, organization_id)
    return None if membership is None else membership.role


def demote(session: Session, permit: Permit, member: Member) -> None:
    change_role(session, permit, member, Role.MEMBER, now=NOW)


def remove(session: Session, permit: Permit, member: Member) -> None:
    remove_member(session, permit, member, now=NOW)


def test_an_account_is_found_again_in_whatever_case_its_email_is_typed(database):
    with write(database) as session:
        made = get_or_create_user(session, "Ada@Example.com", now=NOW)

    with write(database) as session:
        found = get_or_create_user(session, "  ada@EXAMPLE.com ", now=NOW)

    assert (found.id, found.email, found.name) == (made.id, "ada@example.com", "ada")


def test_what_is_no_email_makes_no_account(database):
    slips = ["", "ada", "ada@", "@example.com", "a b@example.com", "a@b@c", f"{'a' * 251}@b.c"]
    slips += [
        f"ada{sign}@example.com"
        for sign in (",eve@evil.example", ";", "<eve", ">", '"', "\0", "\x1f", "\u202e", "\u200f")
    ]

    for slip in slips:
        with pytest.raises(InvalidInputError, match="no e-mail"), write(database) as session:
            get_or_create_user(session, slip, now=NOW)

    with read(database) as session:
        assert session.scalars(select(User)).all() == []


def test_a_first_password_is_set_and_a_second_one_changes_nothing(database):
    home = make_organization(database)
    ada = make_person(database, home)

    with write(database) as session:
        user = session.get_one(User, ada)
        answers = [set_first_password(session, system(home), user, one, now=NOW) for one in ("first one", "second")]
        is_first = is_password_right(user.password_hash, "first one")

    assert (answers, is_first) == ([True, False], True)


def test_a_new_member_has_the_role_and_the_teams_that_were_given(database):
    home = make_organization(database)
    team = make_team(database, home, "backend")

    make_person(database, home, "Ada", Role.ADMIN, teams=[team])

    with read(database) as session:
        (record,) = list_members(session, home)
    assert (record.email, record.name, record.role, record.teams[0].slug, record.counts) == (
        "ada@example.com",
        "Ada",
        Role.ADMIN,
        "backend",
        True,
    )


def test_adding_a_member_again_only_adds_teams(database):
    home = make_organization(database)
    make_person(database, home, teams=[make_team(database, home, "backend")])

    make_person(database, home, teams=[make_team(database, home, "frontend")])

    with read(database) as session:
        (record,) = list_members(session, home)
    assert (record.name, [team.slug for team in record.teams]) == ("Ada", ["backend", "frontend"])


def test_adding_a_member_again_with_another_role_is_refused_and_tells_the_present_one(database):
    home = make_organization(database)
    ada = make_person(database, home, "Ada", Role.ADMIN)

    with pytest.raises(ConflictError, match="with the role admin"):
        make_person(database, home, "Ada", Role.MEMBER)

    assert role_of(database, ada, home) is Role.ADMIN


def test_nobody_grants_a_role_above_their_own(database):
    home = make_organization(database)
    grace = make_person(database, home, "Grace", Role.MANAGER)
    granted = {}
    for role in Role:
        try:
            with write(database) as session:
                user = get_or_create_user(session, f"{role}@example.com", now=NOW)
                add_member(session, permit_of(session, grace, home), user, role=role, now=NOW)
            granted[role] = True
        except RoleAboveOwnError:
            granted[role] = False

    assert granted == {role: role is not Role.OWNER for role in Role}


def test_a_manager_can_neither_demote_nor_remove_an_owner(database):
    home = make_organization(database)
    grace = make_person(database, home, "Grace", Role.MANAGER)
    ada = make_person(database, home, "Ada", Role.OWNER)
    make_person(database, home, "Zoe", Role.OWNER)

    for act in (demote, remove):
        with pytest.raises(RoleAboveOwnError), write(database) as session:
            act(session, permit_of(session, grace, home), get_member_by_email(session, home, "ada@example.com"))

    assert role_of(database, ada, home) is Role.OWNER


def test_the_last_owner_can_be_neither_demoted_nor_removed(database):
    home = make_organization(database)
    ada = make_person(database, home, "Ada", Role.OWNER)

    for act in (demote, remove):
        with pytest.raises(LastOwnerError), write(database) as session:
            act(session, system(home), get_member_by_email(session, home, "ada@example.com"))

    assert role_of(database, ada, home) is Role.OWNER


def test_somebody_removed_from_one_organization_stays_in_the_other(database):
    home, elsewhere = make_organization(database), make_organization(database, "elsewhere")
    ada = make_person(database, home, teams=[make_team(database, home)])
    make_person(database, elsewhere)

    with write(database) as session:
        remove_member(session, system(home), get_member_by_email(session, home, "ada@example.com"), now=NOW)

    assert (role_of(database, ada, home), role_of(database, ada, elsewhere)) == (None, Role.MEMBER)


def test_a_deactivated_account_is_given_no_new_place(database):
    home, elsewhere = make_organization(database), make_organization(database, "elsewhere")
    make_person(database, home, is_active=False)

    with pytest.raises(ConflictError, match="deactivated"):
        make_person(database, elsewhere)


def test_the_first_owner_is_the_one_who_has_been_there_longest_and_counts(database):
    home = make_organization(database)
    make_person(database, home, "Gone", Role.OWNER, is_active=False)
    make_person(database, home, "Linus", Role.MANAGER)
    ada = make_person(database, home, "Ada", Role.OWNER)
    make_person(database, home, "Zoe", Role.OWNER)

    with read(database) as session:
        assert find_first_owner(session, home) == ada


def test_an_email_of_another_organization_finds_nobody_here(database):
    home, elsewhere = make_organization(database), make_organization(database, "elsewhere")
    make_person(database, elsewhere)

    with read(database) as session, pytest.raises(MemberNotFoundError, match="nobody with the e-mail"):
        get_member_by_email(session, home, "ada@example.com")


def test_every_change_of_a_member_leaves_its_line_in_the_audit_log(database):
    home = make_organization(database)
    grace = make_person(database, home, "Grace", Role.OWNER)
    team = make_team(database, home)

    with write(database) as session:
        permit = permit_of(session, grace, home)
        user = get_or_create_user(session, "ada@example.com", now=NOW)
        member = add_member(session, permit, user, role=Role.MEMBER, now=NOW, teams=[session.get_one(Team, team)])
        set_first_password(session, permit, user, "correct horse", now=NOW)
        change_role(session, permit, member, Role.ADMIN, now=NOW)
        remove_member(session, permit, member, now=NOW)

    with read(database) as session:
        entries = session.scalars(
            select(AuditEntry).where(AuditEntry.actor_user_id == grace).order_by(AuditEntry.id)
        ).all()
    assert [(entry.event, entry.data) for entry in entries] == [
        (AuditEvent.MEMBER_ADD, {"user_id": user.id, "role": "member"}),
        (AuditEvent.MEMBER_EDIT, {"team": "backend"}),
        (AuditEvent.PASSWORD_SET, {}),
        (AuditEvent.MEMBER_EDIT, {"from": "member", "to": "admin"}),
        (AuditEvent.MEMBER_REMOVE, {"user_id": user.id, "role": "admin"}),
    ]


@pytest.mark.parametrize("address", ["o'hara+news@sub.example.com", "a_b-c.d@localhost", "jürgen@müller.example"])
def test_what_mailboxes_are_called_makes_an_account(database, address):
    with write(database) as session:
        assert get_or_create_user(session, address, now=NOW).email == address


def test_of_two_owners_who_demote_each_other_at_once_one_stays_owner(database):
    home = make_organization(database)
    ada, zoe = (make_person(database, home, name, Role.OWNER) for name in ("Ada", "Zoe"))
    refusals = []

    def demote_ada() -> None:
        try:
            with write(database) as session:
                demote(session, system(home), get_member_by_email(session, home, "ada@example.com"))
        except LastOwnerError as error:
            refusals.append(error)

    other = Thread(target=demote_ada)
    with write(database) as session:
        demote(session, system(home), get_member_by_email(session, home, "zoe@example.com"))
        other.start()
        other.join(0.5)  # it waits for us; whoever does not wait is through by now
    other.join()

    assert (len(refusals), role_of(database, ada, home), role_of(database, zoe, home)) == (1, Role.OWNER, Role.MEMBER)
