"""Owns the verdict after crashes: whether what was told, what is stored and what stands in Slack agree."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from slack_simulator.ledger import Posted

SETTLED = frozenset({"sent", "folded"})
MOVING = frozenset({"pending", "sending", "uncertain"})


@dataclass(frozen=True, slots=True)
class Card:
    """A planned card, and for each activity that its thread must hear, oldest first, the delivery that says it."""

    delivery: int
    issue: int
    period: int
    channel: str
    told_by: tuple[tuple[int, int | None], ...] = ()
    """Pairs of activity and delivery; no delivery when none was planned, the folded one where several were folded."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that is known when everything has become quiet."""

    acknowledged: frozenset[str]
    """Ids of the events that were answered with 200."""
    stored: Counter[str]
    """How many rows each event id has."""
    counted: dict[int, tuple[int, int]]
    """For each issue what it counts, and how many events of it are stored."""
    decided: frozenset[int]
    """Activities whose COMMIT was reported to whoever decided."""
    activities: frozenset[int]
    wanted_cards: Counter[tuple[int, int, str]]
    """Issue, period and channel of each card that the rules ask for."""
    cards: tuple[Card, ...]
    states: dict[int, str]
    """The state of every delivery."""
    live: tuple[Posted, ...]
    """The messages of ours that stand in Slack."""
    grounds: dict[int, frozenset[str]] = field(default_factory=dict)
    """For each issue the channels of its organization."""
    unannounced: frozenset[int] = frozenset()
    """Activities that nobody has looked at."""
    untrue: frozenset[int] = frozenset()
    """Deliveries of cards that show another state than their issue has."""
    broken_chains: tuple[str, ...] = ()
    """What verifying the audit log found altered, removed, inserted or reordered."""
    leaks: tuple[str, ...] = ()
    """Where a secret was found: a file, a table, a message."""
    once_uncertain: int = 0
    """How many deliveries had to be looked for: no promise, but it tells how hard the trial was."""


Invariant = Callable[[Evidence], Iterator[str]]


def find_faults(evidence: Evidence) -> list[str]:
    """A sentence for each promise that was broken; none when all were kept."""
    return [fault for invariant in INVARIANTS.values() for fault in invariant(evidence)]


def what_was_told_is_kept(evidence: Evidence) -> Iterator[str]:
    """Whatever was acknowledged, to an SDK or to a person, is in the database."""
    for event_id in sorted(evidence.acknowledged - evidence.stored.keys()):
        yield f"event {event_id} was acknowledged and is lost"
    for activity in sorted(evidence.decided - evidence.activities):
        yield f"activity {activity} was committed and is lost"


def an_event_is_stored_once(evidence: Evidence) -> Iterator[str]:
    """However often it was sent."""
    for event_id, rows in evidence.stored.items():
        if rows > 1:
            yield f"event {event_id} is stored {rows} times"


def counters_agree_with_events(evidence: Evidence) -> Iterator[str]:
    """What an issue counts is what is stored of it."""
    for issue, (count, rows) in evidence.counted.items():
        if count != rows:
            yield f"issue {issue} counts {count} events and has {rows}"


def each_firing_has_one_card_in_each_channel(evidence: Evidence) -> Iterator[str]:
    """Planned once for each issue, period and channel, and never where no rule asks for it."""
    planned = Counter((card.issue, card.period, card.channel) for card in evidence.cards)
    for place in evidence.wanted_cards - planned:
        yield "issue {} has no card for period {} in {}".format(*place)
    for place in planned - evidence.wanted_cards:
        yield "issue {} has a card too many for period {} in {}".format(*place)


def each_thread_is_told_once_and_in_order(evidence: Evidence) -> Iterator[str]:
    """Each activity stands once in the thread of each card that hears of it, and the card itself stands once."""
    for card in evidence.cards:
        for activity, delivery in card.told_by:
            if delivery is None:
                yield f"nothing was planned to tell activity {activity} in the thread of card {card.delivery}"
    standing = _standing(evidence)
    for message in (stray for delivery in standing.keys() - evidence.states.keys() for stray in standing[delivery]):
        yield f"message {message.ts} in {message.channel} belongs to no delivery"
    for card in evidence.cards:
        yield from _faults_of_card(card, standing)


