"""An account is switched off and on for all organizations at once, and no organization loses its last owner by it."""

import pytest
from sqlalchemy import select

from tests.support.acme import NOW, make_organization, make_person, make_team, system
from tocsin.kernel.db import read, write
from tocsin.kernel.errors import ConflictError
from tocsin.members.accounts import deactivate_account, list_accounts, reactivate_account
from tocsin.members.authorize import list_memberships
from tocsin.members.errors import LastOwnerError
from tocsin.members.models import SignIn, User
from tocsin.members.organization_service import list_members
from tocsin.members.people import get_member_by_email, reactivate_member, remove_member
from tocsin.members.sign_in import begin_sign_in
from tocsin.organizations.audit import AuditEntry, AuditEvent
from tocsin.organizations.permit import Role, Source, Via

CLI = Source(Via.CLI)


def deactivate(database, user_id) -> None:
    with write(database) as session:
        deactivate_account(session, session.get_one(User, user_id), source=CLI, now=NOW)


def reactivate(database, user_id) -> None:
    with write(database) as session:
        reactivate_account(session, session.get_one(User, user_id), source=CLI, now=NOW)


def test_a_deactivated_account_counts_nowhere_and_comes_back_as_it_was(database):
    homes = [make_organization(database), make_organization(database, "other")]
    team = make_team(database, homes[0])
    ada = make_person(database, homes[0], teams=[team])
    make_person(database, homes[1], role=Role.ADMIN)
    counted = []

    for change in (deactivate, reactivate):
        change(database, ada)
        with read(database) as session:
            counted.append([one.role for one in list_memberships(session, ada)])

    with read(database) as session:
        [record] = list_members(session, homes[0])
    assert counted == [[], [Role.MEMBER, Role.ADMIN]]
    assert [one.slug for one in record.teams] == ["backend"]


def test_whoever_is_deactivated_is_signed_out(database):
    ada = make_person(database, make_organization(database))
    with write(database) as session:
        begin_sign_in(session, ada, now=NOW)

    deactivate(database, ada)

    with read(database) as session:
        assert session.scalars(select(SignIn)).all() == []


def test_the_last_owner_of_an_organization_is_not_deactivated(database):
    home = make_organization(database)
    olga = make_person(database, home, "Olga", Role.OWNER)
    otto = make_person(database, home, "Otto", Role.OWNER)
    deactivate(database, otto)

    with pytest.raises(LastOwnerError, match=r"olga@example\.com is the last owner of acme"):
        deactivate(database, olga)


def test_an_owner_whose_account_is_off_keeps_nobody_from_being_the_last_one(database):
    home = make_organization(database)
    make_person(database, home, "Olga", Role.OWNER)
    make_person(database, home, "Otto", Role.OWNER, is_active=False)

    with pytest.raises(LastOwnerError), write(database) as session:
        remove_member(session, system(home), get_member_by_email(session, home, "olga@example.com"), now=NOW)


def test_a_place_is_not_switched_on_for_an_account_that_is_off(database):
    home = make_organization(database)
    make_person(database, home, is_active=False, has_place=False)

    with pytest.raises(ConflictError, match=r"tocsin accounts reactivate ada@example\.com"), write(database) as session:
        reactivate_member(session, system(home), get_member_by_email(session, home, "ada@example.com"), now=NOW)


def test_each_organization_of_the_person_reads_of_it_in_its_audit_log(database):
    homes = [make_organization(database), make_organization(database, "other")]
    ada = make_person(database, homes[0])
    make_person(database, homes[1])

    deactivate(database, ada)
    deactivate(database, ada)
    reactivate(database, ada)

    with read(database) as session:
        told = [(one.organization_id, one.event) for one in session.scalars(select(AuditEntry).order_by(AuditEntry.id))]
    events = (AuditEvent.ACCOUNT_DEACTIVATE, AuditEvent.ACCOUNT_REACTIVATE)
    assert told[-4:] == [(home, event) for event in events for home in homes]


def test_accounts_are_listed_with_their_organizations(database):
    homes = [make_organization(database), make_organization(database, "other")]
    make_person(database, homes[1])
    make_person(database, homes[0])
    make_person(database, homes[0], "Ben", is_active=False)

    with read(database) as session:
        listed = [(user.email, user.is_active, slugs) for user, slugs in list_accounts(session)]

    assert listed == [("ada@example.com", True, ["acme", "other"]), ("ben@example.com", False, ["acme"])]
