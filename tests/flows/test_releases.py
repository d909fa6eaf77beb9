"""A fix on its way: resolved, shipped, deployed, and back if it did not hold; told in threads and shown on cards."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from tests.flows.company import Company
from tocsin.issues.act import IssueAction
from tocsin.issues.aging import set_resolve_after_days
from tocsin.issues.models import Issue
from tocsin.issues.ownership import set_assign_new_to
from tocsin.issues.shipping import deploy, set_commits, ship_release
from tocsin.issues.triage import Assignee
from tocsin.kernel.clock import system_clock
from tocsin.kernel.db import write
from tocsin.kernel.ids import UserId
from tocsin.members.models import Member, User
from tocsin.members.people import remove_member
from tocsin.organizations.models import Project, Release
from tocsin.organizations.permit import Role
from tocsin.organizations.releases import CommitFacts

SHA = "8f3a2c1d0e"


@pytest.fixture
def thread(company: Company) -> str:
    """The thread of an issue's card in #ops; its events name shop@1.0."""
    company.alerts_go_to("ops")
    company.report("ValueError", release="shop@1.0")
    return company.card("ops").ts


def ships(company: Company, version: str, *commits: CommitFacts, to: str | None = None) -> None:
    """What a build tells of a release, by the command line."""
    with write(company.database) as session:
        project = session.get_one(Project, company.project_id)
        release = ship_release(session, company.permit(), project, version, now=system_clock()).release
        set_commits(session, company.permit(), release, commits, now=system_clock())
        if to is not None:
            deploy(session, company.permit(), release, to, now=system_clock())


def shown(company: Company, words: str) -> bool:
    """Whether the card in #ops shows `words`."""
    return any(words in str(message.blocks) for message in company.slack.messages("ops"))


@pytest.mark.parametrize(
    ("action", "sentence", "state"),
    [
        (IssueAction("resolve_in_current_release"), "Ada resolved WEB-1 in shop@1.0", "Resolved in shop@1.0"),
        (
            IssueAction("resolve_in_next_release"),
            "Ada resolved WEB-1 in the next release",
            "Resolved in the next release",
        ),
        (
            IssueAction("resolve_in_commit", commit=SHA),
            "Ada resolved WEB-1 in commit 8f3a2c1",
            "Resolved in commit 8f3a2c1",
        ),
    ],
)
def test_threads_hear_and_cards_show_where_the_fix_is(
    company: Company, thread: str, action: IssueAction, sentence: str, state: str
) -> None:
    company.acts(action)

    assert company.wait_for_replies("ops", thread, 1) == [sentence]
    company.wait_until(lambda: shown(company, state))


def test_an_old_release_only_counts_and_the_fixed_one_rings(company: Company, thread: str) -> None:
    ships(company, "shop@1.1")
    company.acts(IssueAction("resolve_in_current_release"))
    company.wait_for_replies("ops", thread, 1)

    company.report("ValueError", release="shop@1.0")
    company.report("ValueError", release="shop@1.1")

    said = company.wait_for_replies("ops", thread, 2)[1]
    assert said.startswith("WEB-1 came back in shop@1.1 after it was resolved in shop@1.1")
    company.wait_until(lambda: len(company.slack.messages("ops")) == 2)
    assert [issue.event_count for issue in company.issues()] == [3]


def test_a_commit_resolves_the_issue_and_its_deploy_is_told_once(company: Company, thread: str) -> None:
    for _ in range(2):
        ships(company, "shop@1.1", CommitFacts(SHA, "Count people\n\nFixes WEB-1"), to="production")

    company.wait_until(company.is_quiet)
    assert company.wait_for_replies("ops", thread, 2) == [
        "a test resolved WEB-1 in commit 8f3a2c1 of shop@1.1",
        "The fix of WEB-1 is in production with shop@1.1",
    ]


def test_a_release_that_comes_redraws_the_card_of_what_waited_for_it(company: Company, thread: str) -> None:
    company.acts(IssueAction("resolve_in_next_release"))
    company.wait_for_replies("ops", thread, 1)

    ships(company, "shop@1.1")

    company.wait_until(lambda: shown(company, "Resolved in shop@1.1"))


def test_what_was_not_seen_for_long_is_resolved_by_itself_and_told(company: Company, thread: str) -> None:
    with write(company.database) as session:
        session.execute(update(Issue).values(last_seen=system_clock() - timedelta(days=31)))
        project = session.get_one(Project, company.project_id)
        set_resolve_after_days(session, company.permit(), project, 30, now=system_clock())

    said = company.wait_for_replies("ops", thread, 1)

    assert said == ["Tocsin resolved WEB-1, which was not seen for 30 days"]
    company.wait_until(lambda: shown(company, "Resolved by age"))


def test_a_new_issue_shows_whose_it_is_until_they_leave(company: Company) -> None:
    company.alerts_go_to("ops")
    grace = _join(company, "Grace")
    with write(company.database) as session:
        project = session.get_one(Project, company.project_id)
        set_assign_new_to(session, company.permit(), project, Assignee(user_id=grace), now=system_clock())
    company.report("ValueError")
    company.card("ops")
    assert shown(company, "Assigned to: Grace")

    with write(company.database) as session:
        member = session.scalars(select(Member).where(Member.user_id == grace)).one()
        remove_member(session, company.permit(), member, now=system_clock())

    company.wait_until(lambda: not shown(company, "Assigned to: Grace"))
    assert [issue.assignee_user_id for issue in company.issues()] == [None]


def test_names_of_releases_and_environments_ping_nobody(company: Company, thread: str) -> None:
    hostile = "<!channel> & *1*"
    with write(company.database) as session:
        session.add(Release(project_id=company.project_id, version=hostile, first_seen=system_clock()))

    company.acts(IssueAction("resolve_in_release", release=hostile))
    ships(company, hostile, to="<@U0ADA>")

    said = company.wait_for_replies("ops", thread, 2)
    assert not any(sign in text for text in said for sign in ("<!channel>", "<@U0ADA>"))
    company.wait_until(lambda: shown(company, "Resolved in &lt;!channel&gt;"))


def _join(company: Company, name: str) -> UserId:
    now = system_clock()
    with write(company.database) as session:
        user = User(email=f"{name.lower()}@example.com", name=name, created_at=now)
        session.add(user)
        session.flush()
        session.add(Member(organization_id=company.organization_id, user_id=user.id, role=Role.MEMBER, created_at=now))
        return user.id
