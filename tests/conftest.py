"""What every test folder shares: `--nightly`, the guard of the network, databases of both kinds and the browser."""

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from tests.support.chromium import NOT_RUN
from tests.support.databases import (
    EMPTY,
    drop_idle_postgresql,
    drop_postgresql_template,
    fresh_postgresql,
    fresh_sqlite,
    share_compiled_statements,
    sqlite_url,
)
from tests.support.network_guard import loopback_only
from tests.support.run_folder import shared_run_folder
from tocsin.kernel.db import Database

pytest_plugins = ["slack_simulator.pytest_plugin", "tests.support.browser"]

KEPT_VARIABLES = ("TOCSIN_TEST_", "TOCSIN_CHROMIUM", "TOCSIN_REQUIRE_BROWSER")
_run = pytest.StashKey[ExitStack]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--nightly", action="store_true", help="also the tests marked nightly, and the full sizes")


def pytest_configure(config: pytest.Config) -> None:
    forget_settings()
    share_compiled_statements()
    # Deadlines measure the machine, which a second worker loads.
    hypothesis.settings.register_profile("tocsin", deadline=None, print_blob=True)
    hypothesis.settings.load_profile("tocsin")
    if not is_worker(config):
        run = config.stash[_run] = ExitStack()
        folder = run.enter_context(shared_run_folder())
        run.callback(drop_postgresql_template, folder)


def pytest_unconfigure(config: pytest.Config) -> None:
    drop_idle_postgresql()
    if _run in config.stash:
        config.stash[_run].close()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.getoption("--nightly"):
        full_size = pytest.mark.skip(reason="full size: run with --nightly")
        for item in items:
            if "nightly" in item.keywords:
                item.add_marker(full_size)
    items[:] = with_trials_spread(items)


def with_trials_spread(items: list[pytest.Item]) -> list[pytest.Item]:
    """The same tests, with the crash trials at equal distances: each takes minutes in which it mostly waits, and in one
    file they would all wait one after the other on the same worker, long after the others had finished."""
    trials = [item for item in items if item.get_closest_marker("crash") and not item.get_closest_marker("skip")]
    found = set(trials)
    others = [item for item in items if item not in found]
    if not trials:
        return items
    distance = len(others) // len(trials)
    spread: list[pytest.Item] = []
    for place, trial in enumerate(trials):
        spread += [trial, *others[place * distance : (place + 1) * distance]]
    return spread + others[len(trials) * distance :]


def pytest_terminal_summary(terminalreporter: Any) -> None:
    reasons = [str(report.longrepr) for report in terminalreporter.stats.get("skipped", [])]
    not_run = [reason for reason in reasons if NOT_RUN in reason]
    if not_run:
        terminalreporter.section(f"{len(not_run)} BROWSER TESTS NOT RUN", sep="!", red=True, bold=True)
        terminalreporter.line(NOT_RUN + not_run[0].partition(NOT_RUN)[2].rstrip("')"), red=True, bold=True)


def is_worker(config: pytest.Config) -> bool:
    return hasattr(config, "workerinput")


def forget_settings() -> None:
    """Take the settings of whoever runs the tests out of their environment."""
    for name in [name for name in os.environ if name.startswith("TOCSIN_") and not name.startswith(KEPT_VARIABLES)]:
        del os.environ[name]


@pytest.fixture(scope="session", autouse=True)
def _no_network() -> Iterator[None]:
    with loopback_only():
        yield


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a fresh database at the present schema; the test runs once on each kind."""
    fresh: Callable[[], AbstractContextManager[str]] = {
        "sqlite": lambda: fresh_sqlite(tmp_path),
        "postgresql": fresh_postgresql,
    }[request.param]
    with fresh() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database without any table; the test runs once on each kind."""
    if request.param == "sqlite":
        yield sqlite_url(tmp_path / "tocsin.db")
        return
    with fresh_postgresql(EMPTY) as url:
        yield url


@pytest.fixture
def sqlite_database_url(tmp_path: Path) -> Iterator[str]:
    """The URL of a fresh SQLite file at the present schema, for what only SQLite has."""
    with fresh_sqlite(tmp_path) as url:
        yield url


@pytest.fixture
def postgresql_url() -> Iterator[str]:
    """The URL of a fresh PostgreSQL database at the present schema, for what needs several processes."""
    with fresh_postgresql() as url:
        yield url


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A fresh database, open; the test runs once on each kind."""
    opened = Database.open(database_url)
    yield opened
    opened.close()
