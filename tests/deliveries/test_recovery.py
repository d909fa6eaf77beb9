"""What a crash, a silent sender or old age leaves behind."""

from datetime import timedelta

from tests.deliveries.world import TIMES, World
from tocsin.deliveries import recovery
from tocsin.deliveries.models import Delivery
from tocsin.deliveries.outcome import Dead, Parked, Sent, Uncertain
from tocsin.deliveries.parking import park_place, unpark_workspace
from tocsin.kernel.ids import DeliveryId


def mend(world: World) -> None:
    with world.write() as session:
        recovery.give_up_silent_senders(session, TIMES, now=world.now)
        recovery.bury_the_old(session, now=world.now)


def suspects(world: World) -> list[DeliveryId]:
    with world.write() as session:
        return [found.id for found in recovery.find_suspects(session, (world.integration_id, "C1"), now=world.now)]


def places(world: World) -> list[str]:
    with world.write() as session:
        return [channel for _, channel in recovery.find_places_to_drain(session, now=world.now)]


def test_a_reply_that_waits_for_a_parked_card_asks_for_no_run(world: World) -> None:
    card = world.plan()
    world.reply(card)
    before = places(world)

    world.record(world.must_claim(), Parked("not_in_channel"))

    assert (before, places(world)) == (["C1"], [])


def test_a_reply_that_waits_for_an_uncertain_one_asks_for_no_run_until_that_is_settled(world: World) -> None:
    card = world.plan()
    world.record(world.must_claim(), Sent("1.1"))
    world.reply(card)
    world.record(world.must_claim(), Uncertain("timeout"))
    world.reply(card)
    world.passes(60)
    meanwhile = places(world)

    with world.write() as session:
        (suspect,) = recovery.find_suspects(session, (world.integration_id, "C1"), now=world.now)
        recovery.settle_found(session, suspect, "1.2", TIMES, now=world.now)

    assert (meanwhile, places(world)) == ([], ["C1"])


def test_a_reply_whose_card_died_asks_for_the_run_that_buries_it(world: World) -> None:
    world.reply(world.plan())

    world.record(world.must_claim(), Dead("refused"))

    assert places(world) == ["C1"]


def test_a_sender_within_its_lease_is_left_alone(world: World) -> None:
    card = world.plan()
    world.must_claim()
    world.passes(29)

    mend(world)

    assert world.get(card).state == "sending"


def test_a_sender_that_fell_silent_may_have_sent(world: World) -> None:
    card = world.plan()
    claimed = world.must_claim()
    world.passes(31)

    mend(world)

    assert (world.get(card).state, world.record(claimed, Sent("1.1"))) == ("uncertain", False)


def test_an_uncertain_delivery_is_looked_for_when_the_settle_time_has_passed(world: World) -> None:
    card = world.plan()
    world.record(world.must_claim(), Uncertain("timeout"))
    world.passes(59)
    too_early = suspects(world)

    world.passes(1)

    assert (too_early, suspects(world)) == ([], [card])


def test_what_was_found_is_sent_and_looked_for_four_times_more(world: World) -> None:
    card = world.plan()
    world.record(world.must_claim(), Uncertain("timeout"))
    world.passes(60)
    with world.write() as session:
        (suspect,) = recovery.find_suspects(session, (world.integration_id, "C1"), now=world.now)
        recovery.settle_found(session, suspect, "1.1", TIMES, now=world.now)

    looks = 0
    while world.passes(60) or suspects(world):
        with world.write() as session:
            (suspect,) = recovery.find_suspects(session, (world.integration_id, "C1"), now=world.now)
            recovery.swept(session, suspect, TIMES, now=world.now)
        looks += 1

    assert (looks, world.get(card).state, world.get(card).ts) == (4, "sent", "1.1")


def test_what_is_not_there_is_sent_again_in_its_old_place(world: World) -> None:
    first, _second = world.plan(), world.plan()
    world.record(world.must_claim(), Uncertain("timeout"))
    world.passes(60)
    with world.write() as session:
        (suspect,) = recovery.find_suspects(session, (world.integration_id, "C1"), now=world.now)
        recovery.settle_missing(session, suspect)

    assert world.must_claim().id == first


def test_a_look_that_failed_says_nothing_again(world: World) -> None:
    card = world.plan()
    world.record(world.must_claim(), Uncertain("timeout"))
    world.passes(60)
    with world.write() as session:
        found = recovery.find_suspects(session, (world.integration_id, "C1"), now=world.now)
        recovery.settle_later(session, found, "missing_scope", now=world.now)

    assert (world.get(card).state, world.claim()) == ("uncertain", None)


def test_what_was_sent_at_the_first_try_is_never_looked_for(world: World) -> None:
    world.plan()
    world.record(world.must_claim(), Sent("1.1"))
    world.passes(3600)

    assert suspects(world) == []


def test_an_alert_that_is_too_old_dies_visibly(world: World) -> None:
    card = world.plan(expires_at=world.now + timedelta(hours=1))
    world.passes(3600)

    mend(world)

    assert (world.get(card).state, world.get(card).reason) == ("dead", "too old: it could not be sent in time")


def test_an_uncertain_delivery_does_not_die_of_age(world: World) -> None:
    card = world.plan(expires_at=world.now + timedelta(hours=1))
    world.record(world.must_claim(), Uncertain("timeout"))
    world.passes(7200)

    mend(world)

    assert world.get(card).state == "uncertain"


def test_a_workspace_that_works_again_gets_what_was_parked(world: World) -> None:
    card = world.plan()
    with world.write() as session:
        park_place(session, (world.integration_id, "C1"), "token_revoked")
    parked = world.get(card).state

    with world.write() as session:
        unpark_workspace(session, world.integration_id)

    assert (parked, world.must_claim().id) == ("parked", card)


def test_a_parked_delivery_waits_for_somebody(world: World) -> None:
    card = world.plan()
    world.record(world.must_claim(), Parked("is_archived: invite the app"))
    world.passes(600)

    mend(world)

    assert (world.claim(), world.get(card).reason) == (None, "is_archived: invite the app")


def test_a_look_that_slept_does_not_settle_the_next_try(world: World) -> None:
    card = world.plan()
    world.record(world.must_claim(), Uncertain("timeout"))
    world.passes(60)
    with world.write() as session:
        (seen,) = recovery.find_suspects(session, (world.integration_id, "C1"), now=world.now)
        recovery.settle_missing(session, seen)
    world.record(world.must_claim(), Uncertain("timeout"))

    with world.write() as session:
        recovery.settle_missing(session, seen)
        recovery.settle_dead(session, seen, "the card was deleted in Slack")

    assert (world.get(card).state, world.claim()) == ("uncertain", None)


def test_a_sender_that_wakes_after_the_last_sweep_starts_them_anew(world: World) -> None:
    card = world.plan()
    sleeper = world.must_claim()
    world.passes(31)
    mend(world)
    world.passes(60)
    with world.write() as session:
        (suspect,) = recovery.find_suspects(session, (world.integration_id, "C1"), now=world.now)
        recovery.settle_missing(session, suspect)
    world.record(world.must_claim(), Sent("1.1"))
    with world.write() as session:
        session.get_one(Delivery, card).sweep_at = None

    world.record(sleeper, Sent("1.2"))
    world.passes(60)

    assert (world.get(card).ts, suspects(world)) == ("1.1", [card])
