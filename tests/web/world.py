"""Owns the little world of the page tests: two organizations, their people and projects, and events with source."""

import json
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from uuid import uuid4

from cryptography.fernet import Fernet
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session
from starlette.applications import Starlette
from starlette.testclient import TestClient

from tocsin.chat.links import LinkPurpose, build_linking_url, build_undo_url
from tocsin.chat.models import Integration
from tocsin.chat.platform import WorkspaceFacts
from tocsin.chat.workspaces import connect_workspace
from tocsin.events.models import StoredEvent
from tocsin.http.deps import Deps
from tocsin.http.errors import error_handlers
from tocsin.http.static import static_routes
from tocsin.intake.batch import store_batch
from tocsin.intake.names import NameCache
from tocsin.intake.prepare import prepare_event
from tocsin.issues.models import Issue
from tocsin.kernel.db import Database, read, write
from tocsin.kernel.ids import IntegrationId, OrganizationId, ProjectId, TeamId, UserId
from tocsin.kernel.secrets import SecretBox
from tocsin.members.models import Member
from tocsin.members.passwords import hash_password
from tocsin.members.people import add_member, get_or_create_user
from tocsin.members.sign_in import begin_sign_in
from tocsin.organizations.access import give_project_to_team
from tocsin.organizations.audit import AuditEvent, create_audit_entry
from tocsin.organizations.create import create_organization, create_project, create_team
from tocsin.organizations.models import Project, Release
from tocsin.organizations.permit import Permit, Role, Scope, Via
from tocsin.organizations.queries import find_team
from tocsin.rules.edit import add_rule
from tocsin.settings import Settings
from tocsin.slack.client import SlackClient
from tocsin.slack.linking import linking_routes
from tocsin.slack.platform import SlackPlatform
from tocsin.slack.tokens import token_reader
from tocsin.web.routes import web_routes

NOON = datetime(2026, 3, 14, 12, 0, tzinfo=UTC)
NOWHERE = "http://127.0.0.1:9/api/"
"""The discard port: a page that asks Slack although it need not is told that Slack cannot be reached."""

PASSWORD = "a bell in the tower"
"""Ada's; the others come in by `World.browser_of`."""

COOKIE = "tocsin-sign-in"
CSRF = "csrf_token"


class ClockOfTests:
    """A clock that stands still until it is set."""

    def __init__(self, now: datetime = NOON) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


@dataclass(frozen=True)
class World:
    """Acme with Olga (owner), Mona (manager), Adam (admin) and Ada (member, in team pay); and Rival with Ruth."""

    deps: Deps
    slack: SlackClient
    clock: ClockOfTests
    organizations: Mapping[str, OrganizationId]
    projects: Mapping[str, ProjectId]
    people: Mapping[str, UserId]

    @property
    def database(self) -> Database:
        return self.deps.database

    def app(self) -> Starlette:
        return Starlette(
            routes=[*static_routes(), *linking_routes(self.deps), *web_routes(self.deps)],
            exception_handlers=error_handlers(),
            lifespan=self._lifespan,
        )

    @asynccontextmanager
    async def _lifespan(self, _app: Starlette) -> AsyncIterator[None]:
        async with self.slack:
            yield

    def stranger(self) -> TestClient:
        """A browser in which nobody is signed in."""
        return TestClient(
            self.app(), raise_server_exceptions=False, follow_redirects=False, headers={"Accept": "text/html"}
        )

    @contextmanager
    def browser_with_slack(self, person: str) -> Iterator["SignedInBrowser"]:
        """A browser of `person` on an application that can ask Slack, for the length of the block."""
        browser = self.browser_of(person)
        with browser.client:
            yield browser

    def browser_of(self, person: str) -> "SignedInBrowser":
        """A browser in which `person` is signed in."""
        with write(self.database) as session:
            new = begin_sign_in(session, self.people[person], now=self.clock())
        client = self.stranger()
        client.cookies.set(COOKIE, new.key)
        return SignedInBrowser(client, new.csrf_token)

    def report(self, project: str, event: Mapping[str, Any], *, times: int = 1, ago: timedelta = timedelta()) -> int:
        """Store an event as ingest does, `times` in one batch; gives the id of its issue."""
        now = self.clock() - ago
        prepared = [
            prepare_event(
                json.dumps({"event_id": uuid4().hex, "timestamp": now.timestamp(), **event}).encode(),
                project_id=self.projects[project],
                envelope_event_id=None,
                now=now,
            )
            for _ in range(times)
        ]
        with write(self.database) as session:
            store_batch(session, prepared, NameCache(), now=now)
            stored = select(StoredEvent.issue_id).where(StoredEvent.event_id == prepared[-1].event_id)
            return session.scalars(stored).one()

    def add_rule(self, project: str, *, integration_id: int = 1, channel: str = "C0OPS", name: str = "ops") -> int:
        """A rule of the project for new and returning issues; gives its id."""
        with write(self.database) as session:
            row = session.get_one(Project, self.projects[project])
            rule = add_rule(
                session,
                row,
                Permit.system("tests", Scope(row.organization_id), Via.CLI),
                when=["first_seen", "regressed"],
                integration_id=IntegrationId(integration_id),
                channel=channel,
                channel_name=name,
                now=self.clock(),
            )
            return rule.id

    def nonce(self, purpose: LinkPurpose) -> str:
        """What a fresh link for U0ADA in Acme's workspace ends with; the workspace is connected if there is none."""
        build = build_undo_url if purpose is LinkPurpose.UNDO else build_linking_url
        with write(self.database) as session:
            integration_id = session.scalars(select(Integration.id)).first() or self._connect(session)
            url = build(session, integration_id, "U0ADA", display_name="ada", base_url="", now=self.clock())
        return url.rpartition("/")[2]

    def _connect(self, session: Session) -> IntegrationId:
        return connect_workspace(
            session,
            Permit.system("tests", Scope(self.organizations["acme"]), Via.CLI),
            WorkspaceFacts("T0ACME", "Acme", "https://acme.slack.com/", "A0APP", "B0BOT", "U0BOT", ()),
            bot_token="xoxb-example-bot",
            signing_secret="example-signing-secret",
            secret_box=self.deps.secrets,
            now=self.clock(),
        ).id

    @property
    def team_id(self) -> TeamId:
        """Acme's team pay."""
        with read(self.database) as session:
            team = find_team(session, self.organizations["acme"], "pay")
        assert team is not None
        return team.id

    def retire_events(self, issue_id: int) -> None:
        """Delete the events of the issue, as retention does."""
        with write(self.database) as session:
            session.execute(delete(StoredEvent).where(StoredEvent.issue_id == issue_id))

    def unapprove(self, person: str) -> None:
        """Take back the approval of somebody's membership."""
        with write(self.database) as session:
            session.execute(update(Member).where(Member.user_id == self.people[person]).values(is_active=False))

    def issue(self, issue_id: int) -> Issue:
        with read(self.database) as session:
            return session.scalars(select(Issue).where(Issue.id == issue_id)).one()

    def release_id(self, project: str) -> int:
        """The release of the project that was heard of first."""
        with read(self.database) as session:
            of_project = select(Release.id).where(Release.project_id == self.projects[project])
            return session.scalars(of_project.order_by(Release.id)).first() or 0

    def event_ids(self, issue_id: int) -> list[str]:
        """The ids of the issue's events, oldest first."""
        with read(self.database) as session:
            ids = session.scalars(
                select(StoredEvent.event_id).where(StoredEvent.issue_id == issue_id).order_by(StoredEvent.id)
            )
            return [each.hex() for each in ids]


