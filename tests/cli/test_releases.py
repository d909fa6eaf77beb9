"""`tocsin releases`, `deploys` and `projects`, and resolving in a release: what a build and an operator type."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.terminal import Terminal
from tests.support.acme import make_issue, make_project
from tocsin.kernel.db import Database
from tocsin.kernel.ids import OrganizationId, ProjectId

ACME, WEB = OrganizationId(1), ProjectId(1)
SHA = "8f3a2c1d0e"


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = Database.open(database_url)
    yield opened
    opened.close()


@pytest.fixture
def issue(acme: Terminal, database: Database) -> int:  # noqa: ARG001 -- the organization must be there
    return make_issue(database, WEB)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A git repository with the tag v1 and two commits behind it."""
    folder = tmp_path / "repository"
    folder.mkdir()
    who = ("-c", "user.name=Ada", "-c", "user.email=ada@example.com")
    for words in (
        ("init", "--quiet"),
        ("commit", "--quiet", "--allow-empty", "--message", "Begin"),
        ("tag", "v1"),
        ("commit", "--quiet", "--allow-empty", "--message", "Count people\n\nFixes WEB-1"),
        ("commit", "--quiet", "--allow-empty", "--message", "Tidy: up"),
    ):
        subprocess.run(["git", *who, "-C", folder, *words], check=True, capture_output=True)
    return folder


def test_a_build_announces_a_release_as_often_as_it_likes(acme: Terminal):
    seen = [acme.do("releases", "new", "shop@1.0", "--project", "web") for _ in range(2)]

    assert [one[0]["new"] for one in seen] == [True, False]
    assert [one["version"] for one in acme.do("releases", "list")] == ["shop@1.0"]


def test_a_release_can_be_of_several_projects(acme: Terminal, database: Database):
    make_project(database, ACME, "api")
    acme.do("releases", "new", "shop@1.0", "--project", "web", "--project", "api")

    told = acme.do("deploys", "new", "shop@1.0", "--environment", "production")

    assert [one["project"] for one in told] == ["web", "api"]


def test_a_commit_from_the_command_line_resolves_what_it_fixes(acme: Terminal, issue: int):
    acme.do("releases", "new", "shop@1.0", "--project", "web")

    told = acme.do("releases", "set-commits", "shop@1.0", "--commit", f"{SHA}:Fixes WEB-1", "--commit", "0badcafe")

    assert told == [{"version": "shop@1.0", "project": "web", "new": True, "issues": ["WEB-1"]}]
    assert acme.do("issues", "show", issue)["resolved_where"] == "in commit 8f3a2c1 of shop@1.0"


def test_commits_are_read_from_the_log_of_a_repository(acme: Terminal, issue: int, repository: Path):
    acme.do("releases", "new", "shop@1.0", "--project", "web")

    told = acme.do("releases", "set-commits", "shop@1.0", "--from-git", repository, "v1..HEAD")

    assert (told[0]["issues"], acme.do("issues", "show", issue)["status"]) == (["WEB-1"], "resolved")
    assert acme.do("releases", "list")[0]["commits"] == 2


@pytest.mark.parametrize("revisions", ["v1..v9", "--output=stolen", "-p"])
def test_what_git_does_not_know_is_told_in_its_words_and_nothing_is_set(
    acme: Terminal, repository: Path, revisions: str
):
    acme.do("releases", "new", "shop@1.0", "--project", "web")

    said = acme.type("releases", "set-commits", "shop@1.0", f"--from-git={repository}", revisions)

    assert (said.code != 0, said.out, said.err.count("\n")) == (True, "", 1)
    assert not (repository / "stolen").exists()
    assert acme.do("releases", "list")[0]["commits"] == 0


def test_a_deploy_tells_which_fixes_arrived_and_not_twice(acme: Terminal, issue: int):
    acme.do("releases", "new", "shop@1.0", "--project", "web")
    acme.do("issues", "resolve", issue, "--in-release", "shop@1.0")

    told = [acme.do("deploys", "new", "shop@1.0", "--environment", "production") for _ in range(2)]

    assert [(one[0]["new"], one[0]["issues"]) for one in told] == [(True, ["WEB-1"]), (False, [])]
    assert acme.do("releases", "list")[0]["deploys"] == ["production"]


