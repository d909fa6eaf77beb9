"""Text from outside that a page shows: what has no shape, or would turn its neighbours around, gets a sign."""

import re

_HIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u200b\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)
"""Control characters, blanks without width, and what changes the direction of writing (Unicode 16, TR 9 and TR 36).

Joiners (U+200C, U+200D) and the marks U+200E and U+200F stay: names and emoji are written with them.
"""


def visible(text: str) -> str:
    """`text` with a sign in the place of each character that nobody would see: `⟨U+001B⟩`, `⟨U+202E⟩`."""
    return _HIDDEN.sub(lambda match: f"⟨U+{ord(match[0]):04X}⟩", text)
