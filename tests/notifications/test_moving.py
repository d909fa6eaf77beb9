"""A channel goes on under another id: its cards go along, and none of them gets in another's way."""

import pytest

from tests.intake.world import World, make_world
from tocsin.kernel.db import Database, write
from tocsin.notifications.moving import move_channel


@pytest.fixture
def world(database: Database) -> World:
    """Cards of one error in C1 and C2, and of another in C1."""
    world = make_world(database)
    world.rule(channel="C1", when=["first_seen"])
    world.store(world.event("a"))
    world.rule(channel="C2", when=["first_seen"])
    world.store(world.event("b"))
    return world


def cards(world: World) -> list[str]:
    return [card.channel for card in world.parents()]


def move(world: World, old: str, new: str) -> None:
    with write(world.database) as session:
        move_channel(session, (world.integration_id, old), new, now=world.now)


def test_the_cards_of_one_channel_move_and_those_of_another_stay(world: World) -> None:
    move(world, "C1", "C3")

    assert cards(world) == ["C3", "C3", "C2"]


def test_a_card_stays_where_its_issue_has_one_under_the_new_id_already(world: World) -> None:
    move(world, "C1", "C2")

    assert cards(world) == ["C2", "C1", "C2"]


def test_moving_again_changes_nothing(world: World) -> None:
    for _ in range(2):
        move(world, "C1", "C3")

    assert cards(world) == ["C3", "C3", "C2"]


def test_the_same_channel_of_another_workspace_is_another(world: World) -> None:
    with write(world.database) as session:
        move_channel(session, (world.integration_id + 1, "C1"), "C3", now=world.now)  # pyrefly: ignore -- an id

    assert cards(world) == ["C1", "C1", "C2"]
