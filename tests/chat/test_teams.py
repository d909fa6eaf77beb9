"""Teams and the channels in which they are met: one for each workspace, known by its id, and told there."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from tests.chat.test_identities import make_workspace
from tests.support.acme import NOW, make_organization, make_person, make_team
from tocsin.chat.channels import remember_channel
from tocsin.chat.errors import ChannelUnfitError, TeamLinkedError, WorkspaceNotFoundError
from tocsin.chat.platform import ChannelFacts
from tocsin.chat.teams import find_team_channel, link_team, list_team_channels, unlink_team
from tocsin.deliveries.models import Delivery
from tocsin.kernel.db import Database, read, write
from tocsin.kernel.errors import NotFoundError
from tocsin.members.authorize import authorize
from tocsin.organizations.audit import AuditEntry, AuditEvent
from tocsin.organizations.models import Team
from tocsin.organizations.permit import Role, Scope, Source, Verb, Via

OPS = ChannelFacts("C0OPS", "ops", is_private=False, is_member=True, is_archived=False, is_shared=False)
CART = replace(OPS, id="C0CART", name="cart")


@pytest.fixture
def home(database):
    return make_organization(database)


@pytest.fixture
def workspace(database, home):
    return make_workspace(database, home)


@pytest.fixture
def pay(database, home):
    return make_team(database, home, "pay")


@pytest.fixture
def adam(database, home):
    return make_person(database, home, "Adam", Role.ADMIN)


def permit(session, adam, home):
    source = Source(Via.SLACK, None, "U0ADAM", "C0OPS", "1.1")
    return authorize(session, adam, Verb.EDIT_TEAMS, Scope(home), source=source)


def link(database: Database, home, adam, team, workspace, channel=OPS, **more) -> None:
    with write(database) as session:
        link_team(
            session,
            permit(session, adam, home),
            session.get_one(Team, team),
            workspace,
            channel,
            now=NOW,
            **more,
        )


def unlink(database: Database, home, adam, team, workspace) -> None:
    with write(database) as session:
        unlink_team(session, permit(session, adam, home), session.get_one(Team, team), workspace, now=NOW)


def met_in(database: Database, home) -> list[tuple[str, str, str]]:
    with read(database) as session:
        return [(line.channel, line.channel_name, line.linked_by) for line in list_team_channels(session, home)]


def said(database: Database) -> list[tuple[str | None, str]]:
    with read(database) as session:
        return [(each.channel, each.body["text"]) for each in session.scalars(select(Delivery).order_by(Delivery.id))]


def test_a_team_is_met_in_a_channel_which_hears_of_it(database, home, adam, pay, workspace):
    link(database, home, adam, pay, workspace)

    assert met_in(database, home) == [("C0OPS", "ops", "Adam")]
    assert said(database) == [("C0OPS", "The team pay of Tocsin is met in this channel now.")]


def test_the_same_again_is_only_confirmed(database, home, adam, pay, workspace):
    link(database, home, adam, pay, workspace)
    link(database, home, adam, pay, workspace, replace(OPS, name="operations"))

    assert met_in(database, home) == [("C0OPS", "operations", "Adam")]
    assert len(said(database)) == 1


def test_a_team_with_another_channel_keeps_it(database, home, adam, pay, workspace):
    link(database, home, adam, pay, workspace)

    with pytest.raises(TeamLinkedError, match="#ops"):
        link(database, home, adam, pay, workspace, CART)

    assert met_in(database, home) == [("C0OPS", "ops", "Adam")]


def test_a_team_has_a_channel_in_each_workspace(database, home, adam, pay, workspace):
    other = make_workspace(database, home, "T0OTHER")

    link(database, home, adam, pay, workspace)
    link(database, home, adam, pay, other, CART)

    with read(database) as session:
        assert [find_team_channel(session, pay, each) for each in (workspace, other)] == ["C0OPS", "C0CART"]


def test_several_teams_may_share_a_channel(database, home, adam, pay, workspace):
    web = make_team(database, home, "web")

    link(database, home, adam, pay, workspace)
    link(database, home, adam, web, workspace)
    unlink(database, home, adam, pay, workspace)

    assert met_in(database, home) == [("C0OPS", "ops", "Adam")]


@pytest.mark.parametrize(
    ("channel", "sentence"),
    [
        (replace(OPS, is_archived=True), "archived"),
        (replace(OPS, is_member=False), "/invite"),
        (replace(OPS, is_shared=True), "other companies"),
    ],
)
def test_a_channel_that_is_not_fit_is_refused(database, home, adam, pay, workspace, channel, sentence):
    with pytest.raises(ChannelUnfitError, match=sentence):
        link(database, home, adam, pay, workspace, channel)

    assert met_in(database, home) == []


def test_a_channel_that_others_read_is_taken_when_that_is_meant(database, home, adam, pay, workspace):
    link(database, home, adam, pay, workspace, replace(OPS, is_shared=True), may_be_shared=True)

    assert met_in(database, home) == [("C0OPS", "ops", "Adam")]


def test_an_unlinked_team_is_met_nowhere_and_the_channel_hears_of_it(database, home, adam, pay, workspace):
    link(database, home, adam, pay, workspace)

    unlink(database, home, adam, pay, workspace)

    assert met_in(database, home) == []
    assert said(database)[-1] == ("C0OPS", "The team pay of Tocsin is no longer met in this channel.")
    with pytest.raises(NotFoundError):
        unlink(database, home, adam, pay, workspace)


def test_a_channel_that_was_renamed_is_still_the_same(database, home, adam, pay, workspace):
    link(database, home, adam, pay, workspace)
    with write(database) as session:
        remember_channel(session, workspace, "C0OPS", "operations")

    unlink(database, home, adam, pay, workspace)

    assert met_in(database, home) == []


def test_a_team_of_another_organization_is_not_found(database, home, adam, workspace):
    other = make_team(database, make_organization(database, "rival"), "spies")

    with pytest.raises(NotFoundError):
        link(database, home, adam, other, workspace)


def test_a_workspace_that_the_organization_does_not_use_is_not_found(database, home, adam, pay):
    other = make_workspace(database, make_organization(database, "rival"), "T0RIVAL")

    with pytest.raises(WorkspaceNotFoundError):
        link(database, home, adam, pay, other)


def test_the_audit_log_tells_both_with_their_source(database, home, adam, pay, workspace):
    link(database, home, adam, pay, workspace)
    unlink(database, home, adam, pay, workspace)

    with read(database) as session:
        lines = session.scalars(
            select(AuditEntry)
            .where(AuditEntry.event.in_([AuditEvent.TEAM_LINK, AuditEvent.TEAM_UNLINK]))
            .order_by(AuditEntry.id)
        ).all()
    facts = {"integration_id": workspace, "channel": "C0OPS"}
    assert [(each.event, each.actor_label, each.slack_user_id, each.channel, each.data) for each in lines] == [
        (AuditEvent.TEAM_LINK, "Adam", "U0ADAM", "C0OPS", facts),
        (AuditEvent.TEAM_UNLINK, "Adam", "U0ADAM", "C0OPS", facts),
    ]
