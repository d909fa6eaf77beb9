"""What a form answers when it could not be done: errors that are told on the page itself, and refusals on record."""

from collections.abc import Iterator
from contextlib import contextmanager

from tocsin.chat.platform import ChannelNotFoundError, ChatRefusedError, ChatTokenRefusedError
from tocsin.http.visit import SignedInVisit
from tocsin.kernel.db import write
from tocsin.kernel.errors import ConflictError, InvalidInputError, UnreachableError, WriterBusyError
from tocsin.members.authorize import record_refusal
from tocsin.members.errors import RefusedError

TOLD_ON_THE_PAGE = (
    ChannelNotFoundError,
    ChatRefusedError,
    ChatTokenRefusedError,
    ConflictError,
    InvalidInputError,
    UnreachableError,
    WriterBusyError,
)
"""Errors after which the person changes something and presses again, so the form and what they typed stay."""

WRITER_SECONDS = 5.0
"""How long a page waits for the database before it tells the person to try again."""


@contextmanager
def refusals_on_record(visit: SignedInVisit, *, target: str) -> Iterator[None]:
    """Write a refusal inside the block into the audit log; it is raised again, for the edge to tell."""
    try:
        yield
    except RefusedError as error:
        with write(visit.deps.database) as session:
            record_refusal(
                session,
                error.user_id,
                error.verb,
                error.scope,
                source=error.source,
                target=target,
                now=visit.now,
            )
        raise
