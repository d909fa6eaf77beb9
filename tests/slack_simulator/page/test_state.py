"""What the page is told: the workspace as one person sees it."""

from typing import Any

import pytest

from slack_simulator.config import example_config
from slack_simulator.engine import Engine
from slack_simulator.page.state import page_state
from slack_simulator.web_api import perform

JSON = dict[str, Any]


@pytest.fixture
def engine() -> Engine:
    return Engine(example_config())


def test_a_member_sees_their_channels_and_the_public_ones(engine: Engine) -> None:
    state = page_state(engine, me="U0LINUS", channel=None, thread=None)

    assert names(state) == {"general", "ops", "random", "old", "shared"}


def test_a_guest_sees_only_where_they_are_a_member(engine: Engine) -> None:
    state = page_state(engine, me="U0GUEST", channel=None, thread=None)

    assert names(state) == {"ops"}


def test_an_outsider_sees_only_the_shared_channel_and_their_own_workspace(engine: Engine) -> None:
    state = page_state(engine, me="U0OUTSIDE", channel=None, thread=None)

    assert names(state) == {"shared"}
    assert state["workspace"]["name"] == "Partner"


def test_a_channel_that_one_cannot_see_is_not_shown(engine: Engine) -> None:
    state = page_state(engine, me="U0LINUS", channel="C0SECRET", thread=None)

    assert state["channel"] is None


def test_somebody_unknown_becomes_the_first_person(engine: Engine) -> None:
    state = page_state(engine, me="U0NOBODY", channel=None, thread=None)

    assert state["me"] == "U0ADA"


def test_an_ephemeral_message_is_there_for_one_person_only(engine: Engine) -> None:
    call(engine, "chat.postEphemeral", channel="C0OPS", user="U0GRACE", text="psst")

    hers = page_state(engine, me="U0GRACE", channel="C0OPS", thread=None)
    his = page_state(engine, me="U0GUEST", channel="C0OPS", thread=None)

    assert [(each["text"], each["is_ephemeral"]) for each in hers["channel"]["messages"]] == [("psst", True)]
    assert his["channel"]["messages"] == []


def test_what_others_wrote_since_one_looked_is_unread(engine: Engine) -> None:
    seen = call(engine, "chat.postMessage", channel="C0OPS", text="old")["ts"]
    engine.state.channels["C0OPS"].last_read["U0GRACE"] = seen
    call(engine, "chat.postMessage", channel="C0OPS", text="new for <@U0GRACE>")

    state = page_state(engine, me="U0GRACE", channel=None, thread=None)

    ops = next(each for each in state["channels"] if each["name"] == "ops")
    assert (ops["unread"], ops["mentions"]) == (1, 1)


def test_a_thread_has_its_parent_and_its_replies_in_order(engine: Engine) -> None:
    ts = call(engine, "chat.postMessage", channel="C0OPS", text="parent")["ts"]
    for text in ("first", "second"):
        call(engine, "chat.postMessage", channel="C0OPS", text=text, thread_ts=ts)

    state = page_state(engine, me="U0ADA", channel="C0OPS", thread=ts)

    assert state["thread"]["parent"]["reply_count"] == 2
    assert [each["text"] for each in state["thread"]["replies"]] == ["first", "second"]
    assert [each["text"] for each in state["channel"]["messages"]] == ["parent"]


def test_a_modal_is_there_for_whoever_opened_it(engine: Engine) -> None:
    trigger = engine.new_trigger(engine.state.apps["A0APP"], "T0ACME", "U0GRACE")
    title = {"type": "plain_text", "text": "Hello"}
    call(engine, "views.open", trigger_id=trigger.id, view={"type": "modal", "title": title, "blocks": []})

    hers = page_state(engine, me="U0GRACE", channel=None, thread=None)
    his = page_state(engine, me="U0ADA", channel=None, thread=None)

    assert hers["view"]["payload"]["title"] == title
    assert his["view"] is None


def call(engine: Engine, method: str, **arguments: Any) -> JSON:
    answer = perform(engine, method, arguments, "xoxb-example-bot")
    assert answer.body["ok"], answer.body
    return answer.body


def names(state: JSON) -> set[str]:
    return {channel["name"] for channel in state["channels"]}
