"""What somebody deletes in Slack stays deleted, also while nobody knows yet whether it stood there."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from slack_sdk import WebClient

from slack_simulator.config import (
    ALL_BOT_SCOPES,
    AppConfig,
    InstallationConfig,
    MetadataSubscription,
    SimulatorConfig,
    example_config,
)
from slack_simulator.running import Simulator
from tests.flows.company import BOT_TOKEN, Company, running_company
from tocsin.deliveries.models import Delivery
from tocsin.deliveries.recovery import DELETED
from tocsin.kernel.db import Database, read, write
from tocsin.kernel.secrets import SecretBox, load_keys
from tocsin.notifications.again import send_again
from tocsin.notifications.explain import explain_delivery
from tocsin.slack.sending import mark

SAID = "Ada resolved WEB-1"
OTHER_TOKEN = "xoxb-other-bot"


@pytest.fixture
def slack_simulator_config() -> SimulatorConfig:
    """The usual workspace, with an app that is made from our manifest, and with somebody else's app beside it."""
    usual = example_config()
    ours = msgspec.structs.replace(
        usual.apps[0],
        events=("message_metadata_deleted",),
        metadata_subscriptions=(MetadataSubscription("*", "tocsin_delivery"),),
    )
    installed = InstallationConfig("T0ACME", OTHER_TOKEN, "U0OTHER", "B0OTHER")
    other = AppConfig("A0OTHER", "Other", "another-signing-secret", installations=(installed,))
    return msgspec.structs.replace(usual, apps=(ours, other))


@pytest.fixture
def patient(database: Database, slack: Simulator, tmp_path: Path) -> Iterator[Company]:
    """A company whose messages go to #ops, with the waits of a real server; the card of an error stands there."""
    with running_company(database, slack, tmp_path, delivery_settle=60, delivery_sweep=60) as running:
        slack.set_request_urls(events=f"{running.address}/extensions/slack/event/")
        running.alerts_go_to("ops")
        running.report()
        running.card("ops")
        running.wait_until(running.is_quiet)
        yield running


def reply_of(company: Company) -> Delivery:
    return company.deliveries()[1]


def is_reply(company: Company, state: str) -> bool:
    return company.states()[1:2] == [state]


def replies(company: Company) -> list[str]:
    return company.replies("ops", company.card("ops").ts)


def times_posted(company: Company) -> int:
    """How often Slack took the reply, whatever became of it."""
    return [posted.text for posted in company.slack.ledger.posted].count(SAID)


def deletions_told(company: Company) -> list[tuple[str | None, int]]:
    """For each time that our app was told of a deletion, what Slack did to the request, and what we answered."""
    return [(entry.fault, entry.status) for entry in company.slack.calls("event")]


def state_of_reply(company: Company) -> str:
    return str(reply_of(company).state)


def lose_the_answer(company: Company, fault: str = "http_500_after_commit") -> str:
    """Ada resolves the issue; the reply stands in Slack, and nobody knows. Gives its ts."""
    company.slack.fail("chat.postMessage", fault, times=1)
    company.does("resolve")
    company.wait_until(lambda: is_reply(company, "uncertain"))
    (reply,) = company.slack.replies("ops", company.card("ops").ts)
    return reply.ts


def somebody_deletes(company: Company, ts: str) -> None:
    """A person deletes a message, and Slack has told of it."""
    company.slack.delete_message("ops", ts)
    company.wait_until(lambda: reply_of(company).deleted_ts == ts)


@pytest.mark.parametrize("fault", ["http_500_after_commit", "reset_after_commit"])
def test_a_reply_that_was_deleted_before_its_fate_was_known_is_not_said_again(patient: Company, fault: str) -> None:
    somebody_deletes(patient, lose_the_answer(patient, fault))

    patient.passes(seconds=60)

    patient.wait_until(lambda: is_reply(patient, "dead"))
    with read(patient.database) as session:
        story = explain_delivery(session, reply_of(patient))
    assert (replies(patient), times_posted(patient)) == ([], 1)
    assert story[-1] == f"It was given up: {DELETED}."


def test_what_follows_a_deleted_reply_is_said(patient: Company) -> None:
    somebody_deletes(patient, lose_the_answer(patient))
    patient.does("reopen")

    patient.passes(seconds=60)

    patient.wait_until(lambda: patient.states() == ["sent", "dead", "sent"])
    assert replies(patient) == ["Ada reopened WEB-1"]


def test_without_the_permission_to_hear_of_it_a_reply_of_unknown_fate_is_said_again_as_ever(patient: Company) -> None:
    patient.slack.set_scopes([scope for scope in ALL_BOT_SCOPES if scope != "metadata.message:read"], token=BOT_TOKEN)
    patient.slack.delete_message("ops", lose_the_answer(patient))

    patient.passes(seconds=60)

    patient.wait_until(lambda: is_reply(patient, "sent"))
    assert (replies(patient), times_posted(patient)) == ([SAID], 2)


def test_an_event_that_comes_late_and_many_times_counts_as_one(patient: Company) -> None:
    patient.slack.fail("delivery.event", "lost", times=1)
    patient.slack.fail("delivery.event", "duplicated", times=1)
    ts = lose_the_answer(patient)

    somebody_deletes(patient, ts)
    patient.passes(seconds=60)

    patient.wait_until(lambda: is_reply(patient, "dead"))
    assert (deletions_told(patient), times_posted(patient)) == ([("lost", 0), ("duplicated", 200)], 1)


