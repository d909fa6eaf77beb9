"""Every limit of Block Kit's table: at it, accepted; one past it, refused there and for that reason."""

from typing import NamedTuple

import pytest

from slack_simulator.block_kit import Problem, validate_attachments, validate_blocks, validate_view
from tests.slack_simulator.block_kit.builders import (
    IMAGE_URL,
    JSON,
    Build,
    actions,
    auth_provider,
    button,
    card,
    confirm,
    container,
    data_table,
    groups,
    image,
    input_block,
    json_of_length,
    modal,
    mrkdwn,
    option,
    options,
    plain,
    raw_row,
    rich_list,
    rich_text,
    section,
    select,
    table,
    url,
    video,
)


class Limit(NamedTuple):
    """`build(n)` makes one block (or a whole payload) that measures n at `pointer`."""

    most: int
    pointer: str
    build: Build


def _typed(kind: str, **more: object) -> JSON:
    return {"type": kind, **more}


def _ids(prefix: str, count: int) -> list[str]:
    return [f"{prefix}{number}" for number in range(count)]


IN_A_MESSAGE = {
    "a section's text": Limit(3000, "/text/text", lambda n: section(text=mrkdwn(n))),
    "a section's plain text": Limit(3000, "/text/text", lambda n: section(text=plain(n))),
    "a section's fields": Limit(10, "/fields", lambda n: section(fields=[mrkdwn()] * n)),
    "one field": Limit(2000, "/fields/0/text", lambda n: section(fields=[mrkdwn(n)])),
    "a block id": Limit(255, "/block_id", lambda n: section(block_id="x" * n)),
    "an action id": Limit(255, "/accessory/action_id", lambda n: section(accessory=button(action_id="x" * n))),
    "a header": Limit(150, "/text/text", lambda n: _typed("header", text=plain(n))),
    "a context's elements": Limit(10, "/elements", lambda n: _typed("context", elements=[mrkdwn()] * n)),
    "an actions block's elements": Limit(25, "/elements", lambda n: actions(*[button() for _ in range(n)])),
    "an image's url": Limit(3000, "/image_url", lambda n: image(image_url=url(n))),
    "an image's alternative text": Limit(2000, "/alt_text", lambda n: image(alt_text="x" * n)),
    "an image's title": Limit(2000, "/title/text", lambda n: image(title=plain(n))),
    "a button's text": Limit(75, "/elements/0/text/text", lambda n: actions(button(text=plain(n)))),
    "a button's value": Limit(2000, "/elements/0/value", lambda n: actions(button(value="x" * n))),
    "a button's url": Limit(3000, "/elements/0/url", lambda n: actions(button(url=url(n)))),
    "a button's spoken label": Limit(
        75, "/elements/0/accessibility_label", lambda n: actions(button(accessibility_label="x" * n))
    ),
    "a button's prompt": Limit(4000, "/elements/0/agent_prompt", lambda n: actions(button(agent_prompt="x" * n))),
    "the people who see a button": Limit(
        10, "/elements/0/visible_to_user_ids", lambda n: actions(button(visible_to_user_ids=_ids("U", n)))
    ),
    "an option's text": Limit(
        75, "/elements/0/options/0/text/text", lambda n: actions(select(options=[option(text=plain(n))]))
    ),
    "an option's value": Limit(
        150, "/elements/0/options/0/value", lambda n: actions(select(options=[option(value="x" * n)]))
    ),
    "an option's description": Limit(
        75, "/elements/0/options/0/description/text", lambda n: actions(select(options=[option(description=plain(n))]))
    ),
    "a select's options": Limit(100, "/elements/0/options", lambda n: actions(select(options=options(n)))),
    "a select's groups": Limit(
        100, "/elements/0/option_groups", lambda n: actions(_typed("static_select", option_groups=groups(n)))
    ),
    "one group's options": Limit(
        100,
        "/elements/0/option_groups/0/options",
        lambda n: actions(_typed("static_select", option_groups=[{"label": plain(), "options": options(n)}])),
    ),
    "a group's label": Limit(
        75,
        "/elements/0/option_groups/0/label/text",
        lambda n: actions(_typed("static_select", option_groups=[{"label": plain(n), "options": options(1)}])),
    ),
    "a placeholder": Limit(150, "/elements/0/placeholder/text", lambda n: actions(select(placeholder=plain(n)))),
    "an overflow's options": Limit(5, "/elements/0/options", lambda n: actions(_typed("overflow", options=options(n)))),
    "an overflow option's url": Limit(
        3000, "/elements/0/options/0/url", lambda n: actions(_typed("overflow", options=[option(url=url(n))]))
    ),
    "checkboxes": Limit(10, "/elements/0/options", lambda n: actions(_typed("checkboxes", options=options(n)))),
    "radio buttons": Limit(10, "/elements/0/options", lambda n: actions(_typed("radio_buttons", options=options(n)))),
    "a confirmation's title": Limit(
        100, "/elements/0/confirm/title/text", lambda n: actions(button(confirm=confirm(title=plain(n))))
    ),
    "a confirmation's text": Limit(
        300, "/elements/0/confirm/text/text", lambda n: actions(button(confirm=confirm(text=mrkdwn(n))))
    ),
    "a confirmation's yes": Limit(
        30, "/elements/0/confirm/confirm/text", lambda n: actions(button(confirm=confirm(confirm=plain(n))))
    ),
    "a confirmation's no": Limit(
        30, "/elements/0/confirm/deny/text", lambda n: actions(button(confirm=confirm(deny=plain(n))))
    ),
    "preselected options": Limit(
        2,
        "/elements/0/initial_users",
        lambda n: actions(_typed("multi_users_select", max_selected_items=2, initial_users=_ids("U", n))),
    ),
    "a list's indent": Limit(8, "/elements/0/indent", lambda n: rich_text(rich_list(indent=n))),
    "a markdown block": Limit(12_000, "/text", lambda n: _typed("markdown", text="x" * n)),
    "a table's rows": Limit(100, "/rows", lambda n: table([raw_row(1)] * n)),
    "a row's cells": Limit(20, "/rows/0", lambda n: table([raw_row(n)])),
    "a table's column settings": Limit(
        20, "/column_settings", lambda n: table([raw_row(1)], column_settings=[{"align": "left"}] * n)
    ),
    "a table's characters": Limit(10_000, "/rows", lambda n: table([raw_row(1, n)])),
    "a data table's rows": Limit(101, "/rows", data_table),
    "a data table's page": Limit(100, "/page_size", lambda n: data_table(2, page_size=n)),
    "context actions": Limit(
        5,
        "/elements",
        lambda n: _typed("context_actions", elements=[_typed("icon_button", icon="trash", text=plain())] * n),
    ),
    "a card's title": Limit(150, "/title/text", lambda n: card(title=mrkdwn(n))),
    "a card's subtitle": Limit(150, "/subtitle/text", lambda n: card(subtitle=mrkdwn(n))),
    "a card's body": Limit(200, "/body/text", lambda n: card(body=mrkdwn(n))),
    "a carousel's cards": Limit(10, "/elements", lambda n: _typed("carousel", elements=[card()] * n)),
    "a container's title": Limit(150, "/title/text", lambda n: container(title=plain(n))),
    "a container's children": Limit(10, "/child_blocks", lambda n: container(child_blocks=[section()] * n)),
    "a video's title": Limit(199, "/title/text", lambda n: video(title=plain(n))),
    "a video's author": Limit(49, "/author_name", lambda n: video(author_name="x" * n)),
    "an auth provider's value": Limit(150, "/value", lambda n: auth_provider(value="x" * n)),
    "an auth provider's name": Limit(75, "/name/text", lambda n: auth_provider(name=plain(n))),
    "an auth provider's description": Limit(150, "/description/text", lambda n: auth_provider(description=plain(n))),
    "an auth provider's url": Limit(3000, "/auth_url", lambda n: auth_provider(auth_url=url(n))),
}
IN_A_MODAL = {
    "an input's label": Limit(2000, "/label/text", lambda n: input_block(label=plain(n))),
    "an input's hint": Limit(2000, "/hint/text", lambda n: input_block(hint=plain(n))),
    "a text's shortest length": Limit(
        3000, "/element/min_length", lambda n: input_block(_typed("plain_text_input", min_length=n))
    ),
    "a text's longest length": Limit(
        3000, "/element/max_length", lambda n: input_block(_typed("plain_text_input", max_length=n))
    ),
    "a text's placeholder": Limit(
        150, "/element/placeholder/text", lambda n: input_block(_typed("plain_text_input", placeholder=plain(n)))
    ),
    "files": Limit(10, "/element/max_files", lambda n: input_block(_typed("file_input", max_files=n))),
    "an alert's text": Limit(3000, "/text/text", lambda n: _typed("alert", text=mrkdwn(n))),
}
OF_A_VIEW = {
    "a modal's title": Limit(24, "/view/title/text", lambda n: modal(title=plain(n))),
    "a modal's submit": Limit(24, "/view/submit/text", lambda n: modal(submit=plain(n))),
    "a modal's close": Limit(24, "/view/close/text", lambda n: modal(close=plain(n))),
    "a callback id": Limit(255, "/view/callback_id", lambda n: modal(callback_id="x" * n)),
    "an external id": Limit(255, "/view/external_id", lambda n: modal(external_id="x" * n)),
    "private metadata": Limit(3000, "/view/private_metadata", lambda n: modal(private_metadata="x" * n)),
    "a modal's blocks": Limit(100, "/view/blocks", lambda n: modal(*[section() for _ in range(n)])),
    "a home's blocks": Limit(100, "/view/blocks", lambda n: {"type": "home", "blocks": [section() for _ in range(n)]}),
}


