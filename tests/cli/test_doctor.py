"""`tocsin doctor`: says what works and what does not, and never a secret."""

from pathlib import Path

import pytest
from sqlalchemy import update

from slack_simulator.running import Simulator
from tests.cli.conftest import INIT
from tests.cli.terminal import Terminal
from tests.support.acme import NOW
from tests.support.mailbox import running_mailbox
from tocsin.chat.models import Integration
from tocsin.deliveries.models import Delivery, DeliveryState
from tocsin.kernel.db import Database, write
from tocsin.kernel.ids import IntegrationId


def examine(terminal: Terminal) -> tuple[int, dict[str, bool], str]:
    """Exit code, what is well, and everything that was said."""
    said = terminal.type("doctor", "--json")
    assert "xoxb-example-bot" not in said.out + said.err
    assert "example-signing-secret" not in said.out + said.err
    return said.code, {finding["check"]: finding["ok"] for finding in said.document}, said.out


def test_where_all_is_well_every_check_says_so(connected: Terminal):
    code, findings, _ = examine(connected)

    assert (code, findings) == (
        0,
        {"address": True, "mail": True, "database": True, "projects": True, "deliveries": True, "slack T0ACME": True},
    )


def test_a_server_without_slack_is_well_and_hears_what_is_next(acme: Terminal):
    code, findings, said = examine(acme)

    assert (code, findings["slack"], "`tocsin slack connect`" in said) == (0, True, True)


def test_a_mail_server_is_asked_whether_it_takes_us(acme: Terminal):
    with running_mailbox() as mailbox:
        mail_by(acme, mailbox.port)

        _, findings, said = examine(acme)

    assert (findings["mail"], "takes us" in said) == (True, True)
    assert mailbox.mails == []


def test_a_mail_server_that_is_away_is_found(acme: Terminal):
    mail_by(acme, 9)

    code, findings, said = examine(acme)

    assert (code, findings["mail"], "127.0.0.1:9 does not take us" in said) == (3, False, True)


def test_a_mail_server_without_an_address_to_send_from_is_found(acme: Terminal):
    acme.setting("SMTP_HOST", "127.0.0.1")

    code, findings, said = examine(acme)

    assert (code, findings["mail"], "TOCSIN_SMTP_FROM" in said) == (1, False, True)


def mail_by(terminal: Terminal, port: int) -> None:
    for name, value in (("HOST", "127.0.0.1"), ("PORT", port), ("TLS", "none"), ("FROM", "tocsin@acme.example")):
        terminal.setting(f"SMTP_{name}", value)


def test_a_revoked_token_is_found(connected: Terminal, slack: Simulator):
    slack.revoke_token()

    code, findings, said = examine(connected)

    assert (code, findings["slack T0ACME"], "token_revoked" in said) == (1, False, True)


def test_a_slack_that_does_not_answer_is_exit_code_3(connected: Terminal):
    connected.setting("SLACK_API_URL", "http://127.0.0.1:1/api/")

    code, findings, _ = examine(connected)

    assert (code, findings["slack T0ACME"], findings["database"]) == (3, False, True)


def test_secrets_under_a_lost_key_are_found(connected: Terminal, tmp_path: Path):
    (tmp_path / "data" / "secret-keys").unlink()

    code, findings, said = examine(connected)

    assert (code, findings["slack T0ACME"], "TOCSIN_SECRET_KEYS" in said) == (1, False, True)


def test_a_signing_secret_that_no_key_opens_is_found_beside_a_token_that_works(connected: Terminal, database_url: str):
    database = Database.open(database_url)
    with write(database) as session:
        session.execute(update(Integration).values(sealed_signing_secret="lost"))
    database.close()

    code, findings, said = examine(connected)

    assert (code, findings["slack T0ACME"], findings["slack T0ACME signing secret"]) == (1, True, False)
    assert "`tocsin slack connect`" in said


def test_a_disconnected_workspace_is_named_with_what_connects_it_anew(connected: Terminal, database_url: str):
    database = Database.open(database_url)
    with write(database) as session:
        session.execute(update(Integration).values(is_active=False))
    database.close()

    code, checks, told = examine(connected)

    assert (code, checks["slack T0ACME"]) == (0, True)
    assert "is disconnected: messages wait; `tocsin slack connect` or the page Slack connects it anew" in told


def test_parked_deliveries_are_found_with_their_reasons(connected: Terminal, database_url: str):
    database = Database.open(database_url)
    with write(database) as session:
        for number in range(3):
            session.add(
                Delivery(
                    natural_key=f"card:{number}",
                    kind="card",
                    integration_id=IntegrationId(1),
                    channel="C0OLD",
                    body={},
                    created_at=NOW,
                )
            )
        session.flush()
        session.execute(update(Delivery).values(state=DeliveryState.PARKED, reason="is_archived"))
    database.close()

    code, findings, said = examine(connected)

    assert (code, findings["deliveries"], "3 because of is_archived" in said) == (1, False, True)


def test_a_machine_without_a_database_hears_how_to_begin(bare_terminal: Terminal):
    code, findings, said = examine(bare_terminal)

    assert (code, findings["database"], "`tocsin init`" in said) == (1, False, True)


def test_a_full_disk_is_told(bare_terminal: Terminal, tmp_path: Path):
    bare_terminal.do(*INIT)
    (tmp_path / "data" / "tocsin.ballast").touch()

    code, findings, said = examine(bare_terminal)

    assert (code, findings["database"], "events are refused" in said) == (1, False, True)


def test_a_damaged_file_is_found(bare_terminal: Terminal, tmp_path: Path):
    data = tmp_path / "data"
    data.mkdir()
    (data / "tocsin.db").write_bytes(b"this was a database once " * 400)

    code, findings, _ = examine(bare_terminal)

    assert (code, findings["database"]) == (3, False)


@pytest.mark.parametrize("address", ["errors.example.com", "ftp://example.com", "https://"])
def test_an_address_that_no_browser_can_open_is_found(acme: Terminal, address: str):
    acme.setting("BASE_URL", address)

    code, findings, _ = examine(acme)

    assert (code, findings["address"]) == (1, False)


def test_a_person_reads_one_line_for_each_check(acme: Terminal):
    said = acme.type("doctor")

    assert [line[:3] for line in said.out.splitlines()] == ["ok "] * 6


def test_a_permission_that_the_app_lacks_is_told_with_what_does_not_work_and_stops_nothing(
    connected: Terminal, slack: Simulator
):
    slack.set_scopes(["chat:write", "channels:read", "groups:read", "users:read"])

    code, findings, said = examine(connected)

    assert (code, findings["slack T0ACME im:write"]) == (0, True)
    assert "Nobody is told anything directly" in said
