"""Composition objects: texts, options, confirmations and the small records that elements hold.

Limits: https://docs.slack.dev/reference/block-kit/composition-objects
"""

from slack_simulator.block_kit.shapes import Alternatives, Choice, Flag, Items, Number, Record, Text

BLOCK_ID = Text(255, 1)
ACTION_ID = Text(255, 1)
WEB_URL = Text(3000, 1, r"https?://\S+")
ANY_URL = Text(3000, 1, r"[A-Za-z][A-Za-z0-9+.-]*:\S+")
USER_ID = Text(None, 1, r"[UW][A-Z0-9]+")
CHANNEL_ID = Text(None, 1, r"[CGD][A-Z0-9]+")


def plain(maximum: int, minimum: int = 1) -> Record:
    """A `plain_text` object of at most `maximum` characters."""
    return Record(
        {"type": Choice(("plain_text",)), "text": Text(maximum, minimum), "emoji": Flag()}, required=("type", "text")
    )


def mrkdwn(maximum: int, minimum: int = 1) -> Record:
    return Record(
        {"type": Choice(("mrkdwn",)), "text": Text(maximum, minimum), "verbatim": Flag()}, required=("type", "text")
    )


def either(maximum: int, minimum: int = 1) -> Alternatives:
    """A text object of either kind."""
    return Alternatives({"plain_text": plain(maximum, minimum), "mrkdwn": mrkdwn(maximum, minimum)})


# A menu's options are plain text; those of radio buttons and checkboxes may be mrkdwn; only an overflow's may carry a
# url (https://docs.slack.dev/reference/block-kit/composition-objects/option-object). The value's 150 is the
# documentation's and slack_sdk's; @slack/types says 75.
MENU_OPTION = Record(
    {"text": plain(75), "value": Text(150, 1), "description": plain(75)},
    required=("text", "value"),
)
LISTED_OPTION = Record(
    {"text": either(75), "value": Text(150, 1), "description": either(75)},
    required=("text", "value"),
)
OVERFLOW_OPTION = Record(
    {"text": plain(75), "value": Text(150, 1), "description": plain(75), "url": ANY_URL},
    required=("text", "value"),
)
OPTION_GROUP = Record({"label": plain(75), "options": Items(MENU_OPTION, 100, 1)}, required=("label", "options"))

CONFIRM = Record(
    {
        "title": plain(100),
        "text": either(300),
        "confirm": plain(30),
        "deny": plain(30),
        "style": Choice(("primary", "danger")),
    },
    required=("title", "text", "confirm", "deny"),
)
DISPATCH_ACTION = Record(
    {"trigger_actions_on": Items(Choice(("on_enter_pressed", "on_character_entered")), 2, 1)},
    required=("trigger_actions_on",),
)
CONVERSATION_FILTER = Record(
    {
        "include": Items(Choice(("im", "mpim", "private", "public")), 4, 1),
        "exclude_external_shared_channels": Flag(),
        "exclude_bot_users": Flag(),
    }
)
SLACK_FILE = Record({"id": Text(None, 1), "url": WEB_URL})
WORKFLOW = Record(
    {
        "trigger": Record(
            {
                "url": WEB_URL,
                "customizable_input_parameters": Items(
                    Record({"name": Text(None, 1), "value": Text()}, required=("name", "value"))
                ),
            },
            required=("url",),
        )
    },
    required=("trigger",),
)
FEEDBACK_BUTTON = Record(
    {"text": plain(75), "value": Text(2000), "accessibility_label": Text(75)}, required=("text", "value")
)
RAW_TEXT = Record({"type": Choice(("raw_text",)), "text": Text(None, 1)}, required=("type", "text"))
RAW_NUMBER = Record(
    {"type": Choice(("raw_number",)), "value": Number(fractions=True), "text": Text(None, 1)},
    required=("type", "value"),
)
COLUMN_SETTINGS = Record({"align": Choice(("left", "center", "right")), "is_wrapped": Flag()})
