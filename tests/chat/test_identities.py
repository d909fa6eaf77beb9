"""Which chat user is which person: one to one within a workspace, and never moved in silence."""

import threading

import pytest
from sqlalchemy import delete, select

from tests.support.acme import NOW, make_organization, make_person, system
from tocsin.chat.errors import IdentityNotFoundError, IdentityTakenError, WorkspaceNotFoundError
from tocsin.chat.identities import (
    external_ids_by_user,
    find_identity,
    find_identity_of_user,
    link_identity,
    list_identities,
    list_identities_of_user,
    undo_link,
    unlink_identity,
)
from tocsin.chat.models import Identity, Integration, OrganizationIntegration
from tocsin.kernel.db import Database, read, write
from tocsin.kernel.errors import InvalidInputError, NotFoundError
from tocsin.kernel.ids import IntegrationId, OrganizationId, UserId
from tocsin.members.authorize import authorize
from tocsin.members.models import Member
from tocsin.organizations.audit import AuditEntry, AuditEvent
from tocsin.organizations.permit import Actor, Permit, Role, Scope, Source, Verb, Via


@pytest.fixture
def home(database):
    return make_organization(database)


@pytest.fixture
def workspace(database, home):
    return make_workspace(database, home)


def make_workspace(database: Database, organization_id: OrganizationId, team_id: str = "T0ACME") -> IntegrationId:
    with write(database) as session:
        integration = Integration(
            external_id=team_id, name=team_id, sealed_bot_token="", sealed_signing_secret="", created_at=NOW
        )
        session.add(integration)
        session.flush()
        session.add(
            OrganizationIntegration(organization_id=organization_id, integration_id=integration.id, created_at=NOW)
        )
        return integration.id


def link(
    database: Database,
    workspace: IntegrationId,
    external_id: str,
    user_id: UserId,
    permit: Permit,
    *,
    replace: bool = False,
) -> None:
    with write(database) as session:
        link_identity(session, permit, workspace, external_id, user_id, now=NOW, replace=replace)


def as_person(database: Database, user_id: UserId, home: OrganizationId, verb: Verb = Verb.SEE) -> Permit:
    with read(database) as session:
        return authorize(session, user_id, verb, Scope(home), source=Source(Via.PAGE))


def links(database: Database) -> set[tuple[str, UserId]]:
    with read(database) as session:
        return {(one.external_id, one.user_id) for one in session.scalars(select(Identity))}


def test_somebody_links_themselves_and_is_found_from_either_end(database, home, workspace):
    ada = make_person(database, home)

    link(database, workspace, "U0ADA", ada, as_person(database, ada, home))

    with read(database) as session:
        found = find_identity(session, workspace, "U0ADA"), find_identity_of_user(session, workspace, ada)
    assert [(one.external_id, one.user_id) for one in found if one is not None] == [("U0ADA", ada)] * 2


def test_the_same_link_again_is_confirmed_and_told_once(database, home, workspace):
    ada = make_person(database, home)

    for _ in range(2):
        link(database, workspace, "U0ADA", ada, as_person(database, ada, home))

    with read(database) as session:
        told = session.scalars(select(AuditEntry).where(AuditEntry.event == AuditEvent.IDENTITY_LINK)).all()
    assert (links(database), len(told)) == ({("U0ADA", ada)}, 1)


def test_a_slack_user_of_somebody_else_is_refused_and_stays_theirs(database, home, workspace):
    ada, grace = make_person(database, home), make_person(database, home, "Grace")
    link(database, workspace, "U0ADA", ada, system(home))

    with pytest.raises(IdentityTakenError, match="U0ADA is linked to another account"):
        link(database, workspace, "U0ADA", grace, as_person(database, grace, home))

    assert links(database) == {("U0ADA", ada)}


