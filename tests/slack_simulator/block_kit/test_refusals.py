"""What Slack says when it refuses: sentences, places, codes and the shapes of the answers, as seen in the wild."""

from typing import Any

import pytest

from slack_simulator.block_kit import (
    refusal,
    validate_attachments,
    validate_blocks,
    validate_unfurl,
    validate_view,
    validation_report,
)
from tests.slack_simulator.block_kit.builders import (
    actions,
    button,
    container,
    data_table,
    image,
    input_block,
    modal,
    mrkdwn,
    option,
    options,
    plain,
    raw_row,
    rich_text,
    section,
    select,
    table,
)

SAID_OF_BLOCKS: list[tuple[str, Any, list[str]]] = [
    (
        "grafana/oncall#5121",
        section(text=mrkdwn(3001)),
        ["failed to match all allowed schemas [/text]", "must be less than 3001 characters [/text/text]"],
    ),
    ("java-slack-sdk#1017", {"type": "section"}, ["must define either `text` or `fields` [/type]"]),
    (
        "java-slack-sdk#853",
        {"type": "section", "text": mrkdwn(), "block_id": None, "accessory": None, "fields": None},
        ["must provide a string [/block_id]", "must provide an array [/fields]", "must provide an object [/accessory]"],
    ),
    (
        "incidentbot#328",
        section(accessory={"type": "overflow", "options": options(6)}),
        ["no more than 5 items allowed [/accessory/options]"],
    ),
    (
        "two buttons of one action id",
        actions(button(action_id="vote"), button(action_id="vote")),
        ['`action_id` "vote" already exists [/elements/1/action_id]'],
    ),
    (
        "a block id on an element",
        actions(button(block_id="b")),
        ["invalid additional property: block_id [/elements/0]"],
    ),
    (
        "slack-go/slack#612: a url in a menu's option",
        actions(select(options=[option(url="https://example.com")])),
        ["invalid additional property: url [/elements/0/options/0]"],
    ),
    ("an unknown block", {"type": "bogus"}, ["unsupported type: bogus [/type]"]),
    ("a block of no type", {"text": mrkdwn()}, ["missing required field: type []"]),
    ("an alert outside a modal", {"type": "alert", "text": plain()}, ["unsupported type: alert [/type]"]),
    ("mrkdwn in a header", {"type": "header", "text": mrkdwn()}, ["must be a valid enum value [/text/type]"]),
    (
        "an input's element in an actions block",
        actions({"type": "plain_text_input"}),
        ["unsupported type: plain_text_input [/elements/0/type]"],
    ),
    (
        "an image without a text for the blind",
        {"type": "image", "image_url": "https://example.com/a.png"},
        ["missing required field: alt_text []"],
    ),
    ("an image of two sources", image(slack_file={"id": "F1"}), ["must define either `image_url` or `slack_file` []"]),
    (
        "an initial option that is not offered",
        actions(select(initial_option=option(7))),
        ["must match one of the options [/elements/0/initial_option]"],
    ),
    (
        "an initial option that differs in its description",
        actions(select(initial_option=option(0, description=plain()))),
        ["must match one of the options [/elements/0/initial_option]"],
    ),
    (
        "options beside groups",
        actions(select(option_groups=[{"label": plain(), "options": options(1)}])),
        ["must define either `options` or `option_groups` [/elements/0]"],
    ),
    (
        "a shortest length beyond the longest",
        input_block({"type": "plain_text_input", "min_length": 3, "max_length": 2}),
        ["must be less than `max_length` [/element/min_length]"],
    ),
    (
        "a number above its maximum",
        input_block({"type": "number_input", "is_decimal_allowed": True, "initial_value": "2.5", "max_value": "2"}),
        ["must be less than 2 [/element/initial_value]"],
    ),
    (
        "a fraction where none is allowed",
        input_block({"type": "number_input", "is_decimal_allowed": False, "initial_value": "2.5"}),
        ["must be an integer [/element/initial_value]"],
    ),
    (
        "an empty text in rich text",
        rich_text({"type": "rich_text_section", "elements": [{"type": "text", "text": ""}]}),
        ["must be more than 0 characters [/elements/0/elements/0/text]"],
    ),
    (
        "rich text in a data table's header",
        data_table(2) | {"rows": [[rich_text()], raw_row(1)]},
        ["unsupported type: rich_text [/rows/0/0/type]"],
    ),
    (
        "a ragged data table",
        data_table(2) | {"rows": [raw_row(2), raw_row(1)]},
        ["must provide exactly 2 items [/rows/1]"],
    ),
    (
        "CopilotKit#6454: a container's children under another name",
        {"type": "container", "title": plain(), "blocks": [section()]},
        ["missing required field: child_blocks []", "invalid additional property: blocks []"],
    ),
    (
        "a container within a container",
        container(child_blocks=[container()]),
        ["unsupported type: container [/child_blocks/0/type]"],
    ),
    (
        "a container that starts closed and cannot open",
        container(default_collapsed=True),
        ["must define `is_collapsible` to use `default_collapsed` [/default_collapsed]"],
    ),
    (
        "a date that is none",
        actions({"type": "datepicker", "initial_date": "2026-13-01"}),
        [r"input must match regex pattern: ^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$ [/elements/0/initial_date]"],
    ),
    (
        "true for a number",
        rich_text({"type": "rich_text_quote", "elements": [], "border": True}),
        ["must provide an integer [/elements/0/border]"],
    ),
    ("a string for a boolean", section(expand="yes"), ["must be a boolean [/expand]"]),
]


