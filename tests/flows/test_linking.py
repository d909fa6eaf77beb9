"""From a press by somebody unknown to a press that counts, and back: both ends of a link hear of it."""

import re
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from slack_simulator.running import Simulator
from tests.flows.company import Company, running_company
from tests.support.mailbox import Mailbox, running_mailbox
from tests.web.world import COOKIE, CSRF
from tocsin.chat.identities import find_identity
from tocsin.kernel.db import Database, read, write
from tocsin.kernel.ids import UserId
from tocsin.members.sign_in import begin_sign_in

ADA = "U0ADA"
ADDRESS = "ada@example.com"


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with running_mailbox() as running:
        yield running


@pytest.fixture
def company(database: Database, slack: Simulator, mailbox: Mailbox, tmp_path: Path) -> Iterator[Company]:
    settings = {"smtp_host": "127.0.0.1", "smtp_port": mailbox.port, "smtp_tls": "none", "smtp_from": "t@acme.example"}
    soon = {"delivery_settle": 1.0, "delivery_sweep": 1.0}
    with running_company(database, slack, tmp_path, **settings, **soon) as running:
        yield running


def invited(company: Company) -> str:
    """Press as somebody who is not linked, and take the address that only they are shown."""
    company.alerts_go_to("ops")
    company.report("LinkError")
    card = company.card("ops", "LinkError")
    company.slack.press("ops", card.ts, "issue.resolve", user=ADA)
    told = company.slack.wait_for(lambda: company.slack.ephemerals("ops", ADA), timeout=20)[-1].text
    return address_in(told, "link")


def address_in(text: str, page: str) -> str:
    found = re.search(rf"<https?://[^/]+(/{page}/[^|>]+)\|", text)
    assert found is not None, text
    return found[1]


def confirm(company: Company, path: str) -> None:
    """Ada, who is signed in, says that it is her."""
    with write(company.database) as session:
        new = begin_sign_in(session, company.ada, now=company.clock())
    headers = {"Cookie": f"{COOKIE}={new.key}"}
    answer = httpx2.post(f"{company.address}{path}", data={CSRF: new.csrf_token}, headers=headers, timeout=20)
    assert answer.status_code == 200, answer.text


def linked_to(company: Company) -> UserId | None:
    with read(company.database) as session:
        identity = find_identity(session, company.integration_id, ADA)
        return None if identity is None else identity.user_id


def told_directly(company: Company, count: int = 1) -> str:
    return company.slack.wait_for(lambda: company.slack.direct_messages(ADA)[count - 1 :], timeout=20)[0].text


def test_both_ends_of_a_link_hear_of_it_and_the_slack_person_can_undo_it(company: Company, mailbox: Mailbox):
    confirm(company, invited(company))

    told, mail = told_directly(company), mailbox.wait_for(ADDRESS)
    undo = f"{company.address}{address_in(told, 'undo')}"
    with httpx2.Client(timeout=20) as nobody:
        token = re.search(r'name="csrf_token" value="([^"]+)"', nobody.get(undo).text)
        assert token is not None
        nobody.post(undo, data={CSRF: token[1]})

    assert f"is done as {ADDRESS}" in told
    assert (ADA in mail.get_content(), "/account/" in mail.get_content()) == (True, True)
    assert linked_to(company) is None


def test_a_slack_that_is_away_delays_the_notice_and_not_the_link(company: Company):
    path = invited(company)
    company.slack.fail("chat.postMessage", "http_503", times=1)

    confirm(company, path)

    assert linked_to(company) == company.ada
    assert f"is done as {ADDRESS}" in told_directly(company)
