"""Legacy attachments, the only way to a colour bar, and the unfurls that have their shape.

Limits: https://docs.slack.dev/legacy/legacy-messaging/legacy-secondary-message-attachments and
https://docs.slack.dev/reference/methods/chat.unfurl
"""

from slack_simulator.block_kit.objects import ANY_URL, BLOCK_ID, WEB_URL, either
from slack_simulator.block_kit.payload import check_blocks
from slack_simulator.block_kit.problems import Problem, failed, within, wrong_type
from slack_simulator.block_kit.shapes import Choice, Flag, Items, Number, Record, Shape, Text

MOST_ATTACHMENTS = 100
"""The hard limit; 20 are recommended (https://docs.slack.dev/reference/methods/chat.postMessage)."""

_FIELD = Record({"title": Text(), "value": Text(), "short": Flag()})
_ACTION = Record(
    {
        "name": Text(),
        "text": Text(),
        "type": Choice(("button", "select")),
        "value": Text(2000),
        "url": ANY_URL,
        "style": Choice(("default", "primary", "danger")),
    },
    required=("text", "type"),
)
_LEGACY: dict[str, Shape] = {
    "id": Number(0),
    "fallback": Text(),
    "callback_id": Text(255),
    "color": Text(None, 1, r"good|warning|danger|#?[0-9A-Fa-f]{3}([0-9A-Fa-f]{3})?"),
    "pretext": Text(),
    "author_name": Text(),
    "author_link": ANY_URL,
    "author_icon": WEB_URL,
    "title": Text(),
    "title_link": ANY_URL,
    "text": Text(),
    "fields": Items(_FIELD),
    "actions": Items(_ACTION, 5),
    "image_url": WEB_URL,
    "thumb_url": WEB_URL,
    "footer": Text(300),
    "footer_icon": WEB_URL,
    "ts": Number(0, fractions=True),
    "mrkdwn_in": Items(Choice(("text", "pretext", "fields"))),
    "attachment_type": Choice(("default",)),
}
_PREVIEW = Record({"title": either(3000), "subtitle": either(3000), "icon_url": WEB_URL, "type": Text()})
ATTACHMENT = Record(_LEGACY)
UNFURL = Record(_LEGACY | {"preview": _PREVIEW, "hide_color": Flag(), "block_id": BLOCK_ID})


def validate_attachments(attachments: object) -> list[Problem]:
    """What Slack would refuse in the `attachments` argument; pointers begin with /attachments. Never raises."""
    if not isinstance(attachments, list):
        return [wrong_type("provide an array", "/attachments")]

    found: list[Problem] = []
    if len(attachments) > MOST_ATTACHMENTS:
        message = f"no more than {MOST_ATTACHMENTS} items allowed"
        too_many = failed(message, "/attachments", "max_items", expected=MOST_ATTACHMENTS, got=len(attachments))
        found += within([too_many], "too_many_attachments")
    for index, attachment in enumerate(attachments):
        found += _check_attachment(attachment, ATTACHMENT, f"/attachments/{index}")
    return found


def validate_unfurl(unfurls: object) -> list[Problem]:
    """What Slack would refuse in `unfurls`, chat.unfurl's map from link to attachment; pointers begin with /unfurls."""
    if not isinstance(unfurls, dict):
        return within([wrong_type("provide an object", "/unfurls")], "invalid_unfurls_format")

    found: list[Problem] = []
    for link, attachment in unfurls.items():
        escaped = str(link).replace("~", "~0").replace("/", "~1")
        found += _check_attachment(attachment, UNFURL, f"/unfurls/{escaped}")
    return within(found, "cannot_parse_attachment")


def _check_attachment(attachment: object, shape: Record, pointer: str) -> list[Problem]:
    """An unknown key is `invalid_keys`, with no place named (https://github.com/slackapi/node-slack-sdk/pull/832)."""
    if not isinstance(attachment, dict):
        return [wrong_type("provide an object", pointer)]

    known = {name: value for name, value in attachment.items() if name in shape.fields}
    found = list(shape.check(known, pointer))
    if len(known) + ("blocks" in attachment) < len(attachment):
        found.append(failed("invalid_keys", "", "additional_properties"))
    if "blocks" in attachment:
        found += check_blocks(attachment["blocks"], "message", f"{pointer}/blocks")
    return found