def nobody_hears_of_other_organizations(evidence: Evidence) -> Iterator[str]:
    """What is said about an issue stands in channels of its own organization only."""
    standing = _standing(evidence)
    for card in evidence.cards:
        grounds = evidence.grounds.get(card.issue, frozenset())
        for delivery in dict.fromkeys([card.delivery, *(each for _, each in card.told_by if each is not None)]):
            for message in standing.get(delivery, []):
                if message.channel not in grounds:
                    yield f"issue {card.issue} is spoken of in {message.channel}, which is not its organization's"


def the_audit_log_verifies(evidence: Evidence) -> Iterator[str]:
    """No entry of a sealed chain is another than it was, or gone."""
    for found in evidence.broken_chains:
        yield f"the audit log is broken: {found}"


def no_secret_is_found(evidence: Evidence) -> Iterator[str]:
    """Not in a log, not in the database's files and rows, not in Slack."""
    for place in evidence.leaks:
        yield f"a secret stands in {place}"


def nothing_waits(evidence: Evidence) -> Iterator[str]:
    """Every queue is empty again."""
    for activity in sorted(evidence.unannounced):
        yield f"activity {activity} was never announced"
    for delivery, state in evidence.states.items():
        if state in MOVING:
            yield f"delivery {delivery} is {state}"


def nothing_was_given_up(evidence: Evidence) -> Iterator[str]:
    """Slack works again, so nothing may be left to a person."""
    for delivery, state in evidence.states.items():
        if state not in SETTLED | MOVING:
            yield f"delivery {delivery} is {state}"


def cards_show_the_truth(evidence: Evidence) -> Iterator[str]:
    """Whatever was lost or came late meanwhile, each card shows its issue as it is."""
    for delivery in sorted(evidence.untrue):
        yield f"card {delivery} does not show how its issue stands"


INVARIANTS: Mapping[str, Invariant] = MappingProxyType(
    {
        "I1": what_was_told_is_kept,
        "I2": an_event_is_stored_once,
        "I3": counters_agree_with_events,
        "I4": each_firing_has_one_card_in_each_channel,
        "I5": each_thread_is_told_once_and_in_order,
        "I6": nobody_hears_of_other_organizations,
        "I7": the_audit_log_verifies,
        "I8": no_secret_is_found,
        "I9": nothing_waits,
        "I10": nothing_was_given_up,
        "T6": cards_show_the_truth,
    }
)


def _standing(evidence: Evidence) -> dict[int, list[Posted]]:
    """The messages that stand, by the delivery whose mark they bear."""
    standing: dict[int, list[Posted]] = {}
    for message in evidence.live:
        standing.setdefault(int(message.delivery or 0), []).append(message)
    return standing


def _faults_of_card(card: Card, standing: dict[int, list[Posted]]) -> Iterator[str]:
    stands = standing.get(card.delivery, [])
    if len(stands) != 1:
        yield f"card {card.delivery} stands {len(stands)} times in {card.channel}"
        return
    [message] = stands
    if message.thread_ts not in {None, message.ts} or message.channel != card.channel:
        yield f"card {card.delivery} stands in {message.channel}, thread {message.thread_ts}"
    sayers = list(dict.fromkeys(delivery for _, delivery in card.told_by if delivery is not None))
    said = [(delivery, reply) for delivery in sayers for reply in standing.get(delivery, [])]
    for delivery in sayers:
        times = len(standing.get(delivery, []))
        if times != 1:
            yield f"reply {delivery} stands {times} times in the thread of card {card.delivery}"
    for delivery, reply in said:
        if (reply.channel, reply.thread_ts) != (message.channel, message.ts):
            yield f"reply {delivery} stands in {reply.channel}, not in the thread of card {card.delivery}"
    in_slack = [delivery for delivery, reply in sorted(said, key=lambda pair: pair[1].ts)]
    if in_slack != [delivery for delivery, _ in said]:
        yield f"the thread of card {card.delivery} tells {in_slack}, not in the order in which it happened"
