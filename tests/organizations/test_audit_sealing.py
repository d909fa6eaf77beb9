"""The audit log in the database: sealed from time to time, closed to changes, and verified."""

from datetime import timedelta

import pytest
from sqlalchemy import Executable, delete, select, text, update
from sqlalchemy.exc import DBAPIError

from tests.support.acme import NOW, make_organization, make_person, make_team
from tocsin.kernel.db import Database, read, write
from tocsin.kernel.ids import OrganizationId
from tocsin.organizations import audit_sealing
from tocsin.organizations.audit import AuditEntry, AuditEvent, AuditHead, create_audit_entry_from_user
from tocsin.organizations.audit_chain import Break, Head, Tampering
from tocsin.organizations.audit_sealing import Verdict, list_chains, seal_audit_log, seal_entries, verify_chain
from tocsin.organizations.permit import Source, Via


@pytest.fixture
def home(database):
    """An organization with four entries, not sealed yet."""
    organization_id = make_organization(database)
    make_person(database, organization_id, "Ada")
    make_team(database, organization_id, "pay")
    make_team(database, organization_id, "web")
    return organization_id


def sealed(database: Database) -> int:
    return seal_audit_log(database, now=NOW)


def verdict(database: Database, organization_id: OrganizationId | None, noted: Head | None = None) -> Verdict:
    return verify_chain(database, organization_id, noted=noted)


def entries(database: Database) -> list[AuditEntry]:
    with read(database) as session:
        return list(session.scalars(select(AuditEntry).order_by(AuditEntry.id)))


def write_entry(database: Database, organization_id: OrganizationId | None, label: str = "Ada") -> None:
    with write(database) as session:
        create_audit_entry_from_user(
            session,
            AuditEvent.SIGN_IN,
            organization_id=organization_id,
            user_id=None,
            label=label,
            source=Source(Via.PAGE),
            target=None,
            now=NOW + timedelta(microseconds=1),
            data={"ü": [1, 2.5, None]},
        )


def break_in(database: Database, *statements: Executable) -> None:
    """Do what somebody can who owns the database, and who takes the guards away first."""
    on = "" if database.is_sqlite else " ON audit_entries"
    with write(database) as session:
        for guard in ("each", "words", "seal"):
            session.execute(text(f"DROP TRIGGER audit_entries_keep_{guard}{on}"))
        for statement in statements:
            session.execute(statement)


@pytest.mark.usefixtures("home")
def test_entries_are_numbered_in_the_order_in_which_they_were_written(database):
    assert sealed(database) == 4

    assert [(entry.sequence, entry.event) for entry in entries(database)] == [
        (1, "organization.add"),
        (2, "member.add"),
        (3, "team.add"),
        (4, "team.add"),
    ]


def test_a_chain_that_nobody_touched_is_whole_however_often_it_was_sealed(database, home):
    sealed(database)
    write_entry(database, home)
    sealed(database)
    write_entry(database, home)

    found = verdict(database, home)

    assert (found.broken, found.head.sequence, found.unsealed) == (None, 5, 1)


@pytest.mark.usefixtures("home")
def test_sealing_what_is_sealed_does_nothing(database):
    sealed(database)

    assert sealed(database) == 0


def test_a_long_tail_is_sealed_batch_by_batch(database, home, monkeypatch):
    monkeypatch.setattr(audit_sealing, "BATCH", 3)  # five hundred entries would prove the same, slowly

    with write(database) as session:
        first = seal_entries(session, now=NOW)

    assert (first, sealed(database), verdict(database, home).broken) == (3, 1, None)


def test_each_organization_has_a_chain_of_its_own_and_so_has_the_server(database, home):
    other = make_organization(database, "rival")
    write_entry(database, None, "somebody unknown")
    sealed(database)

    with read(database) as session:
        chains = list_chains(session)

    assert chains == [None, home, other]
    assert [verdict(database, chain).head.sequence for chain in chains] == [1, 4, 1]
    assert [verdict(database, chain).broken for chain in chains] == [None, None, None]


COPY = "INTO audit_entries ({0}, at, event, actor_label, via, data) SELECT {0}, at, event, 'Eve', via, data"


