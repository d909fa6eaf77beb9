"""Releases, commits and deploys as a build tells them, and what becomes of the issues that they fix."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from tests.support.acme import NOW, make_issue, make_organization, make_person, make_project, make_release, system
from tocsin.activities.describe import describe, plain_text
from tocsin.activities.models import Activity
from tocsin.issues.act import IssueAction, act
from tocsin.issues.models import Issue
from tocsin.issues.queries import get_issue_line
from tocsin.issues.shipping import Shipped, deploy, set_commits, ship_release
from tocsin.kernel.db import Database, read, write
from tocsin.kernel.errors import InvalidInputError
from tocsin.kernel.ids import IssueId, OrganizationId, ProjectId, UserId
from tocsin.organizations.audit import AuditEntry
from tocsin.organizations.models import Commit, Project, Release
from tocsin.organizations.permit import Source, Via
from tocsin.organizations.releases import CommitFacts

SHA = "8f3a2c1d0e9b8a7f6e5d4c3b2a19081726354453"
OTHER = "0123456789abcdef0123456789abcdef01234567"


@dataclass
class Shop:
    """A project with an issue, and the build that ships it."""

    database: Database
    organization_id: OrganizationId
    project_id: ProjectId
    issue_id: IssueId
    ada: UserId

    def release(self, version: str, *, days: int = 1) -> Shipped:
        with write(self.database) as session:
            project = session.get_one(Project, self.project_id)
            return ship_release(session, system(self.organization_id), project, version, now=NOW + timedelta(days=days))

    def commits(self, version: str, *commits: CommitFacts) -> Shipped:
        return self._with_release(version, lambda s, p, r: set_commits(s, p, r, commits, now=NOW))

    def deploy(self, version: str, environment: str = "production") -> Shipped:
        return self._with_release(version, lambda s, p, r: deploy(s, p, r, environment, now=NOW))

    def does(self, name: str, **more: str) -> None:
        with write(self.database) as session:
            action = IssueAction(name, release=more.get("release"), commit=more.get("commit"))
            source = Source(Via.PAGE)
            act(session, user_id=self.ada, source=source, issue_id=self.issue_id, action=action, now=NOW)

    def _with_release(self, version: str, do: Callable[..., Shipped]) -> Shipped:
        with write(self.database) as session:
            release = session.scalars(select(Release).where(Release.version == version)).one()
            return do(session, system(self.organization_id), release)

    @property
    def state(self) -> str:
        """The issue's state in words."""
        with read(self.database) as session:
            line = get_issue_line(session, self.issue_id)
        return f"{line.status} {line.resolved_where}".strip()

    @property
    def history(self) -> list[str]:
        with read(self.database) as session:
            rows = session.scalars(select(Activity).order_by(Activity.id)).all()
        return [plain_text(describe(row) or [], issue="WEB-1") for row in rows]

    def count(self, table: type) -> int:
        with read(self.database) as session:
            return session.scalar(select(func.count()).select_from(table)) or 0


@pytest.fixture
def shop(database) -> Shop:
    organization = make_organization(database)
    project = make_project(database, organization)
    issue = make_issue(database, project)
    return Shop(database, organization, project, issue, make_person(database, organization))


def test_what_was_to_be_in_the_next_release_is_in_the_one_that_comes(shop: Shop):
    shop.release("shop@1.0", days=-1)
    shop.does("resolve_in_next_release")

    shop.release("shop@1.1")
    shop.release("shop@1.2", days=2)

    assert shop.state == "resolved in shop@1.1"


def test_an_old_version_that_is_heard_of_late_is_no_next_release(shop: Shop):
    shop.release("shop@1.5", days=-1)
    shop.does("resolve_in_next_release")

    shop.release("shop@1.4.9")

    assert shop.state == "resolved in the next release"


def test_a_release_that_is_announced_twice_is_one(shop: Shop):
    first, second = shop.release("shop@1.0"), shop.release("shop@1.0", days=9)

    assert (first.is_new, second.is_new, second.release.first_seen) == (True, False, NOW + timedelta(days=1))
    assert shop.count(Release) == 1


@pytest.mark.parametrize("version", ["", " ", " shop@1", "shop@1\n", "a\tb", "v" * 251, "\x00"])
def test_what_cannot_be_read_as_one_name_is_no_release(shop: Shop, version: str):
    with pytest.raises(InvalidInputError):
        shop.release(version)

    assert shop.count(Release) == 0


def test_a_commit_resolves_the_issues_that_its_message_names(shop: Shop):
    shop.release("shop@1.0")

    shipped = shop.commits("shop@1.0", CommitFacts(SHA, "Count people\n\nFixes WEB-1", "Ada"))

    assert (shipped.issues, shop.state) == (("WEB-1",), "resolved in commit 8f3a2c1 of shop@1.0")
    assert shop.history == ["a test resolved WEB-1 in commit 8f3a2c1 of shop@1.0"]


def test_a_repeated_build_does_not_resolve_what_came_back_since(shop: Shop):
    shop.release("shop@1.0")
    shop.commits("shop@1.0", CommitFacts(SHA, "Fixes WEB-1"))
    shop.does("reopen")

    again = shop.commits("shop@1.0", CommitFacts(SHA, "Fixes WEB-1"))

    assert (again.is_new, again.issues, shop.state) == (False, (), "unresolved")