@pytest.mark.parametrize("limit", IN_A_MESSAGE.values(), ids=IN_A_MESSAGE)
def test_a_message_may_hold_this_much_and_no_more(limit: Limit) -> None:
    fitting, larger = [limit.build(limit.most)], [limit.build(limit.most + 1)]

    accepted, refused = validate_blocks(fitting, surface="message"), validate_blocks(larger, surface="message")

    assert accepted == []
    assert f"/blocks/0{limit.pointer}" in _places(refused)


@pytest.mark.parametrize("limit", IN_A_MODAL.values(), ids=IN_A_MODAL)
def test_a_modal_may_hold_this_much_and_no_more(limit: Limit) -> None:
    fitting, larger = modal(limit.build(limit.most)), modal(limit.build(limit.most + 1))

    accepted, refused = validate_view(fitting), validate_view(larger)

    assert accepted == []
    assert f"/view/blocks/0{limit.pointer}" in _places(refused)


@pytest.mark.parametrize("limit", OF_A_VIEW.values(), ids=OF_A_VIEW)
def test_a_view_may_be_this_large_and_no_larger(limit: Limit) -> None:
    fitting, larger = limit.build(limit.most), limit.build(limit.most + 1)

    accepted, refused = validate_view(fitting), validate_view(larger)

    assert accepted == []
    assert _places(refused) == [limit.pointer]


