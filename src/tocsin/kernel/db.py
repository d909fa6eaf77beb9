"""The database: one writer and several readers on SQLite, ordinary transactions on PostgreSQL, from the same code."""

import sqlite3
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, cast

from sqlalchemy import (
    BigInteger,
    Connection,
    CursorResult,
    DateTime,
    Engine,
    Integer,
    LargeBinary,
    MetaData,
    QueuePool,
    Table,
    TypeDecorator,
    UpdateBase,
    create_engine,
    event,
    make_url,
    text,
)
from sqlalchemy.engine import URL, Dialect
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import DeclarativeBase, Session

from tocsin.kernel import ids, work
from tocsin.kernel.ballast import Ballast
from tocsin.kernel.errors import CrossedError, WriterBusyError
from tocsin.kernel.statement import say
from tocsin.kernel.storage_faults import StorageFault, storage_fault_of
from tocsin.kernel.writer_queue import Meanwhile, Priority, WriterQueue

READERS = 8
"""Connections for reading that stay open; as many again are opened when these are taken."""
WRITERS = 8
"""The same for writing on PostgreSQL."""
FREE_CONNECTION_SECONDS = 30.0
"""How long one who writes on PostgreSQL, and gave no time, waits while others have every connection."""
SQLITE_BUSY_SECONDS = 30.0
"""How long SQLite itself waits for another process (a CLI verb, a backup) that holds the writer's lock."""

PAGE_BYTES = 4096
LOG_PAGES = 16_000
"""Pages in SQLite's log from which a COMMIT copies it into the database itself, and everybody waits for that:
long before, `kernel.checkpoints` does it beside the work. It is also the size to which a log that grew is cut back."""

BEGIN_WRITING = "BEGIN IMMEDIATE"
BEGIN_READING = "BEGIN"
SQLITE_PRAGMAS = (
    f"PRAGMA page_size = {PAGE_BYTES}",
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",  # an acknowledged event survives power loss, not only a crash (sqlite.org/wal.html)
    "PRAGMA foreign_keys = ON",
    "PRAGMA trusted_schema = OFF",
    "PRAGMA cell_size_check = ON",
    f"PRAGMA busy_timeout = {int(SQLITE_BUSY_SECONDS * 1000)}",
    "PRAGMA cache_size = -32768",
    "PRAGMA temp_store = MEMORY",
    f"PRAGMA wal_autocheckpoint = {LOG_PAGES}",
    f"PRAGMA journal_size_limit = {LOG_PAGES * PAGE_BYTES}",
)
LOCK_NOT_AVAILABLE, DEADLOCK_DETECTED = "55P03", "40P01"
"""PostgreSQL's SQLSTATEs when lock_timeout passed, and for the one of two crossed transactions that it ends
(postgresql.org/docs/current/errcodes-appendix.html)."""

POSTGRESQL_TIMES = MappingProxyType(
    {
        "connect_timeout": 5,
        "keepalives": 1,
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "tcp_user_timeout": 15_000,
    }
)
"""Seconds (the last: milliseconds) until a host that answers nothing any more is given up, when connecting and when it
stops acknowledging: within the 30 s of a lease, where Linux would try for some minutes, and without end to connect
(postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS). What the URL says goes before."""

BigId = BigInteger().with_variant(Integer(), "sqlite")
"""SQLite makes a rowid (and so an automatic key) only of a column declared INTEGER."""


class UtcDateTime(TypeDecorator[datetime]):
    """A moment in UTC. SQLite drops the zone on the way in, so it is put back on the way out."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a moment without a zone; hand UTC to the driver."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a zone cannot be stored")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give the zone back."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if dialect.name == "sqlite" else value.astimezone(UTC)


class Base(DeclarativeBase):
    """The root of every table; names its constraints so that both databases and Alembic agree on them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 -- SQLAlchemy's own protocol reads this class attribute
        datetime: UtcDateTime(),
        bytes: LargeBinary(),
        **dict.fromkeys(ids.ALL_INT_IDS, BigId),
    }


