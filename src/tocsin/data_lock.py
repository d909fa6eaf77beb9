"""The lock that keeps a second server from using the same data directory."""

import fcntl
import os
from pathlib import Path

from tocsin.kernel.errors import ConflictError

LOCK_FILE = "serve.lock"


class DataDirectoryInUseError(ConflictError):
    """Another `tocsin serve` uses this data directory."""

    code = "data_directory.in_use"


def lock_data_directory(data_directory: Path) -> int:
    """Hold the directory until the process ends, however it ends; gives the descriptor that holds it.

    Raises:
        DataDirectoryInUseError: another server holds it.
    """
    descriptor = os.open(data_directory / LOCK_FILE, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(descriptor)
        raise DataDirectoryInUseError(
            f"another tocsin serves from {data_directory}; stop it, or give this one another TOCSIN_DATA_DIR"
        ) from error
    return descriptor
