"""An office with Slack: the two organizations of the pages' world, a strict workspace, and cards standing in it."""

import asyncio
import dataclasses
import json
import socket
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import httpx2
import uvicorn
from slack_sdk.signature import SignatureVerifier
from sqlalchemy import select, update
from starlette.applications import Starlette

from slack_simulator.delivery.courier import DeliveryResult
from slack_simulator.running import Simulator
from slack_simulator.workspace import View
from tests.web.world import COOKIE, CSRF, World, build_world
from tocsin.activities.models import Activity
from tocsin.chat.identities import link_identity
from tocsin.chat.models import Integration, OrganizationIntegration
from tocsin.chat.platform import WorkspaceFacts
from tocsin.chat.workspaces import connect_workspace
from tocsin.deliveries.models import Delivery, DeliveryState
from tocsin.http.errors import error_handlers
from tocsin.http.static import static_routes
from tocsin.issues.models import Issue
from tocsin.kernel.db import Database, read, write
from tocsin.kernel.ids import IntegrationId, IssueId
from tocsin.members.sign_in import begin_sign_in
from tocsin.notifications.card_facts import card_facts
from tocsin.notifications.models import ParentNotification
from tocsin.organizations.audit import AuditEntry
from tocsin.organizations.models import Project
from tocsin.organizations.permit import Permit, Scope, Via
from tocsin.rules.edit import add_rule
from tocsin.settings import Settings
from tocsin.slack.client import SlackClient
from tocsin.slack.messages.card import draw_card
from tocsin.slack.messages.keys import card_key
from tocsin.slack.platform import SlackPlatform
from tocsin.slack.routes import slack_routes
from tocsin.slack.tokens import token_reader

SECRET = "example-signing-secret"
BOT_TOKEN = "xoxb-example-bot"
PEOPLE = {"ada": "U0ADA", "olga": "U0GRACE", "ben": "U0LINUS"}
"""Who of the world is who in Slack; Ada is in the team `pay`, Ben is in none, Olga owns everything."""
LINKED = ("ada", "olga")

ACTION = "/extensions/slack/action/"
OPTIONS = "/extensions/slack/options-load/"


@dataclass(frozen=True)
class Card:
    """A card that stands in a channel."""

    issue_id: IssueId
    channel: str
    ts: str
    message_key: str


