"""Cards and threads of issues that somebody deleted, and cards that showed a deleted event."""

from functools import partial

from sqlalchemy import select

from tests.flows.company import Company
from tocsin.activities.models import Activity
from tocsin.chat.identities import link_identity
from tocsin.events.models import StoredEvent
from tocsin.issues.act import IssueAction
from tocsin.issues.event_deleting import delete_event
from tocsin.issues.models import Issue
from tocsin.kernel.clock import system_clock
from tocsin.kernel.db import read, write
from tocsin.organizations.deleting import delete_project
from tocsin.organizations.models import Project
from tocsin.organizations.permit import Source, Via


def test_each_card_says_that_the_issue_was_deleted_and_by_whom_and_has_no_buttons(company: Company) -> None:
    company.alerts_go_to("ops", "general")
    company.report()
    cards = [(channel, company.card(channel).ts) for channel in ("ops", "general")]

    company.does("delete")

    for channel, ts in cards:
        company.wait_until(partial(is_deleted_by_ada, company, channel, ts))
        assert "WEB-1 was deleted" in blocks_of(company, channel, ts)
        assert "ValueError" not in blocks_of(company, channel, ts)
        assert "'actions'" not in blocks_of(company, channel, ts)
        assert company.wait_for_replies(channel, ts, 1) == ["Ada deleted WEB-1 with all its events"]


def test_all_that_belonged_to_it_goes_and_the_same_error_opens_another_issue(company: Company) -> None:
    company.alerts_go_to("ops")
    company.report()
    company.acts(IssueAction("comment", text="It is the cache"))
    ts = company.card("ops").ts
    company.does("delete")
    company.wait_until(lambda: company.issues()[0].removed_at)

    company.report()

    another = company.wait_until(lambda: next((each for each in company.slack.messages("ops") if each.ts != ts), None))
    assert "WEB-2" in str(another.blocks)
    with read(company.database) as session:
        assert session.scalars(select(StoredEvent.issue_id)).all() == [company.issues()[1].id]
        history = session.scalars(select(Activity.type).where(Activity.issue_id == company.issues()[0].id)).all()
    assert history == ["deleted"]


def test_what_waits_for_its_thread_is_given_up_with_a_reason(company: Company) -> None:
    company.alerts_go_to("ops")
    company.report()
    ts = company.card("ops").ts
    company.slack.fail("chat.postMessage", "ratelimited", channel="C0OPS", times=1, retry_after="30")
    company.does("resolve")
    company.wait_until(lambda: "ratelimited" in reasons_of(company))
    company.does("reopen")
    company.wait_until(lambda: len(reasons_of(company)) == 3)

    company.does("delete")
    company.wait_until(lambda: "the issue was deleted before this was said" in reasons_of(company))
    company.passes(seconds=60)

    told = company.wait_for_replies("ops", ts, 1)
    company.wait_until(company.is_quiet)
    assert told == ["Ada deleted WEB-1 with all its events"]
    assert company.replies("ops", ts) == told


def test_a_press_on_a_card_that_still_shows_the_issue_is_told_who_deleted_it(company: Company) -> None:
    company.alerts_go_to("ops")
    company.report()
    ts = company.card("ops").ts
    with write(company.database) as session:
        link_identity(session, company.permit(), company.integration_id, "U0ADA", company.ada, now=system_clock())
    company.slack.fail("chat.update", "ratelimited", times=1, retry_after="30")

    company.does("delete")
    company.slack.press("ops", ts, "issue.resolve", user="U0ADA")

    told = company.wait_until(lambda: [each.text for each in company.slack.ephemerals("ops", "U0ADA")])
    assert told[0].startswith("WEB-1 was deleted by Ada on ")


def test_the_cards_of_a_deleted_project_say_so_and_its_threads_say_nothing(company: Company) -> None:
    company.alerts_go_to("ops")
    company.report()
    ts = company.card("ops").ts

    with write(company.database) as session:
        delete_project(
            session, company.permit(), session.get_one(Project, company.project_id), "web", now=company.clock()
        )

    company.wait_until(lambda: "A test deleted this with the whole project" in blocks_of(company, "ops", ts))
    company.wait_until(lambda: [issue.removed_at for issue in company.issues()] != [None])
    company.wait_until(company.is_quiet)
    assert company.replies("ops", ts) == []


def test_a_card_shows_nothing_any_more_that_only_a_deleted_event_said(company: Company) -> None:
    frame = {"filename": "shop/pay.py", "function": "pay", "context_line": "charge(card=LEAKED)", "in_app": True}
    error = {"type": "ValueError", "value": "refused", "stacktrace": {"frames": [frame]}}
    company.alerts_go_to("ops")
    event_id = company.report(exception={"values": [error]})
    ts = company.card("ops").ts
    assert "LEAKED" in blocks_of(company, "ops", ts)

    with write(company.database) as session:
        issue = session.scalars(select(Issue)).one()
        delete_event(session, issue, event_id, user_id=company.ada, source=Source(Via.PAGE), now=company.clock())

    company.wait_until(lambda: "LEAKED" not in blocks_of(company, "ops", ts))
    company.wait_until(company.is_quiet)
    assert "ValueError" in blocks_of(company, "ops", ts)
    assert company.replies("ops", ts) == []


def is_deleted_by_ada(company: Company, channel: str, ts: str) -> bool:
    return "Ada deleted this with all its events" in blocks_of(company, channel, ts)


def reasons_of(company: Company) -> list[str | None]:
    return [delivery.reason for delivery in company.deliveries()]


def blocks_of(company: Company, channel: str, ts: str) -> str:
    return next(str(each.blocks) for each in company.slack.messages(channel) if each.ts == ts)
