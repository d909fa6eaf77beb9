"""Two workspaces in one Slack: Acme, and Beta in which the same app is installed."""

from pathlib import Path

import msgspec

from slack_simulator.config import (
    ChannelConfig,
    InstallationConfig,
    SimulatorConfig,
    UserConfig,
    WorkspaceConfig,
    example_config,
)
from tests.flows.company import SIGNING_SECRET, Company
from tocsin.chat.platform import WorkspaceFacts
from tocsin.chat.workspaces import connect_workspace
from tocsin.kernel.db import write
from tocsin.kernel.ids import IntegrationId
from tocsin.kernel.secrets import SecretBox, load_keys

BETA_TOKEN = "xoxb-beta-bot"
ACME = WorkspaceFacts("T0ACME", "Acme", "https://acme.slack.com/", "A0APP", "B0BOT", "U0BOT", ())
BETA = WorkspaceFacts("T0BETA", "Beta", "https://beta.slack.com/", "A0APP", "B0BETABOT", "U0BETABOT", ())


def acme_and_beta() -> SimulatorConfig:
    """The usual workspace, and a second one."""
    usual = example_config()
    beta = WorkspaceConfig(
        id="T0BETA",
        name="Beta",
        domain="beta",
        users=(UserConfig("U0BETA", "bea", "Bea Beta", "bea@beta.example"),),
        channels=(ChannelConfig("C0BETA", "beta-ops", members=("U0BETA", "U0BETABOT")),),
    )
    (app,) = usual.apps
    installed = InstallationConfig("T0BETA", BETA_TOKEN, "U0BETABOT", "B0BETABOT")
    app = msgspec.structs.replace(app, installations=(*app.installations, installed))
    return msgspec.structs.replace(usual, workspaces=(*usual.workspaces, beta), apps=(app,))


def connect(company: Company, folder: Path, facts: WorkspaceFacts, bot_token: str) -> IntegrationId:
    """Connect a workspace, or the same anew, as the command line does."""
    with write(company.database) as session:
        return connect_workspace(
            session,
            company.permit(),
            facts,
            bot_token=bot_token,
            signing_secret=SIGNING_SECRET,
            secret_box=SecretBox(load_keys(None, folder)),
            now=company.clock(),
        ).id
