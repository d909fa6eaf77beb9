"""Deciding who comes in: what is asked again at the moment of the decision, and what is kept of it."""

from dataclasses import dataclass
from datetime import timedelta

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import event, select, text
from sqlalchemy.orm import ORMExecuteState

from tests.support.acme import NOW, make_organization, make_person, make_team
from tocsin.deliveries.mail import Mailing
from tocsin.deliveries.models import Delivery
from tocsin.kernel.db import Database, read, write
from tocsin.kernel.errors import ConflictError
from tocsin.kernel.ids import OrganizationId, UserId
from tocsin.kernel.secrets import SecretBox
from tocsin.members.approvals import approve_member_invitation, reject_member_invitation, resend_invitation
from tocsin.members.authorize import authorize
from tocsin.members.errors import AlreadyDecidedError, AlreadyThereError, InvitationExpiredError, RoleAboveOwnError
from tocsin.members.invitations import accept_as_newcomer, accept_as_user, get_invitation, look_at_invitation
from tocsin.members.models import Invitation, User
from tocsin.members.people import add_member, get_or_create_user, remove_member
from tocsin.members.requests import MOST_WAITING, list_invited_teams, record_invite_request, record_join_request
from tocsin.organizations.audit import AuditEntry
from tocsin.organizations.models import Organization, Team
from tocsin.organizations.permit import Permit, Role, Scope, Source, Verb, Via

PAGE = Source(Via.PAGE)
HEDY = "hedy@example.com"


@dataclass
class Office:
    """Acme with Olga (owner) and Mona (manager), and a request that waits for them."""

    database: Database
    home: OrganizationId
    olga: UserId
    mona: UserId
    mailing: Mailing

    def permit(self, session, user_id: UserId, verb: Verb = Verb.EDIT_MEMBERS) -> Permit:
        return authorize(session, user_id, verb, Scope(self.home), source=PAGE)

    def ask(self, role: Role = Role.MEMBER, teams: tuple[Team, ...] = ()) -> None:
        with write(self.database) as session:
            permit = self.permit(session, self.olga, Verb.SEE)
            record_invite_request(session, permit, email=HEDY, role=role, teams=teams, now=NOW)

    def approve(self, by: UserId) -> str | None:
        with write(self.database) as session:
            permit = self.permit(session, by)
            return approve_member_invitation(session, permit, self.request(session), self.mailing, now=NOW).link

    def reject(self, by: UserId) -> None:
        with write(self.database) as session:
            reject_member_invitation(session, self.permit(session, by), self.request(session), now=NOW)

    def request(self, session) -> Invitation:
        return get_invitation(session, self.home, session.scalars(select(Invitation.id)).one())

    def last_entry(self) -> AuditEntry:
        with read(self.database) as session:
            return session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).one()


@pytest.fixture
def office(database: Database) -> Office:
    home = make_organization(database)
    olga, mona = (make_person(database, home, *who) for who in (("Olga", Role.OWNER), ("Mona", Role.MANAGER)))
    secrets = SecretBox([Fernet.generate_key().decode()])
    return Office(database, home, olga, mona, Mailing(secrets, "https://tocsin.example", is_on=False))


def token_of(link: str | None) -> str:
    assert link is not None
    return link.rstrip("/").rpartition("/")[2]


def test_a_manager_cannot_approve_an_owner(office: Office):
    office.ask(Role.OWNER)

    with pytest.raises(RoleAboveOwnError, match="owner is above your own"):
        office.approve(office.mona)
    with pytest.raises(RoleAboveOwnError, match="owner is above your own"):
        office.reject(office.mona)


@pytest.mark.parametrize("first", ["approve", "reject"])
@pytest.mark.parametrize("then", ["approve", "reject"])
def test_a_decision_stands_and_whoever_comes_late_is_told_whose(office: Office, first: str, then: str):
    office.ask()
    getattr(office, first)(office.olga)

    with pytest.raises(AlreadyDecidedError, match=r"was (approved|rejected) by Olga\."):
        getattr(office, then)(office.mona)


def test_somebody_who_came_in_by_another_way_is_not_let_in_twice(office: Office):
    office.ask()
    with write(office.database) as session:
        user = get_or_create_user(session, HEDY, now=NOW)
        add_member(session, Permit.system("init", Scope(office.home), Via.CLI), user, role=Role.MEMBER, now=NOW)

    with pytest.raises(AlreadyThereError):
        office.approve(office.mona)


def test_the_audit_log_keeps_whom_a_rejected_request_was_about(office: Office):
    team_id = make_team(office.database, office.home, "pay")
    with read(office.database) as session:
        team = session.get_one(Team, team_id)
    office.ask(teams=(team,))

    office.reject(office.mona)

    entry = office.last_entry()
    assert (entry.event, entry.actor_label, entry.target) == ("invite_request.remove", "Mona", "invitation:1")
    assert entry.data == {
        "email": HEDY,
        "role": "member",
        "status": "requested_to_be_invited",
        "team_ids": [team_id],
        "teams": ["pay"],
    }


