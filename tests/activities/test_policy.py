"""What is told in threads: by default, and where an organization chose otherwise."""

import pytest
from sqlalchemy import select

from tests.support.acme import NOW, make_organization, system
from tocsin.activities.describe import SENTENCES
from tocsin.activities.models import ActivityType
from tocsin.activities.policy import DEFAULTS, Told, get_told_type, is_told, policy_of, set_policy, switch_threads
from tocsin.kernel.db import read, write
from tocsin.kernel.errors import InvalidInputError
from tocsin.organizations.audit import AuditEntry
from tocsin.organizations.models import Organization


@pytest.fixture
def home(database):
    return make_organization(database)


def chosen(database, home, **told):
    with write(database) as session:
        types = {ActivityType(name): each for name, each in told.items()}
        set_policy(session, session.get_one(Organization, home), system(home), types, now=NOW)


def test_what_people_do_is_told_by_default():
    assert all(told.user for told in DEFAULTS.values())
    assert set(DEFAULTS) == set(SENTENCES)


@pytest.mark.parametrize(
    ("activity_type", "is_system_told"),
    [("resolved", True), ("regressed", True), ("reopened", True), ("assigned", False), ("unassigned", False)],
)
def test_of_what_the_system_does_only_changes_of_status_are_told_by_default(activity_type, is_system_told):
    assert DEFAULTS[ActivityType(activity_type)].system is is_system_told


def test_a_choice_counts_for_one_type_and_one_kind_of_actor(database, home):
    chosen(database, home, assigned=Told(user=False, system=True))

    with read(database) as session:
        policy = session.get_one(Organization, home).thread_policy
    assert [
        is_told(policy, ActivityType.ASSIGNED, is_by_person=True),
        is_told(policy, ActivityType.ASSIGNED, is_by_person=False),
        is_told(policy, ActivityType.UNASSIGNED, is_by_person=True),
    ] == [False, True, True]


def test_only_what_differs_from_the_defaults_is_kept(database, home):
    chosen(database, home, assigned=Told(user=False), resolved=DEFAULTS[ActivityType.RESOLVED])
    kept = _stored(database, home)

    chosen(database, home, assigned=DEFAULTS[ActivityType.ASSIGNED])

    assert (kept, _stored(database, home)) == ({"assigned": {"user": False, "system": False}}, {})


def test_a_type_that_is_never_told_cannot_be_chosen():
    with pytest.raises(InvalidInputError, match="first_seen"):
        get_told_type("first_seen")


def test_what_was_chosen_stands_in_the_audit_log_and_what_changed_nothing_does_not(database, home):
    with write(database) as session:
        organization = session.get_one(Organization, home)
        set_policy(session, organization, system(home), {ActivityType.ASSIGNED: Told(user=False)}, now=NOW)
        set_policy(session, organization, system(home), policy_of(organization), now=NOW)
        switch_threads(session, organization, system(home), is_on=False, now=NOW)
        switch_threads(session, organization, system(home), is_on=False, now=NOW)

    with read(database) as session:
        lines = session.scalars(select(AuditEntry.data).where(AuditEntry.event == "organization.edit")).all()
    assert lines == [{"threads": {"assigned": {"user": False, "system": False}}}, {"threads_enabled": False}]


def _stored(database, home):
    with read(database) as session:
        return session.get_one(Organization, home).thread_policy
