"""Organizations and memberships as plain records."""

import dataclasses

from tests.support.acme import make_organization, make_person, make_project, make_team
from tocsin.kernel.db import read
from tocsin.kernel.ids import OrganizationId
from tocsin.members.organization_service import (
    check_membership_by_id,
    get_organization_by_id,
    list_addresses,
    list_members,
)
from tocsin.organizations.permit import Role


def test_an_organization_comes_with_the_membership_of_whom_was_asked_about(database):
    home = make_organization(database)
    ada = make_person(database, home, "Ada", Role.ADMIN)

    with read(database) as session:
        context = get_organization_by_id(session, home, user_id=ada)

    assert context is not None
    assert context.member is not None
    assert (context.slug, context.user_id, context.member.role) == ("acme", ada, Role.ADMIN)


def test_being_no_member_does_not_hide_the_organization(database):
    home, elsewhere = make_organization(database), make_organization(database, "elsewhere")
    stranger = make_person(database, elsewhere)

    with read(database) as session:
        context = get_organization_by_id(session, home, user_id=stranger)

    assert context is not None
    assert (context.id, context.member) == (home, None)


def test_an_unknown_id_or_another_slug_gives_nothing(database):
    home = make_organization(database)

    with read(database) as session:
        found = [
            get_organization_by_id(session, OrganizationId(9_999)),
            get_organization_by_id(session, home, slug="other"),
        ]

    assert found == [None, None]


def test_a_membership_lists_its_teams_and_each_of_their_projects_once(database):
    home = make_organization(database)
    backend, frontend, empty = (make_team(database, home, slug) for slug in ("backend", "frontend", "empty"))
    ada = make_person(database, home, teams=[backend, frontend, empty])
    shared = make_project(database, home, "shared", teams=[backend, frontend])
    own = make_project(database, home, "own", teams=[frontend])
    make_project(database, home, "open")

    with read(database) as session:
        member = check_membership_by_id(session, home, ada)

    assert member is not None
    assert [(team.slug, team.project_ids) for team in member.teams] == [
        ("backend", (shared,)),
        ("empty", ()),
        ("frontend", (shared, own)),
    ]
    assert member.project_ids == (shared, own)


def test_a_membership_that_does_not_count_says_why(database):
    home = make_organization(database)
    idle = make_person(database, home, "Idle", has_place=False)
    gone = make_person(database, home, "Gone", is_active=False)

    with read(database) as session:
        members = [check_membership_by_id(session, home, one) for one in (idle, gone)]

    assert [(one.is_active, one.account_is_active) for one in members if one is not None] == [
        (False, True),
        (True, False),
    ]


def test_a_record_holds_neither_password_nor_token(database):
    home = make_organization(database)
    ada = make_person(database, home)

    with read(database) as session:
        member = check_membership_by_id(session, home, ada)

    assert member is not None
    assert not {name for name in dataclasses.asdict(member) if "password" in name or "token" in name}


def test_a_list_of_members_has_everybody_as_if_they_were_asked_about_one_by_one(database):
    home, elsewhere = make_organization(database), make_organization(database, "elsewhere")
    backend, frontend = (make_team(database, home, slug) for slug in ("backend", "frontend"))
    make_project(database, home, "shared", teams=[backend, frontend])
    people = [
        make_person(database, home, "Ada", Role.OWNER, teams=[backend, frontend]),
        make_person(database, home, "Ben", teams=[frontend]),
        make_person(database, home, "Idle", has_place=False),
        make_person(database, home, "Zoe", is_active=False),
    ]
    make_person(database, elsewhere, "Carl", teams=[make_team(database, elsewhere, "theirs")])

    with read(database) as session:
        listed = list_members(session, home)
        one_by_one = [check_membership_by_id(session, home, each) for each in people]

        addresses = list_addresses(session, home, limit=3)

    assert listed == one_by_one
    assert [one.counts for one in listed] == [True, True, False, False]
    assert addresses == [("ada@example.com", "Ada"), ("ben@example.com", "Ben")]
