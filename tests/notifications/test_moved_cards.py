"""Cards that went over to another issue with a merge, or came back from it."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.intake.world import World, make_world
from tests.notifications.test_returns import announce, post_cards
from tests.support.acme import make_person, system
from tocsin.chat.comment_channels import switch_comments
from tocsin.deliveries.models import Delivery
from tocsin.deliveries.plan import COMMENT
from tocsin.issues.act import IssueAction, act
from tocsin.issues.comments import remove_comment
from tocsin.issues.merging import list_fingerprints, merge, unmerge
from tocsin.issues.models import Issue
from tocsin.kernel.db import Database, read, write
from tocsin.organizations.permit import Role, Source, Via

PAGE = Source(Via.PAGE)


@pytest.fixture
def world(database: Database) -> World:
    """WEB-1 and WEB-2, whose cards were posted in the channel C1."""
    world = make_world(database)
    world.rule("C1")
    world.store(world.event("a"), world.event("b"))
    post_cards(world)
    return world


def test_a_moved_card_is_one_of_the_present_life_of_the_issue_that_it_shows(world: World) -> None:
    world.resolve(2)
    world.store(world.event("b"))

    merge_second(world)

    assert [(card.period, card.sequence) for card in world.parents()] == [(1, 1), (1, 2), (1, 3)]


def test_a_comment_is_taken_back_in_the_thread_of_a_card_that_was_given_back_since(world: World) -> None:
    ada = make_person(world.database, world.organization_id, role=Role.OWNER)
    with write(world.database) as session:
        address = (world.integration_id, "C1")
        switch_comments(session, system(world.organization_id), address, is_on=True, now=world.now)
    merge_second(world)
    with write(world.database) as session:
        words = IssueAction("comment", text="the key is hunter2")
        said = act(session, user_id=ada, source=PAGE, issue_id=issue(session, 1).id, action=words, now=world.now).id
    announce(world)
    told = states_of_comments(world)
    unmerge_second(world)

    with write(world.database) as session:
        remove_comment(session, said, user_id=ada, source=PAGE, now=world.now)
    announce(world)

    assert (told, states_of_comments(world)) == (["pending"] * 2, ["dead"] * 2)


def issue(session: Session, number: int) -> Issue:
    return session.scalars(select(Issue).where(Issue.number == number)).one()


def merge_second(world: World) -> None:
    with write(world.database) as session:
        merge(session, issue(session, 2), system(world.organization_id), "WEB-1", now=world.now)
    announce(world)


def unmerge_second(world: World) -> None:
    with write(world.database) as session:
        shown = issue(session, 1)
        last = list_fingerprints(session, shown.id)[-1].hash
        unmerge(session, shown, system(world.organization_id), [last], now=world.now)
    announce(world)


def states_of_comments(world: World) -> list[str]:
    with read(world.database) as session:
        return list(session.scalars(select(Delivery.state).where(Delivery.kind == COMMENT).order_by(Delivery.id)))
