"""Signing in: sessions, how long they last, and how often a password may be tried."""

from datetime import timedelta
from threading import Barrier, Thread

import pytest
from sqlalchemy import event, select

from tests.support.acme import NOW, make_organization, make_person, system
from tocsin.kernel.db import Database, read, write
from tocsin.members.errors import TooManyTriesError, WrongPasswordError
from tocsin.members.models import SignIn, SignInTry, User
from tocsin.members.password_reset import change_password, make_reset_link, reset_password
from tocsin.members.people import set_first_password
from tocsin.members.sessions import end_sessions
from tocsin.members.sign_in import get_user, sign_in, sign_out, touch
from tocsin.members.tries import TRIES_PER_ACCOUNT, TRIES_PER_ADDRESS, count_try
from tocsin.organizations.audit import AuditEntry, AuditEvent
from tocsin.organizations.permit import Source, Via

PASSWORD, NEW_PASSWORD = "correct horse", "battery staple"
PAGE = Source(Via.PAGE)
HERE, THERE = "192.0.2.1", "198.51.100.7"
SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def ada(database):
    home = make_organization(database)
    user_id = make_person(database, home)
    with write(database) as session:
        set_first_password(session, system(home), session.get_one(User, user_id), PASSWORD, now=NOW)
    return user_id


def enter(database: Database, password=PASSWORD, *, email="ada@example.com", address=HERE, now=NOW):
    return sign_in(database, email, password, address=address, source=PAGE, now=now)


def who(database: Database, key: str, *, now=NOW):
    with read(database) as session:
        return get_user(session, key, now=now)


def guess_wrong(database: Database, times: int, **given) -> None:
    for _ in range(times):
        with pytest.raises(WrongPasswordError):
            enter(database, "wrong", **given)


def test_the_right_password_begins_a_session_of_the_person(database, ada):
    signed_in = enter(database, email=" ADA@example.com ")

    user = who(database, signed_in.key)
    assert user is not None
    assert (user.user_id, user.name, user.email, user.csrf_token) == (
        ada,
        "Ada",
        "ada@example.com",
        signed_in.csrf_token,
    )


@pytest.mark.usefixtures("ada")
def test_the_database_keeps_neither_the_key_nor_anything_that_leads_to_it(database):
    signed_in = enter(database)

    with read(database) as session:
        (stored,) = session.scalars(select(SignIn)).all()
    assert len(signed_in.key) >= 43
    assert signed_in.key not in {str(getattr(stored, column.name)) for column in SignIn.__table__.columns}


@pytest.mark.usefixtures("ada")
def test_each_sign_in_has_a_key_of_its_own(database):
    first, second = enter(database), enter(database)

    assert first.key != second.key
    assert first.csrf_token != second.csrf_token


@pytest.mark.usefixtures("ada")
@pytest.mark.parametrize(
    ("email", "password"),
    [("ada@example.com", "wrong"), ("nobody@example.com", PASSWORD), ("ada@example.com", "")],
)
def test_a_wrong_pair_is_refused_without_saying_which_half_is_wrong(database, email, password):
    with pytest.raises(WrongPasswordError) as refusal:
        enter(database, password, email=email)

    assert str(refusal.value) == "This e-mail and password do not fit."


def test_a_deactivated_person_can_neither_enter_nor_go_on(database, ada):
    before = enter(database)
    with write(database) as session:
        session.get_one(User, ada).is_active = False

    with pytest.raises(WrongPasswordError):
        enter(database)

    assert who(database, before.key) is None


def by_link(database: Database, user_id) -> None:
    with write(database) as session:
        user = session.get_one(User, user_id)
        link = make_reset_link(session, user, link_base="", by="The operator", source=PAGE, now=NOW)
    reset_password(database, link.removeprefix("/reset-password/").strip("/"), NEW_PASSWORD, source=PAGE, now=NOW)


def by_account_page(database: Database, user_id) -> None:
    change_password(database, user_id, "", PASSWORD, NEW_PASSWORD, address=THERE, source=PAGE, now=NOW)


@pytest.mark.parametrize("give_another", [by_link, by_account_page])
def test_a_password_that_is_replaced_while_it_is_looked_at_lets_nobody_in(database, ada, give_another):
    seen = []

    @event.listens_for(database.reader, "after_cursor_execute")
    def replace(_connection, _cursor, statement, *_details):
        if "FROM users" in statement and not seen:
            seen.append(statement)
            give_another(database, ada)

    with pytest.raises(WrongPasswordError):
        enter(database)

    with read(database) as session:
        assert session.scalars(select(SignIn)).all() == []
    assert enter(database, NEW_PASSWORD).user_id == ada


@pytest.mark.usefixtures("ada")
@pytest.mark.parametrize(
    ("seen_every", "lasts"), [(13 * DAY, 30 * DAY), (None, 14 * DAY)], ids=["used every 13 days", "not used"]
)
def test_a_session_ends_after_30_days_or_14_idle_ones(database, seen_every, lasts):
    signed_in = enter(database)
    moment = NOW
    while seen_every is not None and moment + seen_every < NOW + lasts:
        moment += seen_every
        with write(database) as session:
            touch(session, signed_in.key, now=moment)

    alive = [who(database, signed_in.key, now=NOW + lasts + delta) is not None for delta in (-SECOND, timedelta(0))]

    assert alive == [True, False]


