"""Who may do what: the whole matrix, and what the refused are told."""

from itertools import product

import pytest
from sqlalchemy import select, update

from tests.support.acme import NOW, make_organization, make_person, make_project, make_team
from tocsin.kernel.db import Database, read, write
from tocsin.kernel.errors import NotFoundError
from tocsin.kernel.ids import OrganizationId, ProjectId, UserId
from tocsin.members.authorize import (
    ONE_PROJECT_AT_A_TIME,
    authorize,
    list_memberships,
    record_refusal,
    visible_projects,
)
from tocsin.members.errors import NotAllowedError
from tocsin.members.models import Member
from tocsin.organizations.audit import AuditEntry, AuditEvent
from tocsin.organizations.models import Team
from tocsin.organizations.permit import Role, Scope, Source, Verb, Via

SOURCE = Source(Via.PAGE)
OPEN, OWN, FOREIGN, WHOLE = "open", "own", "foreign", "whole organization"
ALLOWED = {
    Role.MEMBER: {Verb.SEE, Verb.COMMENT, Verb.TRIAGE, Verb.ASSIGN},
    Role.ADMIN: {
        Verb.SEE,
        Verb.COMMENT,
        Verb.TRIAGE,
        Verb.ASSIGN,
        Verb.MODERATE,
        Verb.DELETE_ISSUES,
        Verb.EDIT_RULES,
        Verb.EDIT_PROJECTS,
        Verb.EDIT_TEAMS,
        Verb.SHARE_VIEWS,
    },
    Role.MANAGER: set(Verb) - {Verb.UNLINK_OTHERS, Verb.EDIT_SECRETS, Verb.DELETE},
    Role.OWNER: set(Verb),
}


def outcome(database: Database, user_id: UserId, verb: Verb, scope: Scope) -> str:
    with read(database) as session:
        try:
            permit = authorize(session, user_id, verb, scope, source=SOURCE)
        except NotFoundError:
            return "not found"
        except NotAllowedError:
            return "not allowed"
    assert (permit.actor.user_id, permit.verb, permit.scope, permit.source) == (user_id, verb, scope, SOURCE)
    return "allowed"


def expected(role: Role, verb: Verb, place: str) -> str:
    if place == FOREIGN and role is Role.MEMBER:
        return "not found"
    return "allowed" if verb in ALLOWED[role] else "not allowed"


def make_places(database: Database, organization_id: OrganizationId) -> dict[str, ProjectId | None]:
    team, other = make_team(database, organization_id, "backend"), make_team(database, organization_id, "other")
    return {
        OPEN: make_project(database, organization_id, "open-project"),
        OWN: make_project(database, organization_id, "own-project", is_open=False, teams=[team]),
        FOREIGN: make_project(database, organization_id, "foreign-project", is_open=False, teams=[other]),
        WHOLE: None,
    }


def test_every_role_may_exactly_what_the_table_of_the_design_says(database):
    home = make_organization(database)
    places = make_places(database, home)
    with read(database) as session:
        team_id = session.scalars(select(Team.id).where(Team.slug == "backend")).one()
    people = {role: make_person(database, home, role.title(), role, teams=[team_id]) for role in Role}
    matrix = [
        (role, verb, place)
        for role, verb, place in product(Role, Verb, places)
        if not (place == WHOLE and verb in ONE_PROJECT_AT_A_TIME)
    ]

    found = {
        (role, verb, place): outcome(database, people[role], verb, Scope(home, places[place]))
        for role, verb, place in matrix
    }

    assert found == {(role, verb, place): expected(role, verb, place) for role, verb, place in matrix}


@pytest.mark.parametrize(
    "state", ["deactivated", "without an active place", "of another organization", "never heard of"]
)
def test_whoever_does_not_count_finds_nothing_whatever_the_role(database, state):
    home = make_organization(database)
    places = make_places(database, home)
    elsewhere = make_organization(database, "elsewhere")
    people = {
        "deactivated": make_person(database, home, "Gone", Role.OWNER, is_active=False),
        "without an active place": make_person(database, home, "Idle", Role.OWNER, has_place=False),
        "of another organization": make_person(database, elsewhere, "Stranger", Role.OWNER),
        "never heard of": UserId(9_999),
    }

    found = {
        outcome(database, people[state], verb, Scope(home, place))
        for verb, place in product(Verb, places.values())
        if not (place is None and verb in ONE_PROJECT_AT_A_TIME)
    }

    assert found == {"not found"}


def test_an_owner_finds_nothing_of_another_organization_under_their_own(database):
    home, elsewhere = make_organization(database), make_organization(database, "elsewhere")
    owner = make_person(database, home, "Ada", Role.OWNER)
    foreign = make_project(database, elsewhere, "theirs")

    found = {outcome(database, owner, verb, Scope(home, foreign)) for verb in Verb}

    assert found == {"not found"}


