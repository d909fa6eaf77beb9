"""One's own name and e-mail address: changed by oneself alone, and the address by who reads its mail."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.web import events
from tests.web.test_sign_in import fill_in
from tests.web.world import PASSWORD, SignedInBrowser, World
from tocsin.deliveries.mail import claim_mail, open_secrets
from tocsin.deliveries.models import Delivery
from tocsin.kernel.db import read, write
from tocsin.members.email_change import LIFE
from tocsin.members.models import PasswordReset, User
from tocsin.members.password_reset import make_reset_link
from tocsin.organizations.audit import AuditEntry, AuditEvent
from tocsin.organizations.permit import Source, Via

NEW = "ada@new.example"


def ask(browser: SignedInBrowser, email: str = NEW, password: str = PASSWORD):
    return browser.post("/account/email/", {"email": email, "password": password})


def link_in_mail(world: World) -> str:
    """The path that the next mail leads to."""
    with write(world.database) as session:
        claimed = claim_mail(session, now=world.clock(), lease=timedelta(minutes=1))
        assert claimed is not None
        return open_secrets(claimed, world.deps.secrets)["link"].removeprefix("http://testserver")


def mails(world: World) -> list[tuple[str, str]]:
    with read(world.database) as session:
        return [(each.kind, each.body["to"]) for each in session.scalars(select(Delivery).order_by(Delivery.id))]


def email_of(world: World, person: str) -> str:
    with read(world.database) as session:
        return session.get_one(User, world.people[person]).email


def test_a_person_takes_another_name_and_the_cards_of_their_issues_are_due(world):
    issue_id, ada = world.report("web", events.division()), world.browser_of("ada")
    ada.post(f"/acme/issues/{issue_id}/act/", {"action": "assign", "to": "me"})
    before = world.issue(issue_id).version

    ada.post("/account/name/", {"name": " Ada   Lovelace "})

    with read(world.database) as session:
        told = session.scalars(select(AuditEntry.data).where(AuditEntry.event == AuditEvent.ACCOUNT_RENAME)).all()
    assert 'value="Ada Lovelace"' in ada.get("/account/").text
    assert (world.issue(issue_id).version, told) == (before + 1, [{"from": "Ada", "to": "Ada Lovelace"}])


@pytest.mark.parametrize("name", ["", " ", "x" * 129, "Ol\u200bga", "\u202eagO"])
def test_a_name_that_is_none_or_looks_like_another_is_refused(sqlite_world, name):
    answer = sqlite_world.browser_of("ada").post("/account/name/", {"name": name})

    assert (answer.status_code, 'role="alert"' in answer.text) == (400, True)


def test_an_address_changes_when_the_link_that_went_there_is_used(mailing_world):
    ada, phone = mailing_world.browser_of("ada"), mailing_world.browser_of("ada")
    ada.post("/acme/issues/views/", {"name": "mine", "q": "assigned:Ada@example.com level:error"})
    with write(mailing_world.database) as session:
        user = session.get_one(User, mailing_world.people["ada"])
        make_reset_link(session, user, link_base="", by="x", source=Source(Via.CLI), now=mailing_world.clock())

    ask(ada)
    path = link_in_mail(mailing_world)
    asked, form = ada.get("/account/").text, ada.get(path).text
    ada.post(path)

    with read(mailing_world.database) as session:
        assert session.scalars(select(PasswordReset)).all() == []
    assert (f"<strong>{NEW}</strong>" in asked, f"<strong>{NEW}</strong>" in form) == (True, True)
    assert email_of(mailing_world, "ada") == NEW
    assert mails(mailing_world) == [
        ("email_confirm", NEW),
        ("email_asked", "ada@example.com"),
        ("email_changed", "ada@example.com"),
    ]
    assert (ada.get("/account/").status_code, phone.get("/account/").status_code) == (200, 303)
    assert "assigned%3Aada%40new.example" in ada.get("/acme/issues/").text
    assert fill_in(mailing_world.stranger(), NEW, PASSWORD).status_code == 303


def test_a_link_is_good_once_for_half_an_hour_and_for_its_person_alone(mailing_world):
    ada, olga = mailing_world.browser_of("ada"), mailing_world.browser_of("olga")
    ask(ada)
    path = link_in_mail(mailing_world)

    of_another = olga.post(path).status_code
    mailing_world.clock.now += LIFE
    too_late = ada.post(path).status_code
    mailing_world.clock.now -= timedelta(seconds=1)
    used, again = ada.post(path).status_code, mailing_world.browser_of("ada").post(path).status_code

    assert (of_another, too_late, used, again) == (404, 404, 303, 404)
    assert email_of(mailing_world, "olga") == "olga@example.com"


def test_who_asked_without_reading_the_mail_has_no_link(mailing_world):
    ada = mailing_world.browser_of("ada")
    ask(ada, "somebody@else.example")

    answers = [do("/account/email/guessed/").status_code for do in (ada.get, ada.post)]

    assert (answers, email_of(mailing_world, "ada")) == ([404, 404], "ada@example.com")


def test_nobody_asks_without_the_present_password(mailing_world):
    ada = mailing_world.browser_of("ada")

    answer = ask(ada, password="guessed")

    assert (answer.status_code, mails(mailing_world)) == (403, [])
    assert f'value="{NEW}"' in answer.text


def test_an_address_that_somebody_has_is_answered_alike_and_gets_no_link(mailing_world):
    ada = mailing_world.browser_of("ada")

    answer = ask(ada, "ruth@example.com")

    assert answer.status_code == 303
    assert mails(mailing_world) == [("email_asked", "ada@example.com")]


def test_an_address_that_somebody_took_meanwhile_is_refused(mailing_world):
    ada = mailing_world.browser_of("ada")
    ask(ada)
    path = link_in_mail(mailing_world)
    with write(mailing_world.database) as session:
        session.get_one(User, mailing_world.people["olga"]).email = NEW

    answer = ada.post(path)

    assert (answer.status_code, email_of(mailing_world, "ada")) == (409, "ada@example.com")
    assert "Somebody else has this address by now" in answer.text


def test_a_new_password_ends_the_link(mailing_world):
    ada = mailing_world.browser_of("ada")
    ask(ada)
    path = link_in_mail(mailing_world)
    new = "another bell in the tower"
    ada.post("/account/password/", {"old": PASSWORD, "new": new, "again": new})
    back = mailing_world.browser_of("ada")

    assert (back.post(path).status_code, email_of(mailing_world, "ada")) == (404, "ada@example.com")


def test_nobodys_mailbox_is_filled(mailing_world):
    ada = mailing_world.browser_of("ada")

    answers = [ask(ada, f"{name}@new.example").status_code for name in ("a", "b")]

    assert (answers, len(mails(mailing_world))) == ([303, 409], 2)


def test_without_mail_the_page_offers_no_address_and_none_is_changed(sqlite_world):
    ada = sqlite_world.browser_of("ada")

    answer = ask(ada)

    assert (answer.status_code, 'action="/account/email/"' in answer.text) == (409, False)