def test_a_commit_leaves_the_issues_of_other_projects_alone(shop: Shop):
    hidden = make_issue(shop.database, make_project(shop.database, shop.organization_id, "hidden", is_open=False))
    shop.release("shop@1.0")

    shop.commits("shop@1.0", CommitFacts(SHA, "Fixes HIDDEN-1"))

    with read(shop.database) as session:
        assert session.get_one(Issue, hidden).status == "unresolved"


@pytest.mark.parametrize("named", [SHA, SHA[:7], SHA.upper()])
def test_what_waits_for_a_commit_is_in_the_first_release_that_carries_it(shop: Shop, named: str):
    shop.does("resolve_in_commit", commit=named)

    for version in ("shop@1.0", "shop@1.1"):
        shop.release(version)
        shop.commits(version, CommitFacts(OTHER), CommitFacts(SHA))

    assert shop.state == "resolved in commit 8f3a2c1 of shop@1.0"


def test_other_commits_do_not_help_what_waits_for_one(shop: Shop):
    shop.does("resolve_in_commit", commit=SHA)
    shop.release("shop@1.0")

    shop.commits("shop@1.0", CommitFacts(OTHER))

    assert shop.state == "resolved in commit 8f3a2c1"


def test_one_commit_without_a_name_keeps_all_out(shop: Shop):
    shop.release("shop@1.0")

    with pytest.raises(InvalidInputError):
        shop.commits("shop@1.0", CommitFacts(SHA, "Fixes WEB-1"), CommitFacts("nonsense"))

    assert shop.state == "unresolved"


def test_a_deploy_tells_of_each_fix_once(shop: Shop):
    shop.release("shop@1.0")
    shop.does("resolve_in_release", release="shop@1.0")

    told = [shop.deploy("shop@1.0", name).issues for name in ("staging", "production", "production")]

    assert told == [("WEB-1",), ("WEB-1",), ()]
    assert shop.history[1:] == [
        "The fix of WEB-1 is in staging with shop@1.0",
        "The fix of WEB-1 is in production with shop@1.0",
    ]


def test_a_deploy_tells_of_what_was_to_be_in_the_next_release_and_in_commits(shop: Shop):
    shop.does("resolve_in_commit", commit=SHA)
    shop.release("shop@1.0")
    shop.commits("shop@1.0", CommitFacts(SHA))
    shop.does("reopen")
    shop.does("resolve_in_next_release")
    shop.release("shop@1.1")

    told = [shop.deploy(version).issues for version in ("shop@1.0", "shop@1.1")]

    assert told == [(), ("WEB-1",)]


def test_a_commit_that_is_carried_on_is_deployed_with_the_later_release_too(shop: Shop):
    for version in ("shop@1.0", "shop@1.1"):
        shop.release(version)
        shop.commits(version, CommitFacts(SHA, "Fixes WEB-1"))

    assert shop.deploy("shop@1.1").issues == ("WEB-1",)


def test_the_order_in_which_a_build_tells_commits_and_deploys_does_not_matter(shop: Shop):
    shop.release("shop@1.0")
    shop.deploy("shop@1.0")

    shop.commits("shop@1.0", CommitFacts(SHA, "Fixes WEB-1"))

    assert shop.history[-1] == "The fix of WEB-1 is in production with shop@1.0"


def test_builds_that_tell_the_same_at_the_same_moment_have_one_effect(shop: Shop):
    shop.release("shop@1.0")
    ready = threading.Barrier(4)

    def build() -> None:
        ready.wait()
        shop.commits("shop@1.0", CommitFacts(SHA, "Fixes WEB-1"))
        shop.deploy("shop@1.0")

    threads = [threading.Thread(target=build) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert shop.history == [
        "a test resolved WEB-1 in commit 8f3a2c1 of shop@1.0",
        "The fix of WEB-1 is in production with shop@1.0",
    ]
    assert shop.count(Commit) == 1


def test_nothing_is_told_of_an_issue_that_is_open_again(shop: Shop):
    shop.release("shop@1.0")
    shop.does("resolve_in_current_release")
    shop.does("reopen")

    assert shop.deploy("shop@1.0").issues == ()


@pytest.mark.parametrize("environment", ["", "  ", "e" * 65, "a\nb"])
def test_what_cannot_be_an_environment_is_refused(shop: Shop, environment: str):
    shop.release("shop@1.0")

    with pytest.raises(InvalidInputError):
        shop.deploy("shop@1.0", environment)


def test_the_audit_log_tells_what_a_build_announced_and_only_once(shop: Shop):
    make_release(shop.database, "api@1", make_project(shop.database, shop.organization_id, "api"))
    for _ in range(2):
        shop.release("shop@1.0")
        shop.commits("shop@1.0", CommitFacts(SHA))
        shop.deploy("shop@1.0")

    with read(shop.database) as session:
        events = session.scalars(select(AuditEntry.event).order_by(AuditEntry.id)).all()
    assert events[-3:] == ["release.add", "release.commits", "deploy.add"]


def test_the_name_of_a_merged_issue_means_the_one_that_took_its_events(shop: Shop):
    merged = make_issue(shop.database, shop.project_id, merged_into_id=shop.issue_id)
    shop.release("shop@1.0")

    shipped = shop.commits("shop@1.0", CommitFacts(SHA, "Fixes WEB-2 and WEB-1"))

    with read(shop.database) as session:
        assert session.get_one(Issue, merged).status == "unresolved"
    assert (shipped.issues, shop.state) == (("WEB-1",), "resolved in commit 8f3a2c1 of shop@1.0")
