"""Threads and cards of issues that were merged."""

from typing import Any

from sqlalchemy import select

from tests.flows.company import Company
from tocsin.chat.identities import link_identity
from tocsin.issues.act import IssueAction, act
from tocsin.issues.merging import list_fingerprints
from tocsin.issues.models import Issue
from tocsin.kernel.clock import system_clock
from tocsin.kernel.db import write
from tocsin.organizations.permit import Source, Via


def test_the_old_thread_is_told_where_the_issue_goes_on_and_hears_what_happens_there(company: Company) -> None:
    kept, merged = two_cards(company)

    merges(company)
    company.wait_for_replies("ops", merged.ts, 1)
    company.wait_for_replies("ops", kept.ts, 1)
    company.does("resolve")

    assert company.wait_for_replies("ops", merged.ts, 2) == [
        "Ada merged WEB-2 into WEB-1, where it goes on",
        "Ada resolved WEB-1",
    ]
    assert company.wait_for_replies("ops", kept.ts, 2) == ["Ada merged WEB-2 into WEB-1", "Ada resolved WEB-1"]
    company.wait_until(company.is_quiet)
    assert [len(company.replies("ops", card.ts)) for card in (kept, merged)] == [2, 2]


def test_the_old_card_shows_the_other_issue_and_its_buttons_mean_that_one(company: Company) -> None:
    _, merged = two_cards(company)
    merges(company)
    company.wait_until(lambda: "WEB-2 was merged into WEB-1" in blocks_of(company, merged.ts))

    with write(company.database) as session:
        link_identity(session, company.permit(), company.integration_id, "U0ADA", company.ada, now=system_clock())
    company.slack.press("ops", merged.ts, "issue.resolve", user="U0ADA")

    company.wait_until(lambda: "Resolved" in blocks_of(company, merged.ts))
    assert {issue.short_id: issue.status for issue in company.issues()}["WEB-1"] == "resolved"


def test_an_issue_that_is_taken_out_again_has_its_card_back(company: Company) -> None:
    kept, merged = two_cards(company)
    merges(company)
    company.wait_for_replies("ops", merged.ts, 1)

    takes_out(company)
    company.wait_for_replies("ops", merged.ts, 2)
    company.does("assign_me")

    company.wait_until(lambda: "was merged into" not in blocks_of(company, merged.ts))
    company.wait_for_replies("ops", kept.ts, 3)
    company.wait_until(company.is_quiet)
    assert company.replies("ops", merged.ts)[1:] == ["Ada took WEB-2 out of WEB-1"]


def two_cards(company: Company) -> tuple[Any, Any]:
    """The cards of WEB-1 (a ValueError) and WEB-2 (a KeyError)."""
    company.alerts_go_to("ops")
    company.report("ValueError")
    kept = company.card("ops", "ValueError")
    company.report("KeyError")
    return kept, company.card("ops", "KeyError")


def merges(company: Company) -> None:
    """Ada merges WEB-2 into WEB-1."""
    _act(company, 2, IssueAction("merge", into="WEB-1"))


def takes_out(company: Company) -> None:
    """Ada takes out of WEB-1 what came last into it."""
    with write(company.database) as session:
        first = session.scalars(select(Issue.id).where(Issue.number == 1)).one()
        last = list_fingerprints(session, first)[-1].hash
    _act(company, 1, IssueAction("unmerge", fingerprints=(last,)))


def _act(company: Company, number: int, action: IssueAction) -> None:
    with write(company.database) as session:
        issue_id = session.scalars(select(Issue.id).where(Issue.number == number)).one()
        page = Source(Via.PAGE)
        act(session, user_id=company.ada, source=page, issue_id=issue_id, action=action, now=system_clock())


def blocks_of(company: Company, ts: str) -> str:
    return next(str(each.blocks) for each in company.slack.messages("ops") if each.ts == ts)
