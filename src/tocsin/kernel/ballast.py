"""Ballast: a file that keeps room on SQLite's disk, let go when that is full so that people can go on deciding.

A full disk stops everything, also what would make room: deleting needs the log to grow. So some room is set aside. It
is for what people do and for removing what is old; events, which filled the disk, wait outside until there is more.
"""

import os
import shutil
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import structlog
from prometheus_client import Gauge

from tocsin.kernel.metrics import REGISTRY

BYTES = 64 * 1024 * 1024
"""How much is set aside: some hundred thousand decisions."""

MARGIN = 16 * 1024 * 1024
"""Room that there must be beside the ballast before events are let in again, so that it does not come and go."""

KEPT_EVERY = 5.0
"""Seconds between two looks whether there is room again."""

IS_LET_GO = Gauge(
    "tocsin_sqlite_ballast_is_let_go", "1 while the disk is so full that events are refused.", registry=REGISTRY
)

log = structlog.get_logger()


def ballast_file(database_file: str) -> Path:
    """Where the ballast of a database lies; an empty one was let go."""
    return Path(database_file).with_suffix(".ballast")


class Ballast:
    """One such file. Any thread may ask and let go; one looks whether it can be had again."""

    def __init__(
        self,
        file: Path,
        *,
        free_inside: Callable[[], int],
        free_outside: Callable[[Path], int] = lambda folder: shutil.disk_usage(folder).free,
        size: int = BYTES,
    ) -> None:
        """`file` lies on the disk of the database and gets `size` bytes.

        How many bytes are free is told by `free_outside` of the disk that a folder is on, and by `free_inside` of the
        database's own file, where what was removed leaves pages that are used again.
        """
        self._file = file
        self._size = size
        self._free_inside = free_inside
        self._free_outside = free_outside
        self._mutex = threading.Lock()
        self._is_failing = False
        self.refuses_events = False
        """Whether what room there is belongs to people."""

    def let_go(self) -> None:
        """The disk is full: what was set aside is free now. Does nothing where nothing was."""
        with self._mutex:
            if not self._is_there():
                return
            try:
                # It stays as an empty file, by which a process that starts on a full disk knows what happened.
                os.truncate(self._file, 0)
            except OSError as error:
                log.warning("database.ballast.kept", error=str(error))
                return
            self._note(refuses=True)
        log.error("database.ballast.let_go", remedy="make room on the disk; events are refused until then")

    def keep(self) -> None:
        """Set room aside if there is enough, and let events in again if there is, here or in the database's file."""
        with self._mutex:
            if self._is_there():
                return
            was_let_go = self._file.exists()
            if self._free_outside(self._file.parent) >= self._size + MARGIN and self._fill(is_first=not was_let_go):
                if was_let_go:
                    log.info("database.ballast.kept_again")
                self._note(refuses=False)
            elif was_let_go:
                self._note(refuses=self._free_inside() < MARGIN)

    def _is_there(self) -> bool:
        with suppress(OSError):
            return self._file.stat().st_size > 0
        return False

    def _fill(self, *, is_first: bool) -> bool:
        """Take real blocks: a file with a hole in it would set nothing aside. A quota may forbid what the disk has."""
        try:
            with self._file.open("wb") as file:
                os.posix_fallocate(file.fileno(), 0, self._size)
        except OSError as error:
            with suppress(OSError):
                os.truncate(self._file, 0)
                if is_first:  # an empty file would say that it was let go, and events would be refused
                    self._file.unlink()
            if not self._is_failing:
                log.warning("database.ballast.not_kept", error=str(error))
            self._is_failing = True
            return False
        self._is_failing = False
        return True

    def _note(self, *, refuses: bool) -> None:
        self.refuses_events = refuses
        IS_LET_GO.set(refuses)