def test_fifty_blocks_fit_a_message_and_one_more_does_not() -> None:
    fitting, larger = [section()] * 50, [section()] * 51

    accepted, refused = validate_blocks(fitting, surface="message"), validate_blocks(larger, surface="message")

    assert accepted == []
    assert [str(problem) for problem in refused] == ["no more than 50 items allowed [json-pointer:/blocks]"]


def test_blocks_are_too_long_beyond_13_200_characters_although_each_is_within_its_limits() -> None:
    fitting, longer = json_of_length(13_200), json_of_length(13_201)

    accepted, refused = validate_blocks(fitting, surface="message"), validate_blocks(longer, surface="message")

    assert accepted == []
    assert [problem.error for problem in refused] == ["msg_blocks_too_long"]


def test_a_view_of_more_than_250_kilobytes_is_too_large() -> None:
    several = [section(fields=[mrkdwn(2000)] * 10) for _ in range(13)]

    accepted, refused = validate_view(modal(*several[:11])), validate_view(modal(*several))

    assert accepted == []
    assert [problem.error for problem in refused] == ["view_too_large"]


def test_markdown_blocks_share_12_000_characters() -> None:
    halves = [{"type": "markdown", "text": "x" * 6000}] * 2

    accepted = validate_blocks(halves, surface="message")
    refused = validate_blocks([*halves, {"type": "markdown", "text": "x"}], surface="message")

    assert accepted == []
    assert _places(refused) == ["/blocks/2/text"]


def test_a_hundred_attachments_are_the_most() -> None:
    fitting, larger = [{"text": "x"}] * 100, [{"text": "x"}] * 101

    accepted, refused = validate_attachments(fitting), validate_attachments(larger)

    assert accepted == []
    assert [problem.error for problem in refused] == ["too_many_attachments"]


def test_an_attachments_footer_has_300_characters_at_most() -> None:
    fitting, longer = [{"footer": "x" * 300}], [{"footer": "x" * 301}]

    accepted, refused = validate_attachments(fitting), validate_attachments(longer)

    assert accepted == []
    assert _places(refused) == ["/attachments/0/footer"]


@pytest.mark.parametrize(
    ("block", "pointer"),
    [
        (section(text=mrkdwn(0)), "/text/text"),
        (section(fields=[]), "/fields"),
        (actions(), "/elements"),
        ({"type": "context", "elements": []}, "/elements"),
        (actions(button(text=plain(0))), "/elements/0/text/text"),
        (actions(select(options=[])), "/elements/0/options"),
        (actions({"type": "overflow", "options": []}), "/elements/0/options"),
        (image(alt_text=""), "/alt_text"),
        (data_table(1), "/rows"),
        (data_table(2, page_size=0), "/page_size"),
        ({"type": "carousel", "elements": []}, "/elements"),
        (rich_text(rich_list(indent=-1)), "/elements/0/indent"),
        (image(image_url="ftp" + IMAGE_URL), "/image_url"),
    ],
)
def test_too_little_is_refused_too(block: JSON, pointer: str) -> None:
    blocks = [block]

    refused = validate_blocks(blocks, surface="message")

    assert f"/blocks/0{pointer}" in _places(refused)


def _places(problems: list[Problem]) -> list[str]:
    return [problem.pointer for problem in problems]
