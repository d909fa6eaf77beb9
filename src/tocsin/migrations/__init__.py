"""The schema's history, and the one way to bring a database up to it."""

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from tocsin.kernel.db import Database
from tocsin.kernel.errors import TocsinError
from tocsin.migrations import guards

MIGRATION_LOCK = 0x70C5_1E
"""The key of PostgreSQL's advisory lock: of several processes that start at once, one migrates and the others wait."""

REVISIONS = tuple(
    sorted(step.name.partition("_")[0] for step in (Path(__file__).parent / "versions").glob("[0-9]*.py"))
)
"""The steps of the history, oldest first: the files are called by them."""


class SchemaNewerError(TocsinError):
    """The database was written by a newer Tocsin than this one."""

    code = "migrations.schema_newer"


class SchemaOlderError(TocsinError):
    """The database waits for `tocsin migrate`."""

    code = "migrations.schema_older"


def migrate(database: Database) -> None:
    """Bring `database` to the present schema; does nothing when it is there already.

    Raises:
        SchemaNewerError: a newer Tocsin has written it; install that version.
    """
    with database.writer.connect() as connection, connection.begin():
        if not database.is_sqlite:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
        revision = _revision_of(connection)
        _refuse_newer(revision)
        if revision != REVISIONS[-1]:
            from tocsin.migrations.upgrade import upgrade  # a server that has nothing to do is spared its memory

            upgrade(connection)
        guards.install(connection)


def require_current_schema(database: Database) -> None:
    """Refuse to go on with a database that is not at the present schema.

    Raises:
        SchemaOlderError, SchemaNewerError: what to do stands in the message.
    """
    with database.reader.connect() as connection:
        revision = _revision_of(connection)
    _refuse_newer(revision)
    if revision != REVISIONS[-1]:
        raise SchemaOlderError("the database's schema is older than this Tocsin; run `tocsin migrate`")


def _revision_of(connection: Connection) -> str | None:
    """The last step that the database went through, as Alembic notes it; `None` where there is no schema yet."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()


def _refuse_newer(revision: str | None) -> None:
    if revision is not None and revision not in REVISIONS:
        raise SchemaNewerError(
            f"the database's schema ({revision}) is of a newer Tocsin; install that version or restore a backup"
        )
