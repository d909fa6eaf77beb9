"""How the threads and cards of an issue tell that it came back."""

import pytest
from sqlalchemy import select

from tests.intake.world import World, make_world
from tests.support.acme import make_person, system
from tocsin.activities.models import Activity
from tocsin.deliveries.models import Delivery
from tocsin.issues.ownership import set_assign_new_to
from tocsin.issues.triage import Assignee
from tocsin.kernel.db import Database, read, write
from tocsin.notifications.after import REPEATS
from tocsin.notifications.permalinks import redraw_older_cards
from tocsin.organizations.models import Project
from tocsin.rules.edit import RuleChanges, edit_rule
from tocsin.rules.models import Rule
from tocsin.rules.repeat import Repeat
from tocsin.slack.replies import NEW_CARD
from tocsin.slack.threads import send_activity_notifications_to_slack_threads
from tocsin.slack.unannounced import Unannounced


@pytest.fixture
def world(database: Database) -> World:
    """One issue, whose card was posted in the channel C1."""
    world = make_world(database)
    world.rule("C1")
    world.store(world.event("a"))
    post_cards(world)
    return world


def test_a_repeat_is_kept_with_the_return_though_the_issue_was_given_to_somebody_at_once(world: World) -> None:
    choose(world, new_card_after="never")
    give_to_ada(world)

    come_back(world)

    with read(world.database) as session:
        kept = [row.type for row in session.scalars(select(Activity)) if REPEATS in row.data]
    assert kept == ["regressed"]


def test_the_old_thread_links_to_the_new_card_though_the_issue_was_given_to_somebody_at_once(world: World) -> None:
    give_to_ada(world)

    come_back(world)

    assert [body.get(NEW_CARD) for body in replies(world, "came back")] == [world.parents()[1].card_delivery_id]


def test_a_rule_that_only_redraws_keeps_every_thread_of_the_channel_quiet(world: World) -> None:
    come_back(world)
    told = len(replies(world, "came back"))
    choose(world, new_card_after="never", repeat=Repeat.UPDATE_ONLY)

    come_back(world)

    assert (told, len(replies(world, "came back")), len(world.parents())) == (1, 1, 2)


def test_a_posted_card_makes_only_those_due_that_link_to_it_now(world: World) -> None:
    come_back(world)
    come_back(world)

    with write(world.database) as session:
        redraw_older_cards(session, world.parents()[2].card_delivery_id, now=world.now)

    assert [parent.redraw_at is not None for parent in world.parents()] == [False, True, False]


def choose(world: World, **choices: object) -> None:
    with write(world.database) as session:
        changes = RuleChanges(**choices)  # pyrefly: ignore -- each test names its own fields
        edit_rule(session, session.scalars(select(Rule)).one(), system(world.organization_id), changes, now=world.now)


def give_to_ada(world: World) -> None:
    """From now on, what comes is given to Ada."""
    ada = Assignee(user_id=make_person(world.database, world.organization_id))
    with write(world.database) as session:
        project = session.get_one(Project, world.project_id)
        set_assign_new_to(session, system(world.organization_id), project, ada, now=world.now)


def come_back(world: World) -> None:
    """The issue is resolved and comes back, cards are posted, and the threads are told."""
    world.resolve()
    world.passes(60)
    world.store(world.event("a"))
    post_cards(world)
    announce(world)


def post_cards(world: World) -> None:
    with write(world.database) as session:
        for parent in world.parents():
            world.card_is_posted(session, parent)


def announce(world: World) -> None:
    with write(world.database) as session:
        while (activity := Unannounced().find_next(session)) is not None:
            send_activity_notifications_to_slack_threads(session, activity, link_base="https://tocsin", now=world.now)


def replies(world: World, words: str) -> list[dict]:
    """The bodies of what is planned to be said in threads with these words."""
    with read(world.database) as session:
        bodies = session.scalars(select(Delivery.body).where(Delivery.follows_id.is_not(None)).order_by(Delivery.id))
        return [body for body in bodies if words in body["text"]]
