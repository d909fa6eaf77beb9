"""The root of every error that Tocsin raises on purpose, and the few that belong to no slice."""

from typing import ClassVar


class TocsinError(Exception):
    """An error with a stable `code` (for logs, tests and docs); the sentence for people is the message.

    `permanent` says whether trying the same thing again can help.
    """

    code: ClassVar[str] = "tocsin.error"
    permanent: ClassVar[bool] = True


class NotFoundError(TocsinError):
    """The thing does not exist, or the asker may not see it: both answer alike."""

    code = "tocsin.not_found"


class InvalidInputError(TocsinError):
    """What was given cannot be used; the message says what to give instead. Nothing was changed."""

    code = "tocsin.invalid_input"


class AmbiguousError(InvalidInputError):
    """Several things fit; the message names them and the option that chooses one."""

    code = "tocsin.ambiguous"


class ConflictError(TocsinError):
    """The thing is not in the state that the verb needs; the message tells the present state."""

    code = "tocsin.conflict"


class WriterBusyError(TocsinError):
    """The database's writer was not free in time. Provably nothing was done; trying again can help."""

    code = "tocsin.writer_busy"
    permanent = False


class CrossedError(WriterBusyError):
    """Two transactions waited for each other, and the database ended this one. Trying again at once helps."""

    code = "tocsin.crossed"


class UnreachableError(TocsinError):
    """Another system (database, Slack, SMTP) could not be reached."""

    code = "tocsin.unreachable"
    permanent = False
