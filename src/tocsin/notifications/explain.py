"""The story of one delivery in sentences: why it was planned, what was tried, how it stands and what helps."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from tocsin.chat.models import Channel, Integration
from tocsin.deliveries.models import FINAL_STATES, BrokenPlace, Delivery, DeliveryState
from tocsin.deliveries.outcome import SWEEPS
from tocsin.deliveries.plan import CARD
from tocsin.issues.models import Issue
from tocsin.notifications.models import ParentNotification
from tocsin.notifications.parents import find_parent_of_delivery
from tocsin.rules.models import Firing


def explain_delivery(session: Session, delivery: Delivery) -> list[str]:
    """What there is to tell about `delivery`, in the order in which it happened; moments are in UTC."""
    parent = find_parent_of_delivery(session, delivery.id)
    return [
        _what_and_where(session, delivery, parent),
        _why(session, delivery, parent),
        *_tries(delivery),
        _standing(session, delivery),
        *_end(delivery),
    ]


def _what_and_where(session: Session, delivery: Delivery, parent: ParentNotification | None) -> str:
    integration = session.get_one(Integration, delivery.integration_id)
    name = session.scalar(
        select(Channel.name).where(
            Channel.integration_id == delivery.integration_id, Channel.external_id == delivery.channel
        )
    )
    place = f"to {delivery.recipient}" if delivery.recipient else f"in #{name or delivery.channel}"
    issue = "" if parent is None else f" of {session.get_one(Issue, parent.issue_id).short_id}"
    return f"Delivery {delivery.id} is a {delivery.kind}{issue} {place} of the workspace {integration.name}."


def _why(session: Session, delivery: Delivery, parent: ParentNotification | None) -> str:
    planned = f"It was planned on {_moment(delivery.created_at)}"
    if parent is not None and delivery.kind == CARD:
        rule = session.get_one(Firing, parent.firing_id).rule_name
        return f"{planned}, because the rule “{rule}” held."
    bodies = delivery.body.get("several", [delivery.body])
    said = " / ".join(str(body["text"]) for body in bodies if "text" in body)
    return f"{planned}, to say: “{said}”." if said else f"{planned}."


def _tries(delivery: Delivery) -> list[str]:
    if delivery.first_dispatch_at is None or delivery.last_dispatch_at is None:
        return ["Slack was not called for it yet."]
    times = "once" if delivery.attempts == 1 else f"{delivery.attempts} times"
    told = [
        f"It was tried {times} (being told to slow down does not count), last on {_moment(delivery.last_dispatch_at)}."
    ]
    if delivery.was_uncertain:
        told.append(
            "The fate of a try was unknown, so nothing was said again before a look into Slack; "
            f"{delivery.sweeps} of {SWEEPS} later looks for a duplicate were made."
        )
    return told


def _standing(session: Session, delivery: Delivery) -> str:
    """How it stands now, and what helps."""
    match delivery.state:
        case DeliveryState.PENDING:
            told = _why_it_waits(session, delivery)
        case DeliveryState.SENDING:
            told = "It is being sent at this moment."
        case DeliveryState.SENT:
            told = f"It stands in Slack as {delivery.ts}, known since {_moment(delivery.sent_at)}."
            if delivery.ts is not None and delivery.deleted_ts == delivery.ts:
                told = f"It stood in Slack as {delivery.ts}. Somebody deleted it there, so it is not said again."
        case DeliveryState.UNCERTAIN:
            told = (
                f"Nobody knows whether it stands in Slack ({delivery.reason}). Tocsin looks there on "
                f"{_moment(delivery.not_before)}, and says it again only if it does not. Nothing needs to be done."
            )
        case DeliveryState.PARKED:
            told = f"It is parked: {delivery.reason}. {_what_unparks(session, delivery)}"
        case DeliveryState.DEAD:
            told = f"It was given up: {delivery.reason}."
        case DeliveryState.FOLDED:
            told = f"It was said together with others by delivery {delivery.folded_into}."
    return told


def _what_unparks(session: Session, delivery: Delivery) -> str:
    by_hand = f"`tocsin deliveries retry {delivery.id}` sends it"
    broken = session.get(BrokenPlace, (delivery.integration_id, delivery.channel)) if delivery.channel else None
    if broken is None:
        return f"When that is mended, {by_hand}."
    return f"The channel is tried again on {_moment(broken.probe_at)}; when it is mended sooner, {by_hand}."


def _why_it_waits(session: Session, delivery: Delivery) -> str:
    card = None if delivery.follows_id is None else session.get_one(Delivery, delivery.follows_id)
    if card is not None and card.state != DeliveryState.SENT:
        return f"It waits for its card, delivery {card.id}, which is {card.state}."
    if delivery.not_before is not None:
        return f"It waits until {_moment(delivery.not_before)}: {delivery.reason}."
    return "It is next when what was planned before it in that channel is said."


def _end(delivery: Delivery) -> list[str]:
    if delivery.expires_at is None or delivery.state in FINAL_STATES:
        return []
    return [f"If it was not said by {_moment(delivery.expires_at)}, it is no news any more and dies."]


def _moment(at: datetime | None) -> str:
    return "an unknown moment" if at is None else f"{at:%Y-%m-%d %H:%M:%S}"
