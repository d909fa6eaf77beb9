"""A company that runs Tocsin: a real server on loopback, a strict Slack beside it, and people who act."""

import asyncio
import json
import socket
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import uvicorn
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from slack_simulator.running import Simulator
from tocsin.activities.models import Activity
from tocsin.bootstrap import Process
from tocsin.chat.platform import WorkspaceFacts
from tocsin.chat.workspaces import connect_workspace
from tocsin.deliveries.models import Delivery
from tocsin.issues.act import IssueAction, act
from tocsin.issues.models import Issue
from tocsin.kernel.clock import system_clock
from tocsin.kernel.db import Database, read, write
from tocsin.kernel.ids import IntegrationId, OrganizationId, ProjectId, UserId
from tocsin.members.models import Member, User
from tocsin.organizations.models import Organization, Project, ProjectKey
from tocsin.organizations.permit import Permit, Role, Scope, Source, Via
from tocsin.rules.edit import add_rule
from tocsin.settings import Settings

PUBLIC_KEY = "c0ffee00" * 4
BOT_TOKEN = "xoxb-example-bot"
SIGNING_SECRET = "example-signing-secret"
LOOK_AGAIN_SECONDS = 0.5


class MovableClock:
    """The machine's time, until it is moved forward."""

    def __init__(self) -> None:
        self._ahead = timedelta()

    def __call__(self) -> datetime:
        return system_clock() + self._ahead

    def advance(self, seconds: float) -> None:
        self._ahead += timedelta(seconds=seconds)


@dataclass
class Company:
    """An organization `acme` with the project `web`, whose issues are announced in channels of one Slack workspace."""

    database: Database
    slack: Simulator
    address: str
    organization_id: OrganizationId
    project_id: ProjectId
    integration_id: IntegrationId
    ada: UserId
    committed: threading.Condition
    clock: MovableClock

    def passes(self, **time: float) -> None:
        """Let time pass (`hours=1`), here and in Slack."""
        seconds = timedelta(**time).total_seconds()
        self.slack.clock(advance=seconds)
        self.clock.advance(seconds)

    def alerts_go_to(self, *channels: str, when: tuple[str, ...] = ("first_seen", "regressed")) -> None:
        with write(self.database) as session:
            for channel in channels:
                add_rule(
                    session,
                    session.get_one(Project, self.project_id),
                    self.permit(),
                    when=when,
                    integration_id=self.integration_id,
                    channel=f"C0{channel.upper()}",
                    channel_name=channel,
                    now=self.clock(),
                )

    def permit(self) -> Permit:
        return Permit.system("a test", Scope(self.organization_id), Via.CLI)

    def report(self, name: str = "ValueError", *, event_id: str | None = None, **fields: Any) -> str:
        """Report an exception of type `name` as an SDK would; gives the id that the server answered with."""
        event = {
            "event_id": event_id or uuid4().hex,
            "platform": "python",
            "level": "error",
            "exception": {"values": [{"type": name, "value": f"{name} happened"}]},
            **fields,
        }
        header = json.dumps({"event_id": event["event_id"]})
        envelope = f'{header}\n{{"type":"event"}}\n{json.dumps(event)}\n'.encode()
        with urllib.request.urlopen(self.envelope_request(envelope), timeout=20) as answer:
            return json.load(answer)["id"]

    def envelope_request(self, body: bytes, **headers: str) -> urllib.request.Request:
        auth = {"X-Sentry-Auth": f"Sentry sentry_version=7, sentry_key={PUBLIC_KEY}"}
        return urllib.request.Request(
            f"{self.address}/api/{self.project_id}/envelope/", data=body, headers=auth | headers, method="POST"
        )

    def card(self, channel: str, title: str = "ValueError") -> Any:
        """The message of the card with `title`, as soon as it stands in the channel."""
        return self.slack.wait_for(lambda: self.find_card(channel, title), timeout=15)

    def find_card(self, channel: str, title: str) -> Any:
        return next((message for message in self.slack.messages(channel) if title in message.text), None)

    def replies(self, channel: str, ts: str) -> list[str]:
        return [message.text for message in self.slack.replies(channel, ts)]

    def wait_for_replies(self, channel: str, ts: str, count: int) -> list[str]:
        self.slack.wait_for(lambda: len(self.replies(channel, ts)) >= count, timeout=20)
        return self.replies(channel, ts)

    def does(self, action: str, title: str = "ValueError") -> None:
        """Ada does `action` on the web page."""
        self.acts(IssueAction(action), title)

    def acts(self, action: IssueAction, title: str = "ValueError") -> None:
        """Ada does what `action` says, with all that it needs, on the web page."""
        with write(self.database) as session:
            issue_id = session.scalars(select(Issue.id).where(Issue.title == title)).one()
            act(
                session,
                user_id=self.ada,
                source=Source(Via.PAGE),
                issue_id=issue_id,
                action=action,
                now=self.clock(),
            )

    def issues(self) -> list[Issue]:
        with read(self.database) as session:
            return list(session.scalars(select(Issue).order_by(Issue.id)))

    def deliveries(self) -> list[Delivery]:
        with read(self.database) as session:
            return list(session.scalars(select(Delivery).order_by(Delivery.id)))

    def states(self) -> list[str]:
        return [str(delivery.state) for delivery in self.deliveries()]

    def is_quiet(self) -> bool:
        """Whether everything that happened was announced, and nothing waits to be said."""
        with read(self.database) as session:
            unannounced = session.scalars(select(Activity.id).where(Activity.announced_at.is_(None))).first()
        return unannounced is None and not {"pending", "sending", "uncertain"} & set(self.states())

    def wait_until(self, is_true: Callable[[], object], timeout: float = 20) -> Any:
        """Wait for something that a commit of Tocsin's, or a change in Slack, brings about."""
        deadline = time.monotonic() + timeout
        with self.committed:
            while not (answer := is_true()):
                assert time.monotonic() < deadline, f"not within {timeout} s; deliveries are {self.states()}"
                self.committed.wait(LOOK_AGAIN_SECONDS)
        return answer


