"""Knows from an error of the database's driver that nothing can be stored, and why."""

import sqlite3
from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError


class StorageFault(StrEnum):
    """Why a database stores nothing, in words for whoever runs it."""

    DISK_FULL = "the disk is full: make room, and Tocsin goes on by itself"
    READ_ONLY = "the database is read-only: see the file system and the account that Tocsin runs as"
    DAMAGED = "the database is damaged: stop Tocsin, keep the file, and restore a backup (docs/operations.md)"
    UNREADABLE = "the disk fails: see the kernel's log, and have a backup at hand"
    UNREACHABLE = "the database cannot be reached, or takes nothing now"


_OF_SQLITE: Mapping[int, StorageFault] = MappingProxyType(
    {
        sqlite3.SQLITE_FULL: StorageFault.DISK_FULL,
        sqlite3.SQLITE_READONLY: StorageFault.READ_ONLY,
        sqlite3.SQLITE_PERM: StorageFault.READ_ONLY,
        sqlite3.SQLITE_CANTOPEN: StorageFault.READ_ONLY,
        sqlite3.SQLITE_CORRUPT: StorageFault.DAMAGED,
        sqlite3.SQLITE_NOTADB: StorageFault.DAMAGED,
        sqlite3.SQLITE_IOERR: StorageFault.UNREADABLE,
    }
)
"""By primary result code (sqlite.org/rescode.html)."""

_OF_POSTGRESQL: Mapping[str, StorageFault] = MappingProxyType(
    {
        "53100": StorageFault.DISK_FULL,
        "25006": StorageFault.READ_ONLY,
        "XX001": StorageFault.DAMAGED,
        "XX002": StorageFault.DAMAGED,
        "58030": StorageFault.UNREADABLE,
    }
)
"""By SQLSTATE (postgresql.org/docs/current/errcodes-appendix.html)."""


def storage_fault_of(error: BaseException) -> StorageFault | None:
    """Why the database stores nothing; `None` where the error is about what was to be stored."""
    if not isinstance(error, DBAPIError):
        return None
    code = getattr(error.orig, "sqlite_errorcode", None)
    # The low byte is the primary code; what stands above it tells more than anybody here needs.
    found = _OF_SQLITE.get(code & 0xFF) if code is not None else _OF_POSTGRESQL.get(_sqlstate(error))
    if found is None and isinstance(error, OperationalError | InterfaceError):
        return StorageFault.UNREACHABLE
    return found


def _sqlstate(error: DBAPIError) -> str:
    return getattr(error.orig, "sqlstate", None) or ""
