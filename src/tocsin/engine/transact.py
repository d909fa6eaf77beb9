"""DBOS Transact, set up as the rules for the engine ask; the only module that imports it."""

import logging
import os
import secrets
import socket
import sqlite3
import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from dbos import DBOS, DBOSClient, DBOSConfig, DBOSPortableJSONSerializer, SetWorkflowID, WorkflowStatus
from sqlalchemy import URL, make_url

from tocsin.engine.runs import Payload
from tocsin.engine.starter import Ask

APPLICATION = "tocsin"
SCHEMA = "engine"
SQLITE_FILE = "engine.db"
POOL_SIZE = 4
QUEUE = "from-web"
QUEUE_POLL_SECONDS = 0.25
LISTENER_SECONDS = 0.2
"""DBOS wakes this often to look for messages that wait; none ever do, so it reads nothing. It bounds how long stopping
takes."""
KEEP_FINISHED = timedelta(days=1)
BATCH = 500
UNFINISHED = ["ENQUEUED", "PENDING"]
RECORD_POLL_SECONDS = 0.01
RECORD_SECONDS = 2.0
"""How long stopping waits for the engine to note down the endings of workflows that have ended."""

FIND = partial(DBOS.list_workflows, load_input=False, load_output=False)

Function = Callable[[str, Payload], str]
"""Called with the workflow's id and its payload; returns how it ended. Must not raise."""


def own_database(database_url: str | URL) -> URL:
    """Where the engine keeps its tables: `engine.db` beside our SQLite file, or the schema `engine` in PostgreSQL.

    Never among our own: its tables (`notifications`, `queues`) would collide with ours, and its writes would stall our
    writer.
    """
    url = make_url(database_url)
    if url.get_backend_name() != "sqlite":
        return url.set(drivername="postgresql+psycopg")
    if not url.database or url.database == ":memory:":
        raise ValueError("the engine keeps its file beside the database's, so the database must be a file")
    return URL.create("sqlite", database=str(Path(url.database).with_name(SQLITE_FILE)))


class EngineConnection(sqlite3.Connection):
    """A connection to `engine.db`: readers beside the writer, and no fsync at each COMMIT.

    Power loss may take the last commits, never the file's integrity (sqlite.org/pragma.html#pragma_synchronous). The
    engine's rows are no truth, and without the fsync they do not compete with our own file for the disk.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 -- handed to sqlite3 unread
        super().__init__(*args, **kwargs)
        self.execute("PRAGMA journal_mode = WAL")
        self.execute("PRAGMA synchronous = NORMAL")


class Workers:
    """DBOS running in this process, with a table of workflows that it may start."""

    def __init__(
        self,
        url: URL,
        functions: Mapping[str, Function],
        *,
        application_version: str,
        executor_threads: int,
        queue_poll_seconds: float | None,
    ) -> None:
        # When DBOS is launched it takes up the workflows of its own executor id again. With an id that never comes back
        # nothing is taken up: our tables decide what is tried again.
        self._executor_id = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
        _log_through_stdlib()
        DBOS(config=_config(url, self._executor_id, application_version, executor_threads))
        try:
            self._workflows = {name: _register(name, function) for name, function in functions.items()}
            DBOS.listen_queues([] if queue_poll_seconds is None else [QUEUE])
            DBOS.launch()
            if queue_poll_seconds is not None:
                DBOS.register_queue(QUEUE, polling_interval_sec=queue_poll_seconds, on_conflict="always_update")
            if url.get_backend_name() == "sqlite":
                # One serving process per file: whatever is unfinished now belonged to a process that is dead.
                _delete_all(partial(FIND, status=UNFINISHED))
        except BaseException:
            DBOS.destroy(destroy_registry=True)
            raise

    def start(self, ask: Ask) -> None:
        """Start the workflow in this process at once, unless one with its id was ever started anywhere."""
        with SetWorkflowID(ask.workflow_id):
            DBOS.start_workflow(self._workflows[ask.workflow], dict(ask.payload))

    def tidy(self, now: datetime) -> None:
        """Delete what finished over a day ago, and what a dead process left unfinished that long."""
        cutoff = (now - KEEP_FINISHED).isoformat()
        _delete_all(partial(FIND, completed_before=cutoff))
        _delete_all(partial(FIND, status=UNFINISHED, end_time=cutoff))

    def close(self) -> None:
        """Wait until the endings of ended workflows are noted down, then end every thread and connection of DBOS."""
        deadline = time.monotonic() + RECORD_SECONDS
        while time.monotonic() < deadline and FIND(status="PENDING", executor_id=self._executor_id, limit=1):
            time.sleep(RECORD_POLL_SECONDS)
        DBOS.destroy(destroy_registry=True)


class QueueClient:
    """A process without workers: what it starts waits in a queue that workers look at every quarter of a second."""

    def __init__(self, url: URL, *, application_version: str) -> None:
        _log_through_stdlib()
        self._application_version = application_version
        self._client = DBOSClient(
            system_database_url=url.render_as_string(hide_password=False),
            system_database_pool_size=1,
            dbos_system_schema=SCHEMA,
            serializer=DBOSPortableJSONSerializer(),
            application_name=APPLICATION,
            lazy=True,
            retry_connection_errors=False,
        )

    def start(self, ask: Ask) -> None:
        """Put the workflow in the queue, unless one with its id was ever started anywhere."""
        self._client.enqueue(
            {
                "workflow_name": ask.workflow,
                "workflow_id": ask.workflow_id,
                "queue_name": QUEUE,
                "app_version": self._application_version,
            },
            dict(ask.payload),
        )

    def close(self) -> None:
        """Give the connection back."""
        self._client.destroy()


def _log_through_stdlib() -> None:
    """Keep DBOS from writing to stderr on its own: it adds a handler, and stops propagation, where there is none."""
    logger = logging.getLogger("dbos")
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())


def _config(url: URL, executor_id: str, application_version: str, executor_threads: int) -> DBOSConfig:
    # Without the ping a connection that PostgreSQL dropped shows at its first use, where DBOS retries; the ping cost a
    # fifth of the idle CPU.
    engine_arguments: dict[str, Any] = {"pool_pre_ping": False}
    if url.get_backend_name() == "sqlite":
        engine_arguments["connect_args"] = {"factory": EngineConnection}
    return DBOSConfig(
        name=APPLICATION,
        system_database_url=url.render_as_string(hide_password=False),
        dbos_system_schema=SCHEMA,
        sys_db_pool_size=POOL_SIZE,
        db_engine_kwargs=engine_arguments,
        application_version=application_version,
        executor_id=executor_id,
        max_executor_threads=executor_threads,
        serializer=DBOSPortableJSONSerializer(),
        # LISTEN serves messages between workflows, of which we have none; its notifier wakes a hundred times a second.
        use_listen_notify=False,
        notification_listener_polling_interval_sec=LISTENER_SECONDS,
        log_level="WARNING",
        enable_otlp=False,
    )


def _register(name: str, function: Function) -> Callable[[dict[str, Any]], str]:
    def run(payload: dict[str, Any]) -> str:
        return function(DBOS.workflow_id or "", payload)

    return DBOS.workflow(name=name)(run)


def _delete_all(find: Callable[..., list[WorkflowStatus]]) -> None:
    while found := find(limit=BATCH):
        DBOS.delete_workflows([workflow.workflow_id for workflow in found])
