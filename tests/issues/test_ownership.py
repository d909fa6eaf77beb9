"""Issues of people who left are nobody's again, and nobody is chosen for a project who cannot see it."""

import pytest
from sqlalchemy import delete, select

from tests.support.acme import NOW, make_issue, make_organization, make_person, make_project, make_team, system
from tocsin.activities.describe import describe, plain_text
from tocsin.activities.models import Activity
from tocsin.deliveries.lease import take
from tocsin.issues.errors import AssignmentRefusedError
from tocsin.issues.models import Issue
from tocsin.issues.ownership import find_orphans, set_assign_new_to, unassign_orphans
from tocsin.issues.triage import Assignee
from tocsin.kernel.clock import to_milliseconds
from tocsin.kernel.db import read, write
from tocsin.members.models import Member, User
from tocsin.members.people import change_role, get_member_by_email
from tocsin.organizations.models import Project
from tocsin.organizations.permit import Role


@pytest.fixture
def home(database):
    return make_organization(database)


@pytest.fixture
def ada(database, home):
    return make_person(database, home)


def leave(database, user_id) -> None:
    with write(database) as session:
        session.execute(delete(Member).where(Member.user_id == user_id))


def deactivate(database, user_id) -> None:
    with write(database) as session:
        session.get_one(User, user_id).is_active = False


def run(database) -> None:
    """One run of the timer's work."""
    with write(database) as session:
        held = take(session, "unassign:all", now=to_milliseconds(NOW), seconds=30)
    assert held is not None
    unassign_orphans(database, held, clock=lambda: NOW, lease_seconds=30)


@pytest.mark.parametrize("go", [leave, deactivate])
def test_whoever_leaves_leaves_their_issues_to_the_others(database, home, ada, go):
    grace = make_person(database, home, "Grace")
    project = make_project(database, home)
    issues = [make_issue(database, project, assignee_user_id=user_id) for user_id in (ada, grace)]
    go(database, ada)

    run(database)

    with read(database) as session:
        owners = [session.get_one(Issue, issue).assignee_user_id for issue in issues]
        activity = session.scalars(select(Activity)).one()
    assert owners == [None, grace]
    assert plain_text(describe(activity) or [], issue="WEB-1") == "Tocsin unassigned WEB-1, since Ada left"


def test_a_place_in_another_organization_does_not_count_here(database, home, ada):
    issue = make_issue(database, make_project(database, home), assignee_user_id=ada)
    leave(database, ada)
    make_person(database, make_organization(database, "elsewhere"))

    with read(database) as session:
        assert find_orphans(session) == [issue]


def test_an_admin_who_becomes_a_member_loses_the_issues_that_they_see_no_longer(database, home):
    elsewhere = make_team(database, home, "elsewhere")
    adam = make_person(database, home, "Adam", Role.ADMIN, teams=[elsewhere])
    hidden = make_project(database, home, is_open=False)
    projects = (hidden, make_project(database, home, "docs", is_open=False, teams=[elsewhere]))
    issues = [make_issue(database, project, assignee_user_id=adam) for project in projects]
    with write(database) as session:
        member = get_member_by_email(session, home, "adam@example.com")
        change_role(session, system(home), member, Role.MEMBER, now=NOW)

    run(database)

    with read(database) as session:
        owners = [session.get_one(Issue, issue).assignee_user_id for issue in issues]
        activity = session.scalars(select(Activity)).one()
    assert owners == [None, adam]
    assert plain_text(describe(activity) or [], issue="WEB-1") == (
        "Tocsin unassigned WEB-1, since Adam sees the project no longer"
    )


def test_who_stays_keeps_their_issues_and_resolved_ones_wait_for_the_day_they_come_back(database, home, ada):
    project = make_project(database, home)
    gone = make_person(database, home, "Gone", is_active=False)
    make_issue(database, project, assignee_user_id=ada)
    make_issue(database, project, assignee_user_id=gone, status="resolved")

    with read(database) as session:
        assert find_orphans(session) == []


def test_only_who_sees_a_project_is_given_its_new_issues(database, home, ada):
    hidden = make_project(database, home, "hidden", is_open=False)

    for assignee in (Assignee(user_id=ada), Assignee(team_id=make_team(database, home))):
        with write(database) as session, pytest.raises(AssignmentRefusedError):
            set_assign_new_to(session, system(home), session.get_one(Project, hidden), assignee, now=NOW)

    with read(database) as session:
        project = session.get_one(Project, hidden)
    assert (project.assign_new_to_user_id, project.assign_new_to_team_id) == (None, None)