def test_a_second_slack_user_for_one_account_is_refused_and_the_first_stays(database, home, workspace):
    ada = make_person(database, home)
    link(database, workspace, "U0ADA", ada, system(home))

    with pytest.raises(IdentityTakenError, match=r"ada@example\.com is linked to another Slack user \(U0ADA\)"):
        link(database, workspace, "U0NEW", ada, as_person(database, ada, home))

    assert links(database) == {("U0ADA", ada)}


def test_replacing_undoes_both_links_that_stood_in_the_way_and_tells_so(database, home, workspace):
    ada, grace = make_person(database, home), make_person(database, home, "Grace")
    link(database, workspace, "U0ADA", ada, system(home))
    link(database, workspace, "U0GRACE", grace, system(home))

    link(database, workspace, "U0ADA", grace, as_person(database, grace, home), replace=True)

    with read(database) as session:
        told = session.scalars(select(AuditEntry.event).where(AuditEntry.actor_user_id == grace)).all()
    assert links(database) == {("U0ADA", grace)}
    assert told == [AuditEvent.IDENTITY_UNLINK, AuditEvent.IDENTITY_UNLINK, AuditEvent.IDENTITY_LINK]


def test_nobody_links_somebody_else_without_the_permit_to_edit_members(database, home, workspace):
    ada = make_person(database, home)
    owner = make_person(database, home, "Grace", Role.OWNER)

    with pytest.raises(NotFoundError, match="their own account only"):
        link(database, workspace, "U0ADA", ada, as_person(database, owner, home))
    link(database, workspace, "U0ADA", ada, as_person(database, owner, home, Verb.EDIT_MEMBERS))

    assert links(database) == {("U0ADA", ada)}


def test_a_person_of_another_organization_is_not_linked_here(database, home, workspace):
    stranger = make_person(database, make_organization(database, "elsewhere"))

    with pytest.raises(NotFoundError, match="no such person"):
        link(database, workspace, "U0ADA", stranger, system(home))

    assert links(database) == set()


def test_a_workspace_of_another_organization_is_not_there(database, home):
    foreign = make_workspace(database, make_organization(database, "elsewhere"))
    ada = make_person(database, home)

    with pytest.raises(WorkspaceNotFoundError):
        link(database, foreign, "U0ADA", ada, as_person(database, ada, home))

    assert links(database) == set()


def test_what_is_no_slack_user_is_refused(database, home, workspace):
    ada = make_person(database, home)

    for slip in ("", "ada", "@ada", "C0OPS", "U0 ADA", "<@U0ADA>"):
        with pytest.raises(InvalidInputError, match="begin with U or W"):
            link(database, workspace, slip, ada, system(home))

    assert links(database) == set()


def test_one_person_has_a_link_of_their_own_in_each_workspace(database, home, workspace):
    second = make_workspace(database, home, "T0SECOND")
    ada = make_person(database, home)

    link(database, workspace, "U0ADA", ada, system(home))
    link(database, second, "U0ADA", ada, system(home))

    with read(database) as session:
        mine = [(one.workspace, one.external_id) for one in list_identities_of_user(session, ada)]
    assert mine == [("T0ACME", "U0ADA"), ("T0SECOND", "U0ADA")]


def test_people_undo_only_links_of_their_own(database, home, workspace):
    ada, grace = make_person(database, home), make_person(database, home, "Grace", Role.OWNER)
    link(database, workspace, "U0ADA", ada, system(home))

    for person, external_id in ((grace, "U0ADA"), (ada, "U0NOBODY")):
        with pytest.raises(IdentityNotFoundError), write(database) as session:
            unlink_identity(session, as_person(database, person, home), workspace, external_id, now=NOW)
    before = links(database)
    with write(database) as session:
        unlink_identity(session, as_person(database, ada, home), workspace, "U0ADA", now=NOW)

    assert (before, links(database)) == ({("U0ADA", ada)}, set())


def told_in(database: Database, event: AuditEvent) -> list[tuple[OrganizationId | None, str | None]]:
    """In whose audit logs the event stands, and about whom."""
    with read(database) as session:
        entries = session.scalars(select(AuditEntry).where(AuditEntry.event == event).order_by(AuditEntry.id))
        return [(one.organization_id, one.target) for one in entries]


