"""Owns the companies that benches and crash trials serve: projects that alert in channels of simulated workspaces."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

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
from tocsin.chat.models import Integration
from tocsin.chat.platform import WorkspaceFacts
from tocsin.chat.workspaces import connect_workspace
from tocsin.kernel.clock import system_clock
from tocsin.kernel.db import Database, write
from tocsin.kernel.ids import IntegrationId, OrganizationId, ProjectId, UserId
from tocsin.kernel.secrets import SecretBox
from tocsin.members.models import User
from tocsin.members.people import add_member, get_or_create_user
from tocsin.migrations import migrate
from tocsin.organizations.create import create_organization, create_project
from tocsin.organizations.models import Project
from tocsin.organizations.permit import Permit, Role, Scope, Via
from tocsin.organizations.queries import find_project_key
from tocsin.rules.edit import add_rule
from tocsin.settings import Settings


@dataclass(frozen=True, slots=True)
class Installation:
    """A simulated workspace with one person in it, and the app as it is installed there."""

    team: str
    person: UserConfig
    bot_token: str
    bot_user: str
    bot_id: str


SIGNING_SECRET = "bench-signing-secret"
OWNER = UserConfig("U0ADA", "ada", "Ada Lovelace", "ada@example.com", is_admin=True, is_owner=True)
NEIGHBOUR = UserConfig("U0GRACE", "grace", "Grace Hopper", "grace@example.com", is_admin=True, is_owner=True)
COLLEAGUE = UserConfig("U0ALAN", "alan", "Alan Turing", "alan@example.com", is_admin=True, is_owner=True)
BENCH = Installation("T0BENCH", OWNER, "xoxb-bench-bot", "U0BOT", "B0BOT")
NEXT_DOOR = Installation("T0NEXT", NEIGHBOUR, "xoxb-next-door-bot", "U0NEXTBOT", "B0NEXT")
ANNEX = Installation("T0ANNEX", COLLEAGUE, "xoxb-annex-bot", "U0ANNEXBOT", "B0ANNEX")


@dataclass(frozen=True, slots=True)
class FoundedProject:
    """A project, the key by which applications report to it, and the channels in which it alerts."""

    id: ProjectId
    key: str
    channels: tuple[str, ...]
    organization_id: OrganizationId
    person: str
    """The Slack user who presses there."""

    def dsn(self, address: str) -> str:
        """What an SDK is given when the server listens at `address`."""
        return f"{address.replace('://', f'://{self.key}@')}/{self.id}"


@dataclass(frozen=True, slots=True)
class FoundedCompany:
    """A database with the projects of one organization, or of two, and Ada, who owns them and is linked everywhere."""

    database: Database
    ada: UserId
    projects: tuple[FoundedProject, ...]


def simulated_workspace(
    channels: Sequence[str], *, next_door: Sequence[str] = (), annexed: Sequence[str] = ()
) -> SimulatorConfig:
    """A workspace with these channel ids and Tocsin's app.

    With `next_door` there is another one, of another organization; with `annexed` a further one of the same.
    """
    places = ((BENCH, channels), (NEXT_DOOR, next_door), (ANNEX, annexed))
    inhabited = [(where, names) for where, names in places if names]
    app = AppConfig(
        id="A0BENCH",
        name="Tocsin",
        signing_secret=SIGNING_SECRET,
        installations=tuple(
            InstallationConfig(where.team, where.bot_token, where.bot_user, where.bot_id) for where, _ in inhabited
        ),
    )
    return SimulatorConfig(workspaces=tuple(_workspace(where, names) for where, names in inhabited), apps=(app,))


def found_company(
    settings: Settings,
    channels_by_project: Sequence[Sequence[str]],
    *,
    next_door: Sequence[Sequence[str]] = (),
    with_slack: bool = True,
) -> FoundedCompany:
    """Make the database of `settings`: a project for each group of channels, with a rule for each of them.

    `next_door` are the channels of the projects of a second organization, in a workspace of its own. Without Slack no
    workspace is connected: whatever a rule plans waits in its row.
    """
    database = open_database(settings)
    migrate(database)
    now = system_clock()
    secrets = open_secrets(settings)
    with write(database) as session:
        ada = get_or_create_user(session, "ada@example.com", name="Ada", now=now)
        projects = _found(session, "acme", BENCH, channels_by_project, ada, secrets, now, with_slack=with_slack)
        if next_door:
            projects += _found(session, "globex", NEXT_DOOR, next_door, ada, secrets, now, with_slack=with_slack)
        return FoundedCompany(database, ada.id, tuple(projects))


def annex(settings: Settings, company: FoundedCompany, where: Installation, channels: Sequence[str]) -> FoundedProject:
    """Connect a further workspace to the first project's organization; the project alerts in its channels, too."""
    project = company.projects[0]
    now = system_clock()
    with write(company.database) as session:
        permit = Permit.system("a bench", Scope(project.organization_id), Via.CLI)
        integration_id = _connect(session, permit, where, open_secrets(settings), now)
        _alert_in(session, session.get_one(Project, project.id), permit, integration_id, channels, now)
    return replace(project, channels=(*project.channels, *channels))


