"""response_url, slash commands and shortcuts, answered by an unmodified Bolt app.

Pages: https://docs.slack.dev/interactivity/handling-user-interaction, /implementing-slash-commands and
/implementing-shortcuts.
"""

import json
import threading

import msgspec
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.webhook import WebhookClient

from slack_simulator.config import CommandConfig, example_config
from slack_simulator.errors import NotPossibleError
from tests.slack_simulator.conformance.listening import OPS, card
from tests.slack_simulator.conformance.rows import actions, button, modal


@pytest.fixture
def pressed(sim, client, bolt, heard):
    """The ts of a card and a client of the response_url that a press gave."""
    bolt.action("go")(heard.listen)
    ts = card(client)
    sim.press(OPS, ts, "go", user="ada")
    return ts, WebhookClient(heard.whole["response_url"], retry_handlers=[])


def test_it_answers_only_the_person_who_pressed(sim, pressed):
    _, respond = pressed

    answer = respond.send(text="done")

    assert (answer.status_code, answer.body) == (200, "ok")
    assert [message.text for message in sim.ephemerals(OPS, "ada")] == ["done"]


def test_it_answers_everybody_when_asked(sim, pressed):
    _, respond = pressed

    respond.send(text="done", response_type="in_channel")

    assert [message.text for message in sim.messages(OPS)] == ["a card", "done"]


def test_it_replaces_the_original(sim, pressed):
    ts, respond = pressed

    respond.send(text="replaced", replace_original=True)

    assert [(message.ts, message.text, message.blocks) for message in sim.messages(OPS)] == [(ts, "replaced", [])]


def test_it_deletes_the_original(sim, pressed):
    _, respond = pressed

    respond.send(delete_original=True)

    assert sim.messages(OPS) == []


def test_it_deletes_an_ephemeral_original(sim, client, bolt, heard):
    bolt.action("go")(heard.listen)
    ts = client.chat_postEphemeral(channel=OPS, user="U0ADA", text="psst", blocks=[actions(button())])["message_ts"]
    sim.press(OPS, ts, "go", user="ada")

    WebhookClient(heard.whole["response_url"]).send(delete_original=True)

    assert sim.ephemerals(OPS, "ada") == []


def test_it_works_five_times(pressed):
    _, respond = pressed

    answers = [respond.send(text=f"{n}") for n in range(6)]

    assert [answer.status_code for answer in answers] == [200] * 5 + [404]
    assert '"used_url"' in answers[5].body


def test_it_works_for_thirty_minutes(sim, pressed):
    _, respond = pressed
    sim.clock(advance=30 * 60 + 1)

    answer = respond.send(text="late")

    assert answer.status_code == 404
    assert '"expired_url"' in answer.body


def test_it_can_fail_as_a_method_can(sim, pressed):
    _, respond = pressed
    sim.fail("response_url", "http_500_after_commit")

    answer = respond.send(text="done")

    assert answer.status_code == 500
    assert [message.text for message in sim.ephemerals(OPS, "ada")] == ["done"]


def test_it_refuses_what_chat_post_message_refuses(sim, pressed):
    _, respond = pressed

    answer = respond.send(blocks=[{"type": "bogus"}])

    assert (answer.status_code, json.loads(answer.body)["error"]) == (400, "invalid_blocks")
    assert sim.ephemerals(OPS, "ada") == []


def test_it_is_the_only_way_to_change_an_ephemeral_message(sim, client, bolt, heard):
    bolt.action("go")(heard.listen)
    ts = client.chat_postEphemeral(channel=OPS, user="U0ADA", text="psst", blocks=[actions(button())])["message_ts"]
    sim.press(OPS, ts, "go", user="ada")

    with pytest.raises(SlackApiError, match="message_not_found"):
        client.chat_update(channel=OPS, ts=ts, text="changed")
    WebhookClient(heard.whole["response_url"]).send(text="changed", replace_original=True)

    assert heard.whole["container"]["is_ephemeral"]
    assert [message.text for message in sim.ephemerals(OPS, "ada")] == ["changed"]


