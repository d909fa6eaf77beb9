"""A running server copies SQLite's log into the database file all along."""

import shutil
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import select

from tests.flows.company import Company
from tocsin.events.models import StoredEvent
from tocsin.kernel.db import Database, read


def test_what_was_reported_is_in_the_file_itself_a_moment_later(company: Company, tmp_path: Path) -> None:
    if not company.database.is_sqlite:
        pytest.skip("PostgreSQL has a checkpointer of its own")
    file, copy = Path(company.database.url.database or ""), tmp_path / "copy.db"

    reported = company.report()

    def stands_in_a_copy_without_the_log() -> bool:
        shutil.copyfile(file, copy)
        with closing(Database.open(f"sqlite:///{copy}")) as copied, read(copied) as session:
            return bytes.fromhex(reported) in session.scalars(select(StoredEvent.event_id)).all()

    company.wait_until(stands_in_a_copy_without_the_log)
