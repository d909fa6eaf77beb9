"""Which delivery goes next, and who may send it."""

from tests.deliveries.world import World
from tocsin.deliveries.claim import freeze
from tocsin.deliveries.models import Delivery
from tocsin.deliveries.outcome import Dead, Parked, Sent, TryAgain, Uncertain
from tocsin.kernel.db import write


def test_cards_go_in_the_order_in_which_they_were_planned(world: World) -> None:
    first, second = world.plan(), world.plan()

    assert [world.must_claim().id, world.must_claim().id] == [first, second]


def test_what_is_claimed_is_nobody_elses(world: World) -> None:
    world.plan()
    world.must_claim()

    assert world.claim() is None


def test_a_reply_waits_for_its_card_and_then_stands_in_its_thread(world: World) -> None:
    card = world.plan()
    world.reply(card)
    sending = world.must_claim()
    assert world.claim() is None

    world.record(sending, Sent("1700000000.000100"))

    assert world.must_claim().thread_ts == "1700000000.000100"


def test_replies_of_one_thread_go_strictly_one_after_the_other(world: World) -> None:
    card = world.plan()
    first, second = world.reply(card), world.reply(card)
    world.record(world.must_claim(), Sent("1.1"))

    claimed = world.must_claim()
    assert (claimed.id, world.claim()) == (first, None)

    world.record(claimed, Sent("1.2"))
    assert world.must_claim().id == second


def test_an_uncertain_reply_holds_back_the_later_ones_of_its_thread_only(world: World) -> None:
    card, other = world.plan(), world.plan()
    world.reply(card)
    world.reply(card)
    elsewhere = world.reply(other)
    for ts in ("1.1", "1.2"):
        world.record(world.must_claim(), Sent(ts))

    world.record(world.must_claim(), Uncertain("timeout"))

    assert (world.must_claim().id, world.claim()) == (elsewhere, None)


def test_a_reply_dies_with_its_card_and_for_the_same_reason(world: World) -> None:
    card = world.plan()
    reply = world.reply(card)
    world.record(world.must_claim(), Dead("Slack refused the message"))

    assert world.claim() is None
    assert (world.get(reply).state, world.get(reply).reason) == ("dead", "Slack refused the message")


def test_a_reply_outlasts_a_card_that_is_only_parked(world: World) -> None:
    card = world.plan()
    reply = world.reply(card)
    world.record(world.must_claim(), Parked("is_archived"))

    assert (world.claim(), world.get(reply).state) == (None, "pending")


def test_what_must_wait_is_not_sent_before_its_moment(world: World) -> None:
    world.plan()
    claimed = world.must_claim()
    world.record(claimed, TryAgain(world.now.replace(second=30), "ratelimited", counts=False))
    assert world.claim() is None

    world.passes(30)

    assert world.must_claim().id == claimed.id


def test_being_told_to_slow_down_is_no_try_of_ours(world: World) -> None:
    card = world.plan()
    world.record(world.must_claim(), TryAgain(world.now, "ratelimited", counts=False))

    assert world.get(card).attempts == 0


def test_a_second_try_sends_exactly_what_the_first_one_did(world: World) -> None:
    world.plan()
    claimed = world.must_claim()
    with write(world.database) as session:
        freeze(session, claimed, {"text": "as it was"})
    world.record(claimed, TryAgain(world.now, "http_503"))

    assert world.must_claim().frozen == {"text": "as it was"}


def test_an_outcome_under_an_old_claim_changes_nothing(world: World) -> None:
    card = world.plan()
    old = world.must_claim()
    world.record(old, TryAgain(world.now, "http_503"))
    world.must_claim()

    was_ours = world.record(old, Sent("1.1"))

    assert (was_ours, world.get(card).state) == (False, "sending")


def test_a_place_is_drained_without_regard_to_others(world: World) -> None:
    world.plan(channel="C1")
    there = world.plan(channel="C2")

    assert world.must_claim("C2").id == there


def test_five_waiting_replies_are_said_one_by_one(world: World) -> None:
    card = world.plan()
    replies = [world.reply(card) for _ in range(5)]
    world.record(world.must_claim(), Sent("1.1"))

    assert world.must_claim().id == replies[0]


def test_six_waiting_replies_become_one_that_says_them_all_in_order(world: World) -> None:
    card = world.plan()
    replies = [world.reply(card) for _ in range(6)]
    world.record(world.must_claim(), Sent("1.1"))

    together = world.must_claim()

    assert [body["text"] for body in together.body["several"]] == [f"text {number}" for number in range(2, 8)]
    assert together.id == replies[0]
    assert {(world.get(each).state, world.get(each).folded_into) for each in replies[1:]} == {("folded", replies[0])}


def test_a_reply_that_was_tried_is_never_folded(world: World) -> None:
    card = world.plan()
    first = world.reply(card)
    world.record(world.must_claim(), Sent("1.1"))
    world.record(world.must_claim(), TryAgain(world.now, "http_503"))
    for _ in range(7):
        world.reply(card)

    assert world.must_claim().id == first


def test_what_does_not_fit_into_one_reply_never_overtakes_it(world: World) -> None:
    card = world.plan()
    replies = [world.reply(card) for _ in range(23)]
    world.record(world.must_claim(), Sent("1.1"))

    world.record(world.must_claim(), TryAgain(world.now.replace(second=30), "http_503"))
    assert world.claim() is None

    world.passes(30)
    assert world.must_claim().id == replies[0]


def test_what_is_folded_never_jumps_over_a_reply_that_was_tried(world: World) -> None:
    card = world.plan()
    replies = [world.reply(card) for _ in range(8)]
    world.record(world.must_claim(), Sent("1.1"))
    with world.write() as session:
        session.get_one(Delivery, replies[3]).first_dispatch_at = world.now

    assert world.must_claim().body == {"text": "text 2"}
