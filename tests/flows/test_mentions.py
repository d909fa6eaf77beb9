"""A card names whoever has its issue by the id that they have in the card's own workspace."""

from pathlib import Path

import pytest

from slack_simulator.config import SimulatorConfig
from tests.flows.company import Company
from tests.flows.workspaces import BETA, BETA_TOKEN, acme_and_beta, connect
from tocsin.chat.identities import link_identity
from tocsin.kernel.db import write
from tocsin.kernel.ids import IntegrationId


@pytest.fixture
def slack_simulator_config() -> SimulatorConfig:
    return acme_and_beta()


@pytest.fixture
def beta(company: Company, tmp_path: Path) -> IntegrationId:
    """The second workspace; the issue's card stands in one channel of each, and Ada is linked in the first."""
    acme, beta = company.integration_id, connect(company, tmp_path, BETA, BETA_TOKEN)
    for company.integration_id, channel in ((beta, "beta"), (acme, "ops")):
        company.alerts_go_to(channel)
    link(company, acme, "U0ADA")
    company.report("ValueError")
    return beta


def link(company: Company, integration_id: IntegrationId, chat_user: str) -> None:
    with write(company.database) as session:
        link_identity(session, company.permit(), integration_id, chat_user, company.ada, now=company.clock())


def take(company: Company) -> None:
    """Ada takes the issue by the button on the card in #ops."""
    company.slack.press("ops", company.card("ops").ts, "issue.assign_me", user="U0ADA")


def assignee(company: Company, channel: str) -> str:
    """What the card in this channel says of who has the issue, as soon as it says anything."""

    def line() -> str | None:
        _, found, after = str(company.card(channel).blocks).partition("Assigned to: ")
        return after.partition("'")[0].partition("\\n")[0] if found else None

    return company.wait_until(line)


def test_somebody_of_two_workspaces_is_mentioned_in_each_by_the_id_that_they_have_there(
    company: Company, beta: IntegrationId
) -> None:
    link(company, beta, "U0BETA")
    company.card("C0BETA")

    take(company)

    assert {channel: assignee(company, channel) for channel in ("C0OPS", "C0BETA")} == {
        "C0OPS": "<@U0ADA>",
        "C0BETA": "<@U0BETA>",
    }


@pytest.mark.usefixtures("beta")
def test_where_somebody_is_not_linked_they_are_named_and_no_id_of_another_workspace_is_mentioned(
    company: Company,
) -> None:
    company.card("C0BETA")

    take(company)

    assert {channel: assignee(company, channel) for channel in ("C0OPS", "C0BETA")} == {
        "C0OPS": "<@U0ADA>",
        "C0BETA": "Ada",
    }