@dataclass(frozen=True)
class SignedInBrowser:
    """A client with a session, which fills in the token of its forms."""

    client: TestClient
    csrf_token: str

    def get(self, path: str, **more: Any) -> Any:
        return self.client.get(path, **more)

    def post(self, path: str, fields: Mapping[str, Any] | None = None, **more: Any) -> Any:
        return self.client.post(path, data={CSRF: self.csrf_token, **(fields or {})}, **more)


def build_world(database: Database, *, base_url: str = "http://testserver", slack_api: str = NOWHERE) -> World:
    """Make the world in an empty database; `slack_api` is where Slack is asked, nowhere unless a test runs one."""
    clock = ClockOfTests()
    secrets = SecretBox([Fernet.generate_key().decode()])
    slack = SlackClient(slack_api, token_reader(database, secrets))
    deps = Deps(
        database=database,
        settings=Settings(base_url=base_url),
        secrets=secrets,
        clock=clock,
        chat=SlackPlatform(slack),
    )
    organizations: dict[str, OrganizationId] = {}
    projects: dict[str, ProjectId] = {}
    people: dict[str, UserId] = {}
    with write(database) as session:
        for slug, name in (("acme", "Acme"), ("rival", "Rival")):
            organization = create_organization(session, slug, name=name, reason="tests", via=Via.CLI, now=NOON)
            organizations[slug] = organization.id
        acme, rival = (Permit.system("tests", Scope(each), Via.CLI) for each in organizations.values())
        create_team(session, acme, "pay", now=NOON)
        for permit, slug, is_open in ((acme, "web", True), (acme, "pay", False), (rival, "spy", True)):
            projects[slug] = create_project(session, permit, slug, is_open=is_open, now=NOON).id
        pay = find_team(session, organizations["acme"], "pay")
        assert pay is not None
        give_project_to_team(session, acme, session.get_one(Project, projects["pay"]), pay, now=NOON)
        for permit, name, role, teams in (
            (acme, "Olga", Role.OWNER, ()),
            (acme, "Mona", Role.MANAGER, ()),
            (acme, "Adam", Role.ADMIN, ()),
            (acme, "Ada", Role.MEMBER, (pay,)),
            (acme, "Ben", Role.MEMBER, ()),
            (rival, "Ruth", Role.OWNER, ()),
        ):
            user = get_or_create_user(session, f"{name.lower()}@example.com", name=name, now=NOON)
            if name == "Ada":  # nobody else signs in with a password
                user.password_hash = _hash_of_password()
                create_audit_entry(session, permit, AuditEvent.PASSWORD_SET, target=f"user:{user.id}", now=NOON)
            add_member(session, permit, user, role=role, teams=teams, now=NOON)
            people[name.lower()] = user.id
    return World(deps, slack, clock, organizations, projects, people)


@cache
def _hash_of_password() -> str:
    """What is stored of PASSWORD, worked out once per process: it takes as long as all the rest of the world."""
    return hash_password(PASSWORD)
