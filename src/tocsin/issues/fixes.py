"""Reads from a commit's message which issues it fixes: `Fixes WEB-12`."""

import re

_SHORT_ID = r"[a-z0-9][a-z0-9_-]*-[0-9]{1,9}\b"
_FIXES = re.compile(
    rf"(?<![\w-])(?:fix(?:e[sd])?|resolve[sd]?|close[sd]?)\b:?\s+(?P<ids>{_SHORT_ID}(?:(?:\s*,\s*(?:and\s+)?|\s+and\s+){_SHORT_ID})*)",
    re.IGNORECASE | re.ASCII,
)
_ID = re.compile(_SHORT_ID, re.IGNORECASE | re.ASCII)


def named_in(message: str) -> list[str]:
    """The short ids after *fixes*, *resolves* or *closes* (or their other forms), in capitals, each once.

    Several are parted by commas or *and*: `Fixes WEB-12, WEB-13 and API-4`.
    """
    found = [one.upper() for match in _FIXES.finditer(message) for one in _ID.findall(match["ids"])]
    return list(dict.fromkeys(found))
