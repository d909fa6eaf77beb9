"""Owns the verdict after crashes: whether what was told, what is stored and what stands in Slack agree."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from slack_simulator.ledger import Posted

SETTLED = frozenset({"sent", "folded"})


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
    once_uncertain: int = 0
    """How many deliveries had to be looked for: no promise, but it tells how hard the trial was."""


def find_faults(evidence: Evidence) -> list[str]:
    """A sentence for each promise that was broken; none when all were kept."""
    return [*_faults_of_events(evidence), *_faults_of_plans(evidence), *_faults_in_slack(evidence)]


def _faults_of_events(evidence: Evidence) -> Iterator[str]:
    for event_id in sorted(evidence.acknowledged - evidence.stored.keys()):
        yield f"event {event_id} was acknowledged and is lost"
    for event_id, rows in evidence.stored.items():
        if rows > 1:
            yield f"event {event_id} is stored {rows} times"
    for issue, (count, rows) in evidence.counted.items():
        if count != rows:
            yield f"issue {issue} counts {count} events and has {rows}"
    for activity in sorted(evidence.decided - evidence.activities):
        yield f"activity {activity} was committed and is lost"


def _faults_of_plans(evidence: Evidence) -> Iterator[str]:
    planned = Counter((card.issue, card.period, card.channel) for card in evidence.cards)
    for place in evidence.wanted_cards - planned:
        yield "issue {} has no card for period {} in {}".format(*place)
    for place in planned - evidence.wanted_cards:
        yield "issue {} has a card too many for period {} in {}".format(*place)
    for delivery, state in evidence.states.items():
        if state not in SETTLED:
            yield f"delivery {delivery} is {state}"
    for card in evidence.cards:
        for activity, delivery in card.told_by:
            if delivery is None:
                yield f"nothing was planned to tell activity {activity} in the thread of card {card.delivery}"


def _faults_in_slack(evidence: Evidence) -> Iterator[str]:
    standing: dict[int, list[Posted]] = {}
    for message in evidence.live:
        standing.setdefault(int(message.delivery or 0), []).append(message)
    for message in (stray for delivery in standing.keys() - evidence.states.keys() for stray in standing[delivery]):
        yield f"message {message.ts} in {message.channel} belongs to no delivery"
    for card in evidence.cards:
        yield from _faults_of_card(card, standing)


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
