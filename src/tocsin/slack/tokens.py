"""Reads a workspace's bot token for the client."""

from tocsin.chat.models import Integration
from tocsin.chat.workspaces import open_bot_token
from tocsin.kernel.db import Database, read
from tocsin.kernel.ids import IntegrationId
from tocsin.kernel.secrets import SecretBox, SecretUnreadableError
from tocsin.slack.client import TokenReader
from tocsin.slack.errors import InstallDeadError


def token_reader(database: Database, secrets: SecretBox) -> TokenReader:
    """A reader that asks the table; the client remembers the answer for ten seconds, unless Slack refuses it."""

    def read_token(integration_id: IntegrationId) -> str:
        with read(database) as session:
            try:
                return open_bot_token(session.get_one(Integration, integration_id), secrets)
            except SecretUnreadableError as error:
                raise InstallDeadError("token", "secret_unreadable") from error

    return read_token
