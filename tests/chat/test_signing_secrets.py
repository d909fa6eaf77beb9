"""Signing secrets at rest: how those that were replaced are kept, and when they go."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from tests.chat.test_workspaces import BOX, FACTS, NEW_KEY, OLD_KEY, connect
from tests.support.acme import NOW, make_organization, make_person, system
from tocsin.chat.models import Integration, ReplacedSecret
from tocsin.chat.signing_secrets import (
    BY_ANOTHER,
    OLD_AT_MOST,
    end_old_secrets,
    find_old_secrets_until,
    open_live_secrets,
)
from tocsin.chat.workspaces import reseal_secrets
from tocsin.housekeeping import Housekeeping
from tocsin.issues.retention import Limits
from tocsin.kernel.db import Database, read, write
from tocsin.kernel.ids import IntegrationId, OrganizationId
from tocsin.kernel.secrets import SecretBox
from tocsin.members.authorize import authorize
from tocsin.organizations.audit import AuditEntry
from tocsin.organizations.permit import Role, Scope, Source, Verb, Via

FIRST, SECOND = "first secret", "second secret"


@pytest.fixture
def home(database: Database) -> OrganizationId:
    return make_organization(database)


@pytest.fixture
def rotated(database: Database, home: OrganizationId) -> IntegrationId:
    """A workspace whose second secret took the place of its first."""
    connect(database, home, signing_secret=FIRST)
    return connect(database, home, signing_secret=SECOND)


def live(database: Database, integration_id: IntegrationId, *, box: SecretBox = BOX) -> tuple[str, ...]:
    with read(database) as session:
        integration = session.get_one(Integration, integration_id)
        return open_live_secrets(session, [integration], box, now=NOW)[integration_id].opened


def replaced(database: Database) -> list[ReplacedSecret]:
    with read(database) as session:
        return list(session.scalars(select(ReplacedSecret)))


def test_the_secret_before_lives_until_a_day_has_passed(database: Database, rotated: IntegrationId):
    with read(database) as session:
        until = find_old_secrets_until(session, [rotated], now=NOW)

    assert (live(database, rotated), until) == ((SECOND, FIRST), {rotated: NOW + timedelta(hours=24)})


def test_of_very_many_secrets_the_newest_are_accepted(database: Database, home: OrganizationId):
    workspace = connect(database, home, signing_secret="secret 0")
    for number in range(1, OLD_AT_MOST + 3):
        connect(database, home, signing_secret=f"secret {number}")

    newest_first = tuple(f"secret {OLD_AT_MOST + 2 - number}" for number in range(OLD_AT_MOST + 1))
    assert live(database, workspace) == newest_first
    assert len(replaced(database)) == OLD_AT_MOST


@pytest.mark.usefixtures("rotated")
def test_the_secret_before_is_not_stored_in_the_clear(database: Database):
    [row] = replaced(database)

    assert FIRST not in row.sealed


def test_a_secret_before_that_was_copied_from_another_workspace_is_refused(
    database: Database, home: OrganizationId, rotated: IntegrationId
):
    connect(database, home, replace(FACTS, team_id="T0OTHER"), signing_secret="theirs")
    other = connect(database, home, replace(FACTS, team_id="T0OTHER"), signing_secret="theirs anew")

    with write(database) as session:
        theirs = update(ReplacedSecret).where(ReplacedSecret.integration_id == other)
        session.execute(theirs.values(integration_id=rotated))

    with read(database) as session:
        found = open_live_secrets(session, [session.get_one(Integration, rotated)], BOX, now=NOW)[rotated]
    assert (found.opened, found.unreadable) == ((SECOND, FIRST), 1)


def test_after_resealing_the_old_key_can_be_taken_away_from_every_secret(database: Database, rotated: IntegrationId):
    with write(database) as session:
        number = reseal_secrets(session, SecretBox([NEW_KEY, OLD_KEY]))

    assert (number, live(database, rotated, box=SecretBox([NEW_KEY]))) == (3, (SECOND, FIRST))


def test_what_no_key_opens_any_more_stands_in_the_way_of_no_new_secret(database: Database, home: OrganizationId):
    integration_id = connect(database, home, signing_secret=FIRST)
    connect(database, home, signing_secret=SECOND)
    with write(database) as session:
        session.execute(update(Integration).values(sealed_signing_secret="lost"))
        session.execute(update(ReplacedSecret).values(sealed="lost"))

    connect(database, home, signing_secret="third secret")

    assert live(database, integration_id) == ("third secret",)


@pytest.mark.usefixtures("rotated")
def test_a_workspace_that_is_deleted_takes_all_its_secrets_along(database: Database):
    with write(database) as session:
        session.delete(session.scalars(select(Integration)).one())

    assert replaced(database) == []


@pytest.mark.parametrize(("hours", "kept"), [(23, 1), (24, 0)])
@pytest.mark.usefixtures("rotated")
def test_housekeeping_does_away_with_what_is_accepted_no_longer(database: Database, hours: int, kept: int):
    Housekeeping(database, Limits(90, 100_000), lambda: NOW + timedelta(hours=hours)).retire()

    assert len(replaced(database)) == kept


def test_ending_what_was_leaked_stands_in_the_audit_log_without_a_secret(
    database: Database, home: OrganizationId, rotated: IntegrationId
):
    with write(database) as session:
        end_old_secrets(session, system(home), session.get_one(Integration, rotated), now=NOW)

    with read(database) as session:
        entry = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).one()
    assert (entry.event, entry.target, entry.data) == (
        "integration.edit",
        f"integration:{rotated}",
        {"old_secrets_ended": 1},
    )


def test_ending_what_was_leaked_stands_in_the_audit_log_of_each_organization_that_uses_the_workspace(
    database: Database, home: OrganizationId, rotated: IntegrationId
):
    rival, _uninvolved = (make_organization(database, slug) for slug in ("rival", "uninvolved"))
    connect(database, rival, signing_secret=SECOND)
    presser = make_person(database, home, "Olga", Role.OWNER)

    with write(database) as session:
        permit = authorize(session, presser, Verb.EDIT_WORKSPACES, Scope(home), source=Source(Via.PAGE))
        end_old_secrets(session, permit, session.get_one(Integration, rotated), now=NOW)

    with read(database) as session:
        entries = [each for each in session.scalars(select(AuditEntry)) if "old_secrets_ended" in (each.data or {})]
    told = {each.organization_id: (each.actor_user_id, each.actor_label, each.via, each.data) for each in entries}
    ended = {"old_secrets_ended": 1}
    assert told == {home: (presser, "Olga", "page", ended), rival: (None, BY_ANOTHER, "page", ended)}


def test_a_secret_that_is_given_back_is_kept_once(database: Database, home: OrganizationId, rotated: IntegrationId):
    connect(database, home, signing_secret=FIRST)

    assert live(database, rotated) == (FIRST, SECOND)
