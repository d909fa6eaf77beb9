"""Whether events can be stored now: what the last tries tell, said once when it begins, and once when it is over."""

import threading
import time

import structlog
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from tocsin.ingest.errors import StorageFailedError
from tocsin.kernel.ballast import Ballast
from tocsin.kernel.errors import WriterBusyError
from tocsin.kernel.storage_faults import StorageFault, storage_fault_of

SAID_AGAIN_AFTER = 60.0
"""Seconds: a full disk must not be filled by the lines that tell of it."""

log = structlog.get_logger()


class StorageHealth:
    """What is known of the database's willingness to store; any thread may tell and ask."""

    def __init__(self, ballast: Ballast | None = None) -> None:
        """`ballast` is what is set aside on the database's disk."""
        self._ballast = ballast
        self._mutex = threading.Lock()
        self._fault: StorageFault | None = None
        self._said_at = 0.0

    @property
    def fault(self) -> StorageFault | None:
        """Why no event can be stored, or why nothing could be the last time; `None` if it could."""
        return StorageFault.DISK_FULL if self._is_for_people else self._fault

    @property
    def _is_for_people(self) -> bool:
        return self._ballast is not None and self._ballast.refuses_events

    def require_room(self) -> None:
        """Ask before an event is let in.

        Raises:
            StorageFailedError: the disk is full, and what room there is belongs to people.
        """
        if self._is_for_people:
            raise StorageFailedError("the disk is full")

    def failed(self, error: Exception) -> StorageFault | None:
        """Note why a try failed; `None` if the fault is in what was to be stored and not in the database."""
        if isinstance(error, PoolTimeoutError | WriterBusyError):
            fault: StorageFault | None = StorageFault.UNREACHABLE
        else:
            fault = storage_fault_of(error)
        if fault is None:
            return None
        with self._mutex:
            is_news = fault != self._fault or time.monotonic() - self._said_at >= SAID_AGAIN_AFTER
            self._fault = fault
            if is_news:
                self._said_at = time.monotonic()
        if is_news:
            log.error("ingest.storage.failed", fault=fault.name.lower(), reason=str(fault), error=_driver_words(error))
        return fault

    def worked(self) -> None:
        """Note that something was stored."""
        if self._fault is None or self._is_for_people:
            return
        with self._mutex:
            self._fault = None
        log.info("ingest.storage.recovered")


def _driver_words(error: Exception) -> str:
    """What the driver said, without the statement: that may quote an event."""
    return str(getattr(error, "orig", None) or type(error).__name__)[:200]
