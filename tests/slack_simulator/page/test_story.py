"""The page's story: somebody reads a card, opens its thread, presses, fills in a modal and is answered."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from slack_simulator.running import Simulator
from tests.slack_simulator.page.conftest import Visit
from tests.slack_simulator.page.watcher import card

pytestmark = pytest.mark.browser


@pytest.mark.usefixtures("alert")
def test_a_card_reads_as_in_slack(visit: Visit) -> None:
    page = visit()

    shown = first_message(page)

    expect(shown.locator(".author")).to_have_text("Watcher")
    expect(shown.locator(".app-tag")).to_have_text("APP")
    expect(shown.locator("strong a").first).to_have_attribute("href", "https://errors.example/issues/12")
    expect(shown.locator("pre.code-block")).to_contain_text("at renderTotal (checkout/summary.tsx:48:22)")
    expect(shown.get_by_role("button", name="Resolve")).to_be_visible()
    expect(shown.locator(".thread-summary")).to_contain_text("2 replies")


@pytest.mark.usefixtures("alert")
def test_a_thread_opens_beside_the_conversation(visit: Visit) -> None:
    page = visit()

    page.locator(".thread-summary").click()

    replies = page.get_by_role("complementary", name="Thread").get_by_role("article")
    expect(replies).to_have_count(3)
    expect(replies.last).to_contain_text("Happened 12 times")


@pytest.mark.usefixtures("alert")
def test_a_press_redraws_the_card_and_answers_in_the_thread(visit: Visit) -> None:
    page = visit()

    first_message(page).get_by_role("button", name="Resolve").click()

    expect(first_message(page).get_by_role("button", name="Reopen")).to_be_visible()
    expect(first_message(page)).to_contain_text("Resolved by @Ada Lovelace")
    expect(first_message(page).locator(".thread-summary")).to_contain_text("3 replies")


def test_a_confirmation_that_is_declined_sends_nothing(visit: Visit, sim: Simulator, alert: str) -> None:
    page = visit()

    first_message(page).get_by_role("button", name="Archive").click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel").click()

    expect(page.get_by_role("dialog")).to_have_count(0)
    assert sim.message("ops", alert) is not None
    assert sim.calls("block_actions") == []


@pytest.mark.usefixtures("alert")
def test_an_answer_for_one_person_says_so_and_nobody_else_sees_it(visit: Visit) -> None:
    page = visit()
    first_message(page).get_by_role("button", name="Archive").click()

    page.get_by_role("dialog").get_by_role("button", name="Archive").click()

    private = page.locator(".is-ephemeral")
    expect(private).to_contain_text("Only visible to you")
    expect(private).to_contain_text("Archived by @Ada Lovelace")
    become(page, "Grace Hopper")
    expect(first_message(page)).to_be_visible()
    expect(page.locator(".is-ephemeral")).to_have_count(0)


def test_a_person_is_chosen_by_typing_a_part_of_their_name(visit: Visit, sim: Simulator, alert: str) -> None:
    page = visit()

    first_message(page).get_by_text("Assign to…").click()
    page.keyboard.type("hopp")
    expect(page.get_by_role("option")).to_have_count(1)
    page.keyboard.press("Enter")

    expect(first_message(page).locator(".thread-summary")).to_contain_text("3 replies")
    assert sim.replies("ops", alert)[-1].text == "Assigned to <@U0GRACE>"


def test_a_modal_is_filled_in_and_its_message_appears(visit: Visit, sim: Simulator, alert: str) -> None:
    page = visit()
    modal = open_details(page)

    modal.get_by_label("What was it?").fill("An optional total")
    choose(page, modal.locator("#input-release"), typed="4.12.1")
    choose(page, modal.locator("#input-owner"), typed="grace")
    choose(page, modal.locator("#input-team"), typed="pay")
    modal.get_by_label("Check again on").fill("2026-12-01")
    modal.get_by_label("In the next release").check()
    modal.get_by_label("The thread").check()
    modal.get_by_role("button", name="Resolve").click()

    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("log")).to_contain_text("resolved it in web@4.12.1 with @Grace Hopper: An optional total")
    values = sim.calls("view_submission")[-1].arguments["view"]["state"]["values"]
    assert values["team"]["team"]["selected_option"]["value"] == "payments"
    assert values["until"]["until"]["selected_date"] == "2026-12-01"
    assert values["how"]["how"]["selected_option"]["value"] == "next"
    assert [each["value"] for each in values["tell"]["tell"]["selected_options"]] == ["thread"]
    assert alert == sim.messages("ops")[0].ts


@pytest.mark.usefixtures("alert")
def test_a_modal_says_which_required_fields_are_empty_before_the_app_hears_of_it(visit: Visit, sim: Simulator) -> None:
    page = visit()
    modal = open_details(page)

    modal.get_by_role("button", name="Resolve").click()

    expect(modal.locator(".has-error")).to_have_count(4)
    expect(modal.locator(".has-error").first).to_contain_text("Please complete this required field.")
    assert sim.calls("view_submission") == []


@pytest.mark.usefixtures("alert")
def test_an_app_s_errors_stand_under_their_fields_and_nothing_typed_is_lost(visit: Visit) -> None:
    page = visit()
    modal = open_details(page)
    modal.get_by_label("What was it?").fill("Eh")
    choose(page, modal.locator("#input-release"), typed="4.12.1")
    choose(page, modal.locator("#input-owner"), typed="grace")
    choose(page, modal.locator("#input-team"), typed="pay")

    modal.get_by_role("button", name="Resolve").click()

    expect(modal.locator("[data-block-id=why] .input-error")).to_have_text("Say a little more.")
    expect(modal.get_by_label("What was it?")).to_have_value("Eh")
    expect(modal.locator("#input-owner")).to_contain_text("Grace Hopper")


@pytest.mark.usefixtures("alert")
def test_escape_closes_the_menu_first_and_the_modal_after_it(visit: Visit) -> None:
    page = visit()
    modal = open_details(page)
    modal.locator("#input-owner").click()

    page.keyboard.press("Escape")
    expect(page.get_by_role("listbox")).to_have_count(0)
    expect(modal).to_be_visible()
    page.keyboard.press("Escape")

    expect(page.get_by_role("dialog")).to_have_count(0)


@pytest.mark.usefixtures("slack")
def test_a_slash_command_is_completed_and_answered(visit: Visit) -> None:
    page = visit(channel="C0GENERAL")
    field = page.get_by_role("combobox", name="Message #general")

    field.press_sequentially("/wa")
    field.press("Tab")
    field.press_sequentially("checkout")
    field.press("Enter")

    expect(page.locator(".is-ephemeral")).to_contain_text("Watching checkout for you.")


@pytest.mark.usefixtures("slack")
def test_what_a_person_writes_reaches_the_channel_escaped_and_with_mentions(visit: Visit, sim: Simulator) -> None:
    page = visit(channel="C0GENERAL")
    field = page.get_by_role("combobox", name="Message #general")

    field.fill("@grace is 1 < 2 & see https://example.com/a?b=1")
    field.press("Enter")

    expect(page.get_by_role("article")).to_contain_text("@Grace Hopper is 1 < 2 & see https://example.com/a?b=1")
    assert sim.messages("general")[-1].text == "<@U0GRACE> is 1 &lt; 2 &amp; see <https://example.com/a?b=1>"


@pytest.mark.usefixtures("slack")
def test_an_app_s_home_tab_appears_when_it_is_opened(visit: Visit) -> None:
    page = visit()

    page.get_by_role("navigation").get_by_role("button", name="Watcher").click()
    page.get_by_role("tab", name="Home").click()

    expect(page.locator(".home")).to_contain_text("Hello @Ada Lovelace, two issues are yours.")


def test_a_channel_with_news_is_bold_counts_mentions_and_calms_down_when_read(visit: Visit, slack: WebClient) -> None:
    page = visit()
    slack.chat_postMessage(channel="C0GENERAL", text="<@U0ADA> look")
    row = page.get_by_role("navigation").get_by_role("button", name="general")

    expect(row.locator(".badge")).to_have_text("1")
    row.click()
    expect(page.get_by_role("log")).to_contain_text("@Ada Lovelace look")
    page.get_by_role("navigation").get_by_role("button", name="ops").click()

    expect(row).not_to_have_class(re.compile("is-unread"))
    expect(row.locator(".badge")).to_have_count(0)


@pytest.mark.usefixtures("alert")
def test_a_guest_sees_only_their_channels_and_an_outsider_only_the_shared_one(visit: Visit) -> None:
    page = visit()
    channels = page.get_by_role("navigation").get_by_role("region", name="Channels", exact=True).get_by_role("button")

    become(page, "Gus Guest")
    expect(channels).to_have_text(["ops"])
    become(page, "Otto Outside")

    expect(channels).to_have_text(["shared"])
    expect(page.locator("#channel-head")).to_contain_text("Shared with another workspace")


def test_what_slack_refuses_is_said_loudly_and_stands_in_the_wire_log(visit: Visit, slack: WebClient) -> None:
    page = visit()

    with pytest.raises(SlackApiError):
        slack.chat_postMessage(channel="C0OPS", text="Hello", blocks=[{"type": "bogus"}])

    shout = page.get_by_role("alert").filter(has_text="Slack refused chat.postMessage")
    expect(shout).to_contain_text("unsupported type: bogus [json-pointer:/blocks/0/type]")
    shout.get_by_role("button", name="Show").click()
    expect(page.locator(".wire-row.is-refused[open]")).to_contain_text("invalid_blocks")


def test_a_reply_whose_parent_is_gone_is_marked_as_astray(visit: Visit, slack: WebClient) -> None:
    page = visit()

    slack.chat_postMessage(channel="C0OPS", thread_ts="1600000000.000100", text="Resolved")

    expect(page.locator(".stray")).to_contain_text("its parent is gone")


def test_a_fault_set_on_the_page_befalls_the_next_call(visit: Visit, slack: WebClient) -> None:
    page = visit()
    page.get_by_role("button", name="Faults").click()
    page.get_by_label("Fault", exact=True).select_option("fatal_error")
    page.get_by_role("button", name="Let it fail").click()
    expect(page.get_by_role("button", name="Heal everything")).to_be_visible()

    with pytest.raises(SlackApiError) as failed:
        slack.chat_postMessage(channel="C0OPS", text="Hello")

    assert failed.value.response["error"] == "fatal_error"
    expect(page.locator(".script")).to_contain_text("1 of 1 happened")


@pytest.mark.usefixtures("alert")
def test_the_inspector_says_what_slack_would_refuse_without_sending_anything(visit: Visit, sim: Simulator) -> None:
    page = visit()
    calls = len(sim.wire_log)
    first_message(page).hover()

    first_message(page).get_by_role("button", name="Inspect").click()
    expect(page.locator(".verdict")).to_contain_text("Slack would take this.")
    page.get_by_label("Message as JSON").fill(
        '{"blocks": [{"type": "header", "text": {"type": "mrkdwn", "text": "x"}}]}'
    )

    expect(page.locator(".verdict-bad")).to_contain_text("must be a valid enum value /blocks/0/text/type")
    expect(page.locator(".verdict-advice")).to_contain_text("Without text")
    assert len(sim.wire_log) == calls


def test_a_button_of_an_attachment_is_pressed_like_any_other(visit: Visit, slack: WebClient, sim: Simulator) -> None:
    buttons = [block for block in card() if block["type"] == "actions"]
    slack.chat_postMessage(channel="C0OPS", text="Incident", attachments=[{"color": "#e01e5a", "blocks": buttons}])
    page = visit()

    first_message(page).locator(".attachment").get_by_role("button", name="Details…").click()

    expect(page.get_by_role("dialog", name="Resolve an issue")).to_be_visible()
    assert sim.calls("block_actions")[-1].arguments["container"]["type"] == "message_attachment"


@pytest.mark.usefixtures("alert")
def test_everything_of_the_story_can_be_done_with_the_keyboard(visit: Visit) -> None:
    page = visit(channel="C0GENERAL")

    page.keyboard.press("Control+k")
    page.keyboard.type("ops")
    page.keyboard.press("Enter")
    page.locator(".thread-summary").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("combobox", name="Reply…")).to_be_focused()
    page.keyboard.type("On it")
    page.keyboard.press("Enter")

    expect(page.get_by_role("complementary", name="Thread").get_by_role("article").last).to_contain_text("On it")
    page.keyboard.press("Escape")
    expect(page.get_by_role("complementary", name="Thread")).to_have_count(0)


def test_the_place_survives_a_reload(visit: Visit, alert: str) -> None:
    page = visit(me="U0GRACE", thread=alert)

    page.reload()

    expect(page.get_by_role("complementary", name="Thread").get_by_role("article")).to_have_count(3)
    expect(page.get_by_role("button", name="Acting as Grace Hopper")).to_be_visible()


@pytest.mark.usefixtures("alert")
def test_in_a_narrow_window_the_channels_are_behind_a_button(visit: Visit, page: Page) -> None:
    page.set_viewport_size({"width": 420, "height": 800})
    visit(channel="C0GENERAL")
    channels = page.get_by_role("navigation")

    expect(channels).to_have_count(0)
    page.get_by_role("button", name="Channels").click()
    channels.get_by_role("button", name="ops").click()

    expect(first_message(page)).to_contain_text("TypeError")
    expect(channels).to_have_count(0)
    assert page.evaluate("document.documentElement.scrollWidth") == 420


def test_a_card_that_changes_while_a_menu_is_open_leaves_the_menu_open(
    visit: Visit, slack: WebClient, alert: str
) -> None:
    page = visit()
    first_message(page).get_by_text("Assign to…").click()

    slack.chat_update(channel="C0OPS", ts=alert, text="TypeError", blocks=card(resolved_by="U0GRACE"))

    expect(first_message(page)).to_contain_text("Resolved by @Grace Hopper")
    expect(page.get_by_role("listbox")).to_be_visible()


def test_what_others_write_takes_the_focus_from_nobody(visit: Visit, slack: WebClient, alert: str) -> None:
    page = visit()
    button = first_message(page).get_by_role("button", name="Resolve")
    button.focus()

    slack.chat_postMessage(channel="C0OPS", text="Meanwhile")
    slack.chat_postMessage(channel="C0OPS", thread_ts=alert, text="in the thread too")

    expect(first_message(page).locator(".thread-summary")).to_contain_text("3 replies")
    expect(page.get_by_role("log")).to_contain_text("Meanwhile")
    expect(button).to_be_focused()


def first_message(page: Page) -> Locator:
    return page.get_by_role("log").get_by_role("article").first


def become(page: Page, name: str) -> None:
    page.locator(".act-as").click()
    page.get_by_role("menuitem", name=name).click()
    expect(page.locator(".act-as")).to_contain_text(name)


def open_details(page: Page) -> Locator:
    first_message(page).get_by_role("button", name="Details…").click()
    modal = page.get_by_role("dialog", name="Resolve an issue")
    expect(modal).to_be_visible()
    return modal


def choose(page: Page, select: Locator, *, typed: str) -> None:
    select.click()
    page.keyboard.type(typed)
    expect(page.get_by_role("option")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(select.locator(".picked")).to_have_count(1)
