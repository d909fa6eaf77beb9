"""What people are told, and what is never said twice, while Slack or somebody in it takes things away."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import delete, select, update

from slack_simulator.config import SimulatorConfig
from slack_simulator.running import Simulator
from tests.flows.company import BOT_TOKEN, Company, running_company
from tests.flows.workspaces import ACME, BETA, BETA_TOKEN, acme_and_beta, connect
from tocsin.chat.identities import link_identity
from tocsin.chat.models import Integration
from tocsin.chat.workspaces import mark_broken, mark_healed
from tocsin.deliveries.models import Delivery
from tocsin.events.models import StoredEvent
from tocsin.issues.models import Issue
from tocsin.kernel.db import Database, read, write
from tocsin.kernel.ids import IntegrationId
from tocsin.notifications.again import send_again
from tocsin.notifications.models import ParentNotification
from tocsin.organizations.models import Project
from tocsin.rules.edit import RuleChanges, edit_rule, list_rules


@pytest.fixture
def slack_simulator_config() -> SimulatorConfig:
    return acme_and_beta()


@pytest.fixture
def patient(database: Database, slack: Simulator, tmp_path: Path) -> Iterator[Company]:
    """A company whose messages go to #ops, with the waits of a real server."""
    with running_company(database, slack, tmp_path, delivery_settle=60, delivery_sweep=60) as running:
        running.alerts_go_to("ops")
        yield running


def link_ada(company: Company, integration_id: IntegrationId, chat_user: str) -> None:
    with write(company.database) as session:
        link_identity(session, company.permit(), integration_id, chat_user, company.ada, now=company.clock())


def states_of(company: Company, kind: str) -> list[str]:
    return [str(delivery.state) for delivery in company.deliveries() if delivery.kind == kind]


def reasons_of(company: Company) -> list[str | None]:
    return [delivery.reason for delivery in company.deliveries()]


def test_a_dead_workspace_is_told_of_once_through_another_one(company: Company, tmp_path: Path) -> None:
    link_ada(company, connect(company, tmp_path, BETA, BETA_TOKEN), "U0BETA")
    company.alerts_go_to("ops")
    company.slack.revoke_token(BOT_TOKEN)

    company.report("ValueError")
    company.report("KeyError")

    company.wait_until(lambda: company.slack.direct_messages("U0BETA"))
    company.wait_until(company.is_quiet)
    (told,) = company.slack.direct_messages("U0BETA")
    assert "*Acme* takes nothing from me any more. Slack says token_revoked" in told.text


def test_a_missing_permission_stops_the_workspace_and_is_named(company: Company, tmp_path: Path) -> None:
    link_ada(company, connect(company, tmp_path, BETA, BETA_TOKEN), "U0BETA")
    company.alerts_go_to("ops", "general")
    company.slack.set_scopes(["channels:read"], token=BOT_TOKEN)

    company.report("ValueError")

    company.wait_until(lambda: company.slack.direct_messages("U0BETA"))
    with read(company.database) as session:
        reason = session.scalar(select(Integration.broken_reason).where(Integration.id == company.integration_id))
    assert reason == "missing_scope needs chat:write"


def test_where_tocsin_may_not_look_a_doubtful_reply_holds_up_no_other_and_can_be_sent_again(company: Company) -> None:
    company.alerts_go_to("ops")
    company.report("ValueError")
    card = company.card("ops")
    company.wait_until(company.is_quiet)
    company.slack.set_scopes(["chat:write", "channels:read"], token=BOT_TOKEN)
    company.slack.fail("chat.postMessage", "http_500", times=1)
    company.does("resolve")
    company.wait_until(lambda: states_of(company, "reply") == ["dead"])
    company.does("reopen")
    company.wait_until(lambda: states_of(company, "reply") == ["dead", "sent"])
    doubtful = company.deliveries()[1]

    with write(company.database) as session:
        send_again(session, company.permit(), doubtful.id, now=company.clock())

    company.wait_until(lambda: states_of(company, "reply") == ["sent", "sent"])
    assert doubtful.reason is not None
    assert doubtful.reason.startswith("maybe sent: missing_scope")
    assert company.replies("ops", card.ts) == ["Ada reopened WEB-1", "Ada resolved WEB-1"]


def test_what_grew_old_in_a_dead_workspace_is_not_said_when_it_is_installed_again(
    company: Company, tmp_path: Path
) -> None:
    company.alerts_go_to("ops")
    company.slack.revoke_token()
    company.report("ValueError")
    company.wait_until(lambda: company.states() == ["parked"])
    company.passes(minutes=59)
    company.report("KeyError")
    company.wait_until(lambda: company.states() == ["parked", "parked"])

    company.passes(minutes=2)
    company.slack.reinstall(BOT_TOKEN, new_token="xoxb-new-bot")
    connect(company, tmp_path, ACME, "xoxb-new-bot")

    company.wait_until(lambda: company.states() == ["dead", "sent"])
    assert ["KeyError" in message.text for message in company.slack.messages("ops")] == [True]


