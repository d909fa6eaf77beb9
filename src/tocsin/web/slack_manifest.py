"""The manifest of the Slack app, filled in with the addresses of this server; `docs/slack-app.md` has the same."""

import json

from tocsin.chat.permissions import PERMISSIONS

BOT_EVENTS = (
    "message_metadata_deleted",
    "app_uninstalled",
    "tokens_revoked",
    "channel_archive",
    "group_archive",
    "channel_unarchive",
    "group_unarchive",
    "channel_rename",
    "group_rename",
    "channel_id_changed",
    "member_joined_channel",
)
"""What Slack tells of itself; `slack.lifecycle` follows it."""


def build_manifest(link_base: str) -> str:
    """JSON to be pasted where Slack makes an app; `link_base` is this server's address without a slash at its end."""
    requests = f"{link_base}/extensions/slack"
    manifest = {
        "_metadata": {"major_version": 2, "minor_version": 1},
        "display_information": {
            "name": "Tocsin",
            "description": "Errors of our applications, where we talk about them",
            "background_color": "#1d1c1d",
        },
        "features": {
            "app_home": {
                "home_tab_enabled": False,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": True,
            },
            "bot_user": {"display_name": "Tocsin", "always_online": True},
        },
        "oauth_config": {"scopes": {"bot": [each.scope for each in PERMISSIONS]}},
        "settings": {
            "event_subscriptions": {
                "request_url": f"{requests}/event/",
                "bot_events": BOT_EVENTS,
                "metadata_subscriptions": [{"app_id": "*", "event_type": "tocsin_delivery"}],
            },
            "interactivity": {
                "is_enabled": True,
                "request_url": f"{requests}/action/",
                "message_menu_options_url": f"{requests}/options-load/",
            },
            "org_deploy_enabled": False,
            "socket_mode_enabled": False,
            "token_rotation_enabled": False,
        },
    }
    return json.dumps(manifest, indent=2)
