"""The whole way, in a running Tocsin: from a press to the card that shows it and the thread that tells it."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from slack_simulator.running import Simulator
from tests.flows.company import Company, running_company
from tests.slack.messages.reading import buttons
from tests.slack.office import Browser
from tests.web.world import COOKIE
from tocsin.chat.identities import link_identity
from tocsin.kernel.clock import system_clock
from tocsin.kernel.db import Database, write
from tocsin.members.people import add_member, get_or_create_user
from tocsin.members.sign_in import begin_sign_in
from tocsin.organizations.permit import Role


@pytest.fixture
def company(database: Database, slack: Simulator, tmp_path: Path) -> Iterator[Company]:
    with running_company(database, slack, tmp_path) as running:
        with write(database) as session:
            link_identity(session, running.permit(), running.integration_id, "U0ADA", running.ada, now=system_clock())
        running.alerts_go_to("ops", "general")
        running.report("ValueError")
        yield running


def test_a_press_is_shown_on_every_card_and_told_once_in_every_thread(company: Company):
    cards = {channel: company.card(channel) for channel in ("ops", "general")}

    company.slack.press("ops", cards["ops"].ts, "issue.resolve", user="U0ADA")

    for channel, card in cards.items():
        assert company.wait_for_replies(channel, card.ts, 1) == ["Ada resolved WEB-1"]
        shown = company.wait_until(lambda c=channel, ts=card.ts: offers(company, c, ts, "Reopen"))
        assert list(shown) == ["Reopen", "Archive", "Assign to me"]


def test_a_card_names_whoever_took_its_issue(company: Company):
    card = company.card("ops")

    company.slack.press("ops", card.ts, "issue.assign_me", user="U0ADA")

    shown = company.wait_until(lambda: offers(company, "ops", card.ts, "Unassign"))
    assert "Assign to me" not in shown
    assert "Assigned to: <@U0ADA>" in str(company.slack.message("ops", card.ts))


def test_somebody_new_links_themselves_and_hears_of_it_in_a_direct_message(company: Company):
    card = company.card("general")
    company.slack.press("general", card.ts, "issue.resolve", user="U0LINUS")
    [invitation] = company.wait_until(lambda: company.slack.ephemerals("general", "U0LINUS"))
    [path] = re.findall(r"/link/[^|>]+", invitation.text)

    Browser(company.address, *signed_in(company, "linus@example.com")).post(f"{company.address}{path}")

    [notice] = company.wait_until(lambda: company.slack.direct_messages("U0LINUS"))
    assert notice.text.startswith("From now on, what you press on Tocsin's cards here is done as linus@example.com.")


def signed_in(company: Company, email: str) -> tuple[dict[str, str], str]:
    """The cookies and the form token of a new member's browser."""
    now = system_clock()
    with write(company.database) as session:
        user = get_or_create_user(session, email, name="Linus", now=now)
        add_member(session, company.permit(), user, role=Role.MEMBER, now=now)
        new = begin_sign_in(session, user.id, now=now)
    return {COOKIE: new.key}, new.csrf_token


def offers(company: Company, channel: str, ts: str, label: str) -> dict | None:
    message = company.slack.message(channel, ts)
    drawn = buttons(message.blocks) if message is not None else {}
    return drawn if label in drawn else None
