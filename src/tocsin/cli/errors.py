"""What each error means at a terminal: one sentence and an exit code."""

import os

import structlog
from pydantic import ValidationError
from sqlalchemy.exc import ArgumentError, DBAPIError

from tocsin.cli.app import REFUSED, UNREACHABLE, USAGE
from tocsin.issues.errors import AssignmentRefusedError
from tocsin.kernel.errors import InvalidInputError, TocsinError, UnreachableError, WriterBusyError
from tocsin.rules.action import RuleDataError

EXIT_CODES: tuple[tuple[type[Exception], int], ...] = (
    (AssignmentRefusedError, REFUSED),
    (RuleDataError, REFUSED),
    (InvalidInputError, USAGE),
    (UnreachableError, UNREACHABLE),
    (WriterBusyError, UNREACHABLE),
    (TocsinError, REFUSED),
)
"""The first that fits counts."""


def describe_error(error: Exception) -> tuple[str, int]:
    """The sentence and the exit code for what went wrong."""
    if isinstance(error, ValidationError):
        return _describe_settings(error), USAGE
    if isinstance(error, ArgumentError):
        return "TOCSIN_DATABASE_URL is no address of a database: give postgresql://... or sqlite:///path", USAGE
    if isinstance(error, DBAPIError):
        return f"Cannot use the database: {_first_line(error.orig)}", UNREACHABLE
    if isinstance(error, OSError):
        return f"{error.strerror or error}: {error.filename or 'the system refused'}", UNREACHABLE
    for kind, code in EXIT_CODES:
        if isinstance(error, kind):
            return str(error), code
    return _describe_unexpected(error), REFUSED


def _describe_settings(error: ValidationError) -> str:
    """Name each setting that cannot be used; never its value, which may be a secret."""
    return "; ".join(f"TOCSIN_{'_'.join(map(str, one['loc'])).upper()}: {one['msg']}" for one in error.errors())


def _describe_unexpected(error: Exception) -> str:
    """An error that nobody foresaw: its traceback is for whoever asked for it."""
    if os.environ.get("TOCSIN_LOG_LEVEL") == "DEBUG":
        structlog.get_logger().error("cli.unexpected", exc_info=error)
    return (
        f"This should not have happened: {type(error).__name__}: {_first_line(error)} "
        "(TOCSIN_LOG_LEVEL=DEBUG shows where; please report it)"
    )


def _first_line(error: BaseException | None) -> str:
    return next(iter(str(error).splitlines()), "") or type(error).__name__
