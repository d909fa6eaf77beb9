"""The schema's history, and the one way to bring a database up to it."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from tocsin.kernel.db import Base, Database
from tocsin.kernel.errors import TocsinError
from tocsin.migrations import guards

MIGRATION_LOCK = 0x70C5_1E
"""The key of PostgreSQL's advisory lock: of several processes that start at once, one migrates and the others wait."""


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
        _refuse_newer(MigrationContext.configure(connection).get_current_revision())
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        guards.install(connection)


def require_current_schema(database: Database) -> None:
    """Refuse to go on with a database that is not at the present schema.

    Raises:
        SchemaOlderError, SchemaNewerError: what to do stands in the message.
    """
    with database.reader.connect() as connection:
        revision = MigrationContext.configure(connection).get_current_revision()
    _refuse_newer(revision)
    if revision != ScriptDirectory.from_config(_config()).get_current_head():
        raise SchemaOlderError("the database's schema is older than this Tocsin; run `tocsin migrate`")


def _refuse_newer(revision: str | None) -> None:
    known = {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}
    if revision is not None and revision not in known:
        raise SchemaNewerError(
            f"the database's schema ({revision}) is of a newer Tocsin; install that version or restore a backup"
        )


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["target_metadata"] = Base.metadata
    return config
