"""Rich text: the parts of a line, and the section, list, quote and preformatted blocks that hold them.

Limits: https://docs.slack.dev/reference/block-kit/blocks/rich-text-block
"""

from slack_simulator.block_kit.objects import ANY_URL, BLOCK_ID, CHANNEL_ID, USER_ID
from slack_simulator.block_kit.shapes import Choice, Flag, Items, Number, Record, Shape, Tagged, Text

_STYLE = Record({"bold": Flag(), "italic": Flag(), "strike": Flag(), "code": Flag(), "underline": Flag()})
_MENTION_STYLE = Record(
    {
        "bold": Flag(),
        "italic": Flag(),
        "strike": Flag(),
        "highlight": Flag(),
        "client_highlight": Flag(),
        "unlink": Flag(),
    }
)


def _part(kind: str, required: tuple[str, ...], /, **fields: Shape) -> Record:
    return Record({"type": Choice((kind,)), **fields}, required=("type", *required))


PARTS = {
    "text": _part("text", ("text",), text=Text(None, 1), style=_STYLE),
    "link": _part("link", ("url",), url=ANY_URL, text=Text(), unsafe=Flag(), style=_STYLE),
    "user": _part("user", ("user_id",), user_id=USER_ID, style=_MENTION_STYLE),
    "usergroup": _part("usergroup", ("usergroup_id",), usergroup_id=Text(None, 1), style=_MENTION_STYLE),
    "channel": _part("channel", ("channel_id",), channel_id=CHANNEL_ID, style=_MENTION_STYLE),
    "team": _part("team", ("team_id",), team_id=Text(None, 1), style=_STYLE),
    "emoji": _part("emoji", ("name",), name=Text(None, 1), unicode=Text(), skin_tone=Number(1, 6), style=_STYLE),
    "broadcast": _part("broadcast", ("range",), range=Choice(("here", "channel", "everyone")), style=_STYLE),
    "color": _part("color", ("value",), value=Text(None, 1, r"#[0-9A-Fa-f]{6}"), style=_STYLE),
    "date": _part(
        "date",
        ("timestamp", "format"),
        timestamp=Number(0),
        format=Text(None, 1),
        url=ANY_URL,
        fallback=Text(),
        style=_STYLE,
    ),
}
_LINE = Items(Tagged(PARTS))
_SECTION = _part("rich_text_section", ("elements",), elements=_LINE)
_BORDER = Number(0, 1)

ELEMENTS = {
    "rich_text_section": _SECTION,
    "rich_text_quote": _part("rich_text_quote", ("elements",), elements=_LINE, border=_BORDER),
    "rich_text_preformatted": _part("rich_text_preformatted", ("elements",), elements=_LINE, border=_BORDER),
    "rich_text_list": _part(
        "rich_text_list",
        ("elements", "style"),
        elements=Items(Tagged({"rich_text_section": _SECTION})),
        style=Choice(("bullet", "ordered")),
        indent=Number(0, 8),
        offset=Number(0),
        border=_BORDER,
    ),
}
RICH_TEXT = _part("rich_text", ("elements",), elements=Items(Tagged(ELEMENTS)), block_id=BLOCK_ID)