class WriterPermits:
    """A permit for each connection that writes to PostgreSQL, since its pool knows no patience but one for all."""

    def __init__(self, number: int) -> None:
        self._free = threading.BoundedSemaphore(number)

    @contextmanager
    def turn(self, timeout: float | None) -> Iterator[None]:
        """Hold a connection's permit for the block; `timeout` in seconds, at least one try is made.

        Raises:
            WriterBusyError: no connection was free in time; nothing was done.
        """
        seconds = FREE_CONNECTION_SECONDS if timeout is None else timeout
        if not self._free.acquire(timeout=max(0.0, seconds)):
            raise WriterBusyError("The database was busy for too long; nothing was done. Please try again.")
        try:
            yield
        finally:
            self._free.release()


@dataclass
class Database:
    """An open database and the runner that is told of committed work; `queue` is SQLite's, `permits` PostgreSQL's."""

    url: URL
    writer: Engine
    reader: Engine
    queue: WriterQueue | None
    permits: WriterPermits | None = field(default=None)
    runner: work.Runner | None = field(default=None)
    ballast: Ballast | None = field(default=None)
    """What is let go when SQLite's disk is full; none where nothing is set aside."""

    @property
    def is_sqlite(self) -> bool:
        """Whether this is SQLite (one writer) rather than PostgreSQL."""
        return self.url.get_backend_name() == "sqlite"

    @classmethod
    def open(cls, url: str | URL) -> "Database":
        """Open `url` (`sqlite:///path` or `postgresql://...`) without touching its schema."""
        parsed = make_url(url)
        if parsed.get_backend_name() == "sqlite":
            return cls(
                parsed, _sqlite_engine(parsed, BEGIN_WRITING), _sqlite_engine(parsed, BEGIN_READING), WriterQueue()
            )
        parsed = parsed.set(drivername="postgresql+psycopg")
        # Apart, so that many who read keep nobody from writing.
        writer, reader = _postgresql_engine(parsed, WRITERS), _postgresql_engine(parsed, READERS)
        return cls(parsed, writer, reader, None, WriterPermits(2 * WRITERS))

    def close(self) -> None:
        """Give every connection back."""
        self.writer.dispose()
        self.reader.dispose()


@contextmanager
def write(
    database: Database,
    *,
    priority: Priority = Priority.NORMAL,
    timeout: float | None = None,
    meanwhile: Meanwhile | None = None,
) -> Iterator[Session]:
    """One unit of work that may write: COMMIT when the block ends, ROLLBACK when it raises.

    After COMMIT the runner gets the notes that verbs left with `kernel.work.ask`. `timeout` (seconds) bounds the wait
    for the writer only, on PostgreSQL that for a connection and for each lock; once the block has begun it is never cut
    short. `meanwhile` is called while others of this process have the writer, as `WriterQueue.turn` says.

    Raises:
        WriterBusyError: the writer was not free in `timeout` seconds; nothing was done.
        CrossedError: it and another transaction waited for each other; nothing was done.
    """
    asked = time.monotonic()
    with _turn(database, priority, timeout, meanwhile), Session(database.writer, expire_on_commit=False) as session:
        try:
            _begin(database, session, None if timeout is None else timeout - (time.monotonic() - asked))
            yield session
            session.flush()
            if database.queue is not None:
                database.queue.only_commits_now()
            session.commit()
        except OperationalError as error:
            session.rollback()
            if _is_busy(error):
                raise WriterBusyError(
                    "The database was busy for too long; nothing was done. Please try again."
                ) from error
            if getattr(error.orig, "sqlstate", None) == DEADLOCK_DETECTED:
                raise CrossedError("Somebody changed the same things crosswise. Please try again.") from error
            if database.ballast is not None and storage_fault_of(error) is StorageFault.DISK_FULL:
                database.ballast.let_go()
            raise
        except BaseException:
            session.rollback()
            raise
        notes = work.take_notes(session)
    if notes and database.runner is not None:
        database.runner(notes)


