"""Mail from planned to handed over, and what each answer of the mail server leads to."""

from datetime import timedelta

import pytest
from cryptography.fernet import Fernet

from tests.mail.office import LINK, PostOffice
from tests.support.mailbox import Mailbox
from tests.support.taken_threads import run_without_free_threads
from tocsin.deliveries import recovery
from tocsin.deliveries.mail import Mailing, claim_mail, plan_mail, reseal_mails
from tocsin.kernel.db import read, write
from tocsin.kernel.secrets import SecretBox
from tocsin.mail.letters import LETTERS


def test_a_planned_mail_is_handed_over_with_its_link(office: PostOffice, mailbox: Mailbox):
    office.plan("grace@example.com")

    office.drain()

    mail = mailbox.wait_for("grace@example.com")
    assert LINK in mail.get_content()
    assert mail["Subject"] == "Ada invites you to Acme on Tocsin"
    assert office.stands() == ("sent", None)


def test_mail_that_waits_for_the_database_takes_no_thread_from_requests(office: PostOffice, mailbox: Mailbox):
    office.plan("grace@example.com")

    office.drain(run=run_without_free_threads)

    mailbox.wait_for("grace@example.com")
    assert office.stands() == ("sent", None)


def test_what_lets_somebody_in_never_stands_in_the_table_in_clear(office: PostOffice):
    office.plan()

    waiting = office.delivery()
    office.drain()

    assert waiting.sealed is not None
    assert "a-secret-token" not in f"{waiting.body}{waiting.sealed}{waiting.frozen}"
    assert office.delivery().sealed is None


def test_without_a_mail_server_nothing_is_planned(office: PostOffice):
    mailing = Mailing(office.secrets, "https://tocsin.example", is_on=False)

    with write(office.database) as session:
        planned = plan_mail(
            session, mailing, kind="invitation", to="a@b.example", data={}, secrets={}, natural_key="k", now=office.now
        )

    assert planned is None
    assert office.deliveries() == []


@pytest.mark.parametrize("command", ["MAIL", "RCPT", "DATA"])
def test_a_refusal_for_now_is_tried_again_later(office: PostOffice, mailbox: Mailbox, command: str):
    mailbox.will_answer(command, "451 4.3.0 greylisted")
    office.plan("grace@example.com")

    office.drain()
    waits = office.is_due()
    office.passes(minutes=1)
    office.drain()

    assert not waits
    assert mailbox.find("grace@example.com") is not None
    assert office.stands() == ("sent", None)


@pytest.mark.parametrize(("command", "answer"), [("RCPT", "550 no such user"), ("DATA", "554 no spam please")])
def test_a_refusal_for_good_ends_the_mail_visibly(office: PostOffice, mailbox: Mailbox, command: str, answer: str):
    mailbox.will_answer(command, answer)
    office.plan()

    office.drain()

    assert office.stands() == ("dead", answer)
    assert office.delivery().sealed is None


def test_a_refused_sender_waits_until_somebody_mended_the_settings(office: PostOffice, mailbox: Mailbox):
    mailbox.will_answer("MAIL", "550 who are you")
    office.plan()

    office.drain()

    state, reason = office.stands()
    assert (state, reason) == ("pending", "check TOCSIN_SMTP_FROM: 550 who are you")


def test_nothing_goes_in_clear_where_protection_is_asked_for(office: PostOffice, mailbox: Mailbox):
    office.tls = "starttls"
    office.plan()

    office.drain()

    assert office.stands()[0] == "pending"
    assert mailbox.mails == []


def test_a_mail_goes_out_where_the_server_wants_a_sign_in(office: PostOffice, mailbox: Mailbox):
    mailbox.password = office.password = "a long one"
    office.plan("grace@example.com")

    office.drain()

    assert mailbox.find("grace@example.com") is not None


def test_a_refused_sign_in_waits_and_says_which_settings_to_look_at(office: PostOffice, mailbox: Mailbox):
    mailbox.password, office.password = "the right one", "another"
    office.plan()

    office.drain()

    state, reason = office.stands()
    assert state == "pending"
    assert reason is not None
    assert reason.startswith("check TOCSIN_SMTP_USER and _PASSWORD: 535")
    assert "another" not in reason


def test_a_server_that_is_away_is_tried_again_until_the_mail_is_too_old(office: PostOffice, mailbox: Mailbox):
    office.port = 9
    office.plan()

    office.drain()
    away = office.stands()
    office.passes(days=1)
    office.mend()

    assert away[0] == "pending"
    assert office.stands() == ("dead", "too old: it could not be sent in time")
    assert mailbox.mails == []


