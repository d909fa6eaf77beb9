"""Block elements, as data: what each holds, and which of them a section, an actions block and an input may hold.

Limits: https://docs.slack.dev/reference/block-kit/block-elements; what is new since 2026 as slack_sdk 3.47 knows it.
"""

from slack_simulator.block_kit.objects import (
    ACTION_ID,
    ANY_URL,
    CHANNEL_ID,
    CONFIRM,
    CONVERSATION_FILTER,
    DISPATCH_ACTION,
    FEEDBACK_BUTTON,
    LISTED_OPTION,
    MENU_OPTION,
    OPTION_GROUP,
    OVERFLOW_OPTION,
    SLACK_FILE,
    USER_ID,
    WEB_URL,
    WORKFLOW,
    plain,
)
from slack_simulator.block_kit.rich_text import RICH_TEXT
from slack_simulator.block_kit.rules import (
    exactly_one,
    initial_choices_fit,
    initial_option_is_offered,
    lengths_in_order,
    numbers_in_order,
    whole_unless_decimal,
)
from slack_simulator.block_kit.shapes import Choice, Flag, Items, Number, Record, Rule, Shape, Text

_STYLE = Choice(("primary", "danger"))
_DATE = Text(10, 10, r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])")
_TIME = Text(5, 5, r"([01]\d|2[0-3]):[0-5]\d")
_DECIMAL = Text(None, 1, r"-?\d+(\.\d+)?")
_PLACEHOLDER = {"placeholder": plain(150)}
_CONFIRMED: dict[str, Shape] = {"confirm": CONFIRM, "focus_on_load": Flag()}
_TYPED: dict[str, Shape] = {**_PLACEHOLDER, "focus_on_load": Flag(), "dispatch_action_config": DISPATCH_ACTION}


def _element(
    name: str, fields: dict[str, Shape], *, required: tuple[str, ...] = (), rules: tuple[Rule, ...] = ()
) -> Record:
    own: dict[str, Shape] = {"type": Choice((name,)), "action_id": ACTION_ID}
    return Record(own | fields, required=("type", *required), rules=rules)


def _menu(
    name: str, fields: dict[str, Shape], *, required: tuple[str, ...] = (), rules: tuple[Rule, ...] = ()
) -> Record:
    return _element(name, {**_PLACEHOLDER, **_CONFIRMED, **fields}, required=required, rules=rules)


def _multi_menu(name: str, initial: str, item: Shape, **fields: Shape) -> Record:
    chosen: dict[str, Shape] = {initial: Items(item, 100, 1), "max_selected_items": Number(1)}
    return _menu(name, chosen | fields, rules=(initial_choices_fit(initial),))


_OFFER: dict[str, Shape] = {"options": Items(MENU_OPTION, 100, 1), "option_groups": Items(OPTION_GROUP, 100, 1)}
_OFFER_RULES = (exactly_one("options", "option_groups"), initial_option_is_offered)