@dataclass(frozen=True)
class Office:
    """Acme and its workspace T0ACME; `address` is where Tocsin listens."""

    world: World
    slack: Simulator
    client: SlackClient
    address: str
    integration_id: IntegrationId

    @property
    def database(self) -> Database:
        return self.world.database

    def card(self, project: str = "web", *, channel: str = "C0OPS", title: str = "ValueError") -> Card:
        """An error is reported and its card stands in `channel`."""
        with write(self.database) as session:
            row = session.get_one(Project, self.world.projects[project])
            permit = Permit.system("tests", Scope(row.organization_id), Via.CLI)
            add_rule(
                session,
                row,
                permit,
                when=["first_seen"],
                integration_id=self.integration_id,
                channel=channel,
                channel_name=channel,
                now=self.world.clock(),
            )
        exception = {"values": [{"type": title, "value": "what it says"}]}
        issue_id = IssueId(self.world.report(project, {"exception": exception}))
        return self._post(issue_id, channel)

    def press(self, card: Card, action_id: str, *, by: str = "ada", chosen: str | None = None) -> DeliveryResult:
        return self.slack.press(card.channel, card.ts, action_id, user=PEOPLE.get(by, by), chosen=chosen)

    def type_ahead(self, card: Card, typed: str = "", *, by: str = "ada") -> list[str]:
        """What the menu of assignees offers: the options' words."""
        user = PEOPLE.get(by, by)
        result = self.slack.type_ahead("issue.assign", typed, user=user, channel=card.channel, ts=card.ts)
        return [option["text"]["text"] for option in result.options]

    def choose(self, card: Card, words: str, *, by: str = "ada") -> DeliveryResult:
        """Open the menu of assignees and choose what reads `words`."""
        user = PEOPLE.get(by, by)
        offered = self.slack.type_ahead("issue.assign", "", user=user, channel=card.channel, ts=card.ts).options
        value = next(option["value"] for option in offered if option["text"]["text"] == words)
        return self.press(card, "issue.assign", by=by, chosen=value)

    def open_form(self, card: Card, form: str, *, by: str = "ada") -> View:
        """Press what opens the form: the button, or its entry behind the three dots."""
        user = PEOPLE.get(by, by)
        known = {view.id for view in self.slack.views(user)}
        if form == "issue.resolve_in":
            self.press(card, form, by=by)
        else:
            self.press(card, "issue.more", by=by, chosen=form)
        return next(view for view in self.slack.views(user) if view.id not in known)

    def submit(self, view: View, *, by: str = "ada", **values: Any) -> DeliveryResult:
        return self.slack.submit_view(view.id, user=PEOPLE.get(by, by), values=values)

    def undo(self, card: Card, *, by: str = "ada") -> DeliveryResult:
        """Use the last offer to undo that this person sees."""
        user = PEOPLE.get(by, by)
        offers = self.slack.wait_for(
            lambda: [each for each in self.slack.ephemerals(card.channel, user) if each.blocks], timeout=10
        )
        return self.slack.press(card.channel, offers[-1].ts, "issue.undo", user=user)

    def payload(self, card: Card, action_id: str, *, by: str = "ada", **changes: Any) -> dict[str, Any]:
        """What Slack would send for a press, for those tests that send something else."""
        user = PEOPLE.get(by, by)
        usual = {
            "type": "block_actions",
            "team": {"id": "T0ACME", "domain": "acme"},
            "user": {"id": user, "name": by, "team_id": "T0ACME"},
            "channel": {"id": card.channel, "name": "ops"},
            "container": {"type": "message", "message_ts": card.ts, "channel_id": card.channel},
            "api_app_id": "A0APP",
            "actions": [
                {
                    "type": "button",
                    "action_id": action_id,
                    "block_id": "actions:1",
                    "action_ts": "1700000000.000100",
                    "value": card_key(card.message_key),
                }
            ],
            "trigger_id": "1.2.trigger",
        }
        return usual | changes

    def send(self, payload: dict[str, Any], **signing: Any) -> httpx2.Response:
        """Post a gesture as Slack does."""
        return self.post(ACTION, urlencode({"payload": json.dumps(payload)}).encode(), **signing)

    def post(
        self,
        path: str,
        raw: bytes,
        *,
        secret: str = SECRET,
        ahead: float = 0,
        sent: bytes | None = None,
        kind: str = "application/x-www-form-urlencoded",
        headers: dict[str, str] | None = None,
    ) -> httpx2.Response:
        """Post `sent` (or `raw`) with the signature of `raw`, made `ahead` seconds from now."""
        signed = self.signature(raw, secret=secret, ahead=ahead)
        body = raw if sent is None else sent
        return httpx2.post(
            f"{self.address}{path}", content=body, headers={"Content-Type": kind} | signed | (headers or {}), timeout=20
        )

    def signature(self, raw: bytes, *, secret: str = SECRET, ahead: float = 0) -> dict[str, str]:
        timestamp = str(int(self.world.clock().timestamp() + ahead))
        signature = SignatureVerifier(secret).generate_signature(timestamp=timestamp, body=raw)
        return {"X-Slack-Request-Timestamp": timestamp, "X-Slack-Signature": str(signature)}

    def told(self, who: str, card: Card) -> str:
        """The sentence that only this person sees beside the card, as soon as it is there."""
        user = PEOPLE.get(who, who)
        return self.slack.wait_for(lambda: self.slack.ephemerals(card.channel, user), timeout=10)[-1].text

    def issue(self, card: Card) -> Issue:
        with read(self.database) as session:
            return session.get_one(Issue, card.issue_id)

    def parent(self, card: Card) -> ParentNotification:
        with read(self.database) as session:
            wanted = select(ParentNotification).where(ParentNotification.message_key == card.message_key)
            return session.scalars(wanted).one()

    def history(self, card: Card) -> list[tuple[str, str]]:
        """What people did to the issue, and who."""
        with read(self.database) as session:
            done = select(Activity).where(Activity.issue_id == card.issue_id, Activity.user_id.is_not(None))
            return [(each.type, each.actor_label) for each in session.scalars(done.order_by(Activity.id))]

    def activities(self, card: Card) -> list[Activity]:
        with read(self.database) as session:
            return list(session.scalars(select(Activity).where(Activity.issue_id == card.issue_id)))

    def audit(self, event: str) -> list[AuditEntry]:
        with read(self.database) as session:
            return list(session.scalars(select(AuditEntry).where(AuditEntry.event == event).order_by(AuditEntry.id)))

    def deliveries(self, kind: str) -> list[Delivery]:
        with read(self.database) as session:
            return list(session.scalars(select(Delivery).where(Delivery.kind == kind).order_by(Delivery.id)))

    def change(self, run: Callable[[Any], object]) -> None:
        """Do something in the database, as the command line does: what it changes is seen after a second."""
        with write(self.database) as session:
            run(session)
        self.world.clock.now += timedelta(seconds=1)

    def link(self, person: str, slack_user: str, *, organization: str = "acme") -> None:
        permit = Permit.system("tests", Scope(self.world.organizations[organization]), Via.CLI)
        with write(self.database) as session:
            link_identity(
                session,
                permit,
                self.integration_id,
                slack_user,
                self.world.people[person],
                now=self.world.clock(),
            )

    def browser_of(self, person: str) -> "Browser":
        """A browser in which `person` is signed in."""
        with write(self.database) as session:
            new = begin_sign_in(session, self.world.people[person], now=self.world.clock())
        return Browser(self.address, {COOKIE: new.key}, new.csrf_token)

    def share_workspace_with_rival(self) -> None:
        rival = self.world.organizations["rival"]
        with write(self.database) as session:
            session.add(
                OrganizationIntegration(
                    organization_id=rival, integration_id=self.integration_id, created_at=self.world.clock()
                )
            )

    def _post(self, issue_id: IssueId, channel: str) -> Card:
        """What the channel's drain does, without its pace."""
        with read(self.database) as session:
            wanted = select(ParentNotification).where(
                ParentNotification.issue_id == issue_id, ParentNotification.channel == channel
            )
            parent = session.scalars(wanted).one()
            drawn = draw_card(card_facts(session, parent, link_base="https://tocsin.example"))
        posted = asyncio.run(self._post_in_own_loop(channel, drawn.text, drawn.blocks))
        with write(self.database) as session:
            sent = {"state": DeliveryState.SENT, "ts": posted}
            session.execute(update(Delivery).where(Delivery.id == parent.card_delivery_id).values(**sent))
        return Card(issue_id, channel, posted, parent.message_key)

    async def _post_in_own_loop(self, channel: str, text: str, blocks: list[dict[str, Any]]) -> str:
        async with SlackClient(self.slack.url, lambda _id: BOT_TOKEN) as client:
            return (await client.post_message(self.integration_id, channel=channel, text=text, blocks=blocks))["ts"]


