"""Modals, opened, filled in and answered by an unmodified Bolt app: https://docs.slack.dev/reference/views/modal-views."""

import pytest
from slack_sdk.errors import SlackApiError

from slack_simulator.errors import NotPossibleError
from tests.slack_simulator.conformance.listening import OPS, card, open_form
from tests.slack_simulator.conformance.rows import actions, button, modal, section, text_input


def test_a_form_is_filled_in_and_closed(sim, bolt, heard):
    bolt.view("form")(heard.listen)
    view_id = open_form(sim, bolt, modal(text_input(), private_metadata="issue 42"))

    sim.submit_view(view_id, user="ada", values={"value": "Ada"})

    view = heard.whole["view"]
    assert view["state"]["values"]["name"]["value"] == {"type": "plain_text_input", "value": "Ada"}
    assert view["private_metadata"] == "issue 42"
    assert sim.views("ada") == []


def test_errors_stand_under_their_inputs_and_the_form_stays(sim, bolt):
    @bolt.view("form")
    def refuses(ack):
        ack(response_action="errors", errors={"name": "Nobody is called so."})

    view_id = open_form(sim, bolt, modal(text_input()))

    result = sim.submit_view(view_id, user="ada", values={"value": "?"})

    assert result.errors == {"name": "Nobody is called so."}
    assert [view.id for view in sim.views("ada")] == [view_id]


def test_errors_for_blocks_that_are_no_inputs_are_trouble(sim, bolt):
    @bolt.view("form")
    def refuses(ack):
        ack(response_action="errors", errors={"elsewhere": "Wrong."})

    view_id = open_form(sim, bolt, modal(text_input()))

    assert sim.submit_view(view_id, user="ada", values={"value": "?"}).shown == (
        "We had some trouble connecting. Try again?"
    )


def test_an_answer_can_show_another_form(sim, bolt):
    @bolt.view("form")
    def goes_on(ack):
        ack(response_action="update", view=modal(section("thanks"), callback_id="thanks"))

    view_id = open_form(sim, bolt, modal(text_input()))
    sim.submit_view(view_id, user="ada", values={"value": "x"})

    assert [view.payload["callback_id"] for view in sim.views("ada")] == ["thanks"]


def test_an_answer_can_put_another_form_on_top(sim, bolt):
    @bolt.view("form")
    def goes_deeper(ack):
        ack(response_action="push", view=modal(section("sure?"), callback_id="sure"))

    below = open_form(sim, bolt, modal(text_input()))
    sim.submit_view(below, user="ada", values={"value": "x"})

    assert [(view.payload["callback_id"], view.previous_id) for view in sim.views("ada")] == [
        ("form", None),
        ("sure", below),
    ]


def test_an_answer_can_close_everything(sim, bolt):
    @bolt.view("form")
    def ends(ack):
        ack(response_action="clear")

    view_id = open_form(sim, bolt, modal(text_input()))
    sim.submit_view(view_id, user="ada", values={"value": "x"})

    assert sim.views("ada") == []


def test_a_required_input_is_asked_for_by_slack_itself(sim, bolt):
    view_id = open_form(sim, bolt, modal(text_input()))

    with pytest.raises(NotPossibleError, match="name must be filled in"):
        sim.submit_view(view_id, user="ada")

    assert sim.calls("view_submission") == []


def test_closing_is_told_when_the_form_asks_for_it(sim, bolt, heard):
    bolt.view_closed("form")(heard.listen)
    view_id = open_form(sim, bolt, modal(notify_on_close=True))

    sim.close_view(view_id, user="ada")

    assert [(payload["view"]["id"], payload["is_cleared"]) for payload in heard.payloads] == [(view_id, False)]


def test_closing_is_not_told_to_an_app_that_does_not_ask(sim, bolt):
    view_id = open_form(sim, bolt, modal())

    assert sim.close_view(view_id, user="ada") is None


def test_a_trigger_opens_one_form(sim, client, bolt, heard):
    bolt.action("go")(heard.listen)
    sim.press(OPS, card(client), "go", user="ada")
    client.views_open(trigger_id=heard.whole["trigger_id"], view=modal())

    with pytest.raises(SlackApiError, match="exchanged_trigger_id"):
        client.views_open(trigger_id=heard.whole["trigger_id"], view=modal())


def test_a_trigger_lives_three_seconds(sim, client, bolt, heard):
    bolt.action("go")(heard.listen)
    sim.press(OPS, card(client), "go", user="ada")
    sim.clock(advance=3.1)

    with pytest.raises(SlackApiError, match="expired_trigger_id"):
        client.views_open(trigger_id=heard.whole["trigger_id"], view=modal())


def test_a_form_can_be_changed_while_it_is_open(sim, client, bolt):
    view_id = open_form(sim, bolt, modal(section("loading")))

    client.views_update(view_id=view_id, view=modal(section("loaded")))

    assert sim.views("ada")[0].payload["blocks"][0]["text"]["text"] == "loaded"


def test_a_change_with_an_old_hash_is_a_conflict(sim, client, bolt):
    view_id = open_form(sim, bolt, modal())
    old = sim.views("ada")[0].hash
    client.views_update(view_id=view_id, view=modal(section("newer")))

    with pytest.raises(SlackApiError, match="hash_conflict"):
        client.views_update(view_id=view_id, hash=old, view=modal(section("newest")))


def test_a_closed_form_is_not_found(sim, client, bolt):
    view_id = open_form(sim, bolt, modal())
    sim.close_view(view_id, user="ada")

    with pytest.raises(SlackApiError, match="not_found"):
        client.views_update(view_id=view_id, view=modal())


def test_three_forms_lie_on_each_other_and_no_fourth(sim, client, bolt, heard):
    bolt.action("more")(heard.listen)
    more = modal(actions(button("more")))
    view_id = open_form(sim, bolt, more)

    def push(below):
        sim.press_in_view(below, "more", user="ada")
        return client.views_push(trigger_id=heard.whole["trigger_id"], view=more)["view"]["id"]

    third = push(push(view_id))
    with pytest.raises(SlackApiError, match="push_limit_reached"):
        push(third)

    assert len(sim.views("ada")) == 3


def test_two_open_forms_cannot_share_an_external_id(sim, client, bolt, heard):
    open_form(sim, bolt, modal(external_id="one"))
    bolt.action("other")(heard.listen)
    sim.press(OPS, card(client, button("other")), "other", user="ada")

    with pytest.raises(SlackApiError, match="duplicate_external_id"):
        client.views_open(trigger_id=heard.whole["trigger_id"], view=modal(external_id="one"))
