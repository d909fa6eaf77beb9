"""SQLite's log is copied into its database here, beside the work: no COMMIT waits for more than its own pages."""

import sqlite3
from contextlib import closing

import structlog
from prometheus_client import Gauge
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from tocsin.kernel.db import PAGE_BYTES, Database
from tocsin.kernel.metrics import REGISTRY
from tocsin.kernel.writer_queue import Priority

CHECKPOINT_EVERY = 1.0
"""Seconds between two copies: a second's writing is little to copy, and little to look through for those who read."""

BEGUN_ANEW_FROM = 4_000
"""Pages. SQLite begins its log anew only when all of it is copied and nobody reads in it, and where much is written and
read that hardly ever comes by itself; from here on it is brought about. Up to 4 096 pages one table tells readers where
a page is (sqlite.org/walformat.html)."""

WAIT_FOR_READERS_MS = 20
"""So long those who want to write may be kept waiting for a reader to end; then it is tried again a second later."""

LOG_BYTES = Gauge("tocsin_sqlite_log_bytes", "What SQLite's log holds.", registry=REGISTRY)

log = structlog.get_logger()


class Checkpointer:
    """Copies the log of one database, and says once when it begins to fail."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._fails = False

    def run(self) -> None:
        """Copy what the log holds; what a reader still needs stays for the next time.

        Failing harms nothing: the log keeps what was committed, and grows. It fails on the disk's faults, and where
        readers keep every connection for longer than the pool waits.
        """
        try:
            self._copy_and_begin_anew()
        except (sqlite3.Error, PoolTimeoutError) as error:
            if not self._fails:
                log.warning("database.checkpoint.failed", error=str(error))
            self._fails = True
        else:
            self._fails = False

    def _copy_and_begin_anew(self) -> None:
        pages = self._copy()
        LOG_BYTES.set(pages * PAGE_BYTES)
        queue = self._database.queue
        if pages < BEGUN_ANEW_FROM or queue is None:
            return
        # The second copies what was written during the first, so that little is left while all others wait.
        self._copy()
        with queue.turn(Priority.NORMAL, None):
            queue.only_commits_now()
            self._begin_anew()

    def _copy(self) -> int:
        """Copy as much as can be copied now; gives how many pages the log holds.

        PASSIVE waits for nobody, and nobody waits for it (sqlite.org/pragma.html#pragma_wal_checkpoint).
        """
        with closing(self._database.reader.raw_connection()) as connection:
            _busy, pages, _copied = connection.cursor().execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
        return pages

    def _begin_anew(self) -> None:
        """Copy the rest and have the next COMMIT write at the log's front; the turn to write is ours."""
        with closing(self._database.writer.raw_connection()) as connection:
            cursor = connection.cursor()
            cursor.execute(f"PRAGMA busy_timeout = {WAIT_FOR_READERS_MS}")  # each transaction sets its own
            cursor.execute("PRAGMA wal_checkpoint(RESTART)").fetchone()
