"""The composition root: the only file that knows everyone. It puts a process together and takes it apart."""

import asyncio
import gc
import os
import socket
import sys
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial

import structlog
import uvicorn
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy.exc import SQLAlchemyError
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from tocsin import engine as engines
from tocsin.chat.platform import ChatPlatform
from tocsin.data_lock import lock_data_directory
from tocsin.deliveries import recovery
from tocsin.deliveries.lease import Held
from tocsin.deliveries.mail import MAIL
from tocsin.deliveries.metrics import EXPIRED, forget_waiting, measure_waiting
from tocsin.deliveries.outcome import Times
from tocsin.engine.carriers import LoopCarrier, ThreadCarrier
from tocsin.engine.dispatch import Dispatcher
from tocsin.engine.giving_back import GivingBack
from tocsin.housekeeping import RETIRE_EVERY, THIN_EVERY, Housekeeping
from tocsin.http.deps import Deps
from tocsin.http.errors import error_handlers
from tocsin.http.static import static_routes
from tocsin.http.whole_messages import WholeMessages
from tocsin.ingest.batcher import Batcher
from tocsin.ingest.front import IngestFirst
from tocsin.ingest.keys import KeyRing
from tocsin.ingest.routes import Ingest
from tocsin.ingest.storage_health import StorageHealth
from tocsin.ingest.tally import SAVE_EVERY, Tally
from tocsin.issues.aging import resolve_the_aged
from tocsin.issues.bulk import BULK, finish_all
from tocsin.issues.expiry import reopen_the_expired
from tocsin.issues.ownership import unassign_orphans
from tocsin.issues.retention import Limits
from tocsin.kernel.ballast import KEPT_EVERY, Ballast, ballast_file
from tocsin.kernel.checkpoints import CHECKPOINT_EVERY, Checkpointer
from tocsin.kernel.clock import Clock, system_clock
from tocsin.kernel.crash_points import arm
from tocsin.kernel.db import Database, read, write
from tocsin.kernel.errors import InvalidInputError, TocsinError
from tocsin.kernel.inspection import INSPECTED_EVERY, Inspector, free_inside
from tocsin.kernel.logs import configure_logs
from tocsin.kernel.metrics import REGISTRY
from tocsin.kernel.secrets import SecretBox, load_keys
from tocsin.kernel.storage_faults import StorageFault, storage_fault_of
from tocsin.mail.drain import Post, drain_mail
from tocsin.mail.server import mail_server
from tocsin.migrations import migrate, require_current_schema
from tocsin.notifications.removing import remove_deleted
from tocsin.organizations.audit_sealing import SEAL_EVERY, seal_audit_log
from tocsin.settings import Settings
from tocsin.slack.client import SlackClient
from tocsin.slack.drain import Drains, drain
from tocsin.slack.first_connection import connect_from_environment
from tocsin.slack.look import Looks
from tocsin.slack.platform import SlackPlatform
from tocsin.slack.reconcile import reconcile
from tocsin.slack.routes import slack_routes
from tocsin.slack.threads import announce
from tocsin.slack.tokens import token_reader
from tocsin.slack.unannounced import forget_unannounced, measure_unannounced
from tocsin.web.routes import web_routes
from tocsin.work_kinds import (
    ANNOUNCE,
    DRAIN,
    RECONCILE,
    REMOVE_DELETED,
    REOPEN_EXPIRED,
    RESOLVE_BY_AGE,
    UNASSIGN,
    WORK_KINDS,
)

CATCH_UP_SECONDS = 1.0
SWITCH_SECONDS = 0.001
"""How long a thread that computes may keep the others waiting (Python's default is 5 ms). A press runs twenty
statements, each of which lets go of the interpreter: beside ingest it is acknowledged a quarter sooner so."""
GRACE_SECONDS = 10

log = structlog.get_logger()


def open_database(settings: Settings) -> Database:
    """The database that the settings name; its data directory exists afterwards."""
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    return Database.open(settings.resolved_database_url)


def open_secrets(settings: Settings) -> SecretBox:
    """The secret box with the keys that the settings name, or the one made in the data directory."""
    configured = settings.secret_keys.get_secret_value() if settings.secret_keys else None
    return SecretBox(load_keys(configured, settings.data_dir))


def make_slack_client(settings: Settings, database: Database, secrets: SecretBox) -> SlackClient:
    """A client for every workspace of this database."""
    return SlackClient(settings.slack_api_url, token_reader(database, secrets))


@asynccontextmanager
async def chat_platform(settings: Settings, database: Database) -> AsyncIterator[ChatPlatform]:
    """What a command-line verb asks Slack through."""
    client = make_slack_client(settings, database, open_secrets(settings))
    try:
        yield SlackPlatform(client)
    finally:
        await client.close()