@pytest.mark.usefixtures("ada")
def test_a_session_asks_to_be_touched_once_an_hour(database):
    signed_in = enter(database)

    asks = [who(database, signed_in.key, now=NOW + delta) for delta in (HOUR - SECOND, HOUR)]

    assert [user is not None and user.is_to_be_touched for user in asks] == [False, True]


@pytest.mark.usefixtures("ada")
def test_signing_out_ends_this_browser_only(database):
    here, there = enter(database), enter(database)

    with write(database) as session:
        sign_out(session, here.key)

    assert (who(database, here.key), who(database, there.key) is not None) == (None, True)


def test_signing_out_everywhere_ends_every_browser(database, ada):
    keys = [enter(database).key for _ in range(2)]

    with write(database) as session:
        end_sessions(session, ada)

    assert [who(database, key) for key in keys] == [None, None]


@pytest.mark.usefixtures("ada")
def test_expired_sessions_are_cleared_away_by_the_next_sign_in(database):
    enter(database)

    enter(database, now=NOW + 31 * DAY)

    with read(database) as session:
        assert len(session.scalars(select(SignIn)).all()) == 1


@pytest.mark.usefixtures("ada")
def test_after_ten_wrong_passwords_even_the_right_one_waits_five_minutes(database):
    guess_wrong(database, TRIES_PER_ACCOUNT)

    with pytest.raises(TooManyTriesError) as refusal:
        enter(database, now=NOW + 61 * SECOND)

    assert refusal.value.retry_after == 239
    assert who(database, enter(database, now=NOW + timedelta(minutes=5)).key, now=NOW + timedelta(minutes=5))


def test_being_refused_for_haste_does_not_prolong_the_wait(database, ada):
    guess_wrong(database, TRIES_PER_ACCOUNT)
    for second in range(5):
        with pytest.raises(TooManyTriesError):
            enter(database, now=NOW + second * SECOND)

    assert enter(database, now=NOW + timedelta(minutes=5)).user_id == ada


def test_a_stranger_elsewhere_cannot_lock_somebody_out(database, ada):
    guess_wrong(database, TRIES_PER_ACCOUNT, address=THERE)

    assert enter(database, address=HERE).user_id == ada


def test_the_right_password_forgives_earlier_slips(database, ada):
    guess_wrong(database, TRIES_PER_ACCOUNT - 1)
    enter(database)

    guess_wrong(database, TRIES_PER_ACCOUNT - 1)

    assert enter(database).user_id == ada


def test_one_address_may_try_a_hundred_accounts_and_no_more(database):
    def try_accounts(number: int) -> None:
        with write(database) as session:
            for index in range(number):
                count_try(session, f"{index}@example.com", HERE, now=NOW)

    try_accounts(TRIES_PER_ADDRESS)

    with pytest.raises(TooManyTriesError):
        try_accounts(1)


def test_of_many_who_try_at_the_same_moment_no_more_are_let_through_than_one_after_the_other(postgresql_url):
    database = Database.open(postgresql_url)
    ready, outcomes = Barrier(TRIES_PER_ACCOUNT + 4), []

    def try_once() -> None:
        ready.wait()
        try:
            with write(database) as session:
                count_try(session, "ada@example.com", HERE, now=NOW)
            outcomes.append("let through")
        except TooManyTriesError:
            outcomes.append("refused")

    guessers = [Thread(target=try_once) for _ in range(ready.parties)]
    for guesser in guessers:
        guesser.start()
    for guesser in guessers:
        guesser.join()
    database.close()

    assert sorted(outcomes) == ["let through"] * TRIES_PER_ACCOUNT + ["refused"] * 4


@pytest.mark.parametrize(
    ("first", "second", "count_together"),
    [
        ("2001:db8::1", "2001:db8::ffff:1", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("a proxy", "a proxy", True),
    ],
)
def test_the_addresses_of_one_subscriber_count_as_one(database, first, second, count_together):
    with write(database) as session:
        for _ in range(TRIES_PER_ACCOUNT):
            count_try(session, "ada@example.com", first, now=NOW)

    with write(database) as session:
        try:
            count_try(session, "ada@example.com", second, now=NOW)
            is_refused = False
        except TooManyTriesError:
            is_refused = True

    assert is_refused == count_together


@pytest.mark.usefixtures("ada")
def test_old_tries_are_not_kept(database):
    guess_wrong(database, 3)

    enter(database, now=NOW + timedelta(minutes=5))

    with read(database) as session:
        assert session.scalars(select(SignInTry)).all() == []


def test_the_audit_log_tells_entries_and_failures_but_never_what_was_typed(database, ada):
    enter(database)
    guess_wrong(database, 1)
    guess_wrong(database, 1, email="my-secret-password")

    with read(database) as session:
        entries = session.scalars(
            select(AuditEntry).where(AuditEntry.event.startswith("sign_in")).order_by(AuditEntry.id)
        ).all()
    assert [(entry.event, entry.actor_user_id, entry.actor_label) for entry in entries] == [
        (AuditEvent.SIGN_IN, ada, "Ada"),
        (AuditEvent.SIGN_IN_FAILED, ada, "Ada"),
        (AuditEvent.SIGN_IN_FAILED, None, "somebody unknown"),
    ]
