"""What channels are called."""

import pytest

from tests.support.acme import NOW
from tocsin.chat.channels import channel_names, find_channel_name, remember_channel
from tocsin.chat.models import Integration
from tocsin.kernel.db import read, write


@pytest.fixture
def workspaces(database):
    with write(database) as session:
        made = [
            Integration(external_id=team, name=team, sealed_bot_token="", sealed_signing_secret="", created_at=NOW)
            for team in ("T0ACME", "T0OTHER")
        ]
        session.add_all(made)
        session.flush()
        return [one.id for one in made]


def test_a_renamed_channel_keeps_its_id_and_has_its_newest_name(database, workspaces):
    with write(database) as session:
        for name in ("ops", "operations"):
            remember_channel(session, workspaces[0], "C0OPS", name)

    with read(database) as session:
        assert find_channel_name(session, workspaces[0], "C0OPS") == "operations"


def test_the_same_id_in_another_workspace_is_another_channel(database, workspaces):
    with write(database) as session:
        remember_channel(session, workspaces[0], "C0OPS", "ops")

    with read(database) as session:
        assert find_channel_name(session, workspaces[1], "C0OPS") is None


def test_several_names_come_at_once_without_the_unknown(database, workspaces):
    with write(database) as session:
        remember_channel(session, workspaces[0], "C0OPS", "ops")
        remember_channel(session, workspaces[0], "C0WEB", "web")

    with read(database) as session:
        assert channel_names(session, workspaces[0], ["C0OPS", "C0NEW"]) == {"C0OPS": "ops"}