def test_after_its_card_was_deleted_in_slack_the_next_alert_opens_a_new_one(company: Company) -> None:
    company.alerts_go_to("ops")
    company.report("ValueError")
    company.wait_until(company.is_quiet)
    company.slack.delete_message("ops", company.card("ops").ts)
    company.does("resolve")
    company.wait_until(company.is_quiet)
    left_by_the_reply = company.slack.messages("ops")

    company.report("ValueError")

    company.wait_until(lambda: states_of(company, "card") == ["sent", "sent"])
    assert left_by_the_reply == []
    assert len(company.slack.messages("ops")) == 1


def test_a_reply_that_somebody_deleted_is_not_said_again(company: Company) -> None:
    company.alerts_go_to("ops")
    company.report("ValueError")
    card = company.card("ops")
    company.slack.fail("chat.postMessage", "reset_after_commit", times=1)
    company.does("resolve")
    company.wait_until(lambda: company.states() == ["sent", "sent"])

    company.slack.delete_message("ops", company.slack.replies("ops", card.ts)[0].ts)
    company.wait_until(lambda: company.deliveries()[1].sweeps == 2)

    assert company.replies("ops", card.ts) == []


def test_a_card_that_was_deleted_before_its_fate_was_known_is_not_said_again(patient: Company) -> None:
    patient.slack.fail("chat.postMessage", "reset_after_commit", times=1)
    patient.report("ValueError")
    patient.wait_until(lambda: patient.states() == ["uncertain"])
    card = patient.card("ops")
    patient.slack.say("ops", "Not again!", user="U0ADA", thread_ts=card.ts)
    patient.slack.delete_message("ops", card.ts)

    patient.passes(minutes=1)

    patient.wait_until(lambda: patient.states() == ["dead"])
    assert reasons_of(patient) == ["it was deleted in Slack before it was known to stand there"]


def test_after_ten_hours_without_slack_replies_are_said_once_and_in_order_and_alerts_are_not(patient: Company) -> None:
    patient.report("ValueError")
    card = patient.card("ops")
    patient.wait_until(patient.is_quiet)
    patient.slack.fail("*", "http_503", times=1_000_000)
    patient.report("KeyError")
    patient.does("resolve")
    patient.passes(hours=5)
    patient.does("reopen")
    patient.passes(hours=5)

    patient.slack.heal()
    patient.passes(minutes=2)

    said = patient.wait_for_replies("ops", card.ts, 2)
    patient.wait_until(lambda: states_of(patient, "card") == ["sent", "dead"])
    assert [sentence.split()[1] for sentence in said] == ["resolved", "reopened"]
    assert len(patient.slack.messages("ops")) == 1


def test_after_a_day_without_slack_nothing_was_lost_and_only_what_is_still_news_is_said(patient: Company) -> None:
    patient.report("ValueError")
    card = patient.card("ops")
    patient.wait_until(patient.is_quiet)
    patient.slack.fail("*", "http_503", times=1_000_000)
    patient.passes(hours=1, minutes=10)
    patient.report("KeyError")
    patient.does("resolve")
    patient.wait_until(lambda: patient.states().count("uncertain") == 2)
    patient.passes(hours=11)
    patient.does("reopen")
    patient.passes(hours=11)
    patient.does("resolve")
    patient.report("TypeError")
    patient.wait_until(lambda: patient.states().count("uncertain") == 3)
    patient.passes(minutes=50)

    patient.slack.heal()
    patient.slack.limits(on=True)
    patient.passes(minutes=2)

    patient.card("ops", "TypeError")
    patient.wait_until(patient.is_quiet)
    said = [sentence.split()[1] for sentence in patient.replies("ops", card.ts)]
    assert (said, states_of(patient, "card")) == (["resolved", "reopened", "resolved"], ["sent", "dead", "sent"])
    assert [issue.title for issue in patient.issues()] == ["ValueError", "KeyError", "TypeError"]
    assert set(patient.slack.ledger.live_by_delivery().values()) == {1}
    assert 429 not in {call.status for call in patient.slack.calls("chat.postMessage")}