MENUS = {
    "static_select": _menu("static_select", {**_OFFER, "initial_option": MENU_OPTION}, rules=_OFFER_RULES),
    "external_select": _menu("external_select", {"initial_option": MENU_OPTION, "min_query_length": Number(0)}),
    "users_select": _menu("users_select", {"initial_user": USER_ID}),
    "conversations_select": _menu(
        "conversations_select",
        {
            "initial_conversation": CHANNEL_ID,
            "default_to_current_conversation": Flag(),
            "response_url_enabled": Flag(),
            "filter": CONVERSATION_FILTER,
        },
    ),
    "channels_select": _menu("channels_select", {"initial_channel": CHANNEL_ID, "response_url_enabled": Flag()}),
    "multi_static_select": _menu(
        "multi_static_select",
        {**_OFFER, "initial_options": Items(MENU_OPTION, 100, 1), "max_selected_items": Number(1)},
        rules=(*_OFFER_RULES, initial_choices_fit("initial_options")),
    ),
    "multi_external_select": _multi_menu(
        "multi_external_select", "initial_options", MENU_OPTION, min_query_length=Number(0)
    ),
    "multi_users_select": _multi_menu("multi_users_select", "initial_users", USER_ID),
    "multi_conversations_select": _multi_menu(
        "multi_conversations_select",
        "initial_conversations",
        CHANNEL_ID,
        default_to_current_conversation=Flag(),
        filter=CONVERSATION_FILTER,
    ),
    "multi_channels_select": _multi_menu("multi_channels_select", "initial_channels", CHANNEL_ID),
}
_LISTED: dict[str, Shape] = {"options": Items(LISTED_OPTION, 10, 1), **_CONFIRMED}
CHOICES = {
    "checkboxes": _element(
        "checkboxes",
        {**_LISTED, "initial_options": Items(LISTED_OPTION, 10, 1)},
        required=("options",),
        rules=(initial_option_is_offered,),
    ),
    "radio_buttons": _element(
        "radio_buttons",
        {**_LISTED, "initial_option": LISTED_OPTION},
        required=("options",),
        rules=(initial_option_is_offered,),
    ),
}
PICKERS = {
    "datepicker": _menu("datepicker", {"initial_date": _DATE}),
    "timepicker": _menu("timepicker", {"initial_time": _TIME, "timezone": Text(None, 1)}),
    "datetimepicker": _element("datetimepicker", {**_CONFIRMED, "initial_date_time": Number(0, 9_999_999_999)}),
}
BUTTON = _element(
    "button",
    {
        "text": plain(75),
        "url": ANY_URL,
        "value": Text(2000),
        "style": _STYLE,
        "confirm": CONFIRM,
        "accessibility_label": Text(75),
        "agent_prompt": Text(4000),
        "agent_prompt_display": Text(),
        "visible_to_user_ids": Items(USER_ID, 10, 1),
    },
    required=("text",),
)
BUTTONS = {
    "button": BUTTON,
    "workflow_button": _element(
        "workflow_button",
        {"text": plain(75), "workflow": WORKFLOW, "style": _STYLE, "accessibility_label": Text(75)},
        required=("text", "workflow"),
    ),
    "overflow": _element(
        "overflow", {"options": Items(OVERFLOW_OPTION, 5, 1), "confirm": CONFIRM}, required=("options",)
    ),
}
IMAGE = Record(
    {
        "type": Choice(("image",)),
        "image_url": WEB_URL,
        "slack_file": SLACK_FILE,
        "alt_text": Text(2000, 1),
    },
    required=("type", "alt_text"),
    rules=(exactly_one("image_url", "slack_file"),),
)
RICH_TEXT_INPUT = _element(
    "rich_text_input", {**_TYPED, "initial_value": RICH_TEXT, "min_lines": Number(1), "max_lines": Number(1)}
)
TYPED = {
    "plain_text_input": _element(
        "plain_text_input",
        {
            **_TYPED,
            "initial_value": Text(3000),
            "multiline": Flag(),
            "min_length": Number(0, 3000),
            "max_length": Number(1, 3000),
        },
        rules=(lengths_in_order,),
    ),
    "email_text_input": _element("email_text_input", {**_TYPED, "initial_value": Text()}),
    "url_text_input": _element("url_text_input", {**_TYPED, "initial_value": Text()}),
    "number_input": _element(
        "number_input",
        {
            **_TYPED,
            "is_decimal_allowed": Flag(),
            "initial_value": _DECIMAL,
            "min_value": _DECIMAL,
            "max_value": _DECIMAL,
        },
        required=("is_decimal_allowed",),
        rules=(whole_unless_decimal, numbers_in_order),
    ),
    "file_input": _element("file_input", {"filetypes": Items(Text(None, 1), None, 1), "max_files": Number(1, 10)}),
    "rich_text_input": RICH_TEXT_INPUT,
}
CONTEXT_ACTIONS = {
    "feedback_buttons": _element(
        "feedback_buttons",
        {"positive_button": FEEDBACK_BUTTON, "negative_button": FEEDBACK_BUTTON},
        required=("positive_button", "negative_button"),
    ),
    "icon_button": _element(
        "icon_button",
        {
            "icon": Text(None, 1),
            "text": plain(75),
            "value": Text(2000),
            "accessibility_label": Text(75),
            "visible_to_user_ids": Items(USER_ID, 10, 1),
            "confirm": CONFIRM,
        },
        required=("icon", "text"),
    ),
}

# Which block may hold what: docs.slack.dev/reference/block-kit/blocks, "compatible block elements".
IN_ACTIONS = {**BUTTONS, **MENUS, **CHOICES, **PICKERS, "rich_text_input": RICH_TEXT_INPUT}
IN_SECTION = {
    **BUTTONS,
    **MENUS,
    **CHOICES,
    "datepicker": PICKERS["datepicker"],
    "timepicker": PICKERS["timepicker"],
} | {"image": IMAGE}
IN_INPUT = {**TYPED, **MENUS, **CHOICES, **PICKERS}
