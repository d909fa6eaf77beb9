"""The net under our logs."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import TextIO

import pytest
import structlog

from tests.support.logs import file_on_full_disk, logs_go_to
from tocsin.kernel.logs import REDACTED, redact


@pytest.mark.parametrize(
    "secret",
    [
        "xoxb-1234-abcd",
        "xapp-1-A0-abcdef",
        "https://hooks.slack.com/actions/T0/1/abc",
        "redis://user:hunter2@db:6379",
        "https://tocsin.example/link/0123456789abcdef0123",
        "GET /page?token=abcdef",
    ],
)
def test_what_looks_like_a_secret_never_reaches_a_log(secret: str) -> None:
    line = redact(None, "info", {"event": "slack.call.failed", "reason": f"no answer for {secret} in time"})

    assert (secret in line["reason"], REDACTED in line["reason"]) == (False, True)


@pytest.mark.parametrize("key", ["token", "payload", "text", "response_url", "email", "password"])
def test_some_facts_are_never_logged_whatever_they_hold(key: str) -> None:
    assert redact(None, "info", {"event": "e", key: "harmless"})[key] == REDACTED


def test_ids_are_left_alone() -> None:
    line = {"event": "slack.threads.planned", "activity_id": 3, "channel": "C042", "ts": "1700000000.000100"}

    assert redact(None, "info", dict(line)) == line


@contextmanager
def pipe_without_reader() -> Iterator[TextIO]:
    reader, writer = os.pipe()
    os.close(reader)
    with suppress(BrokenPipeError), os.fdopen(writer, "w") as file:
        yield file


@contextmanager
def closed_file() -> Iterator[TextIO]:
    with Path(os.devnull).open("w") as file:
        file.close()
        yield file


@pytest.mark.parametrize("no_log", [file_on_full_disk, pipe_without_reader, closed_file])
def test_a_line_that_cannot_be_written_is_lost_and_whoever_logs_goes_on(
    no_log: Callable[[], AbstractContextManager[TextIO]],
) -> None:
    went_on = False

    with no_log() as file, logs_go_to(file):
        structlog.get_logger().error("ingest.storage.failed")
        went_on = True

    assert went_on


def test_a_line_is_one_document_that_is_written_at_once(tmp_path: Path) -> None:
    file = (tmp_path / "log").open("w")

    with logs_go_to(file):
        structlog.get_logger().warning("engine.timer.failed", timer="thin")
        written = (tmp_path / "log").read_text()
    file.close()

    assert (written.count("\n"), json.loads(written)["timer"]) == (1, "thin")
