"""Forgotten and changed passwords: links that are good once, and what ends with an old password."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier, Thread

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import delete, select, text

from tests.support.acme import NOW, make_organization, make_person, system
from tocsin.deliveries.mail import Mailing
from tocsin.deliveries.models import Delivery
from tocsin.kernel.db import Database, read, write
from tocsin.kernel.errors import ConflictError, InvalidInputError
from tocsin.kernel.secrets import SecretBox
from tocsin.members.errors import ResetExpiredError, TooManyTriesError, WrongPasswordError
from tocsin.members.models import PasswordReset, User
from tocsin.members.password_reset import (
    ask_for_reset,
    change_password,
    get_reset_user,
    make_reset_link,
    reset_password,
)
from tocsin.members.people import change_role, find_member, set_first_password
from tocsin.members.sessions import list_sessions
from tocsin.members.sign_in import IDLE_LIFE, get_user, sign_in
from tocsin.members.tries import TRIES_PER_ACCOUNT
from tocsin.organizations.audit import AuditEntry, AuditEvent
from tocsin.organizations.permit import Role, Source, Via

OLD, NEW = "correct horse", "battery staple"
HERE = "192.0.2.1"
BASE = "https://bell.example.com"
PAGE = Source(Via.PAGE)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def home(database):
    return make_organization(database)


@pytest.fixture
def ada(database, home):
    user_id = make_person(database, home)
    with write(database) as session:
        set_first_password(session, system(home), session.get_one(User, user_id), OLD, now=NOW)
    return user_id


def link(database: Database, user_id, *, now=NOW) -> str:
    """The token of a link that was made by hand."""
    with write(database) as session:
        user = session.get_one(User, user_id)
        made = make_reset_link(session, user, link_base=BASE, by="The operator", source=Source(Via.CLI), now=now)
    return made.removeprefix(f"{BASE}/reset-password/").removesuffix("/")


def ask(database: Database, email="ada@example.com", *, address=HERE, now=NOW) -> None:
    mailing = Mailing(SecretBox([Fernet.generate_key().decode()]), BASE, is_on=True)
    with write(database) as session:
        ask_for_reset(session, email, mailing=mailing, address=address, source=PAGE, now=now)


def mails(database: Database) -> list[Delivery]:
    with read(database) as session:
        return list(session.scalars(select(Delivery).order_by(Delivery.id)))


def enter(database: Database, password, *, now=NOW):
    return sign_in(database, "ada@example.com", password, address=HERE, source=PAGE, now=now)


def is_in(database: Database, key: str) -> bool:
    with read(database) as session:
        return get_user(session, key, now=NOW) is not None


def change(database: Database, user_id, key, old=OLD, new=NEW):
    return change_password(database, user_id, key, old, new, address=HERE, source=PAGE, now=NOW)


def test_whoever_forgot_their_password_chooses_another_and_signs_in_with_it(database, ada):
    reset_password(database, link(database, ada), NEW, source=PAGE, now=NOW)

    assert enter(database, NEW).user_id == ada
    with pytest.raises(WrongPasswordError):
        enter(database, OLD)


def test_a_link_is_good_once(database, ada):
    token = link(database, ada)
    reset_password(database, token, NEW, source=PAGE, now=NOW)

    with pytest.raises(ResetExpiredError):
        reset_password(database, token, "yet another one", source=PAGE, now=NOW)

    assert enter(database, NEW).user_id == ada


def test_a_used_link_ends_every_other_one(database, ada):
    first, second = link(database, ada), link(database, ada)
    reset_password(database, first, NEW, source=PAGE, now=NOW)

    with pytest.raises(ResetExpiredError):
        reset_password(database, second, OLD, source=PAGE, now=NOW)


@pytest.mark.parametrize(("after", "is_good"), [(29 * MINUTE, True), (30 * MINUTE, False)])
def test_a_link_is_good_for_half_an_hour(database, ada, after, is_good):
    token = link(database, ada)

    with read(database) as session:
        try:
            found = get_reset_user(session, token, now=NOW + after).id
        except ResetExpiredError:
            found = None

    assert (found == ada) == is_good


@pytest.mark.usefixtures("ada")
def test_the_mail_does_not_outlive_its_link(database):
    ask(database)

    assert [mail.expires_at for mail in mails(database)] == [NOW + 30 * MINUTE]


@pytest.mark.usefixtures("ada")
def test_a_link_of_somebodys_invention_is_none(database):
    with pytest.raises(ResetExpiredError):
        reset_password(database, "x" * 43, NEW, source=PAGE, now=NOW)


def test_the_database_keeps_nothing_that_leads_to_the_link(database, ada):
    token = link(database, ada)

    with read(database) as session:
        (stored,) = session.scalars(select(PasswordReset)).all()
    assert token not in {str(getattr(stored, column.name)) for column in PasswordReset.__table__.columns}


def test_a_new_password_signs_out_whoever_has_the_old_one(database, ada):
    thief = enter(database, OLD)

    reset_password(database, link(database, ada), NEW, source=PAGE, now=NOW)

    assert not is_in(database, thief.key)


def test_a_deactivated_account_gets_no_link_and_uses_none(database, ada):
    token = link(database, ada)
    with write(database) as session:
        session.get_one(User, ada).is_active = False

    with pytest.raises(ConflictError):
        link(database, ada)
    with pytest.raises(ResetExpiredError):
        reset_password(database, token, NEW, source=PAGE, now=NOW)
    ask(database)

    assert mails(database) == []


@pytest.mark.parametrize("password", ["short", "x" * 30, "Ada@Example.com", ""])
def test_a_password_that_is_easily_guessed_is_refused_and_the_link_stays_good(database, ada, password):
    token = link(database, ada)

    with pytest.raises(InvalidInputError):
        reset_password(database, token, password, source=PAGE, now=NOW)

    reset_password(database, token, NEW, source=PAGE, now=NOW)
    assert enter(database, NEW).user_id == ada


@pytest.mark.usefixtures("ada")
def test_a_link_goes_to_the_address_of_the_account_whatever_its_spelling(database):
    ask(database, " ADA@example.com ")

    (mail,) = mails(database)
    assert (mail.kind, mail.body["to"], mail.body["data"]["until"]) == (
        "password_reset",
        "ada@example.com",
        "12:30 UTC",
    )
    assert BASE not in str(mail.body)


@pytest.mark.usefixtures("ada")
def test_an_unknown_address_gets_nothing_and_is_answered_alike(database):
    assert ask(database, "nobody@example.com") == ask(database)

    assert [mail.body["to"] for mail in mails(database)] == ["ada@example.com"]


@pytest.mark.usefixtures("ada")
def test_nobodys_mailbox_is_filled_by_somebody_who_asks_again_and_again(database):
    for second in range(5):
        ask(database, address=f"192.0.2.{second}", now=NOW + timedelta(seconds=second))
    ask(database, now=NOW + 2 * MINUTE)

    assert len(mails(database)) == 2


@pytest.mark.usefixtures("ada")
def test_asking_too_often_is_refused_for_known_and_unknown_addresses_alike(database):
    def ask_often(email):
        for _ in range(TRIES_PER_ACCOUNT):
            ask(database, email)
        with pytest.raises(TooManyTriesError) as refusal:
            ask(database, email)
        return refusal.value.retry_after

    assert ask_often("ada@example.com") == ask_often("nobody@example.com")


@pytest.mark.usefixtures("ada")
def test_asking_for_a_link_does_not_keep_anybody_from_signing_in(database):
    for _ in range(TRIES_PER_ACCOUNT):
        ask(database)

    assert enter(database, OLD)


@pytest.mark.parametrize("went_by_mail", [True, False])
def test_only_a_link_that_went_by_mail_proves_the_address(database, ada, went_by_mail):
    token = link(database, ada)
    with write(database) as session:
        session.scalars(select(PasswordReset)).one().went_by_mail = went_by_mail

    reset_password(database, token, NEW, source=PAGE, now=NOW)

    with read(database) as session:
        assert (session.get_one(User, ada).email_verified_at == NOW) == went_by_mail


def test_whoever_changes_their_password_stays_signed_in_under_another_key_and_nowhere_else(database, ada):
    here, there = enter(database, OLD), enter(database, OLD)

    renewed = change(database, ada, here.key)

    assert renewed is not None
    assert [is_in(database, key) for key in (renewed.key, here.key, there.key)] == [True, False, False]
    assert renewed.csrf_token != here.csrf_token
    assert renewed.expires_at == here.expires_at
    assert enter(database, NEW).user_id == ada


@pytest.mark.parametrize(
    ("old", "new", "error"),
    [
        ("wrong", NEW, WrongPasswordError),
        (OLD, "short", InvalidInputError),
        (OLD, OLD, InvalidInputError),
        (OLD, "ada@example.com", InvalidInputError),
    ],
)
def test_a_password_is_not_changed_by_a_wrong_or_to_a_bad_one(database, ada, old, new, error):
    here = enter(database, OLD)

    with pytest.raises(error):
        change(database, ada, here.key, old, new)

    assert is_in(database, here.key)
    assert enter(database, OLD).user_id == ada


def test_the_present_password_cannot_be_guessed_from_an_open_browser(database, ada):
    here = enter(database, OLD)
    for _ in range(TRIES_PER_ACCOUNT):
        with pytest.raises(WrongPasswordError):
            change(database, ada, here.key, "wrong")

    with pytest.raises(TooManyTriesError):
        change(database, ada, here.key)


def test_of_two_who_change_a_password_at_once_one_is_told_that_it_is_another_now(database, ada):
    keys = [enter(database, OLD).key for _ in range(2)]
    ready, done = Barrier(2), []

    def take_it_over(key: str, new: str) -> None:
        ready.wait()
        try:
            change(database, ada, key, new=new)
            done.append(new)
        except WrongPasswordError:
            done.append("refused")

    browsers = [Thread(target=take_it_over, args=each) for each in zip(keys, (NEW, "another good one"), strict=True)]
    for browser in browsers:
        browser.start()
    for browser in browsers:
        browser.join()

    (standing,) = set(done) - {"refused"}
    assert enter(database, standing).user_id == ada


def test_no_link_is_made_for_an_address_that_is_given_up_at_that_very_moment(database, ada):
    with ThreadPoolExecutor(1) as threads, write(database) as session:
        session.get_one(User, ada, with_for_update=True).email = "ada@new.example"
        session.flush()
        asked = threads.submit(ask, database)
        until_somebody_waits(database)

    asked.result()
    with read(database) as session:
        assert session.scalars(select(PasswordReset)).all() == []


def test_a_link_that_ends_at_the_very_moment_it_is_used_is_refused(database, ada):
    token = link(database, ada)

    with ThreadPoolExecutor(1) as threads, write(database) as session:
        session.get_one(User, ada, with_for_update=True)
        used = threads.submit(reset_password, database, token, NEW, source=PAGE, now=NOW)
        until_somebody_waits(database)
        session.execute(delete(PasswordReset).where(PasswordReset.user_id == ada))

    with pytest.raises(ResetExpiredError):
        used.result()
    assert enter(database, OLD)


def until_somebody_waits(database: Database) -> None:
    """Until another transaction waits for a row that this one holds; on SQLite it has not begun before ours ends."""
    while not database.is_sqlite:
        with database.reader.connect() as connection:
            if connection.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")):
                return


def test_an_open_link_ends_with_a_changed_password(database, ada):
    token = link(database, ada)
    change(database, ada, enter(database, OLD).key)

    with pytest.raises(ResetExpiredError):
        reset_password(database, token, OLD, source=PAGE, now=NOW)


def test_a_changed_role_ends_every_session_of_the_person(database, home, ada):
    here = enter(database, OLD)

    with write(database) as session:
        member = find_member(session, home, ada)
        assert member is not None
        change_role(session, system(home), member, Role.ADMIN, now=NOW)

    assert not is_in(database, here.key)


def test_the_list_of_sessions_names_the_browsers_that_are_signed_in(database, ada):
    for agent, days in (("Lynx", 0), ("Opera", 1)):
        now = NOW + timedelta(days=days)
        sign_in(database, "ada@example.com", OLD, address=HERE, source=PAGE, now=now, agent=agent)

    def listed(now):
        with read(database) as session:
            found = list_sessions(session, ada, idle_since=now - IDLE_LIFE, now=now)
        return [(one.agent, one.address) for one in found]

    assert listed(NOW + timedelta(days=2)) == [("Opera", HERE), ("Lynx", HERE)]
    assert listed(NOW + timedelta(days=14)) == [("Opera", HERE)]


def test_the_audit_log_tells_who_made_a_link_and_who_used_it(database, home, ada):
    ask(database)
    reset_password(database, link(database, ada), NEW, source=PAGE, now=NOW)

    with read(database) as session:
        lines = session.scalars(
            select(AuditEntry).where(AuditEntry.event.startswith("password")).order_by(AuditEntry.id).offset(1)
        ).all()
    assert [(each.event, each.actor_user_id, each.actor_label, each.via, each.organization_id) for each in lines] == [
        (AuditEvent.PASSWORD_RESET, None, "somebody unknown", "page", home),
        (AuditEvent.PASSWORD_RESET, None, "The operator", "cli", home),
        (AuditEvent.PASSWORD_SET, ada, "Ada", "page", home),
    ]