@pytest.mark.parametrize(
    ("options", "where"),
    [
        ((), None),
        (("--in-release", "shop@1.0"), "in shop@1.0"),
        (("--in-current-release",), "in shop@1.1"),
        (("--in-next-release",), "in the next release"),
        (("--in-commit", SHA), "in commit 8f3a2c1"),
    ],
)
def test_resolving_says_where_the_fix_is(acme: Terminal, issue: int, options: tuple[str, ...], where: str | None):
    for version in ("shop@1.0", "shop@1.1"):
        acme.do("releases", "new", version, "--project", "web")

    said = acme.type("issues", "resolve", issue, *options)

    assert said.out == f"WEB-1 is resolved{f' {where}' if where else ''}.\n"
    assert acme.do("issues", "show", issue)["resolved_where"] == where


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (("issues", "resolve", "WEB-1", "--in-next-release", "--in-commit", SHA), "Give only one of"),
        (("issues", "resolve", "WEB-1", "--in-release", "shop@9"), "The project web has no release yet"),
        (("releases", "set-commits", "shop@9", "--commit", SHA), "There is no release 'shop@9'"),
        (("releases", "set-commits", "shop@9"), "There is no commit to set"),
        (("deploys", "new", "shop@9", "--environment", "production"), "There is no release 'shop@9'"),
        (("releases", "new", "shop 1\n", "--project", "web"), "cannot be the name of a release"),
        (("releases", "new", "shop@1", "--project", "nowhere"), "There is no project 'nowhere'"),
        (("projects", "set", "web"), "Say --resolve-after-days"),
        (("projects", "set", "web", "--resolve-after-days", "soon"), "takes a number of days"),
        (("projects", "set", "web", "--resolve-after-days", "0"), "1 to 3650 days"),
        (("projects", "set", "web", "--assign-new-to", "backend"), "neither the e-mail of a member nor"),
    ],
)
@pytest.mark.usefixtures("issue")
def test_a_refusal_says_what_to_do(acme: Terminal, line: tuple[str, ...], words: str):
    said = acme.type(*line)

    assert (said.code != 0, said.out) == (True, "")
    assert words in said.err


def test_who_may_not_see_a_project_ships_nothing_to_it(acme: Terminal, database: Database):
    make_project(database, ACME, "hidden", is_open=False)
    acme.do("members", "add", "--email", "ada@example.com", "--role", "member")
    acme.do("releases", "new", "shop@1.0", "--project", "hidden")

    said = [
        acme.type("deploys", "new", "shop@1.0", "--environment", "production", "--as", "ada@example.com"),
        acme.type("releases", "new", "shop@1.1", "--project", "hidden", "--as", "ada@example.com"),
    ]

    assert [one.code for one in said] == [1, 1]
    assert acme.do("releases", "list", "--as", "ada@example.com") == []


def test_a_project_is_told_what_to_do_by_itself_and_to_stop(acme: Terminal):
    acme.do("members", "add", "--email", "ada@example.com", "--role", "admin", "--team", "backend")

    chosen = acme.do("projects", "set", "web", "--resolve-after-days", "30", "--assign-new-to", "#backend")
    acme.do("projects", "set", "web", "--assign-new-to", "ada@example.com")
    person = acme.do("projects", "list")[0]["assign_new_to"]
    stopped = acme.do("projects", "set", "web", "--resolve-after-days", "never", "--assign-new-to", "nobody")

    assert (chosen["resolve_after_days"], chosen["assign_new_to"], person) == (30, "#backend", "ada@example.com")
    assert (stopped["resolve_after_days"], stopped["assign_new_to"]) == (None, None)


def test_a_member_does_not_choose_for_the_project(acme: Terminal):
    acme.do("members", "add", "--email", "ada@example.com", "--role", "member")

    said = acme.type("projects", "set", "web", "--resolve-after-days", "30", "--as", "ada@example.com")

    assert (said.code, "you need the role admin" in said.err) == (1, True)
