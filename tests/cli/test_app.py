"""The command line as a whole: its words, its exit codes, and how it fails."""

import subprocess
import sys
from pathlib import Path

import pytest
from cyclopts import App

from tests.cli.conftest import INIT
from tests.cli.terminal import Terminal
from tocsin.cli.app import COMMANDS, build_app

ROOT = Path(__file__).parent.parent.parent
SCRIPT = Path(sys.executable).parent / "tocsin"
OF_THE_SERVER = {
    "accounts deactivate",
    "accounts list",
    "accounts reactivate",
    "serve",
    "init",
    "migrate",
    "keys add",
    "keys rotate",
    "doctor",
}
"""Verbs that mean the whole server, or say the organization in a way of their own."""


def commands(app: App, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """The path of every verb."""
    names = [name for name in app if not name.startswith("-")]
    if not names:
        return [path]
    return [found for name in names for found in commands(app[name], (*path, name))]


VERBS = commands(build_app())


def tocsin(*tokens: str, data: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run the real script."""
    environment = {"TOCSIN_DATA_DIR": str(data), "PATH": "/usr/bin:/bin"} | settings
    return subprocess.run([SCRIPT, *tokens], env=environment, capture_output=True, text=True, check=False, timeout=60)


def test_every_command_of_the_table_can_be_loaded():
    assert {path[0] for path in VERBS} == set(COMMANDS)


@pytest.mark.parametrize("path", VERBS, ids=" ".join)
def test_every_verb_explains_itself_and_its_options(bare_terminal: Terminal, path: tuple[str, ...]):
    said = bare_terminal.type(*path, "--help")

    assert (said.code, said.err) == (0, "")
    assert said.out.startswith(f"Usage: tocsin {' '.join(path)}")
    assert ("--json" in said.out) == (path != ("serve",))
    assert ("--organization" in said.out) == (" ".join(path) not in OF_THE_SERVER - {"init"})


def test_every_verb_stands_in_the_documentation():
    documented = (ROOT / "docs" / "command-line.md").read_text()

    assert [path for path in VERBS if f"| `{' '.join(path)}" not in documented] == []


@pytest.mark.parametrize(
    "line",
    [
        ("nonsense",),
        ("issues", "nonsense"),
        ("issues", "resolve"),
        ("init",),
        ("issues", "list", "--nonsense"),
        ("issues", "list", "query", "extra"),
    ],
    ids=" ".join,
)
def test_a_mistake_in_usage_is_one_line_and_exit_code_2(bare_terminal: Terminal, line: tuple[str, ...]):
    said = bare_terminal.type(*line)

    assert (said.code, said.out, said.err.count("\n")) == (2, "", 1)
    assert said.err.startswith("tocsin: ")


def test_help_and_version_are_no_mistake(bare_terminal: Terminal):
    assert [bare_terminal.type(token).code for token in ("--help", "--version")] == [0, 0]


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("DATABASE_URL", "postgresql://127.0.0.1:1/tocsin", 3),
        ("DATABASE_URL", "nonsense", 2),
        ("DELIVERY_LEASE", "-1", 2),
        ("ROLE", "king", 2),
    ],
)
def test_a_setting_that_cannot_be_used_is_one_line(bare_terminal: Terminal, name: str, value: str, code: int):
    bare_terminal.setting(name, value)

    said = bare_terminal.type("issues", "list", "--json")

    assert (said.code, said.out, said.err.count("\n")) == (code, "", 1)


def test_a_data_directory_that_is_a_file_is_one_line(bare_terminal: Terminal, tmp_path: Path):
    (tmp_path / "data").write_text("")

    said = bare_terminal.type(*INIT)

    assert (said.code, said.out, said.err.count("\n")) == (3, "", 1)


def test_a_secret_setting_that_cannot_be_used_is_not_repeated(bare_terminal: Terminal):
    bare_terminal.setting("DATABASE_URL", "postgresql://user:hunter2@127.0.0.1:1/tocsin")

    assert "hunter2" not in bare_terminal.type("issues", "list").err


def test_the_script_itself_answers_with_one_document_and_an_exit_code(tmp_path: Path):
    made = tocsin(*INIT, "--json", data=tmp_path / "data")
    refused = tocsin("issues", "resolve", "1", "--json", data=tmp_path / "data")

    assert (made.returncode, made.stdout.count("\n"), made.stderr) == (0, 1, "")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr == "tocsin: There is no issue '1' in acme.\n"


def test_a_reader_that_goes_away_leaves_no_traceback(tmp_path: Path):
    tocsin(*INIT, data=tmp_path / "data")

    piped = subprocess.run(
        ["/bin/sh", "-c", f"'{SCRIPT}' issues --help | true"],
        env={"TOCSIN_DATA_DIR": str(tmp_path / "data"), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert piped.stderr == ""


@pytest.mark.parametrize(
    ("settings", "code", "words"),
    [
        ({"TOCSIN_ROLE": "web"}, 2, "TOCSIN_ROLE=all"),
        ({"TOCSIN_DATABASE_URL": "postgresql://127.0.0.1:1/tocsin"}, 3, "database"),
    ],
    ids=["a role that SQLite cannot have", "a database that is not there"],
)
def test_serving_what_cannot_be_served_ends_with_one_line(tmp_path: Path, settings, code, words):
    ended = tocsin("serve", data=tmp_path / "data", **settings)

    assert (ended.returncode, ended.stdout, ended.stderr.count("\n")) == (code, "", 1)
    assert words in ended.stderr


@pytest.mark.parametrize("empty_database_url", ["postgresql"], indirect=True)
def test_serving_an_empty_postgresql_names_migrate(tmp_path: Path, empty_database_url: str):
    ended = tocsin("serve", data=tmp_path / "data", TOCSIN_DATABASE_URL=empty_database_url)

    assert (ended.returncode, "`tocsin migrate`" in ended.stderr) == (1, True)
