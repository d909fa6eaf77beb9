"""The Events API about messages with metadata (https://docs.slack.dev/reference/events/message_metadata_deleted)."""

from collections.abc import Callable

import msgspec
import pytest

from slack_simulator.config import ALL_BOT_SCOPES, MetadataSubscription, example_config
from slack_simulator.running import Simulator
from tests.slack_simulator.conformance.listening import Events
from tests.slack_simulator.conftest import new_client

OPS = "C0OPS"
METADATA = {"event_type": "task_created", "event_payload": {"id": "TK-1"}}
DELETED = "message_metadata_deleted"

Hear = Callable[..., tuple[Simulator, Events]]
"""What starts a simulator and an app that hears of the metadata that it subscribed to."""


@pytest.fixture
def hear(simulate, connect) -> Hear:
    def start(app_id: str = "*", event_type: str = "task_created", **more) -> tuple[Simulator, Events]:
        wanted = (MetadataSubscription(app_id, event_type),)
        app = msgspec.structs.replace(
            example_config().apps[0], events=(DELETED, "message.channels"), metadata_subscriptions=wanted, **more
        )
        sim = simulate(apps=(app,))
        bolt = connect(sim)
        bolt.event(DELETED)(lambda: None)
        bolt.event("message")(lambda: None)
        return sim, Events(bolt)

    return start


def post(sim: Simulator, **fields) -> str:
    return str(new_client(sim).chat_postMessage(channel=OPS, text="a task", **fields)["ts"])


def told_of_deletions(sim: Simulator, events: Events) -> list[dict]:
    """What the app was told of deleted metadata by the time it hears what is said now."""
    sim.say(OPS, "the end", user="ada")
    with events.arrived:
        assert events.arrived.wait_for(lambda: "the end" in [each["event"].get("text") for each in events.bodies], 5)
    return [entry.arguments["event"] for entry in sim.calls("event") if entry.arguments["event"]["type"] == DELETED]


@pytest.mark.parametrize("app_id", ["*", "A0APP"])
def test_a_person_who_deletes_a_message_with_metadata_is_told_of_without_being_named(hear: Hear, app_id: str) -> None:
    sim, events = hear(app_id)
    ts = post(sim, metadata=METADATA)

    sim.delete_message(OPS, ts)

    (event,) = told_of_deletions(sim, events)
    assert event["deleted_ts"] == event["event_ts"] > ts
    assert {name: event[name] for name in event if name not in {"deleted_ts", "event_ts"}} == {
        "type": DELETED,
        "channel_id": OPS,
        "previous_metadata": METADATA,
        "app_id": "A0APP",
        "bot_id": "B0BOT",
        "user_id": "U0BOT",
        "team_id": "T0ACME",
        "message_ts": ts,
    }


def test_an_app_that_deletes_its_own_message_is_told_too(hear: Hear) -> None:
    sim, events = hear()
    ts = post(sim, metadata=METADATA)

    new_client(sim).chat_delete(channel=OPS, ts=ts)

    assert [event["message_ts"] for event in told_of_deletions(sim, events)] == [ts]


def test_a_card_that_leaves_a_tombstone_is_told_of(hear: Hear) -> None:
    sim, events = hear()
    ts = post(sim, metadata=METADATA)
    sim.say(OPS, "in the thread", user="ada", thread_ts=ts)

    sim.delete_message(OPS, ts)

    assert [event["message_ts"] for event in told_of_deletions(sim, events)] == [ts]


@pytest.mark.parametrize(
    ("subscribed", "metadata"),
    [
        ({}, None),
        ({"event_type": "task_updated"}, METADATA),
        ({"app_id": "A0OTHER"}, METADATA),
        ({"scopes": tuple(scope for scope in ALL_BOT_SCOPES if scope != "metadata.message:read")}, METADATA),
    ],
)
def test_what_the_app_did_not_name_or_may_not_read_is_not_told(hear: Hear, subscribed, metadata) -> None:
    sim, events = hear(**subscribed)
    ts = post(sim, **({} if metadata is None else {"metadata": metadata}))

    sim.delete_message(OPS, ts)

    assert told_of_deletions(sim, events) == []
