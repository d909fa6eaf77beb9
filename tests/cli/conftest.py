"""What the tests of the command line share: a terminal, alone or with an organization behind it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from slack_simulator.running import Simulator, running_simulator
from tests.cli.terminal import Terminal

INIT = ("init", "--organization", "acme", "--project", "web", "--email", "owner@example.com")


@pytest.fixture
def bare_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """A terminal on a machine where Tocsin was never used; its data directory does not exist yet."""
    terminal = Terminal(capsys, monkeypatch)
    terminal.setting("DATA_DIR", tmp_path / "data")
    return terminal


@pytest.fixture
def terminal(bare_terminal: Terminal, database_url: str) -> Terminal:
    """A terminal with a database at the present schema, once of each kind."""
    bare_terminal.setting("DATABASE_URL", database_url)
    return bare_terminal


@pytest.fixture
def acme(terminal: Terminal) -> Terminal:
    """A terminal with the organization `acme`, its project `web` and its owner."""
    terminal.do(*INIT)
    return terminal


@pytest.fixture
def slack(bare_terminal: Terminal) -> Iterator[Simulator]:
    """A strict Slack that the terminal talks to."""
    with running_simulator() as simulator:
        bare_terminal.setting("SLACK_API_URL", simulator.url)
        yield simulator


@pytest.fixture
def connected(acme: Terminal, slack: Simulator) -> Terminal:  # noqa: ARG001 -- Slack must be running
    """A terminal whose organization uses the workspace T0ACME."""
    acme.do("slack", "connect", "--bot-token", "xoxb-example-bot", "--signing-secret", "example-signing-secret")
    return acme
