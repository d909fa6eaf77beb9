"""Owns the simulated company: its Slack workspace, its people and the app that Tocsin is there."""

from slack_simulator.config import (
    AppConfig,
    ChannelConfig,
    CommandConfig,
    InstallationConfig,
    MetadataSubscription,
    SimulatorConfig,
    UserConfig,
    WorkspaceConfig,
)

BOT_TOKEN = "xoxb-demo-tocsin"
SIGNING_SECRET = "demo-signing-secret"
ALERTS = "C0ALERTS"

ADA = UserConfig("U0ADA", "ada", "Ada Lovelace", "ada@steep.example", is_admin=True, is_owner=True)
GRACE = UserConfig("U0GRACE", "grace", "Grace Hopper", "grace@steep.example")
LINUS = UserConfig("U0LINUS", "linus", "Linus Pauling", "linus@steep.example")
GUS = UserConfig("U0GUEST", "gus", "Gus Guest", "gus@contractor.example", is_restricted=True)
PEOPLE = (ADA, GRACE, LINUS, GUS)


def simulated_slack(tocsin_url: str) -> SimulatorConfig:
    """Describe the workspace, with Tocsin's app pointing at `tocsin_url`."""
    everybody = (*(person.id for person in PEOPLE), "U0TOCSIN")
    workspace = WorkspaceConfig(
        id="T0STEEP",
        name="Steep & Sons",
        domain="steep",
        users=PEOPLE,
        channels=(
            ChannelConfig(ALERTS, "shop-alerts", members=everybody),
            ChannelConfig("C0GENERAL", "general", members=everybody),
            ChannelConfig("C0TEAROOM", "tea-room", members=tuple(person.id for person in PEOPLE)),
        ),
    )
    slack = f"{tocsin_url}/extensions/slack"
    app = AppConfig(
        id="A0TOCSIN",
        name="Tocsin",
        signing_secret=SIGNING_SECRET,
        actions_url=f"{slack}/action/",
        options_url=f"{slack}/options-load/",
        events_url=f"{slack}/event/",
        commands_url=f"{slack}/commands/",
        metadata_subscriptions=(MetadataSubscription("*", "tocsin_delivery"),),
        commands=(CommandConfig("/tocsin", "Issues, links and help", "[help]"),),
        installations=(InstallationConfig("T0STEEP", BOT_TOKEN, "U0TOCSIN", "B0TOCSIN"),),
    )
    return SimulatorConfig(workspaces=(workspace,), apps=(app,))
