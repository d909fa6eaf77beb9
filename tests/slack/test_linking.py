import re
from datetime import timedelta

import httpx2
import pytest
from sqlalchemy import delete

from slack_simulator.config import ALL_BOT_SCOPES
from tests.slack.office import Card, Office
from tests.web.world import NOON
from tocsin.chat.identities import find_identity
from tocsin.chat.models import OrganizationIntegration
from tocsin.kernel.db import read
from tocsin.members.models import Member, User

LINUS = "U0LINUS"


def invited(office: Office, card: Card, *, who: str = LINUS) -> str:
    """Press as somebody who is not linked, and take the link that only they are shown."""
    office.press(card, "issue.resolve", by=who)
    return address_in(office.told(who, card))


def address_in(sentence: str) -> str:
    found = re.search(r"<(http[^|>]+/link/[^|>]+)\|", sentence)
    assert found is not None
    return found[1]


def linked_to(office: Office, slack_user: str = LINUS) -> int | None:
    with read(office.database) as session:
        identity = find_identity(session, office.integration_id, slack_user)
        return None if identity is None else identity.user_id


def test_from_the_first_press_to_a_press_that_counts(office: Office):
    card = office.card()
    address = invited(office, card)
    browser = office.browser_of("ben")

    page = browser.get(address)
    linked = browser.post(address)
    office.press(card, "issue.archive_until_escalating", by=LINUS)

    assert "Is this you in Slack?" in page.text
    assert "Go back to Slack and press again" in linked.text
    assert office.history(card) == [("archived", "Ben")]


def test_the_page_names_the_slack_person_the_workspace_and_the_account(sqlite_office: Office):
    address = invited(sqlite_office, sqlite_office.card())

    page = sqlite_office.browser_of("ben").get(address).text

    assert all(name in page for name in ("linus", LINUS, "Acme", "ben@example.com"))


def test_looking_at_the_page_links_nobody(sqlite_office: Office):
    address = invited(sqlite_office, sqlite_office.card())

    sqlite_office.browser_of("ben").get(address)

    assert linked_to(sqlite_office) is None


def test_the_slack_person_hears_who_linked_them_and_what_to_do_if_it_was_not_them(sqlite_office: Office):
    address = invited(sqlite_office, sqlite_office.card())

    sqlite_office.browser_of("ben").post(address)

    [notice] = sqlite_office.deliveries("notice")
    assert (notice.recipient, notice.integration_id) == (LINUS, sqlite_office.integration_id)
    assert "is done as ben@example.com" in notice.body["text"]
    assert "If that was not you" in notice.body["text"]


def test_a_link_is_good_for_one_use(sqlite_office: Office):
    address = invited(sqlite_office, sqlite_office.card())
    sqlite_office.browser_of("ben").post(address)

    again = sqlite_office.browser_of("mona").post(address)

    assert again.status_code == 404
    assert "used already or is older than 15 minutes" in again.text
    assert linked_to(sqlite_office) == sqlite_office.world.people["ben"]


def test_a_link_is_good_for_a_quarter_of_an_hour(sqlite_office: Office):
    address = invited(sqlite_office, sqlite_office.card())
    sqlite_office.world.clock.now += timedelta(minutes=15)

    late = sqlite_office.browser_of("ben").post(address)

    assert late.status_code == 404
    assert linked_to(sqlite_office) is None


def test_a_link_of_somebodys_invention_is_no_link(sqlite_office: Office):
    page = sqlite_office.browser_of("ben").get(f"{sqlite_office.address}/link/{'x' * 43}")

    assert page.status_code == 404


def test_whoever_is_not_signed_in_signs_in_first_and_comes_back(sqlite_office: Office):
    address = invited(sqlite_office, sqlite_office.card())

    answer = httpx2.get(address, headers={"Accept": "text/html"}, follow_redirects=False)

    assert answer.status_code == 303
    assert answer.headers["location"] == f"/sign-in/?next={address.removeprefix(sqlite_office.address)}"