def step_aside(database: Database, *, seconds: float) -> None:
    """Wait, `seconds` at most, until no transaction that writes computes in this process: for long computations."""
    if database.queue is not None:
        database.queue.step_aside(seconds)


@contextmanager
def read(database: Database) -> Iterator[Session]:
    """A look at the database; nothing written here is kept, what was read stays readable afterwards."""
    with Session(database.reader, expire_on_commit=False, autoflush=False) as session:
        yield session


def table_of(model: type[Base]) -> Table:
    """The bare table of `model`, for a statement that is composed once and given its parameters later.

    The ORM takes an UPDATE of a class that is given parameters for one by primary key.
    """
    return cast("Table", model.__table__)


def changed_rows(session: Session, statement: UpdateBase, parameters: Mapping[str, Any] | None = None) -> int:
    """Run an UPDATE or DELETE and tell how many rows it touched: the way work is claimed."""
    result = session.execute(statement, parameters, execution_options={"synchronize_session": False})
    return cast("CursorResult[Any]", result).rowcount


def _turn(
    database: Database, priority: Priority, timeout: float | None, meanwhile: Meanwhile | None
) -> AbstractContextManager[None]:
    """What is to be held while writing: SQLite's one turn, or one of PostgreSQL's connections."""
    if database.queue is not None:
        return database.queue.turn(priority, timeout, meanwhile=meanwhile)
    assert database.permits is not None, "a database has one of the two"
    return database.permits.turn(timeout)


def _begin(database: Database, session: Session, patience: float | None) -> None:
    """Begin now, so that a lock held elsewhere is met before any work is done.

    `patience` is what the wait for the turn has left of the caller's seconds.
    """
    if database.is_sqlite:
        busy = SQLITE_BUSY_SECONDS if patience is None else patience
        session.connection(execution_options={"busy_milliseconds": max(1, int(busy * 1000))})
    elif patience is not None:
        # Nought would mean without end (postgresql.org/docs/current/runtime-config-client.html#GUC-LOCK-TIMEOUT).
        session.execute(text(f"SET LOCAL lock_timeout = {max(1, int(patience * 1000))}"))


def _is_busy(error: OperationalError) -> bool:
    """Whether the driver gave up waiting for a lock (SQLITE_BUSY, or PostgreSQL's lock_timeout)."""
    code = getattr(error.orig, "sqlite_errorcode", None)
    # The low byte is the primary code; BUSY_SNAPSHOT and BUSY_RECOVERY are variants of it (sqlite.org/rescode.html).
    if code is not None:
        return code & 0xFF == sqlite3.SQLITE_BUSY
    return getattr(error.orig, "sqlstate", None) == LOCK_NOT_AVAILABLE


def _postgresql_engine(url: URL, size: int) -> Engine:
    """An engine that keeps `size` connections, opens up to twice as many, and gives up hosts that do not answer."""
    return create_engine(
        url,
        poolclass=QueuePool,
        pool_size=size,
        max_overflow=size,
        pool_pre_ping=True,
        hide_parameters=True,
        connect_args={name: value for name, value in POSTGRESQL_TIMES.items() if name not in url.query},
    )


def _sqlite_engine(url: URL, begin: str) -> Engine:
    """An engine whose every transaction opens with `begin`, on connections set up for durability."""
    single = begin == BEGIN_WRITING
    engine = create_engine(
        url,
        poolclass=QueuePool,
        pool_size=1 if single else READERS,
        max_overflow=0 if single else READERS,
        hide_parameters=True,  # an error in a log would quote events, messages and sealed secrets
        connect_args={"check_same_thread": False, "isolation_level": None, "cached_statements": 512},
    )

    @event.listens_for(engine, "connect")
    def set_up(connection: sqlite3.Connection, _record: object) -> None:
        for pragma in SQLITE_PRAGMAS:
            connection.execute(pragma)

    @event.listens_for(engine, "begin")
    def begin_transaction(connection: Connection) -> None:
        busy = connection.get_execution_options().get("busy_milliseconds")
        if busy is not None:
            say(connection, f"PRAGMA busy_timeout = {busy}")
        say(connection, begin)

    return engine
