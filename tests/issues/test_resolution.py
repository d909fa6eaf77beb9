"""Resolving in releases and commits: what is kept, said and refused."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.support.acme import NOW, make_issue, make_organization, make_person, make_project, make_release, system
from tocsin.activities.describe import describe, plain_text
from tocsin.issues.act import IssueAction, act
from tocsin.issues.errors import AlreadyDoneError, ResolutionRefusedError
from tocsin.issues.models import Issue
from tocsin.issues.queries import get_issue_line
from tocsin.issues.shipping import set_commits
from tocsin.kernel.db import read, write
from tocsin.kernel.errors import InvalidInputError
from tocsin.organizations.models import Project, Release
from tocsin.organizations.permit import Source, Via
from tocsin.organizations.releases import CommitFacts

PAGE = Source(Via.PAGE)
SHA = "8f3a2c1d0e9b8a7f6e5d4c3b2a19081726354453"

Do = Callable[[IssueAction], str]


@pytest.fixture
def home(database):
    return make_organization(database)


@pytest.fixture
def project(database, home):
    return make_project(database, home)


@pytest.fixture
def issue(database, project):
    return make_issue(database, project)


@pytest.fixture
def do(database, home, issue) -> Do:
    """Ada does one action to the issue; gives the sentence of it."""
    ada = make_person(database, home)

    def act_and_tell(action: IssueAction) -> str:
        with write(database) as session:
            activity = act(session, user_id=ada, source=PAGE, issue_id=issue, action=action, now=NOW)
            sentence = describe(activity)
        assert sentence is not None
        return plain_text(sentence, issue="WEB-1")

    return act_and_tell


def where(database, issue) -> str:
    with read(database) as session:
        return get_issue_line(session, issue).resolved_where


def carry(database, home, version: str, *commits: CommitFacts) -> None:
    """Note that the release carries the commits."""
    with write(database) as session:
        release = session.scalars(select(Release).where(Release.version == version)).one()
        set_commits(session, system(home), release, commits, now=NOW)


@pytest.mark.parametrize(
    ("action", "sentence", "state"),
    [
        (IssueAction("resolve"), "Ada resolved WEB-1", ""),
        (IssueAction("resolve_in_release", release="shop@1.0"), "Ada resolved WEB-1 in shop@1.0", "in shop@1.0"),
        (IssueAction("resolve_in_current_release"), "Ada resolved WEB-1 in shop@1.1", "in shop@1.1"),
        (
            IssueAction("resolve_in_next_release"),
            "Ada resolved WEB-1 in the next release",
            "in the next release",
        ),
        (
            IssueAction("resolve_in_commit", commit=SHA.upper()),
            "Ada resolved WEB-1 in commit 8f3a2c1",
            "in commit 8f3a2c1",
        ),
    ],
)
def test_history_and_state_say_where_the_fix_is(database, issue, do, action, sentence, state):
    make_release(database, "shop@1.0")
    make_release(database, "shop@1.1")

    said = do(action)

    assert (said, where(database, issue)) == (sentence, state)


def test_a_commit_that_a_release_carries_names_the_first_such_release(database, home, issue, do):
    for version in ("shop@1.0", "shop@1.1"):
        make_release(database, version)
        carry(database, home, version, CommitFacts(SHA))

    said = do(IssueAction("resolve_in_commit", commit=SHA[:9]))

    assert said == "Ada resolved WEB-1 in commit 8f3a2c1 of shop@1.0"
    assert where(database, issue) == "in commit 8f3a2c1 of shop@1.0"


def test_the_beginning_of_several_commits_names_none(database, home, do):
    make_release(database, "shop@1.0")
    carry(database, home, "shop@1.0", CommitFacts("8f3a2c1aa"), CommitFacts("8f3a2c1bb"))

    with pytest.raises(ResolutionRefusedError, match="Several commits begin with 8f3a2c1"):
        do(IssueAction("resolve_in_commit", commit="8f3a2c1"))


@pytest.mark.parametrize("sha", ["8f3a2c", "not hex", "", "g" * 7, "a" * 65])
def test_what_is_no_commit_is_refused(database, issue, do, sha):
    with pytest.raises(InvalidInputError):
        do(IssueAction("resolve_in_commit", commit=sha))

    with read(database) as session:
        assert session.get_one(Issue, issue).status == "unresolved"


def test_an_unknown_release_is_refused_with_those_that_there_are(database, do):
    make_release(database, "shop@1.0")

    with pytest.raises(ResolutionRefusedError, match=r"no release 'shop@9'.*newest are shop@1\.0"):
        do(IssueAction("resolve_in_release", release="shop@9"))


@pytest.mark.parametrize("name", ["resolve_in_release", "resolve_in_current_release", "resolve_in_next_release"])
def test_without_any_release_it_is_said_how_there_will_be_one(do, name):
    with pytest.raises(ResolutionRefusedError, match="tocsin releases new VERSION --project web"):
        do(IssueAction(name, release="shop@1.0"))


def test_a_release_of_another_project_is_none_of_this_one(database, home, do):
    make_release(database, "api@1.0", make_project(database, home, "api"))

    with pytest.raises(ResolutionRefusedError):
        do(IssueAction("resolve_in_release", release="api@1.0"))


@pytest.mark.parametrize("name", ["resolve", "resolve_in_current_release", "resolve_in_next_release"])
def test_whoever_comes_second_hears_who_was_faster_in_whichever_way(database, do, name):
    make_release(database, "shop@1.0")
    do(IssueAction("resolve_in_current_release"))

    with pytest.raises(AlreadyDoneError, match="WEB-1 is already resolved, by Ada"):
        do(IssueAction(name))


def test_reopening_forgets_where_the_fix_was(database, issue, do):
    make_release(database, "shop@1.0")
    do(IssueAction("resolve_in_commit", commit=SHA))

    do(IssueAction("reopen"))

    with read(database) as session:
        row = session.get_one(Issue, issue)
    assert (row.resolved_at, row.resolution, row.resolved_release_id, row.resolved_commit) == (None,) * 4


def test_the_current_release_is_that_of_the_issues_own_project(database, home, project, do):
    make_release(database, "shop@1.0", project)
    make_release(database, "api@7.0", make_project(database, home, "api"), first_seen=NOW + timedelta(days=1))

    assert do(IssueAction("resolve_in_current_release")) == "Ada resolved WEB-1 in shop@1.0"
    with read(database) as session:
        assert session.get_one(Project, project).slug == "web"