def test_a_form_that_another_site_made_links_nobody(sqlite_office: Office):
    address = invited(sqlite_office, sqlite_office.card())

    forged = sqlite_office.browser_of("ben").post(address, csrf_token="forged")

    assert forged.status_code == 403
    assert linked_to(sqlite_office) is None


def test_somebody_of_another_organization_cannot_become_a_person_of_this_workspace(sqlite_office: Office):
    address = invited(sqlite_office, sqlite_office.card())

    refused = sqlite_office.browser_of("ruth").post(address)

    assert refused.status_code == 404
    assert linked_to(sqlite_office) is None


def test_an_account_that_is_linked_already_is_not_moved_before_its_person_says_so(sqlite_office: Office):
    address = invited(sqlite_office, sqlite_office.card())
    ada = sqlite_office.browser_of("ada")

    page = ada.get(address)
    refused = ada.post(address)

    assert "Your account is linked to <code>U0ADA</code>" in page.text
    assert (refused.status_code, "linked to another Slack user" in refused.text) == (409, True)
    assert linked_to(sqlite_office, "U0ADA") == sqlite_office.world.people["ada"]


def test_an_account_moves_to_another_slack_person_when_its_person_says_so_and_both_hear_of_it(office: Office):
    address = invited(office, office.card())

    office.browser_of("ada").post(address, replace="yes")

    told = {notice.recipient: notice.body["text"] for notice in office.deliveries("notice")}
    assert (linked_to(office), linked_to(office, "U0ADA")) == (office.world.people["ada"], None)
    assert "is done as ada@example.com" in told[LINUS]
    assert "no longer linked to ada@example.com" in told["U0ADA"]
    assert [entry.event for entry in office.audit("identity.unlink") + office.audit("identity.link")[-1:]] == [
        "identity.unlink",
        "identity.link",
    ]


def test_a_slack_person_who_acts_as_somebody_else_moves_only_when_told_so(sqlite_office: Office):
    address = invited(sqlite_office, sqlite_office.card())
    sqlite_office.link("mona", LINUS)
    ben = sqlite_office.browser_of("ben")

    page, refused = ben.get(address), ben.post(address)
    moved = sqlite_office.browser_of("ben").post(address, replace="yes")

    assert "acts as another account now" in page.text
    assert "mona@example.com" not in page.text + refused.text
    assert (refused.status_code, moved.status_code) == (409, 200)
    assert linked_to(sqlite_office) == sqlite_office.world.people["ben"]


def test_the_key_of_a_browser_changes_when_its_account_can_act_from_slack(sqlite_office: Office):
    address = invited(sqlite_office, sqlite_office.card())
    ben = sqlite_office.browser_of("ben")

    linked = ben.post(address)

    assert "tocsin-sign-in=" in linked.headers["set-cookie"]
    assert ben.get(f"{sqlite_office.address}/link/x").status_code == 303


def undo_address(office: Office) -> str:
    """The address that the Slack person is told for undoing a link."""
    found = re.search(r"<(http[^|>]+/undo/[^|>]+)\|", office.deliveries("notice")[-1].body["text"])
    assert found is not None
    return found[1]


def test_the_slack_person_undoes_a_link_without_an_account_of_their_own(office: Office):
    office.browser_of("ben").post(invited(office, office.card()))
    address = undo_address(office)
    with httpx2.Client(headers={"Accept": "text/html"}) as nobody:
        page = nobody.get(address)
        token = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
        assert token is not None

        undone = nobody.post(address, data={"csrf_token": token[1]})
        again = nobody.post(address, data={"csrf_token": token[1]})

    assert "Was that not you?" in page.text
    assert ("Unlinked" in undone.text, again.status_code) == (True, 404)
    assert linked_to(office) is None
    assert office.audit("identity.unlink")[-1].actor_label == f"Slack user {LINUS}"


