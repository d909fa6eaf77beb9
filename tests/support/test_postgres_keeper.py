"""The life of the run's own PostgreSQL server."""

import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from tests.support.databases import ROOT
from tests.support.postgres_keeper import URL_FILE

OWNER = """
import subprocess, sys
from tests.support.run_folder import shared_run_folder
with shared_run_folder() as folder:
    subprocess.run([sys.executable, "-m", "tests.support.postgres_keeper", str(folder)], check=True)
    print(folder, flush=True)
    sys.stdin.read()
"""


@pytest.mark.crash
def test_the_server_ends_with_a_run_that_was_killed():
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert owner.stdout is not None
    folder = Path(owner.stdout.readline().strip())
    connection = psycopg.connect((folder / URL_FILE).read_text())

    owner.kill()
    owner.communicate()

    with pytest.raises(psycopg.OperationalError):
        connection.execute("SELECT pg_sleep(60)")
    connection.close()