def test_a_command_carries_who_and_where(sim, bolt, heard):
    bolt.command("/watch")(heard.listen)

    sim.command("/watch", "the door", user="ada", channel=OPS)

    told = {name: heard.whole[name] for name in ("command", "text", "user_id", "channel_id", "channel_name")}
    assert told == {
        "command": "/watch",
        "text": "the door",
        "user_id": "U0ADA",
        "channel_id": OPS,
        "channel_name": "ops",
    }


def test_an_answer_at_once_is_for_the_person_alone(sim, bolt):
    bolt.command("/watch")(lambda ack: ack("watching"))

    sim.command("/watch", user="ada", channel=OPS)

    assert [message.text for message in sim.ephemerals(OPS, "ada")] == ["watching"]


def test_an_answer_for_all_is_a_message(sim, bolt):
    bolt.command("/watch")(lambda ack: ack(text="watching", response_type="in_channel"))

    sim.command("/watch", user="ada", channel=OPS)

    assert [message.text for message in sim.messages(OPS)] == ["watching"]


def test_a_command_opens_a_form(sim, bolt):
    @bolt.command("/watch")
    def opens(ack, body, client):
        ack()
        client.views_open(trigger_id=body["trigger_id"], view=modal())

    sim.command("/watch", user="ada", channel=OPS)

    assert sim.wait_for(lambda: sim.views("ada"))


@pytest.mark.usefixtures("bolt")
def test_an_app_that_refuses_is_dispatch_failed(sim):
    result = sim.command("/watch", user="ada", channel=OPS)

    assert result.shown == "/watch failed with the error “dispatch_failed”"


def test_an_app_that_is_too_slow_is_operation_timeout(simulate, connect):
    sim = simulate(ack_deadline=0.2)
    app, done = connect(sim), threading.Event()
    app.command("/watch")(lambda ack: done.wait(5) and ack())

    result = sim.command("/watch", user="ada", channel=OPS)
    done.set()

    assert result.shown == "/watch failed with the error “operation_timeout”"


@pytest.mark.usefixtures("bolt")
def test_a_command_nobody_registered_is_not_sent(sim):
    with pytest.raises(NotPossibleError, match="/shout is not a valid command"):
        sim.command("/shout", user="ada", channel=OPS)


def test_mentions_in_a_command_are_escaped_for_an_app_that_asks_for_it(simulate, connect, heard):
    watch = CommandConfig("/watch", should_escape=True)
    sim = simulate(apps=(msgspec.structs.replace(example_config().apps[0], commands=(watch,)),))
    connect(sim).command("/watch")(heard.listen)

    sim.command("/watch", "@grace in #ops", user="ada", channel=OPS)

    assert heard.whole["text"] == "<@U0GRACE|grace> in <#C0OPS|ops>"


@pytest.mark.usefixtures("bolt")
def test_an_outsider_has_no_commands_of_an_app_of_this_workspace(sim):
    with pytest.raises(NotPossibleError, match="A0APP is not installed in T0PARTNER"):
        sim.command("/watch", user="otto", channel="C0SHARED")


def test_a_shortcut_on_a_message_carries_the_message(sim, client, bolt, heard):
    bolt.shortcut("keep")(heard.listen)
    ts = card(client)

    sim.shortcut("keep", user="ada", channel=OPS, ts=ts)

    assert (heard.whole["type"], heard.whole["message"]["ts"]) == ("message_action", ts)


def test_a_global_shortcut_carries_only_the_person(sim, bolt, heard):
    bolt.shortcut("keep")(heard.listen)

    sim.shortcut("keep", user="ada")

    assert (heard.whole["type"], heard.whole["user"]["id"]) == ("shortcut", "U0ADA")
    assert "channel" not in heard.whole
