import re
from datetime import timedelta

import httpx2

from tests.slack.office import Card, Office
from tocsin.chat.identities import find_identity
from tocsin.kernel.db import read

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
    office.press(card, "issue.archive_forever", by=LINUS)

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


def test_an_account_that_is_linked_already_is_not_taken_from_its_slack_person(sqlite_office: Office):
    address = invited(sqlite_office, sqlite_office.card())

    refused = sqlite_office.browser_of("ada").post(address)

    assert refused.status_code == 409
    assert "linked to another Slack user" in refused.text
    assert linked_to(sqlite_office, "U0ADA") == sqlite_office.world.people["ada"]


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
