"""One person does one verb to one issue, whichever edge they came through."""

import threading

import pytest
from sqlalchemy import select

from tests.support.acme import NOW, make_issue, make_organization, make_person, make_project, make_release, make_team
from tocsin.activities.models import Activity
from tocsin.issues.act import ISSUE_ACTIONS, IssueAction, act
from tocsin.issues.archiving import UntilEvents
from tocsin.issues.errors import AlreadyDoneError, AssignmentRefusedError, IssueNotFoundError
from tocsin.issues.models import Issue, IssueFingerprint, IssuePriority
from tocsin.issues.triage import Assignee
from tocsin.kernel.db import Database, read, write
from tocsin.kernel.errors import InvalidInputError
from tocsin.kernel.ids import IssueId, UserId
from tocsin.organizations.audit import AuditEntry, AuditEvent
from tocsin.organizations.permit import Role, Source, Via

SLACK = Source(Via.SLACK, slack_user_id="U0ADA", channel="C0OPS", ts="1700000000.000100")


@pytest.fixture
def home(database):
    return make_organization(database)


@pytest.fixture
def ada(database, home):
    return make_person(database, home)


@pytest.fixture
def issue(database, home):
    return make_issue(database, make_project(database, home))


def do(database: Database, user_id: UserId, issue_id: IssueId, name: str, assignee: Assignee | None = None) -> Activity:
    with write(database) as session:
        action = IssueAction(name, assignee)
        return act(session, user_id=user_id, source=SLACK, issue_id=issue_id, action=action, now=NOW)


def state_of(database: Database, issue_id: IssueId) -> tuple[str, str | None, UserId | None, int | None]:
    with read(database) as session:
        issue = session.get_one(Issue, issue_id)
        return issue.status, issue.substatus, issue.assignee_user_id, issue.assignee_team_id


def make_fingerprints(database: Database, issue_id: IssueId, *hashes: str) -> None:
    with write(database) as session:
        project_id = session.get_one(Issue, issue_id).project_id
        for each in hashes:
            session.add(
                IssueFingerprint(
                    project_id=project_id, hash=each, grouping_version=1, method="exception", issue_id=issue_id
                )
            )


ITS_END = "delete"
"""After this there is no state; `test_deleting` has what there is."""


def outcomes(ada: UserId) -> list[tuple[IssueAction, tuple[str, str | None, UserId | None, int | None]]]:
    """Every action in an order in which each changes something, and the state after it."""
    forever, resolved = ("archived", "archived_forever", None, None), ("resolved", None, None, None)
    reopened = (IssueAction("reopen"), ("unresolved", "ongoing", None, None))
    return [
        (IssueAction("resolve"), resolved),
        reopened,
        (IssueAction("resolve_in_release", release="shop@1.0"), resolved),
        reopened,
        (IssueAction("resolve_in_current_release"), resolved),
        reopened,
        (IssueAction("resolve_in_next_release"), resolved),
        reopened,
        (IssueAction("resolve_in_commit", commit="8f3a2c1"), resolved),
        reopened,
        (IssueAction("archive_until_escalating"), ("archived", "archived_until_escalating", None, None)),
        (IssueAction("archive", until=UntilEvents(100)), ("archived", "archived_until_condition", None, None)),
        (IssueAction("archive_forever"), forever),
        (IssueAction("set_priority", priority=IssuePriority.LOW), forever),
        (IssueAction("assign_me"), (*forever[:2], ada, None)),
        (IssueAction("unassign"), forever),
        (IssueAction("assign", Assignee(user_id=ada)), (*forever[:2], ada, None)),
        (IssueAction("comment", text="It is the cache"), (*forever[:2], ada, None)),
        (IssueAction("link", url="https://github.com/acme/shop/issues/12"), (*forever[:2], ada, None)),
        (IssueAction("unlink", url="https://github.com/acme/shop/issues/12"), (*forever[:2], ada, None)),
        (IssueAction("unmerge", fingerprints=("b" * 32,)), (*forever[:2], ada, None)),
        (IssueAction("merge", into="WEB-2"), ("resolved", None, ada, None)),
    ]


def test_each_action_leads_to_its_state(database, ada, issue):
    make_release(database, "shop@1.0")
    make_fingerprints(database, issue, "a" * 32, "b" * 32)
    expected = [(action.name, state) for action, state in outcomes(ada)]

    seen = []
    for action, _ in outcomes(ada):
        with write(database) as session:
            act(session, user_id=ada, source=SLACK, issue_id=issue, action=action, now=NOW)
        seen.append((action.name, state_of(database, issue)))

    assert seen == expected
    assert {name for name, _ in seen} | {ITS_END} == set(ISSUE_ACTIONS)