@dataclass(frozen=True)
class Browser:
    """A browser with its cookies, which fills in the token of its forms."""

    address: str
    cookies: dict[str, str]
    csrf_token: str

    def get(self, url: str) -> httpx2.Response:
        return httpx2.get(url, headers=self._headers(), timeout=20)

    def post(self, url: str, *, csrf_token: str | None = None, **more: str) -> httpx2.Response:
        fields = {CSRF: self.csrf_token if csrf_token is None else csrf_token, **more}
        return httpx2.post(url, data=fields, headers=self._headers(), timeout=20)

    def _headers(self) -> dict[str, str]:
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return {"Accept": "text/html", "Cookie": cookies}


@contextmanager
def open_office(database: Database, slack: Simulator) -> Iterator[Office]:
    """Acme with its workspace, and Tocsin's Slack edge on loopback until the block ends."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        address = f"http://127.0.0.1:{listening.getsockname()[1]}"
        world = _world(database, slack, address)
        client = SlackClient(slack.url, token_reader(database, world.deps.secrets))
        integration_id = _connect(world)
        office = Office(world, slack, client, address, integration_id)
        for person in LINKED:
            office.link(person, PEOPLE[person])
        slack.set_request_urls(
            actions=f"{address}{ACTION}", events=f"{address}/extensions/slack/event/", options=f"{address}{OPTIONS}"
        )
        with _serving(world, client, listening):
            yield office


def _world(database: Database, slack: Simulator, address: str) -> World:
    world = build_world(database, base_url=address, slack_api=slack.url)
    # Slack signs with the time of the wall.
    world.clock.now = datetime.now(UTC)
    settings = Settings(base_url=address, slack_api_url=slack.url)
    return dataclasses.replace(world, deps=dataclasses.replace(world.deps, settings=settings))


def _connect(world: World) -> IntegrationId:
    with write(world.database) as session:
        integration: Integration = connect_workspace(
            session,
            Permit.system("tests", Scope(world.organizations["acme"]), Via.CLI),
            WorkspaceFacts("T0ACME", "Acme", "https://acme.slack.com/", "A0APP", "B0BOT", "U0BOT", ()),
            bot_token=BOT_TOKEN,
            signing_secret=SECRET,
            secret_box=world.deps.secrets,
            now=world.clock(),
        )
        return integration.id


@contextmanager
def _serving(world: World, client: SlackClient, listening: socket.socket) -> Iterator[None]:
    deps = dataclasses.replace(world.deps, chat=SlackPlatform(client))

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        async with client:
            yield

    app = Starlette(
        routes=[*slack_routes(deps, client), *static_routes()], exception_handlers=error_handlers(), lifespan=lifespan
    )
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, name="tocsin")
    thread.start()
    try:
        yield
    finally:
        server.should_exit = True
        thread.join()
