"""Bringing a database up to the present schema, and refusing those that are at another."""

import subprocess
import sys
from collections.abc import Callable

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import text

from tocsin.kernel.db import Database
from tocsin.migrations import REVISIONS, SchemaNewerError, SchemaOlderError, migrate, require_current_schema
from tocsin.migrations.upgrade import config

SERVE = """
import sys
from tocsin.bootstrap import Process
from tocsin.kernel.db import Database
from tocsin.migrations import migrate, require_current_schema

database = Database.open(sys.argv[1])
migrate(database)
require_current_schema(database)
print("alembic" in sys.modules)
"""


def test_files_are_called_by_the_steps_that_they_hold() -> None:
    steps = ScriptDirectory.from_config(config()).walk_revisions()

    assert tuple(step.revision for step in steps)[::-1] == REVISIONS


def test_a_database_without_a_schema_is_refused_until_it_is_migrated(empty_database_url: str) -> None:
    database = Database.open(empty_database_url)
    with pytest.raises(SchemaOlderError, match="run `tocsin migrate`"):
        require_current_schema(database)

    migrate(database)

    require_current_schema(database)
    database.close()


@pytest.mark.parametrize("use", [migrate, require_current_schema])
def test_a_database_of_a_newer_version_is_left_alone(database: Database, use: Callable[[Database], None]) -> None:
    with database.writer.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    with pytest.raises(SchemaNewerError, match="9999"):
        use(database)


def test_a_server_that_has_nothing_to_migrate_does_not_load_what_migrates(sqlite_database_url: str) -> None:
    said = subprocess.run(
        [sys.executable, "-c", SERVE, sqlite_database_url], capture_output=True, text=True, check=True
    )

    assert said.stdout == "False\n"