def test_a_mail_of_unknown_fate_is_sent_again_as_the_very_same_mail(office: PostOffice, mailbox: Mailbox):
    mailbox.will_answer("DATA", "hang up")
    office.plan()

    office.drain()
    unknown = office.stands()[0]
    office.passes(seconds=60)
    office.drain()

    first, second = mailbox.mails
    assert unknown == "uncertain"
    assert office.stands() == ("sent", None)
    assert first["Message-ID"] == second["Message-ID"]
    assert first.as_bytes() == second.as_bytes()


def test_a_server_that_never_answers_gets_three_copies_with_growing_rests_and_then_no_more(
    office: PostOffice, mailbox: Mailbox
):
    mailbox.will_answer("DATA", *["hang up"] * 4)
    office.plan()

    copies = []
    for minutes in (1, 9, 60, 60):
        office.drain()
        copies.append(len(mailbox.mails))
        office.passes(minutes=minutes)

    state, reason = office.stands()
    assert copies == [1, 2, 2, 3]
    assert (state, office.is_due(), office.delivery().sealed) == ("dead", False, None)
    assert reason is not None
    assert "it may have arrived" in reason


def test_a_mail_of_unknown_fate_does_not_keep_its_link_beyond_its_age(office: PostOffice, mailbox: Mailbox):
    mailbox.will_answer("DATA", "hang up")
    office.plan()
    office.drain()

    office.passes(days=1)
    with read(office.database) as session:
        asked_for = recovery.needs_mending(session, now=office.now)
    office.mend()

    assert asked_for
    assert office.stands() == ("dead", "too old: it could not be sent in time")
    assert office.delivery().sealed is None


def test_a_mail_that_lacks_a_fact_ends_visibly_and_keeps_no_other(office: PostOffice, mailbox: Mailbox):
    mailing = Mailing(office.secrets, "https://tocsin.example", is_on=True)
    with write(office.database) as session:
        for key, kind in enumerate(("invitation", "password_reset", "unheard-of")):
            plan_mail(
                session, mailing, kind=kind, to="a@b.example", data={}, secrets={}, natural_key=str(key), now=office.now
            )
    office.plan("grace@example.com")

    office.drain()

    assert [str(each.state) for each in office.deliveries()] == ["dead", "dead", "dead", "sent"]
    assert [mail["To"] for mail in mailbox.mails] == ["grace@example.com"]


def test_a_mail_whose_sender_died_is_sent_by_the_next(office: PostOffice, mailbox: Mailbox):
    office.plan("grace@example.com")
    with write(office.database) as session:
        claim_mail(session, now=office.now, lease=timedelta())

    office.passes(seconds=61)
    office.mend()
    office.drain()

    assert mailbox.find("grace@example.com") is not None
    assert office.stands() == ("sent", None)


def test_one_refused_mail_does_not_keep_the_others(office: PostOffice, mailbox: Mailbox):
    mailbox.will_answer("RCPT", "550 no such user")
    office.plan("nobody@example.com", "mail:1")
    office.plan("grace@example.com", "mail:2")

    office.drain()

    assert [str(each.state) for each in office.deliveries()] == ["dead", "sent"]
    assert [mail["To"] for mail in mailbox.mails] == ["grace@example.com"]


def test_a_name_cannot_write_headers(office: PostOffice, mailbox: Mailbox):
    office.plan(organization="Acme\r\nBcc: everybody@example.com")

    office.drain()

    (mail,) = mailbox.mails
    assert mail["Bcc"] is None
    assert mail["Subject"] == "Ada invites you to Acme Bcc: everybody@example.com on Tocsin"


def test_a_changed_key_ends_the_mail_with_a_remedy(office: PostOffice):
    office.plan()
    sealed_elsewhere = PostOffice(office.database, office.port)

    sealed_elsewhere.drain()

    assert office.stands() == ("dead", "its link cannot be read with the present keys: make a new one")


def test_a_mail_that_waits_goes_out_after_its_key_was_rotated_away(office: PostOffice, mailbox: Mailbox):
    old, new = (Fernet.generate_key().decode() for _ in range(2))
    office.secrets = SecretBox([old])
    office.plan("grace@example.com")

    with write(office.database) as session:
        reseal_mails(session, SecretBox([new, old]))
    office.secrets = SecretBox([new])
    office.drain()

    assert LINK in mailbox.wait_for("grace@example.com").get_content()


def test_every_letter_has_its_template():
    assert {letter.template.removesuffix(".txt") for letter in LETTERS.values()} == set(LETTERS)
