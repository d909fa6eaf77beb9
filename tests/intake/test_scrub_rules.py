"""What a project wants taken out: what may be asked, and that it is gone before anything is stored."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime

import pytest

from tocsin.events.scrubbing import ScrubRules
from tocsin.intake.scrub_rules import scrub_rules_of, set_scrub_rules, split_names
from tocsin.kernel.db import Database, read, write
from tocsin.kernel.errors import InvalidInputError
from tocsin.kernel.ids import OrganizationId, ProjectId
from tocsin.organizations.create import create_organization, create_project
from tocsin.organizations.models import Project
from tocsin.organizations.permit import Permit, Scope, Via

NOW = datetime(2026, 3, 14, 12, 0, tzinfo=UTC)


@pytest.fixture
def database(sqlite_database_url: str) -> Iterator[Database]:
    with closing(Database.open(sqlite_database_url)) as opened:
        yield opened


@pytest.fixture
def project_id(database: Database) -> ProjectId:
    with write(database) as session:
        organization = create_organization(session, "acme", reason="tests", via=Via.CLI, now=NOW)
        return create_project(session, permit(organization.id), "web", now=NOW).id


def permit(organization_id: OrganizationId) -> Permit:
    return Permit.system("tests", Scope(organization_id), Via.CLI)


def test_rules_are_kept_as_they_were_given(database: Database, project_id: ProjectId) -> None:
    rules = ScrubRules(frozenset({"birth-date"}), frozenset({"session_count"}), emails=True, ip_addresses=True)

    with write(database) as session:
        project = session.get_one(Project, project_id)
        set_scrub_rules(session, permit(project.organization_id), project, rules, now=NOW)

    with read(database) as session:
        assert scrub_rules_of(session.get_one(Project, project_id)) == rules


def test_a_new_project_has_no_rules_of_its_own(database: Database, project_id: ProjectId) -> None:
    with read(database) as session:
        assert scrub_rules_of(session.get_one(Project, project_id)) == ScrubRules()


@pytest.mark.parametrize(
    ("rules", "words"),
    [
        (ScrubRules(more_names=frozenset({"a b"})), "cannot be a name"),
        (ScrubRules(more_names=frozenset({"-"})), "cannot be a name"),
        (ScrubRules(harmless_names=frozenset({"x" * 65})), "cannot be a name"),
        (ScrubRules(more_names=frozenset(f"n{number}" for number in range(101))), "at most 100"),
        (ScrubRules(more_names=frozenset({"x"}), harmless_names=frozenset({"x"})), "taken out and left in"),
    ],
)
def test_what_cannot_be_a_rule_is_refused(rules: ScrubRules, words: str) -> None:
    project = Project(id=ProjectId(1), scrub_rules={})

    with pytest.raises(InvalidInputError, match=words):
        set_scrub_rules(None, permit(OrganizationId(1)), project, rules, now=NOW)  # pyrefly: ignore -- refused before


def test_names_are_parted_by_whatever_people_type_between_them() -> None:
    assert split_names(" birth-date, account;\r\n iban\t") == {"birth-date", "account", "iban"}
