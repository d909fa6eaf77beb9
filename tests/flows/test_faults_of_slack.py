"""Whatever Slack does to a call, each card and each reply stands there once."""

import pytest

from tests.flows.company import Company
from tests.slack.messages.reading import buttons
from tocsin.chat.identities import link_identity
from tocsin.kernel.db import write
from tocsin.slack.sending import STRAY_TRIES

COMMITTED = ["timeout_after_commit", "reset_after_commit", "http_500_after_commit", "fatal_error_after_commit"]
NOT_COMMITTED = ["reset_before_commit", "http_500", "http_503", "html", "garbage_json", "ratelimited"]


@pytest.mark.parametrize("fault", [*COMMITTED[1:], *NOT_COMMITTED])
def test_a_card_stands_once_after_a_fault(company: Company, fault: str) -> None:
    company.alerts_go_to("ops")
    company.slack.fail("chat.postMessage", fault, times=1, retry_after="1")

    company.report("ValueError")

    company.wait_until(lambda: company.states() == ["sent"])
    assert len(company.slack.messages("ops")) == 1


@pytest.mark.parametrize("fault", [*COMMITTED[1:], *NOT_COMMITTED])
def test_a_reply_is_said_once_after_a_fault(company: Company, fault: str) -> None:
    company.alerts_go_to("ops")
    company.report("ValueError")
    card = company.card("ops")
    company.slack.fail("chat.postMessage", fault, times=1, retry_after="1")

    company.does("resolve")

    company.wait_until(lambda: company.states() == ["sent", "sent"])
    assert company.replies("ops", card.ts) == ["Ada resolved WEB-1"]


def test_with_every_second_call_failing_each_card_arrives_once(company: Company) -> None:
    company.alerts_go_to("ops", "general", "secret")
    for call, fault in enumerate(["http_500_after_commit", "ratelimited", "reset_after_commit", "http_500"] * 2):
        company.slack.fail("chat.postMessage", fault, nth=2 * call + 1, times=1, retry_after="1")

    for name in ("ValueError", "KeyError", "TypeError"):
        company.report(name)

    company.wait_until(lambda: company.states() == ["sent"] * 9, timeout=60)
    assert sorted(company.slack.ledger.live_by_delivery().values()) == [1] * 9


@pytest.mark.parametrize("fault", [None, "http_503", "http_500_after_commit", "ratelimited"])
def test_a_reply_to_a_deleted_card_leaves_nothing_in_the_channel(company: Company, fault: str | None) -> None:
    company.alerts_go_to("ops")
    company.report("ValueError")
    card = company.card("ops")
    company.wait_until(company.is_quiet)
    company.slack.delete_message("ops", card.ts)
    # A redraw would find out first that the card is gone, and then nothing would be posted.
    company.slack.fail("chat.update", "http_503", times=1_000)
    if fault is not None:
        company.slack.fail("chat.delete", fault, times=STRAY_TRIES, retry_after="1")

    company.does("resolve")

    company.wait_until(lambda: company.states() == ["sent", "dead"])
    astray = [posted.text for posted in company.slack.ledger.posted if posted.thread_ts is None][1:]
    assert (astray, company.slack.messages("ops")) == (["Ada resolved WEB-1"], [])


def test_an_archived_channel_is_parked_with_a_reason_and_silences_no_other(company: Company) -> None:
    company.alerts_go_to("ops", "general")
    company.slack.archive("ops")

    company.report("ValueError")

    company.card("general")
    company.wait_until(lambda: sorted(company.states()) == ["parked", "sent"])
    parked = next(delivery for delivery in company.deliveries() if delivery.state == "parked")
    assert parked.reason is not None
    assert parked.reason.startswith("is_archived: ")


def test_a_revoked_token_stops_all_calls_to_the_workspace(company: Company) -> None:
    company.alerts_go_to("ops")
    company.slack.revoke_token()
    company.report("ValueError")
    company.wait_until(lambda: company.states() == ["parked"])

    company.report("KeyError")

    company.wait_until(lambda: company.states() == ["parked", "parked"])
    assert len(company.slack.calls("chat.postMessage")) == 1


def test_posts_keep_slacks_pace_when_it_insists_on_it(company: Company) -> None:
    company.alerts_go_to("ops")
    company.slack.limits(on=True)

    for name in ("ValueError", "KeyError", "TypeError"):
        company.report(name)

    company.wait_until(lambda: company.states() == ["sent"] * 3)
    assert [entry.status for entry in company.slack.calls("chat.postMessage")] == [200] * 3


@pytest.fixture
def pressable(company: Company) -> Company:
    """Ada is linked, and the card of an error stands in #ops."""
    with write(company.database) as session:
        link_identity(session, company.permit(), company.integration_id, "U0ADA", company.ada, now=company.clock())
    company.alerts_go_to("ops")
    company.report("ValueError")
    company.card("ops")
    company.wait_until(company.is_quiet)
    return company


def offered(company: Company) -> list[str]:
    return list(buttons(company.card("ops").blocks))


def test_what_was_pressed_stays_done_while_slack_takes_no_redraw_and_the_card_shows_it_later(
    pressable: Company,
) -> None:
    pressable.slack.fail("chat.update", "http_500")

    pressable.slack.press("ops", pressable.card("ops").ts, "issue.resolve", user="U0ADA")

    pressable.wait_until(lambda: pressable.slack.calls("chat.update"))
    assert ([issue.status for issue in pressable.issues()], "Resolve" in offered(pressable)) == (["resolved"], True)
    pressable.slack.heal()
    pressable.wait_until(lambda: "Reopen" in offered(pressable))
    assert [issue.status for issue in pressable.issues()] == ["resolved"]


@pytest.mark.parametrize("method", ["chat.update", "chat.postMessage"])
def test_slack_is_asked_again_when_it_said_so_and_what_was_pressed_is_done_once(
    pressable: Company, method: str
) -> None:
    card, before = pressable.card("ops"), len(pressable.slack.calls(method))
    pressable.slack.fail(method, "ratelimited", times=1, retry_after="2")

    pressable.slack.press("ops", card.ts, "issue.resolve", user="U0ADA")

    pressable.wait_until(lambda: "Reopen" in offered(pressable) and pressable.replies("ops", card.ts))
    pressable.wait_until(pressable.is_quiet)
    refused, again = pressable.slack.calls(method)[before:]
    assert (refused.status, again.status, again.at - refused.at >= 2) == (429, 200, True)
    assert pressable.replies("ops", card.ts) == ["Ada resolved WEB-1"]