@contextmanager
def running_company(database: Database, slack: Simulator, folder: Path, **settings: Any) -> Iterator[Company]:
    """Set the company up in `database` and serve it until the block ends."""
    chosen = Settings(
        data_dir=folder,
        database_url=database.url.render_as_string(hide_password=False),
        slack_api_url=slack.url,
        **settings,
    )
    clock = MovableClock()
    process = Process(chosen, database, clock=clock)
    company = _found(process, slack, clock)
    with _served(process) as address:
        company.address = address
        slack.set_request_urls(f"{address}/extensions/slack/action/")
        yield company


def _found(process: Process, slack: Simulator, clock: MovableClock) -> Company:
    now = clock()
    with write(process.database) as session:
        organization = Organization(slug="acme", name="Acme", created_at=now)
        session.add(organization)
        session.flush()
        project = Project(organization_id=organization.id, slug="web", name="Web", created_at=now)
        ada = User(email="ada@example.com", name="Ada", created_at=now)
        session.add_all([project, ada])
        session.flush()
        session.add_all(
            [
                ProjectKey(project_id=project.id, public_key=PUBLIC_KEY, created_at=now),
                Member(organization_id=organization.id, user_id=ada.id, role=Role.OWNER, created_at=now),
            ]
        )
        integration = connect_workspace(
            session,
            Permit.system("a test", Scope(organization.id), Via.CLI),
            WorkspaceFacts("T0ACME", "Acme", "https://acme.slack.com/", "A0APP", "B0BOT", "U0BOT", ()),
            bot_token=BOT_TOKEN,
            signing_secret=SIGNING_SECRET,
            secret_box=process.secrets,
            now=now,
        )
        ids = (organization.id, project.id, integration.id, ada.id)
        return Company(process.database, slack, "", *ids, _on_commit(), clock)


def _on_commit() -> threading.Condition:
    """A condition that is notified after every COMMIT in this process."""
    committed = threading.Condition()

    @event.listens_for(Session, "after_commit")
    def notify(_session: Session) -> None:
        with committed:
            committed.notify_all()

    return committed


class _Server(uvicorn.Server):
    """A server that says when it listens, or that it never will."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.settled = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        try:
            await super().startup(sockets)
        finally:
            self.settled.set()


@contextmanager
def _served(process: Process) -> Iterator[str]:
    listening = socket.create_server(("127.0.0.1", 0))
    server = _Server(uvicorn.Config(process.front(), log_config=None, access_log=False))
    thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[listening])), name="tocsin")
    thread.start()
    server.settled.wait()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        listening.close()
