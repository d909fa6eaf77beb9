"""What each permission of our Slack app is for, and so what is missing where a workspace did not grant it."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Permission:
    """A scope that the manifest in `docs/slack-app.md` asks for."""

    scope: str
    without: str
    """What does not work without it, as a sentence that a page shows."""


SAYING = "chat:write"

PERMISSIONS = (
    Permission(SAYING, "Nothing is said at all: no card, no reply, no answer to a press."),
    Permission("channels:read", "No channel is offered or found by its name, and no public one by its id."),
    Permission("groups:read", "No channel is offered or found by its name, and no private one by its id."),
    Permission(
        "channels:history",
        "In public channels a message that Slack did not answer for is never looked for: such a reply is given up.",
    ),
    Permission(
        "groups:history",
        "In private channels a message that Slack did not answer for is never looked for: such a reply is given up.",
    ),
    Permission("im:history", "A direct message that Slack did not answer for is never looked for, and is given up."),
    Permission("im:write", "Nobody is told anything directly: no request for a decision, no notice of a new link."),
    Permission("metadata.message:read", "A message that somebody deletes too soon is perhaps said once more."),
    Permission("users:read", "Guests, bots and deactivated people are not told from members when they press a button."),
)
"""In the order of the manifest, which a test compares."""


def missing_permissions(granted: Iterable[str]) -> list[Permission]:
    """Those that a workspace with these scopes did not grant."""
    scopes = set(granted)
    return [one for one in PERMISSIONS if one.scope not in scopes]