def _found(
    session: Session,
    slug: str,
    where: Installation,
    channels_by_project: Sequence[Sequence[str]],
    ada: User,
    secrets: SecretBox,
    now: datetime,
    *,
    with_slack: bool,
) -> list[FoundedProject]:
    """An organization that Ada owns, its workspace, and its projects."""
    organization = create_organization(session, slug, reason="a bench", via=Via.CLI, now=now)
    permit = Permit.system("a bench", Scope(organization.id), Via.CLI)
    add_member(session, permit, ada, role=Role.OWNER, now=now)
    integration = session.get_one(Integration, _connect(session, permit, where, secrets, now))
    integration.is_active = with_slack
    link_identity(session, permit, integration.id, where.person.id, ada.id, now=now)
    return [
        _found_project(session, f"project-{number}", channels, permit, integration.id, where.person.id, now)
        for number, channels in enumerate(channels_by_project)
    ]


def _connect(session: Session, permit: Permit, where: Installation, secrets: SecretBox, now: datetime) -> IntegrationId:
    name = where.team.removeprefix("T0").title()
    facts = WorkspaceFacts(
        where.team, name, f"https://{name.lower()}.slack.com/", "A0BENCH", where.bot_id, where.bot_user, ()
    )
    return connect_workspace(
        session,
        permit,
        facts,
        bot_token=where.bot_token,
        signing_secret=SIGNING_SECRET,
        secret_box=secrets,
        now=now,
    ).id


def _found_project(
    session: Session,
    slug: str,
    channels: Sequence[str],
    permit: Permit,
    integration_id: IntegrationId,
    person: str,
    now: datetime,
) -> FoundedProject:
    project = create_project(session, permit, slug, now=now)
    project.new_issues_per_minute = None  # figures are taken with more new issues than a person would read
    _alert_in(session, project, permit, integration_id, channels, now)
    key = find_project_key(session, project.id)
    assert key is not None
    return FoundedProject(project.id, key, tuple(channels), project.organization_id, person)


def _alert_in(
    session: Session,
    project: Project,
    permit: Permit,
    integration_id: IntegrationId,
    channels: Sequence[str],
    now: datetime,
) -> None:
    for channel in channels:
        add_rule(
            session,
            project,
            permit,
            when=("first_seen", "regressed"),
            integration_id=integration_id,
            channel=channel,
            channel_name=channel.lower(),
            now=now,
        )


def _workspace(where: Installation, channels: Sequence[str]) -> WorkspaceConfig:
    return WorkspaceConfig(
        id=where.team,
        name=where.team.removeprefix("T0").title(),
        domain=where.team.removeprefix("T0").lower(),
        users=(where.person,),
        channels=tuple(
            ChannelConfig(name, name.lower(), members=(where.person.id, where.bot_user)) for name in channels
        ),
    )
