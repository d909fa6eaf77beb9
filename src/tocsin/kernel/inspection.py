"""SQLite's file is looked through here when Tocsin starts and once a day, so that damage is known before it is met."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import structlog
from prometheus_client import Gauge

from tocsin.kernel.db import Database
from tocsin.kernel.metrics import REGISTRY

INSPECTED_EVERY = 86_400.0
"""Seconds between two looks: each reads the whole file."""

IS_DAMAGED = Gauge(
    "tocsin_sqlite_is_damaged", "1 where SQLite's last look at its file found damage.", registry=REGISTRY
)

WHOLE = "ok"
"""What SQLite answers where there is nothing to say (sqlite.org/pragma.html#pragma_quick_check)."""

log = structlog.get_logger()


class Inspector:
    """Looks through the file of one database; `damage` is what the last whole look found."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._mutex = threading.Lock()
        self._looking: sqlite3.Connection | None = None
        self._stopped = False
        self.damage: str | None = None
        """The first damage in SQLite's words, `None` where there is none or nobody has looked yet."""

    def run(self) -> None:
        """Read the whole file beside the work, and tell what is wrong with it.

        Structure is looked at, not whether each index holds what its table does: that takes many times as long.
        """
        try:
            with self._interruptible() as connection:
                self.damage = find_damage(connection)
        except sqlite3.Error as error:
            # It cannot be opened, or it is time to stop: nothing is known of the file by that.
            if not self._stopped:
                log.warning("database.inspection.failed", error=str(error))
            return
        IS_DAMAGED.set(self.damage is not None)
        if self.damage is not None:
            log.error("database.damaged", found=self.damage, remedy="docs/operations.md, Disk")

    def stop(self) -> None:
        """End a look that is under way, and begin none any more."""
        with self._mutex:
            self._stopped = True
            if self._looking is not None:
                self._looking.interrupt()

    @contextmanager
    def _interruptible(self) -> Iterator[sqlite3.Connection]:
        with open_to_inspect(self._database) as connection:
            with self._mutex:
                self._looking = connection
                if self._stopped:
                    raise sqlite3.OperationalError("stopped")
            try:
                yield connection
            finally:
                with self._mutex:
                    self._looking = None


@contextmanager
def open_to_inspect(database: Database) -> Iterator[sqlite3.Connection]:
    """A connection of its own that only reads: of those that pages share a look would keep one for long.

    Raises:
        sqlite3.Error: the file cannot be opened.
    """
    address = f"{Path(database.url.database or '').absolute().as_uri()}?mode=ro"
    with closing(sqlite3.connect(address, uri=True, check_same_thread=False)) as connection:
        yield connection


def free_inside(database: Database) -> int:
    """Bytes of the file that nothing uses any more, and that are used again before it grows; 0 if nobody can tell."""
    try:
        with open_to_inspect(database) as connection:
            pages, page_bytes = (
                connection.execute(f"PRAGMA {of}").fetchone()[0] for of in ("freelist_count", "page_size")
            )
    except sqlite3.Error as error:
        log.warning("database.inspection.failed", error=str(error))
        return 0
    return pages * page_bytes


def find_damage(connection: sqlite3.Connection) -> str | None:
    """The first thing that is wrong with the file, in SQLite's words; `None` if it is whole.

    Raises:
        sqlite3.Error: the look did not come to its end: it was interrupted, or the disk failed.
    """
    try:
        verdict = str(connection.execute("PRAGMA quick_check(1)").fetchone()[0])
    except sqlite3.DatabaseError as error:
        # Where the damage is in what every look begins with, SQLite answers with an error instead of a verdict.
        if (error.sqlite_errorcode & 0xFF) in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
            return str(error)
        raise
    return None if verdict == WHOLE else verdict
