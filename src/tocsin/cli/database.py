"""Opening the server's database for one verb."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.orm import Session

from tocsin.deliveries.mail import Mailing
from tocsin.kernel.clock import system_clock
from tocsin.kernel.db import Database, write
from tocsin.kernel.errors import NotFoundError
from tocsin.kernel.secrets import SecretBox, load_keys
from tocsin.members.authorize import record_refusal
from tocsin.members.errors import RefusedError
from tocsin.migrations import migrate, require_current_schema
from tocsin.settings import Settings

PRIVATE_DIRECTORY = 0o700


@contextmanager
def open_database(settings: Settings) -> Iterator[Database]:
    """The database, which must be at the present schema.

    Raises:
        NotFoundError: there is none yet.
        SchemaOlderError, SchemaNewerError: what to do stands in the message.
    """
    database = Database.open(settings.resolved_database_url)
    try:
        require_sqlite_file(database)
        require_current_schema(database)
        yield database
    finally:
        database.close()


@contextmanager
def open_or_make_database(settings: Settings) -> Iterator[Database]:
    """The database, made or brought to the present schema where it is a SQLite file.

    Raises:
        SchemaOlderError: PostgreSQL waits for `tocsin migrate`.
    """
    make_data_directory(settings)
    database = Database.open(settings.resolved_database_url)
    try:
        if database.is_sqlite:
            migrate(database)
        require_current_schema(database)
        yield database
    finally:
        database.close()


@contextmanager
def acting(database: Database) -> Iterator[Session]:
    """One transaction of a person; a refusal is undone and then written into the audit log."""
    try:
        with write(database) as session:
            yield session
    except RefusedError as error:
        with write(database) as session:
            record_refusal(
                session, error.user_id, error.verb, error.scope, source=error.source, target=None, now=system_clock()
            )
        raise


def make_data_directory(settings: Settings) -> None:
    """Make the data directory, for nobody else to look into."""
    settings.data_dir.mkdir(mode=PRIVATE_DIRECTORY, parents=True, exist_ok=True)


def open_secret_box(settings: Settings) -> SecretBox:
    """What seals and opens the stored secrets, with the keys of this server."""
    make_data_directory(settings)
    configured = settings.secret_keys.get_secret_value() if settings.secret_keys is not None else None
    return SecretBox(load_keys(configured, settings.data_dir))


def open_mailing(settings: Settings) -> Mailing:
    """What planning a mail needs, with the keys and the mail server of this server."""
    return Mailing(open_secret_box(settings), settings.link_base, is_on=settings.has_mail)


def require_sqlite_file(database: Database) -> None:
    """SQLite would make an empty file where there is none, and so hide a wrong path.

    Raises:
        NotFoundError: there is no file.
    """
    path = database.url.database
    if database.is_sqlite and path is not None and not Path(path).exists():
        raise NotFoundError(f"There is no database at {path}; begin with `tocsin init`, or set TOCSIN_DATA_DIR.")
