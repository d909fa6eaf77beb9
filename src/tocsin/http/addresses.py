"""Addresses inside Tocsin: where somebody may be sent after signing in."""

import re
from urllib.parse import urlsplit

_SAFE = re.compile(r"/(?![/\\])[\x21-\x7e]*")
"""Printable ASCII from a single slash on: browsers drop tabs and newlines, and read a backslash as a slash."""


def local_path(asked: str | None, *, default: str = "/") -> str:
    """`asked` if it is a path of this very site, else `default`: nobody is sent elsewhere by a link that names us."""
    if not asked or not _SAFE.fullmatch(asked) or "\\" in asked:
        return default
    parts = urlsplit(asked)
    return asked if not parts.scheme and not parts.netloc else default