def test_the_slack_person_undoes_a_link_also_when_no_organization_uses_the_workspace_any_more(sqlite_office: Office):
    sqlite_office.browser_of("ben").post(invited(sqlite_office, sqlite_office.card()))
    address = undo_address(sqlite_office)
    sqlite_office.change(lambda session: session.execute(delete(OrganizationIntegration)))
    with httpx2.Client(headers={"Accept": "text/html"}) as nobody:
        token = re.search(r'name="csrf_token" value="([^"]+)"', nobody.get(address).text)
        assert token is not None

        undone = nobody.post(address, data={"csrf_token": token[1]})

    assert "Unlinked" in undone.text
    assert linked_to(sqlite_office) is None


def test_an_undoing_is_good_for_nothing_else_and_nothing_else_is_good_for_it(sqlite_office: Office):
    link = invited(sqlite_office, sqlite_office.card())
    as_undo = sqlite_office.browser_of("mona").get(link.replace("/link/", "/undo/"))
    sqlite_office.browser_of("ben").post(link)

    as_link = sqlite_office.browser_of("mona").post(undo_address(sqlite_office).replace("/undo/", "/link/"))

    assert (as_undo.status_code, as_link.status_code) == (404, 404)
    assert linked_to(sqlite_office) == sqlite_office.world.people["ben"]


def test_an_undoing_is_good_for_a_week(sqlite_office: Office):
    sqlite_office.browser_of("ben").post(invited(sqlite_office, sqlite_office.card()))
    address = undo_address(sqlite_office)

    sqlite_office.world.clock.now += timedelta(days=7) - timedelta(seconds=1)
    early = httpx2.get(address)
    sqlite_office.world.clock.now += timedelta(seconds=1)
    late = httpx2.get(address)

    assert (early.status_code, late.status_code) == (200, 404)


def with_emails(office: Office, person: str, slack_email: str, *, is_verified: bool = True) -> None:
    """Slack's address of Linus, and whether the account's own is verified; the app may read addresses."""
    office.slack.change_user(LINUS, email=slack_email)
    office.slack.set_scopes([*ALL_BOT_SCOPES])

    def verify(session):
        session.get_one(User, office.world.people[person]).email_verified_at = NOON if is_verified else None

    office.change(verify)


@pytest.mark.parametrize(
    ("person", "slack_email", "is_verified", "hint"),
    [
        ("ben", "Ben@example.com", True, "by your own address"),
        ("ben", "linus@example.com", True, "by another address than yours"),
        ("ben", "ben@example.com", False, ""),
        ("mona", "mona@example.com", True, ""),
        ("olga", "olga@example.com", True, ""),
    ],
    ids=["the same", "another", "not verified", "a manager", "an owner"],
)
def test_an_e_mail_is_a_hint_for_those_who_do_not_administer(
    sqlite_office: Office, person, slack_email, is_verified, hint
):
    address = invited(sqlite_office, sqlite_office.card())
    with_emails(sqlite_office, person, slack_email, is_verified=is_verified)

    page = sqlite_office.browser_of(person).get(address).text

    hints = [each for each in ("by your own address", "by another address than yours") if each in page]
    assert hints == ([hint] if hint else [])
    assert "linus@example.com" not in page


def test_an_e_mail_alone_links_nobody(sqlite_office: Office):
    with_emails(sqlite_office, "ben", "ben@example.com")
    card = sqlite_office.card()

    sqlite_office.press(card, "issue.resolve", by=LINUS)
    sqlite_office.browser_of("ben").get(address_in(sqlite_office.told(LINUS, card)))

    assert linked_to(sqlite_office) is None


def test_where_slack_does_not_tell_addresses_the_page_works_without_a_hint(sqlite_office: Office):
    address = invited(sqlite_office, sqlite_office.card())
    sqlite_office.slack.fail("users.info", "error", error="missing_scope", times=5)

    page = sqlite_office.browser_of("ben").get(address)

    assert (page.status_code, "address than yours" in page.text) == (200, False)


