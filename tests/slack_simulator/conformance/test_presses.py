"""What people press and choose in messages, answered by an unmodified Bolt app.

Pages: https://docs.slack.dev/reference/interaction-payloads and https://docs.slack.dev/interactivity.
"""

import threading

import pytest

from slack_simulator.errors import NotPossibleError
from tests.slack_simulator.conformance.listening import OPS, card, option, select
from tests.slack_simulator.conformance.rows import actions, button
from tests.slack_simulator.conftest import new_client


def test_a_press_carries_who_where_and_what(sim, client, bolt, heard):
    bolt.action("go")(heard.listen)
    ts = card(client, button(value="42"))

    sim.press(OPS, ts, "go", user="ada")

    pressed = heard.whole["actions"][0]
    assert heard.whole["user"] == {"id": "U0ADA", "username": "ada", "name": "ada", "team_id": "T0ACME"}
    assert heard.whole["container"] == {
        "type": "message",
        "message_ts": ts,
        "channel_id": OPS,
        "is_ephemeral": False,
    }
    assert (pressed["type"], pressed["block_id"], pressed["value"]) == ("button", "row", "42")
    assert heard.whole["message"]["ts"] == ts
    assert heard.whole["team"] == {"id": "T0ACME", "domain": "acme"}


def test_an_outsider_of_a_shared_channel_comes_with_their_own_team(sim, client, bolt, heard):
    """https://docs.slack.dev/apis/slack-connect"""
    bolt.action("go")(heard.listen)
    ts = client.chat_postMessage(channel="C0SHARED", text="hi", blocks=[actions(button())])["ts"]

    sim.press("shared", ts, "go", user="otto")

    assert (heard.whole["team"]["id"], heard.whole["user"]["team_id"]) == ("T0ACME", "T0PARTNER")


@pytest.mark.parametrize(
    ("element", "chosen", "field", "told"),
    [
        (select(options=[option("a"), option("b")]), "b", "selected_option", option("b")),
        (select("users_select"), "U0GRACE", "selected_user", "U0GRACE"),
        (select("conversations_select"), "C0OPS", "selected_conversation", "C0OPS"),
        (
            select("multi_static_select", options=[option("a"), option("b")]),
            ["a", "b"],
            "selected_options",
            [option("a"), option("b")],
        ),
        (
            {"type": "overflow", "action_id": "pick", "options": [option("a"), option("b")]},
            "a",
            "selected_option",
            option("a"),
        ),
        (
            {"type": "radio_buttons", "action_id": "pick", "options": [option("a"), option("b")]},
            "b",
            "selected_option",
            option("b"),
        ),
        (
            {"type": "checkboxes", "action_id": "pick", "options": [option("a")]},
            ["a"],
            "selected_options",
            [option("a")],
        ),
        ({"type": "datepicker", "action_id": "pick"}, "2026-11-22", "selected_date", "2026-11-22"),
    ],
    ids=lambda value: value["type"] if isinstance(value, dict) and "action_id" in value else "",
)
def test_each_element_tells_its_choice_in_its_own_field(sim, client, bolt, heard, element, chosen, field, told):
    """https://docs.slack.dev/reference/interaction-payloads/block_actions-payload"""
    bolt.action("pick")(heard.listen)
    ts = card(client, element)

    sim.press(OPS, ts, "pick", user="ada", chosen=chosen)

    assert heard.whole["actions"][0][field] == told


def test_what_was_chosen_before_stands_in_the_state_of_a_later_press(sim, client, bolt, heard):
    bolt.action("pick")(heard.listen)
    bolt.action("go")(heard.listen)
    ts = card(client, select(options=[option("a"), option("b")]), button())
    sim.press(OPS, ts, "pick", user="ada", chosen="b")

    sim.press(OPS, ts, "go", user="ada")

    state = heard.whole["state"]["values"]["row"]["pick"]
    assert state == {"type": "static_select", "selected_option": option("b")}


def test_a_press_is_not_sent_again_when_the_app_fails(sim, client, bolt):
    @bolt.action("go")
    def fails():
        raise RuntimeError("broken listener")

    result = sim.press(OPS, card(client), "go", user="ada")
    sim.clock(advance=400)

    assert (result.status, result.shown) == (500, "This app responded with an error.")
    assert len(sim.calls("block_actions")) == 1


@pytest.mark.usefixtures("bolt")
def test_bolt_answers_404_to_what_nobody_listens_to(sim, client):
    assert sim.press(OPS, card(client), "go", user="ada").status == 404


def test_an_app_that_is_too_slow_is_told_of_as_not_responding(simulate, connect):
    sim = simulate(ack_deadline=0.2)
    app, done = connect(sim), threading.Event()

    @app.action("go")
    def dawdles(ack):
        done.wait(5)
        ack()

    result = sim.press(OPS, card(new_client(sim)), "go", user="ada")
    done.set()

    assert (result.status, result.failure, result.shown) == (0, "http_timeout", "This app is not responding.")