def test_what_was_done_stands_in_the_history_and_in_the_audit_log_with_its_door(database, ada, issue):
    activity = do(database, ada, issue, "resolve")

    with read(database) as session:
        line = session.scalars(select(AuditEntry).where(AuditEntry.event == AuditEvent.ISSUE_TRIAGE)).one()
    assert (activity.user_id, activity.actor_label, activity.via, activity.slack_user_id) == (
        ada,
        "Ada",
        "slack",
        "U0ADA",
    )
    assert (line.actor_user_id, line.target, line.via, line.channel) == (ada, f"issue:{issue}", "slack", "C0OPS")


@pytest.mark.parametrize("name", [name for name in ISSUE_ACTIONS if name != "assign"])
def test_whoever_may_not_see_an_issue_is_answered_as_if_there_were_none(database, home, name):
    hidden = make_issue(database, make_project(database, home, "hidden", is_open=False))
    ada = make_person(database, home)

    answers = []
    for issue_id in (hidden, IssueId(9_999)):
        with pytest.raises(IssueNotFoundError) as refusal:
            do(database, ada, issue_id, name)
        answers.append(str(refusal.value))

    assert answers[0] == answers[1]
    assert state_of(database, hidden) == ("unresolved", None, None, None)


def test_an_owner_of_another_organization_reaches_nothing_here(database, issue):
    stranger = make_person(database, make_organization(database, "elsewhere"), "Zoe", Role.OWNER)

    with pytest.raises(IssueNotFoundError):
        do(database, stranger, issue, "resolve")


def test_somebody_removed_meanwhile_is_refused_at_the_press(database, home, issue):
    gone = make_person(database, home, "Gone", is_active=False)

    with pytest.raises(IssueNotFoundError):
        do(database, gone, issue, "resolve")


def test_the_second_of_two_hears_who_was_faster(database, home, ada, issue):
    grace = make_person(database, home, "Grace")
    do(database, grace, issue, "resolve")

    with pytest.raises(AlreadyDoneError, match="already resolved, by Grace"):
        do(database, ada, issue, "resolve")


def test_of_many_who_resolve_at_the_same_moment_one_does(database, home, issue):
    people = [make_person(database, home, f"Person{number}") for number in range(6)]
    ready = threading.Barrier(len(people))
    outcomes = []

    def press(user_id: UserId) -> None:
        ready.wait()
        try:
            do(database, user_id, issue, "resolve")
            outcomes.append("done")
        except AlreadyDoneError:
            outcomes.append("already done")

    threads = [threading.Thread(target=press, args=(one,)) for one in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with read(database) as session:
        history = session.scalars(select(Activity.type)).all()
    assert (sorted(outcomes), history) == (["already done"] * 5 + ["done"], ["resolved"])


def test_an_issue_is_not_given_to_people_and_teams_without_access(database, home):
    team = make_team(database, home, "backend")
    hidden = make_issue(database, make_project(database, home, "hidden", is_open=False, teams=[team]))
    ada = make_person(database, home, teams=[team])
    elsewhere = make_organization(database, "elsewhere")
    refused = [
        Assignee(user_id=make_person(database, home, "Linus")),
        Assignee(user_id=make_person(database, home, "Gone", Role.OWNER, is_active=False)),
        Assignee(user_id=make_person(database, elsewhere, "Zoe", Role.OWNER)),
        Assignee(team_id=make_team(database, home, "frontend")),
        Assignee(team_id=make_team(database, elsewhere, "backend")),
    ]

    for assignee in refused:
        with pytest.raises(AssignmentRefusedError):
            do(database, ada, hidden, "assign", assignee)
    before = state_of(database, hidden)
    do(database, ada, hidden, "assign", Assignee(team_id=team))

    assert (before[2:], state_of(database, hidden)[2:]) == ((None, None), (None, team))


@pytest.mark.parametrize(
    "name", ["explode", "assign", "resolve_in_release", "resolve_in_commit", "archive", "set_priority"]
)
def test_what_is_no_complete_action_is_refused(database, ada, issue, name):
    with pytest.raises(InvalidInputError):
        do(database, ada, issue, name)

    assert state_of(database, issue) == ("unresolved", None, None, None)
