"""`tocsin keys`: changing keys without a moment in which a secret is unreadable."""

import stat
from pathlib import Path

from cryptography.fernet import Fernet

from slack_simulator.running import Simulator
from tests.cli.terminal import Terminal
from tocsin.chat.models import Integration
from tocsin.chat.workspaces import open_bot_token
from tocsin.kernel.db import Database, read
from tocsin.kernel.ids import IntegrationId
from tocsin.kernel.secrets import SecretBox


def stored_token(url: str, keys: list[str]) -> str:
    database = Database.open(url)
    with read(database) as session:
        token = open_bot_token(session.get_one(Integration, IntegrationId(1)), SecretBox(keys))
    database.close()
    return token


def test_a_key_file_grows_in_front_and_stays_private(connected: Terminal, tmp_path: Path):
    path = tmp_path / "data" / "secret-keys"
    before = path.read_text().split()

    document = connected.do("keys", "add")

    after = path.read_text().split()
    assert (document, after[1:], stat.S_IMODE(path.stat().st_mode)) == ({"keys": 2}, before, 0o600)


def test_after_rotating_the_newest_key_alone_is_enough(connected: Terminal, database_url: str, tmp_path: Path):
    path = tmp_path / "data" / "secret-keys"
    connected.do("keys", "add")
    before_rotating = stored_token(database_url, path.read_text().split())

    document = connected.do("keys", "rotate")

    newest, _ = path.read_text().split()
    assert (document, before_rotating, stored_token(database_url, [newest])) == (
        {"secrets": 2},
        "xoxb-example-bot",
        "xoxb-example-bot",
    )


def test_keys_of_the_environment_are_changed_there(acme: Terminal, slack: Simulator, database_url: str):  # noqa: ARG001
    old, new = (Fernet.generate_key().decode() for _ in range(2))
    acme.setting("SECRET_KEYS", old)
    acme.do("slack", "connect", "--bot-token", "xoxb-example-bot", "--signing-secret", "secret")

    refused = acme.type("keys", "add")
    acme.setting("SECRET_KEYS", f"{new},{old}")
    acme.do("keys", "rotate")

    assert (refused.code, "TOCSIN_SECRET_KEYS" in refused.err) == (1, True)
    assert stored_token(database_url, [new]) == "xoxb-example-bot"


def test_rotating_with_the_wrong_keys_changes_nothing_and_shows_none(
    connected: Terminal, database_url: str, tmp_path: Path
):
    right = (tmp_path / "data" / "secret-keys").read_text().split()
    wrong = Fernet.generate_key().decode()
    connected.setting("SECRET_KEYS", wrong)

    said = connected.type("keys", "rotate", "--json")

    assert (said.code, said.out, wrong in said.err) == (1, "", False)
    assert stored_token(database_url, right) == "xoxb-example-bot"


def test_what_is_no_key_is_a_mistake_in_usage_and_is_not_repeated(connected: Terminal):
    connected.setting("SECRET_KEYS", "my-favourite-password")

    said = connected.type("keys", "rotate")

    assert (said.code, "my-favourite-password" in said.err) == (2, False)