@pytest.mark.parametrize(
    "deed",
    [
        f"REPLACE {COPY.format('id, organization_id')} FROM audit_entries WHERE id = 2",
        f"REPLACE {COPY.format('organization_id, sequence')} FROM audit_entries WHERE id = 2",
        "UPDATE OR REPLACE audit_entries SET sequence = 2 WHERE id = 5",
    ],
    ids=["by its id", "by its number", "by the seal of another"],
)
def test_sqlite_refuses_to_replace_an_entry(sqlite_database_url, deed):
    database = Database.open(sqlite_database_url)
    home = make_organization(database)
    for _ in range(3):
        write_entry(database, home)
    sealed(database)
    write_entry(database, home, "Eve")

    with pytest.raises(DBAPIError) as refusal, write(database) as session:
        session.execute(text(deed))
    database.close()

    assert "never changed or deleted" in str(refusal.value.orig)


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize("moment", ["before sealing", "after sealing"])
@pytest.mark.parametrize(
    "deed",
    [
        delete(AuditEntry).where(AuditEntry.id == 2),
        update(AuditEntry).where(AuditEntry.id == 2).values(actor_label="Eve"),
        update(AuditEntry).where(AuditEntry.id == 2).values(organization_id=None),
        update(AuditEntry).where(AuditEntry.id == 2).values(data={}),
    ],
    ids=["delete", "another name", "another organization", "other facts"],
)
def test_the_database_refuses_to_change_or_delete_an_entry(database, deed, moment):
    if moment == "after sealing":
        sealed(database)

    with pytest.raises(DBAPIError) as refusal, write(database) as session:
        session.execute(deed)

    assert "never changed or deleted" in str(refusal.value.orig)


def test_the_database_refuses_to_seal_an_entry_twice(database, home):
    sealed(database)

    with pytest.raises(DBAPIError), write(database) as session:
        session.execute(update(AuditEntry).values(sequence=None, previous_hash=None, hash=None))

    assert verdict(database, home).broken is None


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.usefixtures("home")
def test_postgresql_refuses_to_empty_the_log_at_once(database):
    with pytest.raises(DBAPIError), write(database) as session:
        session.execute(text("TRUNCATE audit_entries"))


@pytest.mark.parametrize(
    ("values", "column"),
    [
        ({"at": NOW + timedelta(microseconds=1)}, "at"),
        ({"event": "member.remove"}, "event"),
        ({"actor_user_id": 77}, "actor_user_id"),
        ({"actor_label": "Eve"}, "actor_label"),
        ({"target": "member:77"}, "target"),
        ({"via": "slack"}, "via"),
        ({"integration_id": 7}, "integration_id"),
        ({"slack_user_id": "U7"}, "slack_user_id"),
        ({"channel": "C7"}, "channel"),
        ({"ts": "7.7"}, "ts"),
        ({"data": {"role": "owner"}}, "data"),
        ({"hash": "f" * 64}, "hash"),
        ({"previous_hash": "f" * 64}, "previous_hash"),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_whichever_column_was_altered_behind_the_guards_back_is_found(database, home, values, column):
    sealed(database)

    break_in(database, update(AuditEntry).where(AuditEntry.id == 2).values(**values))

    assert verdict(database, home).broken == Break(Tampering.ALTERED, 2, 2), column


@pytest.mark.parametrize(
    ("deed", "found"),
    [
        (delete(AuditEntry).where(AuditEntry.id == 3), Break(Tampering.REMOVED, 3, None)),
        (delete(AuditEntry).where(AuditEntry.id == 4), Break(Tampering.REMOVED, 4, None)),
        (delete(AuditEntry), Break(Tampering.REMOVED, 1, None)),
        (
            update(AuditEntry).where(AuditEntry.id == 2).values(sequence=None, previous_hash=None, hash=None),
            Break(Tampering.REMOVED, 2, None),
        ),
        (
            update(AuditEntry).where(AuditEntry.id == 2).values(organization_id=OrganizationId(99)),
            Break(Tampering.REMOVED, 2, None),
        ),
        (delete(AuditHead), Break(Tampering.INSERTED, 1, None)),
    ],
    ids=["from the middle", "from the end", "all", "by unsealing", "to another organization", "the head"],
)
def test_whatever_was_taken_away_behind_the_guards_back_is_missed(database, home, deed, found):
    sealed(database)

    break_in(database, deed)

    assert verdict(database, home).broken == found


def test_a_gap_stays_a_gap_when_the_log_goes_on(database, home):
    sealed(database)
    break_in(database, delete(AuditEntry).where(AuditEntry.id == 4))

    write_entry(database, home)
    sealed(database)

    assert verdict(database, home).broken == Break(Tampering.REMOVED, 4, None)


def test_a_head_that_was_noted_elsewhere_still_stands_in_a_chain_that_went_on(database, home):
    sealed(database)
    noted = verdict(database, home).head
    write_entry(database, home)
    sealed(database)

    assert verdict(database, home, noted).broken is None


def test_a_chain_that_was_made_anew_is_found_by_a_head_that_was_noted_elsewhere(database, home):
    sealed(database)
    noted = verdict(database, home).head
    unsealed = {"sequence": None, "previous_hash": None, "hash": None}

    break_in(
        database,
        update(AuditEntry).where(AuditEntry.id == 2).values(actor_label="Eve"),
        update(AuditEntry).values(**unsealed),
        delete(AuditHead),
    )
    sealed(database)

    assert verdict(database, home).broken is None
    assert verdict(database, home, noted).broken == Break(Tampering.ALTERED, 4, 4)


def test_a_name_that_is_too_long_for_the_log_is_cut_and_not_refused(database, home):
    write_entry(database, home, "Ada " * 40)

    assert entries(database)[-1].actor_label == ("Ada " * 40)[:64]
