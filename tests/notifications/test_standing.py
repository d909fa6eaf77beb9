"""How a workspace stands is told from the tables, and of other organizations that use it nothing is told."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from tests.web.showroom import connect_acme, fill
from tests.web.world import NOON, World, build_world
from tocsin.chat.models import Integration, OrganizationIntegration
from tocsin.chat.permissions import PERMISSIONS
from tocsin.deliveries.models import Delivery, DeliveryState
from tocsin.kernel.db import Database, read, write
from tocsin.kernel.ids import ProjectId
from tocsin.members.models import User
from tocsin.notifications.standing import Standing, list_standings

ALL = [one.scope for one in PERMISSIONS]


@pytest.fixture
def world(database: Database) -> World:
    return build_world(database)


def standing(world: World, organization: str = "acme", projects: tuple[str, ...] = ("web", "pay")) -> Standing:
    ids: list[ProjectId] = [world.projects[each] for each in projects]
    with read(world.database) as session:
        return list_standings(session, world.organizations[organization], ids)[0]


def grant(world: World, *scopes: str) -> None:
    with write(world.database) as session:
        session.execute(update(Integration).values(scopes=list(scopes)))


def test_a_workspace_that_was_just_connected_has_no_sign_of_life_yet(world):
    connect_acme(world)

    found = standing(world)

    assert (found.last_act, found.last_said, found.unsettled) == (None, None, {})


def test_what_was_said_and_pressed_last_and_what_waits_is_told(world):
    fill(world)

    found = standing(world)

    with read(world.database) as session:
        sent = session.scalars(select(Delivery.sent_at).where(Delivery.sent_at.is_not(None))).all()
        parked = session.scalars(select(Delivery.id).where(Delivery.state == DeliveryState.PARKED)).all()
    assert found.last_act == NOON - timedelta(minutes=300)
    assert found.last_said == max(each for each in sent if each is not None)
    assert found.unsettled == {DeliveryState.PARKED: len(parked)}


def test_messages_about_projects_that_somebody_does_not_see_are_not_counted(world):
    fill(world)

    found = standing(world, projects=("pay",))

    assert (found.last_said, found.unsettled) == (None, {})


def test_an_organization_that_shares_a_workspace_is_told_nothing_of_the_other(world):
    integration_id = fill(world) and 1
    with write(world.database) as session:
        home = world.organizations["rival"]
        session.add(OrganizationIntegration(organization_id=home, integration_id=integration_id, created_at=NOON))

    found = standing(world, "rival", ("spy",))

    assert (found.last_act, found.last_said, found.unsettled, found.linked, found.members) == (None, None, {}, 0, 1)


def test_who_is_linked_is_counted_among_those_who_count(world):
    connect_acme(world)
    counted = [standing(world)]

    with write(world.database) as session:
        session.execute(update(User).where(User.id == world.people["ada"]).values(is_active=False))
    counted.append(standing(world))

    assert [(each.linked, each.members) for each in counted] == [(1, 5), (0, 4)]


@pytest.mark.parametrize(
    ("granted", "missing"),
    [
        (ALL, []),
        ([*ALL, "commands"], []),
        (ALL[:-2], ALL[-2:]),
        ([], []),
    ],
    ids=["all", "more", "an older manifest", "not known"],
)
def test_a_permission_that_was_not_granted_is_missing(world, granted, missing):
    connect_acme(world)
    grant(world, *granted)

    assert [one.scope for one in standing(world).missing] == missing
