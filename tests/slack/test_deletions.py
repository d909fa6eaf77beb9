"""What Slack tells of deleted messages: which of it is believed, and that it is noted and settles nothing."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.slack.office import Office
from tests.slack.test_requests import connect_partner
from tocsin.deliveries.models import Delivery, DeliveryState
from tocsin.kernel.db import read, write
from tocsin.kernel.ids import DeliveryId
from tocsin.slack.sending import mark

EVENT = "/extensions/slack/event/"
THREAD = "1700000000.000100"
SAID = "1700000001.000200"

Spoil = Callable[[dict[str, Any]], object]
"""What a forger does to a delivery of the Events API."""


def plan_reply(office: Office, *, state: DeliveryState = DeliveryState.UNCERTAIN) -> DeliveryId:
    """A reply in a thread of #ops that was sent to Slack at least once."""
    with write(office.database) as session:
        reply = Delivery(
            natural_key="reply:1:1",
            kind="reply",
            integration_id=office.integration_id,
            channel="C0OPS",
            thread_ts=THREAD,
            body={},
            state=state,
            created_at=office.world.clock(),
        )
        session.add(reply)
        session.flush()
        return reply.id


def deletion(office: Office, reply: DeliveryId, *, ts: str = SAID) -> dict[str, Any]:
    """What Slack sends when the message `ts` of this reply was deleted."""
    event = {
        "type": "message_metadata_deleted",
        "channel_id": "C0OPS",
        "event_ts": "1700000009.000900",
        "previous_metadata": mark(office.world.deps.secrets, reply, "C0OPS", THREAD),
        "app_id": "A0APP",
        "bot_id": "B0BOT",
        "user_id": "U0BOT",
        "team_id": "T0ACME",
        "message_ts": ts,
        "deleted_ts": "1700000009.000900",
    }
    return {"type": "event_callback", "team_id": "T0ACME", "api_app_id": "A0APP", "event_id": "Ev1", "event": event}


def tell(office: Office, told: dict[str, Any], **how: Any) -> int:
    """Send it as Slack does; gives the status of the answer."""
    return office.post(EVENT, json.dumps(told).encode(), kind="application/json", **how).status_code


def noted(office: Office, reply: DeliveryId) -> tuple[str, str | None]:
    with read(office.database) as session:
        delivery = session.get_one(Delivery, reply)
        return str(delivery.state), delivery.deleted_ts


@pytest.mark.parametrize("state", ["sending", "uncertain", "pending", "sent", "dead"])
def test_a_deletion_is_noted_and_settles_nothing(office: Office, state: str) -> None:
    reply = plan_reply(office, state=DeliveryState(state))

    status = tell(office, deletion(office, reply))

    assert (status, noted(office, reply)) == (200, (state, SAID))


def test_of_several_deleted_messages_the_newest_is_noted_in_whatever_order_and_however_often_slack_tells(
    office: Office,
) -> None:
    reply = plan_reply(office)
    newer, older = deletion(office, reply, ts="1700000005.000100"), deletion(office, reply, ts="999999999.000100")

    statuses = [tell(office, each, headers={"X-Slack-Retry-Num": "1"}) for each in (older, newer, newer, older)]

    assert (statuses, noted(office, reply)) == ([200] * 4, ("uncertain", "1700000005.000100"))


def set_in_event(**fields: Any) -> Spoil:
    return lambda told: told["event"].update(fields)


def set_in_mark(**fields: Any) -> Spoil:
    return lambda told: told["event"]["previous_metadata"]["event_payload"].update(fields)


@pytest.mark.parametrize(
    "spoil",
    [
        set_in_event(app_id="A0OTHER"),
        set_in_event(app_id=None),
        set_in_event(bot_id="B0OTHER"),
        set_in_event(channel_id="C0GENERAL"),
        set_in_event(message_ts="soon"),
        set_in_event(previous_metadata=None),
        set_in_event(previous_metadata={}),
        set_in_event(previous_metadata={"event_type": "tocsin_delivery", "event_payload": ["d", "m"]}),
        set_in_event(type="message_metadata_updated"),
        set_in_mark(m="0123456789abcdef"),
        set_in_mark(d="999"),
        set_in_mark(d="9" * 5000),
        set_in_mark(more="than we write"),
        lambda told: told["event"]["previous_metadata"].update(event_type="task_created"),
        lambda told: told.update(api_app_id="A0OTHER"),
        lambda told: told.update(team_id="T0NOBODY"),
        lambda told: told.update(event=None),
        lambda told: told.update(event=[7]),
    ],
)
def test_what_only_looks_like_a_deletion_of_ours_is_taken_and_left_alone(sqlite_office: Office, spoil: Spoil) -> None:
    reply = plan_reply(sqlite_office)
    told = deletion(sqlite_office, reply)
    spoil(told)

    status = tell(sqlite_office, told)

    assert (status, noted(sqlite_office, reply)) == (200, ("uncertain", None))


def test_a_mark_counts_only_for_the_channel_and_the_thread_for_which_it_was_made(sqlite_office: Office) -> None:
    reply = plan_reply(sqlite_office)
    secrets = sqlite_office.world.deps.secrets
    elsewhere = [mark(secrets, reply, "C0GENERAL", THREAD), mark(secrets, reply, "C0OPS", "1700000000.000999")]

    for copied in elsewhere:
        told = deletion(sqlite_office, reply)
        told["event"]["previous_metadata"] = copied
        tell(sqlite_office, told)

    assert noted(sqlite_office, reply) == ("uncertain", None)


def test_an_app_that_is_connected_for_another_workspace_tells_nothing_of_this_one(sqlite_office: Office) -> None:
    reply = plan_reply(sqlite_office)
    connect_partner(sqlite_office, secret="the partner's own secret")
    told = deletion(sqlite_office, reply) | {"team_id": "T0PARTNER"}
    told["event"]["bot_id"] = "B0OTHER"

    status = tell(sqlite_office, told, secret="the partner's own secret")

    assert (status, noted(sqlite_office, reply)) == (200, ("uncertain", None))


def test_without_slacks_proof_a_deletion_is_not_taken(sqlite_office: Office) -> None:
    reply = plan_reply(sqlite_office)

    status = tell(sqlite_office, deletion(sqlite_office, reply), secret="another secret")

    assert (status, noted(sqlite_office, reply)) == (401, ("uncertain", None))


def test_a_deletion_that_could_not_be_stored_is_not_acknowledged_so_slack_tells_it_again(
    sqlite_office: Office,
) -> None:
    reply = plan_reply(sqlite_office)
    told = deletion(sqlite_office, reply)

    with write(sqlite_office.database):
        refused = tell(sqlite_office, told)
    again = tell(sqlite_office, told, headers={"X-Slack-Retry-Num": "1", "X-Slack-Retry-Reason": "http_error"})

    assert (refused, again, noted(sqlite_office, reply)) == (503, 200, ("uncertain", SAID))
