"""Owns the folder that all processes of one test run share: the first makes it, the others inherit its name."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.postgres_keeper import ALIVE_FILE, URL_FILE

VARIABLE = "TOCSIN_TEST_RUN_FOLDER"


@contextmanager
def shared_run_folder() -> Iterator[Path]:
    """Make the folder of a run and hold its lock until the run ends."""
    folder = Path(tempfile.mkdtemp(prefix="tocsin-test-", dir=reachable_parent()))
    folder.chmod(0o755)
    with folder.joinpath(ALIVE_FILE).open("w") as alive:
        fcntl.flock(alive, fcntl.LOCK_EX)
        os.environ[VARIABLE] = str(folder)
        try:
            yield folder
        finally:
            del os.environ[VARIABLE]
            # Where a server was started its keeper removes the folder, once it has stopped the server.
            if not folder.joinpath(URL_FILE).exists():
                shutil.rmtree(folder, ignore_errors=True)


def run_folder() -> Path:
    """Give the folder of the run that this process belongs to."""
    return Path(os.environ[VARIABLE])


def reachable_parent() -> str:
    """Choose a temporary folder that any account of the machine can reach, as PostgreSQL must not run as root."""
    candidates = [tempfile.gettempdir(), "/tmp", "/var/tmp"]
    return next((folder for folder in candidates if is_reachable_by_all(Path(folder))), candidates[0])


def is_reachable_by_all(folder: Path) -> bool:
    """Say whether every account may pass through `folder` and what is above it."""
    return folder.is_dir() and all(step.stat().st_mode & 0o001 for step in (folder, *folder.parents))
