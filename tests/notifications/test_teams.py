"""A team with another slug is known by it everywhere; of a deleted one nothing is left that leads to it."""

from dataclasses import dataclass, replace

import pytest
from sqlalchemy import select

from tests.chat.test_identities import make_workspace
from tests.chat.test_teams import OPS
from tests.support.acme import NOW, make_issue, make_organization, make_person, make_project, make_team, system
from tocsin.activities.describe import describe, plain_text
from tocsin.activities.models import Activity
from tocsin.chat.teams import link_team
from tocsin.deliveries.models import Delivery
from tocsin.issues.act import IssueAction, act
from tocsin.issues.models import Issue, IssueStatus, SavedView
from tocsin.issues.ownership import set_assign_new_to
from tocsin.issues.saved_views import save_view
from tocsin.issues.search import Order
from tocsin.issues.triage import Assignee
from tocsin.issues.undo import look, offer_undo, undo
from tocsin.kernel.db import Database, read, write
from tocsin.kernel.ids import IssueId, OrganizationId, ProjectId, TeamId, UserId
from tocsin.members.authorize import authorize, visible_projects
from tocsin.members.models import Invitation
from tocsin.members.requests import record_invite_request
from tocsin.notifications.teams import TeamTies, delete_team, look_at_ties, rename_team
from tocsin.organizations.audit import AuditEntry, AuditEvent
from tocsin.organizations.errors import BadSlugError, SlugTakenError
from tocsin.organizations.models import Project, Team
from tocsin.organizations.permit import Permit, Role, Scope, Source, Verb, Via
from tocsin.organizations.queries import find_team

PAGE = Source(Via.PAGE)


@dataclass(frozen=True)
class Acme:
    """Olga, an admin, and Ada, who is in the team pay and so sees the closed project pay."""

    database: Database
    home: OrganizationId
    olga: UserId
    ada: UserId
    team: TeamId
    project: ProjectId

    def permit(self, session) -> Permit:
        return authorize(session, self.olga, Verb.EDIT_TEAMS, Scope(self.home), source=PAGE)

    def rename(self, slug: str, name: str = "Payments") -> None:
        with write(self.database) as session:
            team = session.get_one(Team, self.team)
            rename_team(session, self.permit(session), team, slug=slug, name=name, now=NOW)

    def delete(self) -> TeamTies:
        with write(self.database) as session:
            return delete_team(session, self.permit(session), session.get_one(Team, self.team), now=NOW)

    def issue(self, **columns) -> IssueId:
        return make_issue(self.database, self.project, assignee_team_id=self.team, **columns)

    def view(self, query: str) -> None:
        with write(self.database) as session:
            permit = authorize(session, self.ada, Verb.SEE, Scope(self.home), source=PAGE)
            save_view(session, permit, name="ours", query=query, order=Order.LAST_SEEN, is_shared=False, now=NOW)

    def invite(self) -> None:
        with write(self.database) as session:
            team = session.get_one(Team, self.team)
            permit = authorize(session, self.olga, Verb.SEE, Scope(self.home), source=PAGE)
            record_invite_request(session, permit, email="hedy@example.com", role=Role.MEMBER, now=NOW, teams=[team])

    def meet_in_ops(self) -> None:
        workspace = make_workspace(self.database, self.home)
        with write(self.database) as session:
            team = session.get_one(Team, self.team)
            link_team(session, self.permit(session), team, workspace, replace(OPS), now=NOW)

    def give_new_issues(self) -> None:
        with write(self.database) as session:
            project = session.get_one(Project, self.project)
            set_assign_new_to(session, system(self.home), project, Assignee(team_id=self.team), now=NOW)


@pytest.fixture
def acme(database: Database) -> Acme:
    home = make_organization(database)
    team = make_team(database, home, "pay")
    project = make_project(database, home, "pay", is_open=False, teams=[team])
    olga = make_person(database, home, "Olga", Role.OWNER)
    return Acme(database, home, olga, make_person(database, home, "Ada", teams=[team]), team, project)


def test_the_cards_of_a_renamed_teams_issues_are_due(acme):
    issue = acme.issue()

    acme.rename("payments")

    with read(acme.database) as session:
        found = session.get_one(Issue, issue)
        assert (found.version, found.urgent_version) == (2, 2)


def test_a_team_that_only_gets_another_name_has_no_card_drawn(acme):
    issue = acme.issue()

    acme.rename("pay", "The people of payments")

    with read(acme.database) as session:
        assert session.get_one(Issue, issue).version == 1
        assert session.get_one(Team, acme.team).name == "The people of payments"


