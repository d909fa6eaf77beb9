"""What a proxy in front tells of who asks is believed, and what anybody else tells is not."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from tests.http.test_ready import a_process
from tocsin.kernel.db import Database

PROXY, STRANGER = "10.0.0.9", "192.0.2.7"


@pytest.fixture
def database(sqlite_database_url: str) -> Iterator[Database]:
    with closing(Database.open(sqlite_database_url)) as opened:
        yield opened


@pytest.mark.parametrize(
    ("asked_by", "settings", "scheme"),
    [
        ("127.0.0.1", {}, "https"),
        (STRANGER, {}, "http"),
        (PROXY, {}, "http"),
        (PROXY, {"FORWARDED_ALLOW_IPS": PROXY}, "https"),
        (STRANGER, {"FORWARDED_ALLOW_IPS": PROXY}, "http"),
    ],
)
def test_whom_the_server_believes_about_the_way_a_request_came(
    database: Database,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    asked_by: str,
    settings: dict[str, str],
    scheme: str,
) -> None:
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    client = TestClient(a_process(database, tmp_path).application(), client=(asked_by, 4711), follow_redirects=False)

    sent_on = client.get("/health", headers={"X-Forwarded-Proto": "https", "X-Forwarded-For": STRANGER})

    assert sent_on.headers["Location"] == f"{scheme}://testserver/health/"