def test_what_one_may_not_see_is_answered_like_what_is_not_there(database):
    home = make_organization(database)
    hidden = make_project(database, home, "hidden", is_open=False)
    ada = make_person(database, home)

    sentences = set()
    for project_id in (hidden, ProjectId(9_999)):
        with read(database) as session, pytest.raises(NotFoundError) as refusal:
            authorize(session, ada, Verb.SEE, Scope(home, project_id), source=SOURCE)
        sentences.add(str(refusal.value))

    assert len(sentences) == 1


def test_a_refusal_names_the_missing_role_and_three_people_who_can_grant_it(database):
    home = make_organization(database)
    ada = make_person(database, home)
    for name, role in [("Admin", Role.ADMIN), ("Grace", Role.MANAGER), ("Gone", Role.OWNER)]:
        make_person(database, home, name, role, is_active=name != "Gone")
    for name in ("Linus", "Margaret", "Zoe"):
        make_person(database, home, name, Role.OWNER)

    with read(database) as session, pytest.raises(NotAllowedError) as refusal:
        authorize(session, ada, Verb.EDIT_RULES, Scope(home), source=SOURCE)

    assert str(refusal.value) == (
        "To edit rules you need the role admin; yours is member. Ask Grace, Linus or Margaret to grant it."
    )


def test_a_manager_is_not_named_for_a_role_above_their_own(database):
    home = make_organization(database)
    ada = make_person(database, home, "Ada", Role.MANAGER)
    make_person(database, home, "Grace", Role.OWNER)

    with read(database) as session, pytest.raises(NotAllowedError) as refusal:
        authorize(session, ada, Verb.DELETE, Scope(home), source=SOURCE)

    assert refusal.value.grantors == ("Grace",)


def test_where_nobody_can_grant_a_role_the_refusal_says_who_else_can(database):
    home = make_organization(database)
    ada = make_person(database, home)

    with read(database) as session, pytest.raises(NotAllowedError, match="whoever runs this server"):
        authorize(session, ada, Verb.EDIT_RULES, Scope(home), source=SOURCE)


@pytest.mark.parametrize("verb", sorted(ONE_PROJECT_AT_A_TIME))
def test_no_permit_for_issues_is_given_for_a_whole_organization(database, verb):
    home = make_organization(database)
    owner = make_person(database, home, "Ada", Role.OWNER)

    with read(database) as session, pytest.raises(ValueError, match="one project at a time"):
        authorize(session, owner, verb, Scope(home), source=SOURCE)


def test_the_projects_of_a_list_are_those_that_authorize_lets_one_see(database):
    home = make_organization(database)
    places = make_places(database, home)
    with read(database) as session:
        team_id = session.scalars(select(Team.id).where(Team.slug == "backend")).one()
    people = [make_person(database, home, role.title(), role, teams=[team_id]) for role in Role]
    people.append(make_person(database, home, "Gone", Role.OWNER, is_active=False))
    projects = [project_id for project_id in places.values() if project_id is not None]

    with read(database) as session:
        listed = {one: [project.id for project in visible_projects(session, one, home)] for one in people}

    assert {one: set(ids) for one, ids in listed.items()} == {
        one: {id_ for id_ in projects if outcome(database, one, Verb.SEE, Scope(home, id_)) == "allowed"}
        for one in people
    }


def test_a_demoted_person_is_refused_from_the_next_question_on(database):
    home = make_organization(database)
    project = make_project(database, home)
    ada = make_person(database, home, "Ada", Role.ADMIN)
    before = outcome(database, ada, Verb.EDIT_RULES, Scope(home, project))

    with write(database) as session:
        session.execute(update(Member).where(Member.user_id == ada).values(role=Role.MEMBER))

    assert (before, outcome(database, ada, Verb.EDIT_RULES, Scope(home, project))) == ("allowed", "not allowed")


def test_somebody_in_two_organizations_has_a_role_in_each(database):
    home, elsewhere = make_organization(database), make_organization(database, "elsewhere")
    ada = make_person(database, home, "Ada", Role.OWNER)
    make_person(database, elsewhere, "Ada", Role.MEMBER)

    with read(database) as session:
        roles = {one.organization_id: one.role for one in list_memberships(session, ada)}

    assert roles == {home: Role.OWNER, elsewhere: Role.MEMBER}


def test_a_refusal_can_be_found_in_the_audit_log(database):
    home = make_organization(database)
    ada = make_person(database, home)
    source = Source(Via.SLACK, slack_user_id="U0ADA", channel="C0OPS", ts="1700000000.000100")

    with write(database) as session:
        record_refusal(session, ada, Verb.DELETE, Scope(home), source=source, target="issue:7", now=NOW)

    with read(database) as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.event == AuditEvent.REFUSED)).one()
    assert (entry.organization_id, entry.actor_user_id, entry.actor_label) == (home, ada, "Ada")
    assert (entry.target, entry.data, entry.via) == ("issue:7", {"verb": "delete"}, "slack")
    assert (entry.slack_user_id, entry.channel, entry.ts) == ("U0ADA", "C0OPS", "1700000000.000100")