def test_an_app_that_is_down_is_told_of_as_not_responding(sim, client):
    sim.set_request_urls("http://127.0.0.1:9/slack")

    result = sim.press(OPS, card(client), "go", user="ada")

    assert (result.failure, result.shown) == ("connection_failed", "This app is not responding.")


@pytest.mark.parametrize("seconds", [-330, 330])
def test_bolt_refuses_a_request_signed_five_minutes_off(sim, client, bolt, heard, seconds):
    """https://docs.slack.dev/authentication/verifying-requests-from-slack"""
    bolt.action("go")(heard.listen)
    sim.timestamp_offset(seconds)

    result = sim.press(OPS, card(client), "go", user="ada")

    assert (result.status, heard.payloads) == (401, [])


@pytest.mark.usefixtures("bolt")
def test_a_button_for_chosen_people_is_not_there_for_others(sim, client):
    ts = card(client, button(visible_to_user_ids=["U0GRACE"]))

    with pytest.raises(NotPossibleError, match="U0ADA does not see go"):
        sim.press(OPS, ts, "go", user="ada")


@pytest.mark.usefixtures("bolt")
def test_a_button_that_is_not_there_cannot_be_pressed(sim, client):
    with pytest.raises(NotPossibleError, match="there is nothing to use called stop; there is go"):
        sim.press(OPS, card(client), "stop", user="ada")


@pytest.mark.usefixtures("bolt")
def test_an_option_that_is_not_there_cannot_be_chosen(sim, client):
    ts = card(client, select(options=[option("a")]))

    with pytest.raises(NotPossibleError, match="z is not one of the options: a"):
        sim.press(OPS, ts, "pick", user="ada", chosen="z")


def test_a_duplicated_delivery_is_heard_twice_with_the_same_trigger(sim, client, bolt, heard):
    bolt.action("go")(heard.listen)
    sim.fail("delivery.block_actions", "duplicated")

    sim.press(OPS, card(client), "go", user="ada")

    assert len(heard.payloads) == 2
    assert heard.payloads[0]["trigger_id"] == heard.payloads[1]["trigger_id"]


def test_a_reordered_delivery_is_heard_after_the_next(sim, client, bolt, heard):
    bolt.action("first")(heard.listen)
    bolt.action("second")(heard.listen)
    ts = card(client, button("first"), button("second"))
    sim.fail("delivery.block_actions", "reordered")

    sim.press_together([{"channel": OPS, "ts": ts, "action_id": name, "user": "ada"} for name in ("first", "second")])

    assert [payload["actions"][0]["action_id"] for payload in heard.payloads] == ["second", "first"]


def test_a_lost_delivery_is_not_heard(sim, client, bolt, heard):
    bolt.action("go")(heard.listen)
    sim.fail("delivery.block_actions", "lost")

    result = sim.press(OPS, card(client), "go", user="ada")

    assert (result.failure, heard.payloads) == ("connection_failed", [])


def test_what_a_press_would_send_can_be_had_without_sending_it(sim, client, bolt, heard):
    bolt.action("go")(heard.listen)
    ts = card(client, button("go"))

    unsent = sim.press_payload(OPS, ts, "go", user="ada")

    assert heard.payloads == []
    sim.press(OPS, ts, "go", user="ada")
    assert heard.payloads[0].keys() == unsent.keys()


def test_options_are_asked_for_while_somebody_types(sim, client, bolt, heard):
    """https://docs.slack.dev/reference/interaction-payloads/block_suggestion-payload"""

    @bolt.options("pick")
    def offers(ack, body):
        ack(options=[option(body["value"]), option("other")])

    bolt.action("pick")(heard.listen)
    ts = card(client, select("external_select"))

    offered = sim.type_ahead("pick", "ada", user="ada", channel=OPS, ts=ts).options
    sim.press(OPS, ts, "pick", user="ada", chosen="other")

    assert [each["value"] for each in offered] == ["ada", "other"]
    assert heard.whole["actions"][0]["selected_option"] == option("other")


@pytest.mark.usefixtures("bolt")
def test_nothing_is_asked_for_before_three_characters(sim, client):
    ts = card(client, select("external_select"))

    with pytest.raises(NotPossibleError, match="from 3 characters on"):
        sim.type_ahead("pick", "ad", user="ada", channel=OPS, ts=ts)


def test_more_than_100_options_are_none(sim, client, bolt):
    @bolt.options("pick")
    def offers(ack):
        ack(options=[option(f"o{n}") for n in range(101)])

    ts = card(client, select("external_select", min_query_length=0))

    result = sim.type_ahead("pick", "", user="ada", channel=OPS, ts=ts)

    assert result.options == []