class Process:
    """One running Tocsin: the web application and, unless its role is `web`, the workers beside it."""

    def __init__(self, settings: Settings, database: Database, *, clock: Clock = system_clock) -> None:
        self.settings = settings
        self.database = database
        self.clock = clock
        self.secrets = open_secrets(settings)
        self.client = make_slack_client(settings, database, self.secrets)
        self.deps = Deps(database, settings, self.secrets, clock, SlackPlatform(self.client))
        self.storage = StorageHealth(database.ballast)
        self.batcher = Batcher(database, clock, self.storage)
        self.tally = Tally(database, clock, self.storage)
        self.times = Times(
            settle=timedelta(seconds=settings.delivery_settle),
            lease=timedelta(seconds=settings.delivery_lease),
            sweep=timedelta(seconds=settings.delivery_sweep),
        )
        self.housekeeping = Housekeeping(database, Limits(settings.retention_days, settings.retention_events), clock)
        self.inspector = Inspector(database)
        self.stopping = threading.Event()
        """Set when those who send are to end after what they are at."""
        self.giving_back = GivingBack(database, clock)
        self.dispatcher = Dispatcher(database, WORK_KINDS, clock=clock, lease_seconds=settings.delivery_lease)

    def application(self) -> Starlette:
        """The one web application: what SDKs, Slack and people reach."""
        routes = []
        if self.settings.role != "worker":
            ingest = Ingest(self.batcher, KeyRing(self.database, self.clock, self.storage), self.tally, self.clock)
            routes += [
                *ingest.routes(),
                *slack_routes(self.deps, self.client),
                *web_routes(self.deps),
                *static_routes(),
            ]
        routes += [
            Route("/health/", self._health),
            Route("/health/ready", self._ready),
            Route("/metrics", self._metrics),
        ]
        # Not uvicorn's own: that also looks through what SDKs send, which are known by their keys and not by addresses.
        trusted = os.environ.get("FORWARDED_ALLOW_IPS", "127.0.0.1")
        proxied = Middleware(ProxyHeadersMiddleware, trusted_hosts=trusted)
        application = Starlette(
            routes=routes, middleware=[proxied], exception_handlers=error_handlers(), lifespan=self._lifespan
        )
        application.state.deps = self.deps
        return application

    def front(self) -> IngestFirst:
        """What is served: the application, with a shorter way for what SDKs send."""
        application = self.application()
        return IngestFirst(application, application.routes)

    @asynccontextmanager
    async def _lifespan(self, _application: Starlette) -> AsyncIterator[None]:
        self.batcher.start()
        carriers = self._carriers()
        workflows = {name: carrier.carry for name, carrier in carriers.items()}
        engine = await asyncio.to_thread(self._start_engine, workflows, asyncio.get_running_loop())
        self.dispatcher.start(engine, carriers)
        self.database.runner = self.dispatcher.note
        if self.database.is_sqlite:
            engine.repeat("checkpoint", every_seconds=CHECKPOINT_EVERY, run=Checkpointer(self.database).run)
            engine.repeat("inspect", every_seconds=INSPECTED_EVERY, run=self.inspector.run)
        if self.database.ballast is not None:
            engine.repeat("ballast", every_seconds=KEPT_EVERY, run=self.database.ballast.keep)
        if self.settings.role != "worker":
            engine.repeat("save-tally", every_seconds=SAVE_EVERY, run=self.tally.save)
        if self.settings.role != "web":
            engine.repeat("catch-up", every_seconds=CATCH_UP_SECONDS, run=self._catch_up)
            engine.schedule("seal-audit", every_seconds=SEAL_EVERY, run=self._seal_audit)
            engine.schedule("thin", every_seconds=THIN_EVERY, run=self.housekeeping.thin)
            engine.schedule("retire", every_seconds=RETIRE_EVERY, run=self.housekeeping.retire)
        connecting = asyncio.create_task(connect_from_environment(self.deps))
        try:
            yield
        finally:
            connecting.cancel()
            self.housekeeping.stop.set()
            self.inspector.stop()
            self.stopping.set()
            await asyncio.to_thread(self.batcher.stop)
            await asyncio.to_thread(self.dispatcher.stop)
            await asyncio.to_thread(engine.stop, GRACE_SECONDS)
            await asyncio.to_thread(self.tally.save)
            await self.client.close()

    def _start_engine(
        self, workflows: Mapping[str, engines.Workflow], loop: asyncio.AbstractEventLoop
    ) -> engines.Engine:
        if self.settings.role == "web":
            return engines.start_without_workers(self.database.url, refuse=self.giving_back.refuse)
        # On PostgreSQL a web-only process may be asked for work that some process with workers must find.
        poll = None if self.database.is_sqlite else engines.QUEUE_POLL_SECONDS
        return engines.start(
            self.database.url,
            workflows=workflows,
            loop=loop,
            queue_poll_seconds=poll,
            refuse=self.giving_back.refuse,
        )

    def _carriers(self) -> dict[str, ThreadCarrier | LoopCarrier]:
        """What carries the runs of each workflow; `WORK_KINDS` says which work leads to which."""
        link_base = self.settings.link_base
        shared = (self.database, self.client, self.secrets, self.times, self.clock, link_base)
        drains = Drains(*shared, is_mail_on=self.settings.has_mail, stopping=self.stopping)
        looks = Looks(*shared, is_mail_on=self.settings.has_mail, stopping=self.stopping)
        server = mail_server(self.settings)
        post = Post(self.database, server, self.secrets, self.times, self.clock, stopping=self.stopping)
        alone: dict[str, Callable[..., None]] = {
            ANNOUNCE: partial(announce, link_base=link_base),
            RESOLVE_BY_AGE: resolve_the_aged,
            REOPEN_EXPIRED: reopen_the_expired,
            UNASSIGN: unassign_orphans,
            BULK: finish_all,
            REMOVE_DELETED: partial(remove_deleted, stop=self.stopping),
        }
        side_by_side: dict[str, Callable[[str, Held], Coroutine[object, object, None]]] = {
            DRAIN: partial(drain, drains),
            RECONCILE: partial(reconcile, looks),
            MAIL: lambda _subject, held: drain_mail(post, held),
        }
        return {
            **{name: ThreadCarrier(partial(self._run_alone, run)) for name, run in alone.items()},
            **{name: LoopCarrier(partial(self._run_beside, run)) for name, run in side_by_side.items()},
        }

    def _run_alone(self, run: Callable[..., None], _subject: str, held: Held) -> None:
        lease_seconds = self.settings.delivery_lease
        self.giving_back.run_alone(
            held, lambda: run(self.database, held, clock=self.clock, lease_seconds=lease_seconds)
        )

    async def _run_beside(
        self, run: Callable[[str, Held], Coroutine[object, object, None]], subject: str, held: Held
    ) -> None:
        await self.giving_back.run_beside(held, run(subject, held))

    def _catch_up(self) -> None:
        now = self.clock()
        with read(self.database) as session:
            needs_mending = recovery.needs_mending(session, now=now)
        if needs_mending:
            with write(self.database) as session:
                recovery.give_up_silent_senders(session, self.times, now=now)
                buried = recovery.bury_the_old(session, now=now)
            EXPIRED.inc(buried)
        self.dispatcher.catch_up()

    def _seal_audit(self) -> None:
        seal_audit_log(self.database, now=self.clock())

    async def _health(self, _request: Request) -> Response:
        """Whether this process can read its database."""
        await asyncio.to_thread(require_current_schema, self.database)
        return JSONResponse({"status": "ok"})

    async def _ready(self, _request: Request) -> Response:
        """Whether this process can store events: 503 with the reason while it cannot."""
        reason = await asyncio.to_thread(self._why_not_ready)
        if reason is not None:
            return JSONResponse({"status": "not ready", "reason": reason}, status_code=503)
        return JSONResponse({"status": "ready"})

    def _why_not_ready(self) -> str | None:
        try:
            require_current_schema(self.database)
        except TocsinError as error:
            return str(error)
        except SQLAlchemyError as error:
            return str(storage_fault_of(error) or StorageFault.UNREACHABLE)
        if self.inspector.damage is not None:
            return str(StorageFault.DAMAGED)
        return None if self.storage.fault is None else str(self.storage.fault)

    async def _metrics(self, _request: Request) -> Response:
        """Every figure of this process, and what waits in the database."""
        await asyncio.to_thread(self._measure)
        return Response(generate_latest(REGISTRY), media_type=CONTENT_TYPE_LATEST)

    def _measure(self) -> None:
        try:
            with read(self.database) as session:
                measure_waiting(session, now=self.clock())
                measure_unannounced(session, now=self.clock())
        except SQLAlchemyError as error:
            # The other figures are wanted most of all while the database is away.
            forget_waiting()
            forget_unannounced()
            log.warning("metrics.database.unread", error=type(error).__name__)


