"""An issue that was put aside comes back: in its threads, on its cards, and by the rules that ask for it."""

from datetime import timedelta

import pytest

from tests.flows.company import Company
from tocsin.issues.act import IssueAction
from tocsin.issues.archiving import UntilEscalating, UntilEvents, UntilMoment, UntilUsers
from tocsin.issues.models import IssuePriority


def shown(company: Company, channel: str, ts: str) -> str:
    """Everything that the card shows now."""
    return str(next(message for message in company.slack.messages(channel) if message.ts == ts).blocks)


def archive(company: Company, until: object) -> None:
    company.acts(IssueAction("archive", until=until))  # pyrefly: ignore -- each caller gives one of `Until`


@pytest.mark.parametrize(
    ("until", "words"),
    [
        (UntilEvents(2), "until 2 more events"),
        (UntilEvents(2, minutes=60), "until 2 events within 60 minutes"),
        (UntilUsers(2), "until 2 more users"),
    ],
)
def test_every_thread_hears_until_when_an_issue_is_archived_and_that_it_is_back(
    company: Company, until: object, words: str
) -> None:
    company.alerts_go_to("ops", "general")
    company.report("ValueError")
    cards = {channel: company.card(channel) for channel in ("ops", "general")}

    archive(company, until)
    for user in ("grace", "ada"):
        company.report("ValueError", user={"id": user})

    said = {channel: company.wait_for_replies(channel, card.ts, 2) for channel, card in cards.items()}
    expected = [f"Ada archived WEB-1 {words}", f"WEB-1 is back: it was archived {words}"]
    assert said == {"ops": expected, "general": expected}


def test_an_issue_that_escalates_says_so_in_its_thread_and_on_its_card(company: Company) -> None:
    company.alerts_go_to("ops")
    company.report("ValueError")
    card = company.card("ops")
    archive(company, UntilEscalating())

    for _ in range(11):
        company.report("ValueError")

    said = company.wait_for_replies("ops", card.ts, 2)
    assert said[1] == "WEB-1 escalates: 11 events in an hour, where at most 10 were to be expected"
    company.slack.wait_for(lambda: "State: *Escalating*" in shown(company, "ops", card.ts), timeout=20)


def test_a_rule_that_asks_for_escalating_issues_opens_a_card(company: Company) -> None:
    company.alerts_go_to("ops", when=("escalating",))
    company.report("ValueError")
    archive(company, UntilEvents(1))

    company.report("ValueError")

    assert company.card("ops").text == "[web] ValueError: ValueError happened"


def test_the_clock_brings_an_issue_back_and_its_thread_hears_it(company: Company) -> None:
    company.alerts_go_to("ops")
    company.report("ValueError")
    card = company.card("ops")

    archive(company, UntilMoment(company.clock() + timedelta(minutes=20)))
    company.wait_for_replies("ops", card.ts, 1)
    company.passes(minutes=20)

    said = company.wait_for_replies("ops", card.ts, 2)
    assert said[0].startswith("Ada archived WEB-1 until ")
    assert said[1] == said[0].replace("Ada archived WEB-1", "WEB-1 is back: it was archived")


def test_a_card_shows_until_when_its_issue_is_archived(company: Company) -> None:
    company.alerts_go_to("ops")
    company.report("ValueError", user={"id": 7})
    card = company.card("ops")

    archive(company, UntilEvents(100))

    company.slack.wait_for(
        lambda: "State: *Archived until 100 more events*" in shown(company, "ops", card.ts), timeout=20
    )
    assert "Users: *1*" in shown(company, "ops", card.ts)


def test_a_changed_priority_is_told_in_the_thread_and_shown_on_the_card(company: Company) -> None:
    company.alerts_go_to("ops")
    company.report("ValueError")
    card = company.card("ops")

    company.acts(IssueAction("set_priority", priority=IssuePriority.LOW))

    assert company.wait_for_replies("ops", card.ts, 1) == ["Ada changed the priority of WEB-1: high → low"]
    company.slack.wait_for(lambda: "Priority: low" in shown(company, "ops", card.ts), timeout=20)
