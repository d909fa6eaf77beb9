"""Owns the company that benches and crash tests serve: projects that alert in channels of one simulated workspace."""

from collections.abc import Sequence
from dataclasses import dataclass

from slack_simulator.config import (
    AppConfig,
    ChannelConfig,
    InstallationConfig,
    SimulatorConfig,
    UserConfig,
    WorkspaceConfig,
)
from tocsin.bootstrap import open_database, open_secrets
from tocsin.chat.identities import link_identity
from tocsin.chat.platform import WorkspaceFacts
from tocsin.chat.workspaces import connect_workspace
from tocsin.kernel.clock import system_clock
from tocsin.kernel.db import Database, write
from tocsin.kernel.ids import OrganizationId, ProjectId, UserId
from tocsin.members.people import add_member, get_or_create_user
from tocsin.migrations import migrate
from tocsin.organizations.create import create_organization, create_project
from tocsin.organizations.permit import Permit, Role, Scope, Via
from tocsin.organizations.queries import find_project_key
from tocsin.rules.edit import add_rule
from tocsin.settings import Settings

BOT_TOKEN = "xoxb-bench-bot"
SIGNING_SECRET = "bench-signing-secret"
OWNER = UserConfig("U0ADA", "ada", "Ada Lovelace", "ada@example.com", is_admin=True, is_owner=True)
BOT_USER = "U0BOT"


@dataclass(frozen=True, slots=True)
class FoundedProject:
    """A project, the key by which applications report to it, and the channels in which it alerts."""

    id: ProjectId
    key: str
    channels: tuple[str, ...]

    def dsn(self, address: str) -> str:
        """What an SDK is given when the server listens at `address`."""
        return f"{address.replace('://', f'://{self.key}@')}/{self.id}"


@dataclass(frozen=True, slots=True)
class FoundedCompany:
    """An organization with one owner, Ada, who is linked to her Slack user."""

    database: Database
    organization_id: OrganizationId
    ada: UserId
    projects: tuple[FoundedProject, ...]


def simulated_workspace(channels: Sequence[str]) -> SimulatorConfig:
    """A workspace with these channel ids, Ada in it, and Tocsin's app."""
    workspace = WorkspaceConfig(
        id="T0BENCH",
        name="Bench",
        domain="bench",
        users=(OWNER,),
        channels=tuple(ChannelConfig(name, name.lower(), members=(OWNER.id, BOT_USER)) for name in channels),
    )
    app = AppConfig(
        id="A0BENCH",
        name="Tocsin",
        signing_secret=SIGNING_SECRET,
        installations=(InstallationConfig("T0BENCH", BOT_TOKEN, BOT_USER, "B0BOT"),),
    )
    return SimulatorConfig(workspaces=(workspace,), apps=(app,))


def found_company(
    settings: Settings, channels_by_project: Sequence[Sequence[str]], *, with_slack: bool = True
) -> FoundedCompany:
    """Make the database of `settings`: a project for each group of channels, with a rule for each of them.

    Without Slack no workspace is connected: whatever a rule plans waits in its row.
    """
    database = open_database(settings)
    migrate(database)
    now = system_clock()
    with write(database) as session:
        organization = create_organization(session, "acme", reason="a bench", via=Via.CLI, now=now)
        permit = Permit.system("a bench", Scope(organization.id), Via.CLI)
        ada = get_or_create_user(session, "ada@example.com", name="Ada", now=now)
        add_member(session, permit, ada, role=Role.OWNER, now=now)
        integration = connect_workspace(
            session,
            permit,
            WorkspaceFacts("T0BENCH", "Bench", "https://bench.slack.com/", "A0BENCH", "B0BOT", BOT_USER, ()),
            bot_token=BOT_TOKEN,
            signing_secret=SIGNING_SECRET,
            secret_box=open_secrets(settings),
            now=now,
        )
        integration.is_active = with_slack
        link_identity(session, permit, integration.id, OWNER.id, ada.id, now=now)
        projects = []
        for number, channels in enumerate(channels_by_project):
            project = create_project(session, permit, f"project-{number}", now=now)
            for channel in channels:
                add_rule(
                    session,
                    project,
                    permit,
                    when=("first_seen", "regressed"),
                    integration_id=integration.id,
                    channel=channel,
                    channel_name=channel.lower(),
                    now=now,
                )
            key = find_project_key(session, project.id)
            assert key is not None
            projects.append(FoundedProject(project.id, key, tuple(channels)))
        return FoundedCompany(database, organization.id, ada.id, tuple(projects))