def test_a_name_in_slack_is_only_a_name_on_the_page(sqlite_office: Office):
    card = sqlite_office.card(channel="C0GENERAL")
    payload = sqlite_office.payload(card, "issue.resolve", by=LINUS)
    payload["user"]["name"] = "<script>alert(1)</script>"
    sqlite_office.send(payload)

    page = sqlite_office.browser_of("ben").get(address_in(sqlite_office.told(LINUS, card))).text

    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_whoever_is_linked_to_the_wrong_account_can_undo_it_from_slack(sqlite_office: Office):
    sqlite_office.link("ben", LINUS)
    card = sqlite_office.card("pay")
    sqlite_office.press(card, "issue.resolve", by=LINUS)
    address = address_in(sqlite_office.told(LINUS, card))

    page = sqlite_office.browser_of("ben").get(address)
    unlinked = sqlite_office.browser_of("ben").post(address)

    assert "Unlink this Slack account?" in page.text
    assert unlinked.status_code == 200
    assert linked_to(sqlite_office) is None
    assert "no longer linked to ben@example.com" in sqlite_office.deliveries("notice")[0].body["text"]


def test_a_link_for_undoing_undoes_nothing_of_somebody_else(sqlite_office: Office):
    sqlite_office.link("ben", LINUS)
    card = sqlite_office.card("pay")
    sqlite_office.press(card, "issue.resolve", by=LINUS)
    address = address_in(sqlite_office.told(LINUS, card))

    refused = sqlite_office.browser_of("mona").post(address)

    assert refused.status_code == 404
    assert linked_to(sqlite_office) == sqlite_office.world.people["ben"]


def test_whoever_was_removed_can_still_part_their_slack_account_from_theirs(office: Office):
    office.link("ben", LINUS)

    def take_out(session):
        session.execute(delete(Member).where(Member.user_id == office.world.people["ben"]))

    office.change(take_out)
    card = office.card()
    office.press(card, "issue.resolve", by=LINUS)
    address = address_in(office.told(LINUS, card))

    page = office.browser_of("ben").get(address)
    unlinked = office.browser_of("ben").post(address)

    assert "Unlink this Slack account?" in page.text
    assert unlinked.status_code == 200
    assert linked_to(office) is None


def test_whoever_parts_the_two_from_slacks_link_is_named_in_the_audit_log(sqlite_office: Office):
    sqlite_office.link("ben", LINUS)
    card = sqlite_office.card("pay")
    sqlite_office.press(card, "issue.resolve", by=LINUS)

    sqlite_office.browser_of("ben").post(address_in(sqlite_office.told(LINUS, card)))

    [entry] = sqlite_office.audit("identity.unlink")
    assert (entry.actor_user_id, entry.actor_label) == (sqlite_office.world.people["ben"], "Ben")


@pytest.fixture
def mail_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """An office that is opened after this has one, so it plans mails."""
    monkeypatch.setenv("TOCSIN_SMTP_HOST", "127.0.0.1")
    monkeypatch.setenv("TOCSIN_SMTP_FROM", "tocsin@example.com")


@pytest.mark.usefixtures("mail_server")
def test_an_account_hears_that_its_slack_person_undid_the_link(sqlite_office: Office):
    sqlite_office.browser_of("ben").post(invited(sqlite_office, sqlite_office.card()))
    address = undo_address(sqlite_office)
    with httpx2.Client() as nobody:
        token = re.search(r'name="csrf_token" value="([^"]+)"', nobody.get(address).text)
        assert token is not None

        nobody.post(address, data={"csrf_token": token[1]})

    [mail] = sqlite_office.deliveries("identity_parted")
    assert (mail.body["to"], mail.body["data"]["by"]) == ("ben@example.com", f"Slack user {LINUS}")


@pytest.mark.usefixtures("mail_server")
def test_an_account_that_loses_its_slack_person_to_another_is_told_by_mail(sqlite_office: Office):
    address = invited(sqlite_office, sqlite_office.card())
    sqlite_office.link("mona", LINUS)

    sqlite_office.browser_of("ben").post(address, replace="yes")

    mails = [*sqlite_office.deliveries("identity_moved"), *sqlite_office.deliveries("identity_linked")]
    told = {mail.kind: mail.body["to"] for mail in mails}
    assert told == {"identity_moved": "mona@example.com", "identity_linked": "ben@example.com"}
