"""A rule that counts: an issue that is seen too often is told in Slack once, where its card stands or by a new one."""

from tests.flows.company import Company
from tests.flows.test_repeats import change_rules
from tocsin.rules.repeat import Repeat

SEEN = "WEB-1 was seen 3 times in an hour (rule more than 2 events in an hour → #ops)"


def test_the_event_that_is_one_too_many_is_told_once_in_the_thread_and_the_channel(company: Company) -> None:
    company.alerts_go_to("ops", when=("seen_more_than:2:1h",))
    change_rules(company, repeat=Repeat.THREAD_AND_BROADCAST)
    company.alerts_go_to("ops", "general", when=("first_seen",))
    company.report("ValueError")
    card, other = company.card("ops"), company.card("general")

    for _ in range(4):
        company.report("ValueError")

    assert company.wait_for_replies("ops", card.ts, 1) == [SEEN]
    company.wait_until(company.is_quiet)
    assert [message.subtype for message in company.slack.replies("ops", card.ts)] == ["thread_broadcast"]
    assert company.replies("general", other.ts) == []


def test_an_issue_that_stood_nowhere_gets_its_card_when_it_is_seen_too_often(company: Company) -> None:
    company.alerts_go_to("ops", when=("seen_more_than:2:1h",))
    company.report("ValueError")
    company.report("ValueError")
    company.wait_until(company.is_quiet)
    before = list(company.slack.messages("ops"))

    company.report("ValueError")

    assert (before, company.card("ops") is not None) == ([], True)
    company.wait_until(company.is_quiet)
    assert len(company.slack.messages("ops")) == 1
