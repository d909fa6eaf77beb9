"""A rule is changed in place."""

import pytest
from sqlalchemy import select

from tests.support.acme import NOW, make_organization, make_project, system
from tocsin.chat.models import Integration
from tocsin.kernel.db import read, write
from tocsin.kernel.errors import InvalidInputError
from tocsin.organizations.audit import AuditEntry
from tocsin.organizations.models import Project
from tocsin.rules.action import decode_actions
from tocsin.rules.edit import RuleChanges, add_rule, edit_rule
from tocsin.rules.models import Rule
from tocsin.rules.repeat import Repeat


@pytest.fixture
def home(database):
    return make_organization(database)


@pytest.fixture
def rule_id(database, home):
    project_id = make_project(database, home)
    with write(database) as session:
        integration = Integration(
            external_id="T0ACME", name="Acme", sealed_bot_token="", sealed_signing_secret="", created_at=NOW
        )
        session.add(integration)
        session.flush()
        return add_rule(
            session,
            session.get_one(Project, project_id),
            system(home),
            when=["first_seen"],
            integration_id=integration.id,
            channel="C0OPS",
            channel_name="ops",
            now=NOW,
        ).id


def edit(database, home, rule_id, **changes):
    with write(database) as session:
        edit_rule(session, session.get_one(Rule, rule_id), system(home), RuleChanges(**changes), now=NOW)


def rule_of(database, rule_id):
    with read(database) as session:
        return session.get_one(Rule, rule_id)


def test_another_channel_keeps_the_id_of_the_action_and_the_choices(database, home, rule_id):
    before = decode_actions(rule_of(database, rule_id).actions)[0]

    edit(database, home, rule_id, repeat=Repeat.UPDATE_ONLY)
    edit(database, home, rule_id, place=(before.integration_id, "C0WEB", "web"))

    after = decode_actions(rule_of(database, rule_id).actions)[0]
    assert (after.uuid, after.channel, after.repeat) == (before.uuid, "C0WEB", "update_only")


def test_a_name_that_says_what_the_rule_does_goes_on_saying_it(database, home, rule_id):
    edit(database, home, rule_id, when=["first_seen", "regressed"])
    told = rule_of(database, rule_id).name

    edit(database, home, rule_id, name="Night watch")
    edit(database, home, rule_id, when=["regressed"])

    assert (told, rule_of(database, rule_id).name) == ("first seen or regressed → #ops", "Night watch")


def test_a_rule_that_would_never_fire_is_refused_and_stays_as_it_was(database, home, rule_id):
    with pytest.raises(InvalidInputError):
        edit(database, home, rule_id, when=[], is_active=False)

    assert rule_of(database, rule_id).is_active


def test_a_change_stands_in_the_audit_log(database, home, rule_id):
    edit(database, home, rule_id, is_active=False)

    with read(database) as session:
        events = session.scalars(select(AuditEntry.event).where(AuditEntry.target == f"rule:{rule_id}")).all()
    assert events == ["rule.add", "rule.edit"]
