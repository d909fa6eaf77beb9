"""Audit entries as other programs read them: JSON lines, and CSV that no spreadsheet takes for formulas."""

import csv
import io
import json
from collections.abc import Iterable, Iterator
from datetime import UTC

from tocsin.organizations.audit import AuditEntry

COLUMNS = (
    "id",
    "at",
    "event",
    "actor_user_id",
    "actor",
    "target",
    "via",
    "integration_id",
    "slack_user_id",
    "channel",
    "ts",
    "data",
    "sequence",
    "previous_hash",
    "hash",
)
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\0")
"""What makes a spreadsheet calculate instead of show (owasp.org/www-community/attacks/CSV_Injection)."""


def document_of(entry: AuditEntry) -> dict[str, object]:
    """The entry as JSON tells it."""
    at = entry.at.astimezone(UTC).isoformat(timespec="microseconds")
    own = {name: getattr(entry, name) for name in COLUMNS if name not in {"at", "actor"}}
    facts = own | {"at": at, "actor": entry.actor_label}
    return {name: facts[name] for name in COLUMNS}


def json_lines(entries: Iterable[AuditEntry]) -> Iterator[str]:
    """One JSON document a line."""
    for entry in entries:
        yield f"{json.dumps(document_of(entry), ensure_ascii=False)}\n"


def csv_lines(entries: Iterable[AuditEntry]) -> Iterator[str]:
    """A heading and one line an entry (RFC 4180); `data` is JSON in its cell."""
    yield _row(COLUMNS)
    for entry in entries:
        yield _row(_cells(document_of(entry)))


def harmless(cell: str) -> str:
    """The text of a cell, with an apostrophe before whatever would begin a formula, and without NUL."""
    text = cell.replace("\0", "")
    return f"'{text}" if cell.startswith(FORMULA) else text


def _cells(facts: dict[str, object]) -> list[str]:
    cells = []
    for name in COLUMNS:
        value = facts[name]
        text = json.dumps(value, ensure_ascii=False) if name == "data" else "" if value is None else str(value)
        cells.append(harmless(text))
    return cells


def _row(cells: Iterable[str]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="\r\n").writerow(cells)
    return line.getvalue()