@pytest.fixture
def rival(database, workspace):
    """Another organization that uses the workspace, too."""
    rival = make_organization(database, "rival")
    with write(database) as session:
        session.add(OrganizationIntegration(organization_id=rival, integration_id=workspace, created_at=NOW))
    return rival


def test_a_link_and_its_end_stand_in_the_log_of_every_organization_in_which_they_count(
    database, home, rival, workspace
):
    ben = make_person(database, home, "Ben")
    make_person(database, rival, "Ben")

    link(database, workspace, "U0BEN", ben, as_person(database, ben, home))
    with write(database) as session:
        unlink_identity(session, as_person(database, ben, home), workspace, "U0BEN", now=NOW)

    both = [(home, f"user:{ben}"), (rival, f"user:{ben}")]
    assert told_in(database, AuditEvent.IDENTITY_LINK) == both
    assert told_in(database, AuditEvent.IDENTITY_UNLINK) == both


def test_a_replaced_link_stands_in_the_log_of_whoever_lost_it_and_not_of_whoever_took_it(
    database, home, rival, workspace
):
    ada, zoe = make_person(database, home), make_person(database, rival, "Zoe")
    link(database, workspace, "U0ZOE", zoe, system(rival))

    link(database, workspace, "U0ZOE", ada, as_person(database, ada, home), replace=True)

    assert told_in(database, AuditEvent.IDENTITY_UNLINK) == [(rival, f"user:{zoe}")]


@pytest.mark.parametrize("is_member", [True, False], ids=["of an organization elsewhere", "of none"])
def test_a_link_that_counts_nowhere_any_more_is_undone_and_told_where_its_person_is(
    database, home, workspace, is_member
):
    ada = make_person(database, home)
    link(database, workspace, "U0ADA", ada, system(home))
    with write(database) as session:
        session.execute(delete(OrganizationIntegration))
        if not is_member:
            session.execute(delete(Member))

    with write(database) as session:
        undo_link(session, workspace, "U0ADA", by=Actor(ada, "Ada"), source=Source(Via.PAGE), now=NOW)

    assert links(database) == set()
    assert told_in(database, AuditEvent.IDENTITY_UNLINK) == [(home if is_member else None, f"user:{ada}")]


def test_a_list_shows_the_members_of_the_organization_and_nobody_else(database, home, workspace):
    elsewhere = make_organization(database, "elsewhere")
    with write(database) as session:
        session.add(OrganizationIntegration(organization_id=elsewhere, integration_id=workspace, created_at=NOW))
    ada, zoe = make_person(database, home), make_person(database, elsewhere, "Zoe")
    link(database, workspace, "U0ADA", ada, system(home))
    link(database, workspace, "U0ZOE", zoe, system(elsewhere))

    with read(database) as session:
        listed = [(one.workspace, one.external_id, one.name) for one in list_identities(session, home)]
    assert listed == [("T0ACME", "U0ADA", "Ada")]


def test_the_slack_users_of_several_people_are_found_at_once(database, home, workspace):
    ada, grace = make_person(database, home), make_person(database, home, "Grace")
    link(database, workspace, "U0ADA", ada, system(home))

    with read(database) as session:
        assert external_ids_by_user(session, workspace, [ada, grace]) == {ada: "U0ADA"}


def test_of_several_who_claim_one_slack_user_at_the_same_moment_one_gets_it(database, home, workspace):
    people = [make_person(database, home, f"Person{number}") for number in range(4)]
    ready = threading.Barrier(len(people))
    outcomes = []

    def claim(user_id: UserId) -> None:
        ready.wait()
        try:
            link(database, workspace, "U0ADA", user_id, system(home))
            outcomes.append("linked")
        except IdentityTakenError:
            outcomes.append("taken")

    threads = [threading.Thread(target=claim, args=(one,)) for one in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["linked", "taken", "taken", "taken"]