@pytest.mark.parametrize(
    ("query", "after"),
    [
        ("is:unresolved assigned:#pay", "is:unresolved assigned:#payments"),
        ("!assigned:#pay,me", "!assigned:#payments,me"),
        ("assigned:#payroll", "assigned:#payroll"),
        ('"#pay" level:error', '"#pay" level:error'),
    ],
)
def test_saved_views_search_on_for_a_renamed_team_and_for_it_alone(acme, query, after):
    acme.view(query)

    acme.rename("payments")

    with read(acme.database) as session:
        assert session.scalars(select(SavedView.query)).all() == [after]


@pytest.mark.parametrize(("slug", "error"), [("ops", SlugTakenError), ("Pay it", BadSlugError)])
def test_a_slug_that_cannot_be_leaves_the_team_as_it_was(acme, slug, error):
    make_team(acme.database, acme.home, "ops")

    with pytest.raises(error):
        acme.rename(slug)

    with read(acme.database) as session:
        assert session.get_one(Team, acme.team).slug == "pay"


def test_what_ends_with_a_team_is_known_before(acme):
    acme.issue()
    acme.issue(status=IssueStatus.RESOLVED)
    acme.view("assigned:#pay")
    acme.invite()
    acme.meet_in_ops()
    acme.give_new_issues()

    with read(acme.database) as session:
        ties = look_at_ties(session, session.get_one(Team, acme.team))

    assert ties == TeamTies(("Ada",), ("pay",), ("pay",), ("pay",), 1, ("ops",), 1, 1)


def test_an_open_project_and_one_with_another_team_are_not_left_to_admins(acme):
    other = make_team(acme.database, acme.home, "ops")
    make_project(acme.database, acme.home, "web", teams=[acme.team])
    make_project(acme.database, acme.home, "api", is_open=False, teams=[acme.team, other])

    assert acme.delete().left_to_admins == ("pay",)


def test_whoever_saw_a_project_by_a_deleted_team_sees_it_no_longer(acme):
    with read(acme.database) as session:
        before = [project.slug for project in visible_projects(session, acme.ada, acme.home)]

    acme.delete()

    with read(acme.database) as session:
        assert (before, visible_projects(session, acme.ada, acme.home)) == (["pay"], [])


def test_the_issues_of_a_deleted_team_are_nobodys_and_history_says_why(acme):
    issue, done = acme.issue(), acme.issue(status=IssueStatus.RESOLVED)

    acme.delete()

    with read(acme.database) as session:
        told = [plain_text(describe(one) or [], issue="PAY-1") for one in session.scalars(select(Activity))]
        found = [
            (session.get_one(Issue, each).assignee_team_id, session.get_one(Issue, each).version)
            for each in (issue, done)
        ]
    assert told == ["Olga unassigned PAY-1, since the team #pay was deleted"]
    assert found == [(None, 3), (None, 2)]


def test_a_channel_hears_that_a_deleted_team_is_met_there_no_longer(acme):
    acme.meet_in_ops()

    acme.delete()

    with read(acme.database) as session:
        said = [one.body["text"] for one in session.scalars(select(Delivery).order_by(Delivery.id))]
    assert said[1:] == ["The team pay of Tocsin is no longer met in this channel."]


def test_new_issues_of_a_project_that_a_deleted_team_was_given_are_nobodys(acme):
    acme.give_new_issues()

    acme.delete()

    with read(acme.database) as session:
        assert session.get_one(Project, acme.project).assign_new_to_team_id is None


def test_nobody_comes_into_another_team_that_has_the_number_of_the_deleted_one(acme):
    acme.invite()

    acme.delete()
    make_team(acme.database, acme.home, "spies")

    with read(acme.database) as session:
        assert session.scalars(select(Invitation)).one().team_ids == []


def test_undoing_what_took_an_issue_from_a_deleted_team_makes_it_nobodys(acme):
    issue = acme.issue()
    with write(acme.database) as session:
        before = look(session.get_one(Issue, issue))
        action = IssueAction("assign", Assignee(user_id=acme.olga))
        done = act(session, user_id=acme.olga, source=PAGE, issue_id=issue, action=action, now=NOW)
        key = str(offer_undo(session, done, before, now=NOW))
    acme.delete()

    with write(acme.database) as session:
        undo(session, key, user_id=acme.olga, source=PAGE, now=NOW)

    with read(acme.database) as session:
        found = session.get_one(Issue, issue)
    assert (found.assignee_user_id, found.assignee_team_id) == (None, None)


def test_the_audit_log_keeps_what_a_deleted_team_was(acme):
    acme.issue()

    acme.delete()

    with read(acme.database) as session:
        kept = session.scalars(select(AuditEntry).where(AuditEntry.event == AuditEvent.TEAM_DELETE)).one()
        left = find_team(session, acme.home, "pay")
    assert (kept.actor_label, kept.target, left) == ("Olga", f"team:{acme.team}", None)
    assert kept.data == {"slug": "pay", "name": "pay", "members": ["Ada"], "projects": ["pay"], "issues": 1}
