"""What was kept from being said is said once it is mended; and a thread is answered where it stands."""

from pathlib import Path

import pytest

from slack_simulator.config import SimulatorConfig
from tests.flows.company import BOT_TOKEN, Company
from tests.flows.workspaces import ACME, BETA, BETA_TOKEN, acme_and_beta, connect
from tocsin.chat.workspaces import disconnect_workspace
from tocsin.kernel.db import write
from tocsin.notifications.again import send_again
from tocsin.organizations.models import Project
from tocsin.rules.edit import list_rules, remove_rule


@pytest.fixture
def slack_simulator_config() -> SimulatorConfig:
    return acme_and_beta()


def test_what_waited_for_a_revoked_token_arrives_once_the_workspace_is_connected_again(
    company: Company, tmp_path: Path
) -> None:
    company.alerts_go_to("ops")
    company.slack.revoke_token()
    company.report("ValueError")
    company.wait_until(lambda: company.states() == ["parked"])

    company.slack.reinstall(BOT_TOKEN, new_token="xoxb-new-bot")
    connect(company, tmp_path, ACME, "xoxb-new-bot")

    company.wait_until(lambda: company.states() == ["sent"])
    assert len(company.slack.messages("ops")) == 1


def test_what_is_planned_for_a_disconnected_workspace_is_said_once_after_it_is_connected_anew(
    company: Company, tmp_path: Path
) -> None:
    company.alerts_go_to("ops")
    company.report("ValueError")
    card = company.card("ops")
    with write(company.database) as session:
        disconnect_workspace(session, company.permit(), company.integration_id, now=company.clock())
    company.report("KeyError")
    company.does("resolve")
    company.wait_until(lambda: sorted(company.states()) == ["parked", "parked", "sent"])
    posts_before = len(company.slack.calls("chat.postMessage"))

    connect(company, tmp_path, ACME, BOT_TOKEN)

    company.wait_until(lambda: company.states() == ["sent"] * 3)
    company.wait_until(company.is_quiet)
    assert posts_before == 1
    assert len(company.slack.calls("chat.postMessage")) == 3
    assert company.replies("ops", card.ts) == ["Ada resolved WEB-1"]


def test_a_card_that_its_channel_did_not_take_is_sent_again_after_the_channel_was_mended(company: Company) -> None:
    company.alerts_go_to("ops")
    company.slack.archive("ops")
    company.report("ValueError")
    company.wait_until(lambda: company.states() == ["parked"])

    company.slack.unarchive("ops")
    company.slack.join("ops", "U0BOT")
    (parked,) = company.deliveries()
    with write(company.database) as session:
        send_again(session, company.permit(), parked.id, now=company.clock())

    company.wait_until(lambda: company.states() == ["sent"])
    assert len(company.slack.messages("ops")) == 1


def test_a_thread_is_answered_in_its_own_channel_after_its_rule_was_replaced(company: Company) -> None:
    company.alerts_go_to("ops")
    company.report("ValueError")
    card = company.card("ops")

    with write(company.database) as session:
        (rule,) = list_rules(session, session.get_one(Project, company.project_id))
        remove_rule(session, rule, company.permit(), now=company.clock())
    company.alerts_go_to("general")
    company.does("resolve")

    assert company.wait_for_replies("ops", card.ts, 1) == ["Ada resolved WEB-1"]
    assert company.slack.messages("general") == []


def test_each_workspace_is_answered_in_its_own_thread(company: Company, tmp_path: Path) -> None:
    beta = connect(company, tmp_path, BETA, BETA_TOKEN)
    company.alerts_go_to("ops")
    company.integration_id = beta
    company.alerts_go_to("beta")
    company.report("ValueError")
    cards = {channel: company.card(channel) for channel in ("C0OPS", "C0BETA")}

    company.does("resolve")

    said = {channel: company.wait_for_replies(channel, card.ts, 1) for channel, card in cards.items()}
    assert list(said.values()) == [["Ada resolved WEB-1"]] * 2