@pytest.mark.parametrize(("block", "said"), [row[1:] for row in SAID_OF_BLOCKS], ids=[row[0] for row in SAID_OF_BLOCKS])
def test_a_block_is_refused_with_slacks_words_and_place(block: Any, said: list[str]) -> None:
    blocks = [block]

    problems = validate_blocks(blocks, surface="message")

    assert [f"{problem.message} [{problem.pointer.removeprefix('/blocks/0')}]" for problem in problems] == said


def test_a_block_id_may_stand_once_in_a_message() -> None:
    blocks = [section(block_id="twice"), section(block_id="once"), section(block_id="twice")]

    problems = validate_blocks(blocks, surface="message")

    assert [str(problem) for problem in problems] == [
        '`block_id` "twice" already exists [json-pointer:/blocks/2/block_id]'
    ]


def test_the_same_action_id_may_stand_in_two_blocks() -> None:
    blocks = [actions(button(action_id="vote")), actions(button(action_id="vote"))]

    problems = validate_blocks(blocks, surface="message")

    assert problems == []


def test_a_message_holds_one_table() -> None:
    blocks = [table([raw_row(1)]), table([raw_row(1)])]

    problems = validate_blocks(blocks, surface="message")

    assert [problem.pointer for problem in problems] == ["/blocks/1"]


def test_one_element_of_a_view_takes_the_focus() -> None:
    focused = input_block({"type": "plain_text_input", "focus_on_load": True})

    problems = validate_view(modal(focused, focused))

    assert [problem.pointer for problem in problems] == ["/view/blocks/1/element/focus_on_load"]


def test_a_modal_with_an_input_needs_a_submit() -> None:
    view = modal(section(), input_block())
    del view["submit"]

    problems = validate_view(view)

    assert [str(problem) for problem in problems] == [
        "must define `submit` to use an `input` block in modals [json-pointer:/view/blocks/1/input]"
    ]


def test_a_view_that_slack_returned_is_refused_when_sent_back() -> None:
    view = modal(section(), id="V1", hash="1.a", state={"values": {}})

    problems = validate_view(view)

    assert [problem.message for problem in problems] == [
        "invalid additional property: id",
        "invalid additional property: hash",
        "invalid additional property: state",
    ]


def test_blocks_that_are_no_list_are_wrongly_formatted() -> None:
    problems = validate_blocks({"type": "divider"}, surface="message")

    assert refusal(problems)["error"] == "invalid_blocks_format"


def test_a_messages_refusal_repeats_each_sentence_for_people() -> None:
    problems = validate_blocks([{"type": "header", "text": plain(151)}], surface="message")

    assert refusal(problems) == {
        "ok": False,
        "error": "invalid_blocks",
        "errors": ["must be less than 151 characters [json-pointer:/blocks/0/text/text]"],
        "response_metadata": {
            "messages": ["[ERROR] must be less than 151 characters [json-pointer:/blocks/0/text/text]"]
        },
    }


def test_a_views_refusal_says_invalid_arguments() -> None:
    problems = validate_view({"type": "modal"})

    assert refusal(problems, error="invalid_arguments") == {
        "ok": False,
        "error": "invalid_arguments",
        "response_metadata": {
            "messages": [
                "[ERROR] missing required field: title [json-pointer:/view]",
                "[ERROR] missing required field: blocks [json-pointer:/view]",
            ]
        },
    }


def test_an_unknown_key_of_an_attachment_is_invalid_keys() -> None:
    attachment = {"callback_id": "c", "id": 123, "indent": False, "blocks": [{"type": "divider"}]}

    problems = validate_attachments([attachment])

    assert refusal(problems, error="invalid_attachments") == {
        "ok": False,
        "error": "invalid_attachments",
        "errors": ["invalid_keys"],
        "response_metadata": {"messages": ["[ERROR] invalid_keys"]},
    }


def test_an_attachments_blocks_are_held_to_the_same_limits() -> None:
    attachment = {"color": "#e01e5a", "blocks": [{"type": "header", "text": plain(151)}]}

    problems = validate_attachments([attachment])

    assert [problem.pointer for problem in problems] == ["/attachments/0/blocks/0/text/text"]


def test_an_unfurls_place_is_its_link_escaped() -> None:
    unfurls = {"https://example.com/~a": {"color": "crimson"}}

    problems = validate_unfurl(unfurls)

    assert [(problem.pointer, problem.error) for problem in problems] == [
        ("/unfurls/https:~1~1example.com~1~0a/color", "cannot_parse_attachment")
    ]


def test_blocks_validate_reports_code_constraint_and_a_place_within_the_argument() -> None:
    problems = validate_blocks([{"type": "header", "text": {"type": "bogus"}}], surface="message")

    assert validation_report(problems, argument="blocks") == {
        "ok": False,
        "error": "invalid_blocks",
        "errors": [
            {
                "code": "missing_field",
                "message": "missing required field: text",
                "pointer": "/0/text",
                "field": "text",
            },
            {
                "code": "failed_constraint",
                "message": "must be a valid enum value",
                "pointer": "/0/text/type",
                "constraint": {"type": "enum", "expected": ["plain_text"], "got": "bogus"},
            },
        ],
    }


def test_blocks_validate_says_no_more_than_ok_of_sound_blocks() -> None:
    problems = validate_blocks([section()], surface="message")

    assert validation_report(problems, argument="blocks") == {"ok": True}
