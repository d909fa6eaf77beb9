"""Takes the steps of the history that a database lacks: the one module that loads Alembic, which takes 12 MB."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

from tocsin.kernel.db import Base


def config() -> Config:
    """What Alembic has to know to find the history."""
    found = Config()
    found.set_main_option("script_location", str(Path(__file__).parent))
    found.attributes["target_metadata"] = Base.metadata
    return found


def upgrade(connection: Connection) -> None:
    """Take each step that `connection` lacks, in the transaction that is open on it."""
    known = config()
    known.attributes["connection"] = connection
    command.upgrade(known, "head")
