"""Slack tells what happens to the app and to channels, and Tocsin need not find it out by the next alert."""

import pytest

from slack_simulator.config import ALL_BOT_SCOPES
from tests.flows.company import BOT_TOKEN, Company
from tests.flows.test_broken_places import archived, broken, link, posts_in, told

__all__ = ["archived"]


@pytest.fixture
def told_of_events(company: Company) -> Company:
    """Ada, an owner, is linked; cards of errors go to #ops, and Slack tells the app what happens."""
    hear(company)
    link(company, company.ada, "U0ADA")
    company.alerts_go_to("ops")
    return company


def hear(company: Company) -> None:
    company.slack.set_request_urls(events=f"{company.address}/extensions/slack/event/")


def test_people_hear_of_an_archived_channel_before_anything_is_to_be_said_there(told_of_events: Company) -> None:
    told_of_events.slack.archive("ops")

    told_of_events.wait_until(lambda: told(told_of_events, "U0ADA"))
    assert posts_in(told_of_events, "C0OPS") == 0


def test_what_waits_goes_out_as_soon_as_the_app_is_in_the_channel_again(archived: Company) -> None:
    hear(archived)
    archived.slack.set_scopes([each for each in ALL_BOT_SCOPES if each != "chat:write.public"], token=BOT_TOKEN)
    archived.report("KeyError")
    archived.wait_until(lambda: archived.states().count("parked") == 2)
    archived.slack.leave("ops", "U0BOT")

    archived.slack.unarchive("ops")
    archived.wait_until(lambda: posts_in(archived, "C0OPS") == 2 and archived.states().count("parked") == 2)
    archived.slack.join("ops", "U0BOT")

    archived.wait_until(lambda: "parked" not in archived.states() and archived.is_quiet())
    assert [message.text.count("happened") for message in archived.slack.messages("ops")] == [1, 1]
    assert (broken(archived), len(told(archived, "U0ADA"))) == ([], 1)


def test_once_the_app_was_removed_slack_is_not_asked_for_anything_more(told_of_events: Company) -> None:
    told_of_events.slack.uninstall()
    told_of_events.wait_until(lambda: [e.status for e in told_of_events.slack.calls("event")] == [200, 200])

    told_of_events.report("ValueError")

    told_of_events.wait_until(lambda: told_of_events.states() == ["parked"])
    assert posts_in(told_of_events, "C0OPS") == 0


def test_a_thread_goes_on_in_a_channel_that_was_given_another_id(told_of_events: Company) -> None:
    told_of_events.alerts_go_to("secret")
    told_of_events.report("ValueError")
    card = told_of_events.card("secret")
    told_of_events.wait_until(told_of_events.is_quiet)

    new = told_of_events.slack.change_channel_id("secret", shared_with="T0PARTNER")
    told_of_events.wait_until(lambda: [e.status for e in told_of_events.slack.calls("event")][-1:] == [200])
    told_of_events.does("resolve")
    told_of_events.report("KeyError")

    told_of_events.wait_until(lambda: told_of_events.find_card(new, "KeyError") and told_of_events.is_quiet())
    assert told_of_events.replies(new, card.ts) == ["Ada resolved WEB-1"]
    assert "Reopen" in str(told_of_events.find_card(new, "ValueError").blocks)
    assert broken(told_of_events) == []
