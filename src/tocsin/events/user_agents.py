"""Tells a browser and its operating system from the `User-Agent` that it sends: SDKs in browsers send nothing else.

Versions that every browser of a kind claims alike are left out: a browser based on Chromium calls each Windows
*NT 10.0*, each Mac *10_15_7* and each Android *10; K* (https://www.chromium.org/updates/ua-reduction/), Safari and
Firefox do the same for Macs.
"""

import re
from functools import lru_cache
from typing import NamedTuple

MAX_USER_AGENT = 512
"""Characters that are worth a look; longer ones are made by nobody's browser."""

BROWSERS = tuple(
    (name, re.compile(pattern, re.ASCII))
    for name, pattern in (
        ("", r"\b(?P<name>[A-Za-z]{2,20}[Bb]ot)/(?P<version>\d+(?:\.\d+)?)"),
        ("Electron", r"\bElectron/(?P<version>\d+)"),
        ("Edge", r"\bEdg(?:e|A|iOS)?/(?P<version>\d+)"),
        ("Opera", r"\b(?:OPR|OPT|OPX)/(?P<version>\d+)"),
        ("Samsung Internet", r"\bSamsungBrowser/(?P<version>\d+)"),
        ("Firefox", r"\b(?:Firefox|FxiOS)/(?P<version>\d+)"),
        ("Headless Chrome", r"\bHeadlessChrome/(?P<version>\d+)"),
        ("Chrome", r"\b(?:Chrome|CriOS)/(?P<version>\d+)"),
        ("Safari", r"\bVersion/(?P<version>\d+(?:\.[1-9]\d*)?).*\bSafari/"),
    )
)
"""The first that fits: a browser claims to be those that it wants to be treated like, too, so those come last."""

SYSTEMS = tuple(
    (name, re.compile(pattern, re.ASCII))
    for name, pattern in (
        ("iOS", r"\bCPU (?:iPhone )?OS (?P<version>\d+_\d+)"),
        ("Android", r"\bAndroid(?: (?!10; K\))(?P<version>\d+))?"),
        ("Windows", r"\bWindows NT\b"),
        ("ChromeOS", r"\bCrOS\b"),
        ("macOS", r"\bMacintosh;"),
        ("Linux", r"\bLinux\b"),
    )
)


class Client(NamedTuple):
    """What a `User-Agent` says: *Chrome 131*, *Windows*; empty where it says nothing that is known."""

    browser: str
    system: str


@lru_cache(maxsize=1024)
def client_of(user_agent: str) -> Client:
    """The browser and the operating system that sent `user_agent`, of MAX_USER_AGENT characters at most.

    >>> client_of("Mozilla/5.0 (X11; Linux x86_64; rv:131.0) Gecko/20100101 Firefox/131.0")
    Client(browser='Firefox 131', system='Linux')
    """
    return Client(_first(BROWSERS, user_agent), _first(SYSTEMS, user_agent))


def _first(table: tuple[tuple[str, re.Pattern[str]], ...], text: str) -> str:
    for name, pattern in table:
        if found := pattern.search(text):
            parts = found.groupdict()
            version = (parts.get("version") or "").replace("_", ".")
            return " ".join(filter(None, (name or parts["name"], version)))
    return ""
