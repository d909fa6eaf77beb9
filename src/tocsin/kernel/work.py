"""Notes that work is wanted, taken down inside a transaction and handed to the runner after COMMIT.

The row that the verb wrote is the outbox; a note only spares it the wait for the catch-up. Losing a note loses nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy.orm import Session

NOTES = "tocsin.work"


@dataclass(frozen=True, slots=True)
class Work:
    """One wish: `kind` is a word of the domain (`activity`, `delivery`, `message`, `approval`), `id` the row's id."""

    kind: str
    id: int


Runner = Callable[[list[Work]], None]
"""Takes the notes of one committed transaction; must return at once and never raise."""


def ask(session: Session, kind: str, row_id: int) -> None:
    """Note on `session` that row `row_id` of `kind` wants work once the transaction is committed."""
    session.info.setdefault(NOTES, {})[Work(kind, row_id)] = None


def take_notes(session: Session) -> list[Work]:
    """The notes of this session, each once, in the order they were made; forgets them."""
    return list(session.info.pop(NOTES, {}))