def serve(settings: Settings, *, host: str, port: int, fd: int | None = None) -> None:
    """Run until told to stop; `fd` is an inherited listening socket that outlives this process.

    Raises:
        DataDirectoryInUseError: another server uses the same SQLite database.
        SchemaOlderError: PostgreSQL waits for `tocsin migrate`.
        InvalidInputError: a role that SQLite cannot have.
    """
    configure_logs(level=settings.log_level, json=settings.log_format == "json")
    arm(settings.crash_at)
    sys.setswitchinterval(SWITCH_SECONDS)
    database = open_database(settings)
    if database.is_sqlite:
        if settings.role != "all":
            raise InvalidInputError(
                "SQLite has one writer: only TOCSIN_ROLE=all can be used with it, not web or worker"
            )
        lock_data_directory(settings.data_dir)
        migrate(database)
        if settings.ballast:
            file = ballast_file(database.url.database or "")
            database.ballast = Ballast(file, free_inside=partial(free_inside, database))
            database.ballast.keep()
    else:
        require_current_schema(database)
    config = uvicorn.Config(
        Process(settings, database).front(),
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
        backlog=2048,
        http=WholeMessages,
    )
    # What was made until here stays for good. Looking through it for garbage stops every thread for a quarter of a
    # second, every few seconds while there is much to do: the slowest presses waited for nothing else.
    gc.freeze()
    # Not uvicorn's own `fd`: it takes every descriptor for a Unix socket, and then no connection gets TCP_NODELAY, so
    # that each answer waits 40 ms for the sender's delayed ACK.
    uvicorn.Server(config).run(sockets=None if fd is None else [socket.socket(fileno=fd)])
    database.close()
