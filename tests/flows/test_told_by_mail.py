"""Where nobody can be reached in Slack, those responsible are told by mail that it takes nothing."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from slack_simulator.running import Simulator
from tests.flows.company import Company, running_company
from tests.support.mailbox import Mailbox, running_mailbox
from tocsin.kernel.db import Database


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with running_mailbox() as running:
        yield running


@pytest.fixture
def posting(database: Database, slack: Simulator, mailbox: Mailbox, tmp_path: Path) -> Iterator[Company]:
    """A company with one workspace and a mail server, in which nobody is linked and whose cards go to #ops."""
    smtp = {"smtp_host": "127.0.0.1", "smtp_port": mailbox.port, "smtp_tls": "none", "smtp_from": "tocsin@example.com"}
    with running_company(database, slack, tmp_path, **smtp) as running:
        running.alerts_go_to("ops")
        yield running


def test_when_the_only_workspace_dies_an_owner_gets_one_mail(posting: Company, mailbox: Mailbox) -> None:
    posting.slack.revoke_token()
    posting.report("ValueError")

    mail = mailbox.wait_for("ada@example.com")
    posting.report("KeyError")
    posting.wait_until(lambda: posting.states().count("parked") == 2)

    assert mail["Subject"] == "The Slack workspace Acme takes no messages from Tocsin"
    assert "token_revoked: the workspace must be connected again" in mail.get_content()
    assert len(mailbox.mails) == 1


def test_an_archived_channel_is_told_by_mail_to_an_owner_whom_slack_does_not_reach(
    posting: Company, mailbox: Mailbox
) -> None:
    posting.slack.archive("ops")

    posting.report("ValueError")

    mail = mailbox.wait_for("ada@example.com")
    assert "C0OPS in Acme takes no messages from Tocsin" in mail["Subject"]
    assert "/acme/workspace/" in mail.get_content()
