"""Who sees a project is chosen, and nothing stays with somebody who sees it no longer."""

from collections.abc import Sequence
from dataclasses import dataclass

import pytest
from sqlalchemy import select

from tests.support.acme import NOW, make_issue, make_organization, make_person, make_project, make_team
from tocsin.activities.describe import describe, plain_text
from tocsin.activities.models import Activity
from tocsin.issues.access import set_access
from tocsin.issues.models import Issue, IssueStatus
from tocsin.issues.ownership import set_assign_new_to
from tocsin.issues.triage import Assignee
from tocsin.kernel.db import Database, read, write
from tocsin.kernel.ids import OrganizationId, ProjectId, TeamId, UserId
from tocsin.members.authorize import authorize, visible_projects
from tocsin.members.people import get_member_by_email
from tocsin.notifications.teams import take_out
from tocsin.organizations.audit import AuditEntry, AuditEvent
from tocsin.organizations.models import Project, Team
from tocsin.organizations.permit import Permit, Role, Scope, Source, Verb, Via


@dataclass(frozen=True)
class Acme:
    """Adam, an admin, Ada of the team pay, and Ben of none; the project web is open to all."""

    database: Database
    home: OrganizationId
    web: ProjectId
    pay: TeamId
    adam: UserId
    ada: UserId
    ben: UserId

    def permit(self, session, verb: Verb = Verb.EDIT_PROJECTS) -> Permit:
        return authorize(session, self.adam, verb, Scope(self.home), source=Source(Via.PAGE))

    def set(self, *, is_open: bool, teams: Sequence[TeamId] = ()) -> None:
        with write(self.database) as session:
            project = session.get_one(Project, self.web)
            owners = [session.get_one(Team, team) for team in teams]
            set_access(session, self.permit(session), project, is_open=is_open, teams=owners, now=NOW)

    def seen_by(self) -> list[str]:
        people = {"adam": self.adam, "ada": self.ada, "ben": self.ben}
        with read(self.database) as session:
            return [name for name, user in people.items() if visible_projects(session, user, self.home)]

    def told(self) -> list[str]:
        with read(self.database) as session:
            return [plain_text(describe(one) or [], issue="WEB-1") for one in session.scalars(select(Activity))]


@pytest.fixture
def acme(database: Database) -> Acme:
    home = make_organization(database)
    pay = make_team(database, home, "pay")
    people = (
        make_person(database, home, "Adam", Role.ADMIN),
        make_person(database, home, "Ada", teams=[pay]),
        make_person(database, home, "Ben"),
    )
    return Acme(database, home, make_project(database, home), pay, *people)


def test_a_closed_project_is_seen_by_its_teams_and_admins_until_it_is_opened_again(acme):
    seen = []

    for is_open, teams in ((False, ()), (False, (acme.pay,)), (True, ())):
        acme.set(is_open=is_open, teams=teams)
        seen.append(acme.seen_by())

    assert seen == [["adam"], ["adam", "ada"], ["adam", "ada", "ben"]]


def test_open_issues_of_whoever_sees_the_project_no_longer_are_nobodys(acme):
    ours = make_issue(acme.database, acme.web, assignee_user_id=acme.ada)
    strange = make_issue(acme.database, acme.web, assignee_user_id=acme.ben)
    done = make_issue(acme.database, acme.web, assignee_user_id=acme.ben, status=IssueStatus.RESOLVED)

    acme.set(is_open=False, teams=[acme.pay])

    with read(acme.database) as session:
        owners = [session.get_one(Issue, each).assignee_user_id for each in (ours, strange, done)]
    assert owners == [acme.ada, None, acme.ben]
    assert acme.told() == ["Adam unassigned WEB-1, since Ben sees the project no longer"]


def test_a_team_of_another_project_lets_nobody_keep_issues_of_a_closed_one(acme):
    docs = make_project(acme.database, acme.home, "docs")
    issue = make_issue(acme.database, acme.web, assignee_user_id=acme.ada)

    with write(acme.database) as session:
        project, pay = session.get_one(Project, docs), session.get_one(Team, acme.pay)
        set_access(session, acme.permit(session), project, is_open=False, teams=[pay], now=NOW)
    acme.set(is_open=False)

    with read(acme.database) as session:
        assert session.get_one(Issue, issue).assignee_user_id is None


def test_open_issues_of_a_team_that_owns_a_closed_project_no_longer_are_nobodys(acme):
    issue = make_issue(acme.database, acme.web, assignee_team_id=acme.pay)
    acme.set(is_open=False, teams=[acme.pay])

    acme.set(is_open=False)

    with read(acme.database) as session:
        assert session.get_one(Issue, issue).assignee_team_id is None
    assert acme.told() == ["Adam unassigned WEB-1, since #pay sees the project no longer"]


def test_new_issues_go_to_nobody_who_sees_the_project_no_longer(acme):
    with write(acme.database) as session:
        project = session.get_one(Project, acme.web)
        set_assign_new_to(session, acme.permit(session), project, Assignee(user_id=acme.ben), now=NOW)

    acme.set(is_open=False)

    with read(acme.database) as session:
        assert session.get_one(Project, acme.web).assign_new_to_user_id is None


def test_whoever_leaves_a_team_leaves_their_issues_in_its_closed_projects(acme):
    acme.set(is_open=False, teams=[acme.pay])
    issue = make_issue(acme.database, acme.web, assignee_user_id=acme.ada)

    with write(acme.database) as session:
        member = get_member_by_email(session, acme.home, "ada@example.com")
        take_out(session, acme.permit(session, Verb.EDIT_TEAMS), member, session.get_one(Team, acme.pay), now=NOW)

    with read(acme.database) as session:
        assert session.get_one(Issue, issue).assignee_user_id is None


def test_the_audit_log_keeps_each_change_once(acme):
    acme.set(is_open=False, teams=[acme.pay])
    acme.set(is_open=False, teams=[acme.pay])
    acme.set(is_open=False)

    with read(acme.database) as session:
        kept = [(one.event, one.data) for one in session.scalars(select(AuditEntry).order_by(AuditEntry.id))][-3:]
    assert kept == [
        (AuditEvent.PROJECT_EDIT, {"open": False}),
        (AuditEvent.PROJECT_TEAM_ADD, {"team": "pay"}),
        (AuditEvent.PROJECT_TEAM_REMOVE, {"team": "pay"}),
    ]
