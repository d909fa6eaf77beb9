"""`tocsin migrate`: the schema of this version."""

from tocsin import migrations
from tocsin.cli.database import make_data_directory
from tocsin.cli.options import JsonOption
from tocsin.cli.output import answer
from tocsin.kernel.db import Database
from tocsin.settings import Settings


def migrate(*, json: JsonOption = False) -> None:
    """Bring the database to the schema of this version; does nothing when it is there already."""
    settings = Settings()
    make_data_directory(settings)
    database = Database.open(settings.resolved_database_url)
    try:
        migrations.migrate(database)
    finally:
        database.close()
    answer({"migrated": True}, ["The database is at the schema of this version."], as_json=json)