def test_a_reply_that_could_not_be_said_for_a_day_dies_visibly_and_the_next_is_said(patient: Company) -> None:
    patient.report("ValueError")
    card = patient.card("ops")
    patient.wait_until(patient.is_quiet)
    patient.slack.fail("chat.postMessage", "ratelimited", times=1, retry_after="3600")
    patient.does("resolve")
    patient.wait_until(lambda: len(patient.slack.calls("chat.postMessage")) == 2)

    patient.passes(hours=25)
    patient.does("reopen")

    assert patient.wait_for_replies("ops", card.ts, 1)[0].startswith("Ada reopened")
    patient.wait_until(lambda: states_of(patient, "reply") == ["dead", "sent"])
    assert "too old: it could not be sent in time" in reasons_of(patient)


def test_a_channel_that_is_told_to_wait_waits_so_long_and_holds_up_no_other(patient: Company) -> None:
    patient.alerts_go_to("general")
    patient.slack.fail("chat.postMessage", "ratelimited", channel="C0OPS", times=1, retry_after="30")

    patient.report("ValueError")
    patient.card("general")
    patient.wait_until(lambda: "ratelimited" in reasons_of(patient))
    patient.passes(seconds=29)
    before = patient.slack.messages("ops")
    patient.passes(seconds=1)
    patient.card("ops")

    calls = [call for call in patient.slack.calls("chat.postMessage") if call.arguments["channel"] == "C0OPS"]
    assert (before, [call.status for call in calls]) == ([], [429, 200])
    assert calls[1].at - calls[0].at >= 30


def test_a_thread_is_answered_where_it_stands_after_its_rule_was_changed(company: Company) -> None:
    company.alerts_go_to("ops")
    company.report("ValueError")
    card = company.card("ops")
    with write(company.database) as session:
        (rule,) = list_rules(session, session.get_one(Project, company.project_id))
        moved = RuleChanges(place=(company.integration_id, "C0GENERAL", "general"))
        edit_rule(session, rule, company.permit(), moved, now=company.clock())

    company.does("resolve")

    assert company.wait_for_replies("ops", card.ts, 1) == ["Ada resolved WEB-1"]
    assert company.slack.messages("general") == []


def test_a_card_that_cannot_be_drawn_is_set_aside_and_the_rest_of_its_channel_goes_on(company: Company) -> None:
    company.alerts_go_to("ops")
    company.report("ValueError")
    company.card("ops")
    company.wait_until(company.is_quiet)
    with write(company.database) as session:
        session.execute(update(StoredEvent).values(payload=b"not an event"))
        session.execute(update(Issue).values(version=Issue.version + 1, urgent_version=Issue.version + 1))

    company.report("KeyError")

    company.wait_until(lambda: states_of(company, "card") == ["sent", "sent"])
    assert len(company.slack.messages("ops")) == 2


def test_a_reply_that_cannot_be_made_is_parked_with_a_reason_and_holds_up_no_other(company: Company) -> None:
    company.alerts_go_to("ops")
    company.report("ValueError")
    card = company.card("ops")
    company.wait_until(company.is_quiet)
    with write(company.database) as session:
        mark_broken(session, company.integration_id, "token_revoked", now=company.clock())
    company.does("resolve")
    company.does("reopen")
    company.wait_until(lambda: states_of(company, "reply") == ["parked", "parked"])
    with write(company.database) as session:
        session.execute(
            update(Delivery).where(Delivery.id == company.deliveries()[1].id).values(body={"several": [{}]})
        )

    with write(company.database) as session:
        mark_healed(session, company.integration_id, now=company.clock())

    company.wait_until(lambda: states_of(company, "reply") == ["parked", "sent"])
    assert company.replies("ops", card.ts) == ["Ada reopened WEB-1"]


def test_what_is_about_something_that_is_gone_is_given_up(company: Company) -> None:
    company.alerts_go_to("ops")
    with write(company.database) as session:
        mark_broken(session, company.integration_id, "token_revoked", now=company.clock())
    company.report("ValueError")
    company.wait_until(lambda: company.states() == ["parked"])
    with write(company.database) as session:
        session.execute(delete(ParentNotification))

    with write(company.database) as session:
        mark_healed(session, company.integration_id, now=company.clock())

    company.wait_until(lambda: company.states() == ["dead"])
    assert company.slack.messages("ops") == []


def test_a_card_that_cannot_be_drawn_at_all_is_parked_with_a_reason_and_holds_up_no_other(company: Company) -> None:
    company.alerts_go_to("ops")
    with write(company.database) as session:
        mark_broken(session, company.integration_id, "token_revoked", now=company.clock())
    company.report("ValueError")
    company.wait_until(lambda: company.states() == ["parked"])
    with write(company.database) as session:
        session.execute(update(StoredEvent).values(payload=b"not an event"))
    company.report("KeyError")

    with write(company.database) as session:
        mark_healed(session, company.integration_id, now=company.clock())

    company.wait_until(lambda: company.states() == ["parked", "sent"])
    assert "a fault of Tocsin's in drawing this" in str(reasons_of(company)[0])
