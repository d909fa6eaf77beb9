"""The checker of crash trials sees each kind of broken promise."""

from collections import Counter
from dataclasses import replace

from slack_simulator.ledger import Posted
from tests.crash.checker import INVARIANTS, Card, Evidence, find_faults, nothing_waits, nothing_was_given_up

CARD = Posted("C0A", "100.1", None, "1", "[web] ValueError")
TAKEN = Posted("C0A", "100.2", "100.1", "2", "Ada took WEB-1")
RESOLVED = Posted("C0A", "100.3", "100.1", "3", "Ada resolved WEB-1")
KEPT = Evidence(
    acknowledged=frozenset({"a", "b"}),
    stored=Counter({"a": 1, "b": 1}),
    counted={1: (2, 2)},
    decided=frozenset({11, 12}),
    activities=frozenset({10, 11, 12}),
    wanted_cards=Counter({(1, 1, "C0A"): 1}),
    cards=(Card(1, 1, 1, "C0A", told_by=((11, 2), (12, 3))),),
    states={1: "sent", 2: "sent", 3: "sent"},
    live=(CARD, TAKEN, RESOLVED),
    grounds={1: frozenset({"C0A"})},
)


def test_nothing_is_said_where_every_promise_was_kept():
    assert find_faults(KEPT) == []


def test_an_event_that_was_stored_without_an_answer_is_no_fault():
    unanswered = replace(KEPT, acknowledged=frozenset({"a"}))

    assert find_faults(unanswered) == []


def test_a_lost_event_is_seen():
    lost = replace(KEPT, stored=Counter({"a": 1}), counted={1: (1, 1)})

    assert find_faults(lost) == ["event b was acknowledged and is lost"]


def test_an_event_stored_twice_is_seen():
    doubled = replace(KEPT, stored=Counter({"a": 1, "b": 2}), counted={1: (3, 3)})

    assert find_faults(doubled) == ["event b is stored 2 times"]


def test_an_event_counted_twice_is_seen():
    miscounted = replace(KEPT, counted={1: (3, 2)})

    assert find_faults(miscounted) == ["issue 1 counts 3 events and has 2"]


def test_a_lost_decision_is_seen():
    lost = replace(KEPT, decided=frozenset({11, 12, 13}))

    assert find_faults(lost) == ["activity 13 was committed and is lost"]


def test_a_card_that_was_never_planned_is_seen():
    unplanned = replace(KEPT, wanted_cards=KEPT.wanted_cards + Counter({(1, 2, "C0A"): 1}))

    assert find_faults(unplanned) == ["issue 1 has no card for period 2 in C0A"]


def test_a_card_that_no_rule_asked_for_is_seen():
    unasked = replace(KEPT, wanted_cards=Counter())

    assert find_faults(unasked) == ["issue 1 has a card too many for period 1 in C0A"]


def test_a_lost_card_is_seen():
    lost = replace(KEPT, live=(TAKEN, RESOLVED))

    assert find_faults(lost) == ["card 1 stands 0 times in C0A"]


def test_a_card_posted_twice_is_seen():
    doubled = replace(KEPT, live=(*KEPT.live, replace(CARD, ts="100.4")))

    assert find_faults(doubled) == ["card 1 stands 2 times in C0A"]


def test_a_reply_said_twice_is_seen():
    doubled = replace(KEPT, live=(*KEPT.live, replace(RESOLVED, ts="100.4")))

    assert find_faults(doubled) == ["reply 3 stands 2 times in the thread of card 1"]


def test_a_reply_that_was_never_said_is_seen():
    silent = replace(KEPT, live=(CARD, RESOLVED))

    assert find_faults(silent) == ["reply 2 stands 0 times in the thread of card 1"]


def test_a_reply_that_was_never_planned_is_seen():
    unplanned = replace(KEPT, cards=(Card(1, 1, 1, "C0A", told_by=((11, 2), (12, None))),), live=(CARD, TAKEN))

    assert find_faults(unplanned) == ["nothing was planned to tell activity 12 in the thread of card 1"]