def test_a_mark_of_ours_that_another_app_posts_and_deletes_changes_nothing(patient: Company, tmp_path: Path) -> None:
    patient.slack.fail("chat.postMessage", "http_500", times=1)
    patient.does("resolve")
    patient.wait_until(lambda: is_reply(patient, "uncertain"))
    card, secrets = patient.card("ops"), SecretBox(load_keys(None, tmp_path))
    forger = WebClient(OTHER_TOKEN, base_url=patient.slack.url, retry_handlers=[])
    patient.slack.join("C0OPS", "U0OTHER")

    copied = mark(secrets, reply_of(patient).id, "C0OPS", card.ts)
    ts = str(forger.chat_postMessage(channel="C0OPS", thread_ts=card.ts, text="a copy", metadata=copied)["ts"])
    forger.chat_delete(channel="C0OPS", ts=ts)
    patient.wait_until(lambda: deletions_told(patient) == [(None, 200)])
    patient.passes(seconds=60)

    patient.wait_until(lambda: is_reply(patient, "sent"))
    assert (replies(patient), times_posted(patient)) == ([SAID], 1)


def test_of_two_copies_the_oldest_stays_though_slack_tells_that_the_other_was_deleted(patient: Company) -> None:
    ts = lose_the_answer(patient)
    (first,) = patient.slack.replies("ops", patient.card("ops").ts)
    ours = WebClient(BOT_TOKEN, base_url=patient.slack.url, retry_handlers=[])
    place = {"channel": "C0OPS", "thread_ts": patient.card("ops").ts}
    again = ours.chat_postMessage(**place, text=first.text, metadata=first.metadata)["ts"]

    patient.passes(seconds=60)

    patient.wait_until(lambda: reply_of(patient).deleted_ts == again)
    patient.wait_until(lambda: is_reply(patient, "sent"))
    assert (replies(patient), reply_of(patient).ts, times_posted(patient)) == ([SAID], ts, 2)


def test_a_reply_that_is_deleted_while_its_answer_is_under_way_was_sent(patient: Company) -> None:
    patient.slack.fail("chat.postMessage", "slow", seconds=3, times=1)
    patient.does("resolve")
    patient.slack.wait_for(lambda: replies(patient))
    (reply,) = patient.slack.replies("ops", patient.card("ops").ts)

    somebody_deletes(patient, reply.ts)
    before = state_of_reply(patient)

    patient.wait_until(lambda: is_reply(patient, "sent"))
    assert (before, reply_of(patient).ts, times_posted(patient)) == ("sending", reply.ts, 1)


def test_a_reply_that_is_deleted_before_its_answer_is_lost_is_not_said_again(patient: Company) -> None:
    patient.slack.fail("chat.postMessage", "timeout_after_commit", times=1)
    patient.does("resolve")
    patient.slack.wait_for(lambda: replies(patient))
    (reply,) = patient.slack.replies("ops", patient.card("ops").ts)

    somebody_deletes(patient, reply.ts)
    before = state_of_reply(patient)
    patient.wait_until(lambda: is_reply(patient, "uncertain"))
    patient.passes(seconds=60)

    patient.wait_until(lambda: is_reply(patient, "dead"))
    assert (before, replies(patient), times_posted(patient)) == ("sending", [], 1)


def test_a_deleted_reply_that_somebody_sends_again_is_said_once_whatever_slack_told_before(patient: Company) -> None:
    somebody_deletes(patient, lose_the_answer(patient))
    patient.passes(seconds=60)
    patient.wait_until(lambda: is_reply(patient, "dead"))
    patient.slack.fail("chat.postMessage", "http_500", times=1)

    with write(patient.database) as session:
        send_again(session, patient.permit(), reply_of(patient).id, now=patient.clock())
    patient.wait_until(lambda: is_reply(patient, "uncertain"))
    patient.passes(seconds=60)

    patient.wait_until(lambda: is_reply(patient, "sent"))
    assert (replies(patient), times_posted(patient)) == ([SAID], 2)


def test_a_reply_in_doubt_that_somebody_deletes_and_sends_again_is_said_whatever_slack_told_before(
    patient: Company,
) -> None:
    patient.slack.set_scopes(["chat:write", "channels:read", "metadata.message:read"], token=BOT_TOKEN)
    somebody_deletes(patient, lose_the_answer(patient))
    patient.passes(seconds=60)
    patient.wait_until(lambda: is_reply(patient, "dead"))
    patient.slack.set_scopes(ALL_BOT_SCOPES, token=BOT_TOKEN)
    patient.slack.fail("chat.postMessage", "http_500", times=1)

    with write(patient.database) as session:
        send_again(session, patient.permit(), reply_of(patient).id, now=patient.clock())
    patient.wait_until(lambda: is_reply(patient, "uncertain"))
    patient.passes(seconds=60)

    patient.wait_until(lambda: is_reply(patient, "sent"))
    assert (replies(patient), times_posted(patient)) == ([SAID], 2)


def test_a_card_that_was_deleted_before_its_fate_was_known_is_not_said_again(patient: Company) -> None:
    patient.slack.fail("chat.postMessage", "http_500_after_commit", times=1)
    patient.report("KeyError")
    patient.wait_until(lambda: patient.states() == ["sent", "uncertain"])

    patient.slack.delete_message("ops", patient.card("ops", "KeyError").ts)
    patient.wait_until(lambda: reply_of(patient).deleted_ts)
    patient.passes(seconds=60)

    patient.wait_until(lambda: patient.states() == ["sent", "dead"])
    assert len(patient.slack.messages("ops")) == 1
