"""Who calls a method: tokens, their kinds and their scopes."""

from __future__ import annotations

from typing import Any

from slack_simulator.config import ChannelKind
from slack_simulator.errors import SlackError
from slack_simulator.facts import MethodFacts
from slack_simulator.state import State
from slack_simulator.workspace import Channel, Installation

SCOPE_FAMILY: dict[ChannelKind, str] = {
    "public_channel": "channels",
    "private_channel": "groups",
    "im": "im",
    "mpim": "mpim",
}
# Names under which a credential travels; none of them may reach a log.
SECRET_NAMES = frozenset({"token", "client_secret", "refresh_token", "access_token", "code"})


def authenticate(state: State, token: str | None, facts: MethodFacts) -> Installation:
    """The installation that `token` belongs to.

    Raises:
        SlackError: `not_authed`, `invalid_auth`, `not_allowed_token_type`, why the token is dead, or `missing_scope`.
    """
    if not token:
        raise SlackError("not_authed")
    if any(token == app.config.app_token for app in state.apps.values()):
        raise SlackError("not_allowed_token_type")
    installation = next((each for each in state.installations() if each.token == token), None)
    if installation is None:
        raise SlackError("invalid_auth")
    if installation.dead_because is not None:
        raise SlackError(installation.dead_because)
    require_any_scope(installation, facts.scopes)
    return installation


def require_any_scope(installation: Installation, scopes: tuple[str, ...]) -> None:
    """Raise `missing_scope`, with what is needed and what is there, unless one of `scopes` was granted."""
    if scopes and installation.scopes.isdisjoint(scopes):
        raise SlackError("missing_scope", needed=",".join(scopes), provided=",".join(sorted(installation.scopes)))


def require_scope_for(installation: Installation, channel: Channel, verb: str) -> None:
    """Each kind of conversation has scopes of its own, e.g. `groups:history` for private channels."""
    require_any_scope(installation, (f"{SCOPE_FAMILY[channel.kind]}:{verb}",))


def redact(arguments: dict[str, Any]) -> dict[str, Any]:
    """`arguments` without credentials."""
    return {name: "(redacted)" if name in SECRET_NAMES else value for name, value in arguments.items()}
