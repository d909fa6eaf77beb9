"""Owns the search for secrets where none may be: logs, files, rows and messages."""

from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import select

from bench.company import BENCH, NEXT_DOOR, SIGNING_SECRET
from slack_simulator.running import Simulator
from tests.crash.load import SECRET
from tocsin.events.models import StoredEvent
from tocsin.events.storage import unpack
from tocsin.kernel.db import Base, Database, read

SECRETS = (SECRET, BENCH.bot_token, NEXT_DOOR.bot_token, SIGNING_SECRET)


def find_leaks(database: Database, slack: Simulator, folder: Path) -> Iterator[str]:
    """Each place, by its name, in which one of the secrets stands in the clear."""
    for path in sorted(folder.iterdir()):
        if path.is_file() and _holds(path.read_bytes()):
            yield path.name
    yield from _leaks_in_rows(database)
    for message in slack.ledger.posted:
        if _holds(message.text.encode()):
            yield f"message {message.ts} in {message.channel}"


def _leaks_in_rows(database: Database) -> Iterator[str]:
    with read(database) as session:
        for table in Base.metadata.sorted_tables:
            if any(_holds(repr(row).encode()) for row in session.execute(select(table))):
                yield f"table {table.name}"
        payloads = session.scalars(select(StoredEvent.payload))
        if any(_holds(unpack(payload)) for payload in payloads):
            yield "the payload of an event"


def _holds(content: bytes) -> bool:
    return any(secret.encode() in content for secret in SECRETS)
