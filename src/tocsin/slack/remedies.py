"""What helps when Slack takes nothing: one sentence for each of its codes, as pages, lists and messages tell it."""

from collections.abc import Mapping
from types import MappingProxyType

from tocsin.chat.workspaces import reason_of_workspace
from tocsin.slack.errors import InstallDeadError, PlaceGoneError, SetupError, SlackCallError, ThreadClosedError

INVITE = "invite the app to the channel, or choose another one in the rule"
ALLOW = "let the app post in the channel (its settings in Slack), or choose another one in the rule"
CHOOSE = "choose another channel in the rule"

OF_PLACES: Mapping[str, str] = MappingProxyType(
    {
        "channel_is_limited_access": ALLOW,
        "ekm_access_denied": "an administrator of the workspace has withdrawn its keys; ask them",
        "is_archived": "unarchive the channel and invite the app again, or choose another one in the rule",
        "is_inactive": "unarchive the channel and invite the app again, or choose another one in the rule",
        "method_not_supported_for_channel_type": CHOOSE,
        "no_permission": ALLOW,
        "posting_to_channel_denied": ALLOW,
        "restricted_action": ALLOW,
        "restricted_action_read_only_channel": ALLOW,
    }
)
"""Of the codes of `PlaceGoneError` those that inviting the app does not help against."""


def reason_of(error: SlackCallError) -> str:
    """`is_archived: unarchive the channel ...`: Slack's code, what it said to it, and what to do."""
    told = f"{error.slack_code} {error.detail}".strip()
    match error:
        case PlaceGoneError():
            return f"{told}: {OF_PLACES.get(error.slack_code, INVITE)}"
        case ThreadClosedError():
            return f"{told}: open the thread (or posting outside of threads) in Slack, then send it again"
        case SetupError():
            return f"{told}: add it in the app's settings, install the app again, and connect the workspace again"
        case InstallDeadError():
            return reason_of_workspace(told)
        case _:
            return told