def test_replies_in_the_wrong_order_are_seen():
    swapped = replace(KEPT, live=(CARD, replace(TAKEN, ts="100.5"), RESOLVED))

    assert find_faults(swapped) == ["the thread of card 1 tells [3, 2], not in the order in which it happened"]


def test_a_reply_outside_its_thread_is_seen():
    outside = replace(KEPT, live=(CARD, TAKEN, replace(RESOLVED, thread_ts=None)))

    assert find_faults(outside) == ["reply 3 stands in C0A, not in the thread of card 1"]


def test_two_activities_may_be_told_by_one_folded_reply():
    folded = replace(
        KEPT, cards=(Card(1, 1, 1, "C0A", told_by=((11, 3), (12, 3))),), states={1: "sent", 2: "folded", 3: "sent"}
    )

    assert find_faults(replace(folded, live=(CARD, RESOLVED))) == []


def test_a_message_of_no_delivery_is_seen():
    stray = replace(KEPT, live=(*KEPT.live, Posted("C0B", "100.9", None, "99", "?")))

    assert find_faults(stray) == ["message 100.9 in C0B belongs to no delivery"]


def test_a_delivery_that_still_waits_is_seen():
    waiting = replace(KEPT, states={**KEPT.states, 4: "uncertain"})

    assert list(nothing_waits(waiting)) == find_faults(waiting) == ["delivery 4 is uncertain"]


def test_an_activity_that_nobody_announced_is_seen():
    silent = replace(KEPT, unannounced=frozenset({12}))

    assert find_faults(silent) == ["activity 12 was never announced"]


def test_a_delivery_that_was_given_up_is_seen():
    parked = replace(KEPT, states={**KEPT.states, 4: "parked"})

    assert list(nothing_was_given_up(parked)) == find_faults(parked) == ["delivery 4 is parked"]


def test_a_message_in_a_channel_of_another_organization_is_seen():
    elsewhere = replace(KEPT, grounds={1: frozenset({"C0B"})}, live=(CARD,), cards=(Card(1, 1, 1, "C0A"),))

    assert find_faults(elsewhere) == ["issue 1 is spoken of in C0A, which is not its organization's"]


def test_an_audit_log_that_was_altered_is_seen():
    altered = replace(KEPT, broken_chains=("removed at number 3 of organization 1",))

    assert find_faults(altered) == ["the audit log is broken: removed at number 3 of organization 1"]


def test_every_invariant_of_the_table_is_seen_to_fail():
    broken = {
        "I1": replace(KEPT, acknowledged=frozenset({"c"})),
        "I2": replace(KEPT, stored=Counter({"a": 2, "b": 1})),
        "I3": replace(KEPT, counted={1: (3, 2)}),
        "I4": replace(KEPT, wanted_cards=Counter()),
        "I5": replace(KEPT, live=(CARD, RESOLVED)),
        "I6": replace(KEPT, grounds={}),
        "I7": replace(KEPT, broken_chains=("altered at number 1 of organization 1",)),
        "I8": replace(KEPT, leaks=("tocsin-0.log",)),
        "I9": replace(KEPT, states={**KEPT.states, 4: "pending"}),
        "I10": replace(KEPT, states={**KEPT.states, 4: "dead"}),
        "T6": replace(KEPT, untrue=frozenset({1})),
    }

    seen = {name: {each for each, holds in INVARIANTS.items() if list(holds(case))} for name, case in broken.items()}

    assert seen == {name: {name} for name in INVARIANTS}


def test_a_secret_that_is_found_is_seen():
    leaking = replace(KEPT, leaks=("tocsin-0.log",))

    assert find_faults(leaking) == ["a secret stands in tocsin-0.log"]


def test_a_card_that_shows_something_else_is_seen():
    late = replace(KEPT, untrue=frozenset({1}))

    assert find_faults(late) == ["card 1 does not show how its issue stands"]
