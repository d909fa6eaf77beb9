"""Organizations, teams, projects and their DSNs."""

import re

import pytest
from sqlalchemy import select

from tests.support.acme import NOW, make_organization, make_project, make_team, system
from tocsin.kernel.db import read, write
from tocsin.kernel.ids import ProjectId
from tocsin.organizations.access import give_project_to_team
from tocsin.organizations.audit import AuditEntry, AuditEvent
from tocsin.organizations.create import create_project, dsn_of
from tocsin.organizations.errors import BadSlugError, SlugTakenError
from tocsin.organizations.models import Project, ProjectKey, ProjectTeam, Team
from tocsin.organizations.queries import find_project, find_project_key, find_team, list_organizations, list_teams


def test_a_new_project_is_open_and_has_one_key_of_32_hex_digits(database):
    home = make_organization(database)

    project = make_project(database, home)

    with read(database) as session:
        found = session.get_one(Project, project)
        key = find_project_key(session, project)
    assert found.is_open
    assert re.fullmatch(r"[0-9a-f]{32}", key or "")


def test_two_projects_of_one_organization_cannot_share_a_slug_and_the_first_stays(database):
    home = make_organization(database)
    first = make_project(database, home, "web")

    with pytest.raises(SlugTakenError, match="project web already"):
        make_project(database, home, "web")

    with read(database) as session:
        assert [project.id for project in session.scalars(select(Project))] == [first]


def test_a_refused_slug_leaves_the_rest_of_the_transaction_usable(database):
    home = make_organization(database)
    make_project(database, home, "web")

    with write(database) as session:
        with pytest.raises(SlugTakenError):
            create_project(session, system(home), "web", now=NOW)
        create_project(session, system(home), "api", now=NOW)

    with read(database) as session:
        assert find_project(session, home, "api") is not None


def test_two_organizations_may_use_the_same_slugs_and_find_their_own(database):
    home, elsewhere = make_organization(database), make_organization(database, "elsewhere")
    made = [(make_project(database, one, "web"), make_team(database, one, "backend")) for one in (home, elsewhere)]

    with read(database) as session:
        projects = [find_project(session, one, "web") for one in (home, elsewhere)]
        teams = [find_team(session, one, "backend") for one in (home, elsewhere)]
        listed = [one.slug for one in list_organizations(session)], [one.slug for one in list_teams(session, home)]

    assert [(p.id, t.id) for p, t in zip(projects, teams, strict=True) if p is not None and t is not None] == made
    assert listed == (["acme", "elsewhere"], ["backend"])


def test_what_cannot_stand_in_an_address_is_refused(database):
    slips = ["", "12", "Web", "-web", "web-", "we b", "wéb", "../web", "web/x", "w" * 51, "web\n"]

    for slip in slips:
        with pytest.raises(BadSlugError, match="letter"):
            make_organization(database, slip)

    with read(database) as session:
        assert list_organizations(session) == []


def test_ordinary_names_are_taken(database):
    names = ["2fa", "my_project", "w", "w" * 50, "web", "web-2"]

    for name in names:
        make_organization(database, name)

    with read(database) as session:
        assert sorted(one.slug for one in list_organizations(session)) == sorted(names)


def test_a_project_is_given_to_a_team_once(database):
    home = make_organization(database)
    team, project = make_team(database, home), make_project(database, home, is_open=False)

    for _ in range(2):
        with write(database) as session:
            given = session.get_one(Project, project), session.get_one(Team, team)
            give_project_to_team(session, system(home), *given, now=NOW)

    with read(database) as session:
        pairs = [(one.project_id, one.team_id) for one in session.scalars(select(ProjectTeam))]
        lines = session.scalars(select(AuditEntry).where(AuditEntry.event == AuditEvent.PROJECT_TEAM_ADD)).all()
    assert (pairs, len(lines)) == ([(project, team)], 1)


def test_a_project_whose_keys_were_switched_off_has_no_key_to_give(database):
    home = make_organization(database)
    project = make_project(database, home)
    with write(database) as session:
        session.scalars(select(ProjectKey)).one().is_active = False

    with read(database) as session:
        assert find_project_key(session, project) is None


@pytest.mark.parametrize(
    ("base_url", "dsn"),
    [
        ("http://127.0.0.1:8000", "http://k@127.0.0.1:8000/7"),
        ("https://tocsin.example.com/", "https://k@tocsin.example.com/7"),
        ("https://example.com/errors/", "https://k@example.com/errors/7"),
        ("http://[::1]:8000", "http://k@[::1]:8000/7"),
        ("https://user:password@example.com", "https://k@example.com/7"),
    ],
)
def test_a_dsn_is_the_address_with_the_key_in_front_and_the_project_behind(base_url, dsn):
    assert dsn_of("k", base_url, ProjectId(7)) == dsn


def test_what_was_made_stands_in_the_audit_log_with_its_reason(database):
    home = make_organization(database)
    make_team(database, home)
    make_project(database, home)

    with read(database) as session:
        entries = session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
    assert [(entry.event, entry.organization_id, entry.actor_label, entry.via) for entry in entries] == [
        (event, home, "a test", "cli")
        for event in (AuditEvent.ORGANIZATION_ADD, AuditEvent.TEAM_ADD, AuditEvent.PROJECT_ADD)
    ]
