"""Text of others in Slack: cleaned for every place, and escaped for the few that read mrkdwn."""

import re

from tocsin.slack.messages.limits import cost, cut

SIGNS = re.compile(r"([*~`]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9]))")
"""Slack's signs of emphasis; an underscore inside a word (`my_app`) is none."""
BREAK = "\u200b"
"""A zero-width space: Slack has no escape for its signs of emphasis, and a sign followed by this opens none."""

DEAREST_ESCAPE = 7
"""What one character may grow to: a sign, and a zero-width space as `\\u200b`."""

_BIDI = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_JOINERS = re.compile("(?<![^\\x00-\\x7f])[\u200c\u200d]|[\u200c\u200d](?![^\\x00-\\x7f])")
"""Joiners that join nothing: between letters of scripts that need them, and inside an emoji, they stay."""
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u2060-\u2065\u206a-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff]"
)
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f]")
_LINE_ENDS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
_SURROGATES = re.compile("[\ud800-\udfff]")
_BLANKS = re.compile(r"\s+")


def clean(text: str) -> str:
    """`text` without anything that hides or reorders what is read; line ends become one kind, tabs stay.

    What could mislead is shown (`⟨U+202E⟩`), what has no use is dropped.
    """
    if text.isascii() and text.isprintable():
        return text
    text = _LINE_ENDS.sub("\n", text)
    text = _BIDI.sub(lambda found: f"⟨U+{ord(found[0]):04X}⟩", text)
    text = _SURROGATES.sub("\ufffd", text)
    text = _INVISIBLE.sub("", _JOINERS.sub("", text))
    return _CONTROLS.sub(_show_control, text)


def one_line(text: str) -> str:
    """`clean`, in one line without blanks around it."""
    return _BLANKS.sub(" ", clean(text)).strip()


def escape(text: str) -> str:
    """`text` as words and nothing else in mrkdwn: no mention, link, date, emphasis or quote; in one line.

    https://docs.slack.dev/messaging/formatting-message-text#escaping names the three signs; a decoded entity is not
    read again.
    """
    words = one_line(text)
    words = words.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    # Slack keeps `>` as `&gt;` itself, so at the start of a line it quotes all the same.
    quoted = BREAK if words.startswith("&gt;") else ""
    return quoted + SIGNS.sub(rf"\1{BREAK}", words)


def escape_within(text: str, budget: int) -> str:
    """`escape`, cut so that the result costs at most `budget` (see `limits.cost`)."""
    words = one_line(text)
    for share in (1, 3, DEAREST_ESCAPE):
        escaped = escape(cut(words, budget // share))
        if cost(escaped) <= budget:
            break
    return escaped


def link(url: str, words: str, budget: int) -> str:
    """A link of ours, whose `words` may be anybody's and cost at most `budget`."""
    return f"<{_address(url)}|{escape_within(words, budget) or BREAK}>"


def mention(user: str) -> str:
    """A live mention of the Slack user id `user`: only for whom the message is meant."""
    return f"<@{user}>"


def date(seconds: int, fallback: str) -> str:
    """A moment, which Slack shows in the reader's own zone; `seconds` since 1970."""
    return f"<!date^{seconds}^{{date_short_pretty}} at {{time}}|{fallback}>"


def _address(url: str) -> str:
    """`url` as it may stand in a link: what would end the link or begin its label is percent-encoded."""
    return re.sub(r"[<>|\s]", lambda found: "".join(f"%{byte:02X}" for byte in found[0].encode()), url)


def _show_control(found: re.Match[str]) -> str:
    number = ord(found[0])
    if number < 0x20:  # the C0 controls have pictures of their own in Unicode
        return chr(0x2400 + number)
    return "␡" if number == 0x7F else "\ufffd"  # the C1 controls have none
