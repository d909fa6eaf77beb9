"""Logs of tests that go where the test wants them, as those of the program would."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TextIO
from unittest.mock import patch

import structlog

from tocsin.kernel.logs import configure_logs


@contextmanager
def logs_go_to(file: TextIO) -> Iterator[None]:
    """Log as the program does, with `file` for its stderr."""
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    with patch("sys.stderr", file):
        configure_logs()
    try:
        yield
    finally:
        structlog.reset_defaults()
        root.handlers = handlers
        root.setLevel(level)


@contextmanager
def file_on_full_disk() -> Iterator[TextIO]:
    """A file that takes nothing, neither what is written to it nor what is left when it is closed."""
    with suppress(OSError), Path("/dev/full").open("w") as file:
        yield file
