"""From an error to a card, and from a decision to a reply in the thread of every card."""

import pytest

from tests.flows.company import Company


def test_a_new_error_becomes_one_card_in_the_channel_of_its_rule(company: Company) -> None:
    company.alerts_go_to("ops")

    company.report("ValueError")

    assert company.card("ops").text.startswith("[web] ValueError")


def test_the_same_error_again_is_counted_and_posts_no_second_card(company: Company) -> None:
    company.alerts_go_to("ops")
    company.report("ValueError")
    company.card("ops")

    company.report("ValueError")
    company.report("KeyError")
    company.card("ops", "KeyError")

    assert (len(company.slack.messages("ops")), [issue.event_count for issue in company.issues()]) == (2, [2, 1])


def test_an_event_that_is_sent_twice_is_counted_once(company: Company) -> None:
    event_id = "ab" * 16

    company.report("ValueError", event_id=event_id)
    answer = company.report("ValueError", event_id=event_id)

    assert (answer, [issue.event_count for issue in company.issues()]) == (event_id, [1])


def test_two_rules_that_mean_the_same_channel_share_one_card(company: Company) -> None:
    company.alerts_go_to("ops")
    company.alerts_go_to("ops")

    company.report("ValueError")
    company.report("KeyError")
    company.card("ops", "KeyError")

    assert len(company.slack.messages("ops")) == 2


def test_every_thread_hears_once_who_resolved_the_issue(company: Company) -> None:
    company.alerts_go_to("ops", "general")
    company.report("ValueError")
    cards = {channel: company.card(channel) for channel in ("ops", "general")}

    company.does("resolve")

    said = {channel: company.wait_for_replies(channel, card.ts, 1) for channel, card in cards.items()}
    assert said == {"ops": ["Ada resolved WEB-1"], "general": ["Ada resolved WEB-1"]}


def test_the_card_shows_what_was_decided_on_the_page(company: Company) -> None:
    company.alerts_go_to("ops")
    company.report("ValueError")
    card = company.card("ops")

    company.does("resolve")

    assert company.wait_until(lambda: company.find_card("ops", "Resolved")).ts == card.ts


@pytest.mark.parametrize(
    ("action", "sentence"),
    [
        ("resolve", "Ada resolved WEB-1"),
        ("archive_until_escalating", "Ada archived WEB-1 until it escalates"),
        ("archive_forever", "Ada archived WEB-1 forever"),
        ("assign_me", "Ada took WEB-1"),
    ],
)
def test_each_decision_is_told_in_its_own_words(company: Company, action: str, sentence: str) -> None:
    company.alerts_go_to("ops")
    company.report("ValueError")
    card = company.card("ops")

    company.does(action)

    assert company.wait_for_replies("ops", card.ts, 1) == [sentence]


def test_replies_come_in_the_order_of_the_decisions(company: Company) -> None:
    company.alerts_go_to("ops")
    company.report("ValueError")
    card = company.card("ops")

    for action in ("resolve", "reopen", "assign_me", "unassign"):
        company.does(action)

    assert company.wait_for_replies("ops", card.ts, 4) == [
        "Ada resolved WEB-1",
        "Ada reopened WEB-1",
        "Ada took WEB-1",
        "Ada unassigned WEB-1",
    ]


def test_an_error_that_comes_back_opens_a_new_card_and_is_told_in_the_old_thread(company: Company) -> None:
    company.alerts_go_to("ops")
    company.report("ValueError")
    card = company.card("ops")
    company.does("resolve")

    company.report("ValueError", release="shop@2.0")

    company.wait_until(lambda: len(company.slack.messages("ops")) == 2)
    assert company.wait_for_replies("ops", card.ts, 2)[1].startswith(
        "WEB-1 came back in shop@2.0 after it was resolved"
    )


def test_many_decisions_at_once_are_folded_into_few_replies(company: Company) -> None:
    company.alerts_go_to("ops")
    company.report("ValueError")
    card = company.card("ops")

    for _ in range(6):
        company.does("resolve")
        company.does("reopen")

    said = company.wait_until(lambda: _lines(company, card.ts) if len(_lines(company, card.ts)) == 12 else None)
    assert said == ["Ada resolved WEB-1", "Ada reopened WEB-1"] * 6
    assert len(company.replies("ops", card.ts)) < 12


def _lines(company: Company, ts: str) -> list[str]:
    return [line for reply in company.replies("ops", ts) for line in reply.splitlines()]