def test_the_token_is_kept_as_a_hash_alone(office: Office):
    office.ask()

    token = token_of(office.approve(office.mona))

    with read(office.database) as session:
        invitation = office.request(session)
    assert len(token) >= 43
    assert token not in str(vars(invitation))


@pytest.mark.parametrize(("age", "is_good"), [(timedelta(days=30, seconds=-1), True), (timedelta(days=30), False)])
def test_a_link_is_good_for_thirty_days(office: Office, age: timedelta, is_good: bool):
    office.ask()
    token = token_of(office.approve(office.mona))

    with read(office.database) as session:
        if is_good:
            assert look_at_invitation(session, token, now=NOW + age).email == HEDY
        else:
            with pytest.raises(InvitationExpiredError):
                look_at_invitation(session, token, now=NOW + age)


def test_sending_again_makes_another_link_and_another_mail(office: Office):
    office.mailing = Mailing(office.mailing.secrets, "https://tocsin.example", is_on=True)
    office.ask()
    office.approve(office.mona)

    with write(office.database) as session:
        resend_invitation(
            session, office.permit(session, office.mona), office.request(session), office.mailing, now=NOW
        )

    with read(office.database) as session:
        keys = session.scalars(select(Delivery.natural_key).order_by(Delivery.id)).all()
    assert keys == ["mail:invitation:1:1", "mail:invitation:1:2"]


def test_an_invitation_is_used_once(office: Office):
    office.ask()
    token = token_of(office.approve(office.mona))
    with write(office.database) as session:
        accept_as_newcomer(session, token, name="Hedy", password_hash="x", now=NOW)

    with pytest.raises(InvitationExpiredError), write(office.database) as session:
        accept_as_newcomer(session, token, name="Eve", password_hash="y", now=NOW)


@pytest.mark.parametrize(("role", "asked_for"), [(Role.MEMBER, ["web"]), (Role.ADMIN, ["pay", "web"])])
def test_a_plain_member_asks_for_no_team_but_their_own(office: Office, role: Role, asked_for: list[str]):
    pay, web = (make_team(office.database, office.home, slug) for slug in ("pay", "web"))
    ada = make_person(office.database, office.home, "Ada", role)
    with write(office.database) as session:
        teams = [session.get_one(Team, team) for team in (pay, web)]
        add_member(
            session,
            Permit.system("init", Scope(office.home), Via.CLI),
            session.get_one(User, ada),
            role=role,
            teams=teams[1:],
            now=NOW,
        )

        asked = record_invite_request(
            session, office.permit(session, ada, Verb.SEE), email=HEDY, role=Role.MEMBER, teams=teams, now=NOW
        )

        assert list_invited_teams(session, asked) == asked_for


def test_a_link_that_a_newer_one_replaces_at_the_last_moment_lets_nobody_in(office: Office):
    office.ask()
    token = token_of(office.approve(office.mona))

    with pytest.raises(InvitationExpiredError), write(office.database) as session:

        @event.listens_for(session, "do_orm_execute")
        def make_a_newer_one(state: ORMExecuteState) -> None:
            if state.is_update:
                session.execute(text("UPDATE invitations SET token_hash = 'of a newer link'"))

        accept_as_newcomer(session, token, name="Eve", password_hash="y", now=NOW)


@pytest.mark.parametrize("leaves", [False, True], ids=["came in otherwise", "was taken out since"])
def test_an_old_link_ends_when_its_person(office: Office, leaves: bool):
    office.ask()
    token = token_of(office.approve(office.mona))
    permit = Permit.system("init", Scope(office.home), Via.CLI)

    with write(office.database) as session:
        user = get_or_create_user(session, HEDY, now=NOW)
        member = add_member(session, permit, user, role=Role.MEMBER, now=NOW)
        if leaves:
            remove_member(session, permit, member, now=NOW)

    with pytest.raises(InvitationExpiredError), write(office.database) as session:
        accept_as_user(session, token, user.id, now=NOW)


def test_a_full_list_tells_nobody_who_is_in(office: Office):
    with write(office.database) as session:
        home = session.get_one(Organization, office.home)
        home.join_requests = True
        for number in range(MOST_WAITING):
            record_join_request(session, home, email=f"{number}@example.com", name="", source=PAGE, now=NOW)

        for email in ("mona@example.com", "0@example.com", HEDY):
            with pytest.raises(ConflictError, match="Too many requests"):
                record_join_request(session, home, email=email, name="", source=PAGE, now=NOW)


def test_members_ask_for_no_more_people_than_somebody_can_look_at(office: Office):
    with write(office.database) as session:
        permit = office.permit(session, office.olga, Verb.SEE)
        for number in range(MOST_WAITING):
            record_invite_request(session, permit, email=f"{number}@example.com", role=Role.MEMBER, now=NOW)

        with pytest.raises(ConflictError, match="Too many requests"):
            record_invite_request(session, permit, email=HEDY, role=Role.MEMBER, now=NOW)
