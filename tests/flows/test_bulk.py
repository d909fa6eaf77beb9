"""A verb for many issues from a page that died: the server finishes it, and each thread hears of its issue once."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from slack_simulator.running import Simulator
from tests.flows.company import Company, running_company
from tocsin.issues.act import IssueAction
from tocsin.issues.bulk import ABANDONED_AFTER, begin_bulk
from tocsin.kernel.db import Database, write

KINDS = ("CacheError", "CartError")


@pytest.fixture
def company(sqlite_database_url: str, slack: Simulator, tmp_path: Path) -> Iterator[Company]:
    """On SQLite alone: what differs between databases is asked in the tests of the verb."""
    database = Database.open(sqlite_database_url)
    with running_company(database, slack, tmp_path) as running:
        yield running
    database.close()


def test_what_a_page_left_unfinished_is_finished_and_told_in_each_thread(company: Company):
    company.alerts_go_to("ops")
    cards = [(company.report(kind), company.card("ops", kind))[1] for kind in KINDS]
    with write(company.database) as session:
        begin_bulk(
            session,
            key="form",
            organization_id=company.organization_id,
            user_id=company.ada,
            action=IssueAction("resolve"),
            issue_ids=[issue.id for issue in company.issues()],
            now=company.clock() - ABANDONED_AFTER,
        )

    told = [company.wait_for_replies("ops", card.ts, 1) for card in cards]

    company.wait_until(company.is_quiet)
    assert told == [["Ada resolved WEB-1"], ["Ada resolved WEB-2"]]
    assert [issue.status for issue in company.issues()] == ["resolved", "resolved"]
