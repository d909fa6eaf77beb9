"""Owns a shop on another origin, whose page has the real SDK for browsers, and the server that it reports to."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from playwright.sync_api import Page
from sqlalchemy import select, update
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import FileResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tests.web.serving import served
from tests.web.world import World
from tocsin.events.models import StoredEvent
from tocsin.ingest.batcher import Batcher
from tocsin.ingest.keys import KeyRing
from tocsin.ingest.routes import Ingest
from tocsin.ingest.storage_health import StorageHealth
from tocsin.ingest.tally import Tally
from tocsin.issues.models import Issue
from tocsin.kernel.db import read, write
from tocsin.organizations.models import Project, ProjectKey

STOREFRONT = Path(__file__).with_name("storefront")
PATIENCE = 20.0
SDK = Path(__file__).parents[2] / "support" / "browser_sdk"


@dataclass(frozen=True)
class Asked:
    """A request of a browser, noted when it was answered; the body is what was read of it."""

    method: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    body: bytes
    status: int

    def has(self, item: str) -> bool:
        """Whether an item of this type was in it, unless it was compressed."""
        return f'{{"type":"{item}"'.encode() in self.body


class Notebook:
    """Requests in the order in which they were answered."""

    def __init__(self) -> None:
        self._asked: list[Asked] = []
        self._changed = threading.Condition()

    def __iter__(self) -> Iterator[Asked]:
        return iter(self._asked)

    def note(self, asked: Asked) -> None:
        with self._changed:
            self._asked.append(asked)
            self._changed.notify_all()

    def wait_for(self, item: str) -> None:
        """Wait for a request with an item of this type; a page that is left sends one behind everybody's back."""
        with self._changed:
            assert self._changed.wait_for(lambda: any(each.has(item) for each in self._asked), timeout=PATIENCE)


class Noting:
    """A server that notes what it is asked."""

    def __init__(self, app: ASGIApp, notebook: Notebook) -> None:
        self._app = app
        self._notebook = notebook

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        body: list[bytes] = []

        async def hear() -> Message:
            message = await receive()
            body.append(message.get("body", b""))
            return message

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = {name.decode(): said.decode() for name, said in scope["headers"]}
                query = parse_qs(scope["query_string"].decode())
                self._notebook.note(Asked(scope["method"], query, headers, b"".join(body), message["status"]))
            await send(message)

        await self._app(scope, hear, answer)


@dataclass
class Reports:
    """What pages reported to Acme's project web."""

    world: World
    tally: Tally
    dsn: str
    asked: Notebook

    @property
    def events_asked(self) -> list[Asked]:
        """The requests that brought events; one that was refused at the door was not read."""
        return [each for each in self.asked if each.has("event") or each.status == 429]

    def limit(self, *, events_per_minute: int) -> None:
        """Bound the project, before anything is sent to it."""
        with write(self.world.database) as session:
            session.execute(update(Project).where(Project.slug == "web").values(events_per_minute=events_per_minute))

    def event_ids(self) -> list[str]:
        with read(self.world.database) as session:
            ids = session.scalars(select(StoredEvent.event_id).order_by(StoredEvent.id))
            return [event_id.hex() for event_id in ids]

    def issues(self) -> list[tuple[str, str, str, int]]:
        """What each issue is called and says, where it is, and how many events it has."""
        with read(self.world.database) as session:
            rows = session.execute(
                select(Issue.title, Issue.value, Issue.culprit, Issue.event_count).order_by(Issue.id)
            )
            return [(title, value, culprit, events) for title, value, culprit, events in rows]


@contextmanager
def reporting(world: World) -> Iterator[Reports]:
    """Take in what pages report, over the database and with the clock of `world`."""
    health, asked = StorageHealth(), Notebook()
    batcher, tally = Batcher(world.database, world.clock, health), Tally(world.database, world.clock, health)
    batcher.start()
    routes = Ingest(batcher, KeyRing(world.database, world.clock, health), tally, world.clock).routes()
    app = Starlette(routes=routes, middleware=[Middleware(Noting, notebook=asked)])
    project_id = world.projects["web"]
    with read(world.database) as session:
        key = session.scalars(select(ProjectKey.public_key).where(ProjectKey.project_id == project_id)).one()
    with served(lambda _: app) as address:
        yield Reports(world, tally, f"{address.replace('//', f'//{key}@')}/{project_id}", asked)
    batcher.stop()


@dataclass
class Shop:
    """The shop's page in a browser."""

    page: Page
    address: str
    dsn: str
    pressed: int = field(default=0)

    def open(self, **settings: Any) -> None:
        """Load it, with what its SDK is to be told besides where to report."""
        self.page.add_init_script(f"window.shop = {json.dumps({'dsn': self.dsn, **settings})}")
        self.page.goto(f"{self.address}/orders/17?tab=lines")

    def press(self, button: str, *, order: int) -> None:
        """Let something happen to an order, and wait until the SDK is done with it."""
        self.pressed += 1
        self.page.get_by_label("Order").fill(str(order))
        self.page.get_by_role("button", name=button, exact=True).click()
        self.page.wait_for_function("pressed => shop.answers.length === pressed", arg=self.pressed)

    @property
    def answers(self) -> list[list[Any]]:
        """What the SDK saw: the id of each event and the status of the answer, None where it sent nothing."""
        return self.page.evaluate("shop.answers")


@contextmanager
def storefront() -> Iterator[str]:
    """Serve the shop, and give its address."""
    page = Route("/orders/{number:int}", lambda _: FileResponse(STOREFRONT / "index.html"))
    files = [Mount("/sdk", StaticFiles(directory=SDK)), Mount("/", StaticFiles(directory=STOREFRONT))]
    with served(lambda _: Starlette(routes=[page, *files])) as address:
        yield address
