"""auth.*, team.*, bots.*, apps.*, emoji.* and api.*: the installation itself."""

from __future__ import annotations

from typing import Any

from slack_simulator.errors import SlackError
from slack_simulator.lifecycle import revoke, uninstall
from slack_simulator.methods.calls import Call


def auth_test(call: Call) -> dict[str, Any]:
    """auth.test: whose token this is."""
    workspace = call.state.workspaces[call.team]
    answer: dict[str, Any] = {
        "url": f"https://{workspace.domain}.slack.com/",
        "team": workspace.name,
        "user": call.state.users[call.bot_user].name,
        "team_id": call.team,
        "user_id": call.bot_user,
        "bot_id": call.installation.bot_id,
        "is_enterprise_install": False,
    }
    return answer if workspace.enterprise_id is None else answer | {"enterprise_id": workspace.enterprise_id}


def auth_revoke(call: Call) -> dict[str, Any]:
    """auth.revoke: the calling token dies, unless `test` is set."""
    if call.arguments.flag("test"):
        return {"revoked": False}
    revoke(call.engine, call.installation)
    return {"revoked": True}


def apps_uninstall(call: Call) -> dict[str, Any]:
    """apps.uninstall: the app leaves the workspace; its client id and secret must fit."""
    if call.arguments.text("client_id") != call.app.config.client_id:
        raise SlackError("invalid_client_id")
    if call.arguments.text("client_secret") != call.app.config.client_secret:
        raise SlackError("bad_client_secret")
    uninstall(call.engine, call.installation)
    return {}


def team_info(call: Call) -> dict[str, Any]:
    """team.info: the own workspace only."""
    wanted = call.arguments.text("team") or call.team
    if wanted != call.team:
        raise SlackError("team_not_found")
    workspace = call.state.workspaces[wanted]
    shown = {"id": workspace.id, "name": workspace.name, "domain": workspace.domain, "email_domain": "", "icon": {}}
    shown["url"] = f"https://{workspace.domain}.slack.com/"
    if workspace.enterprise_id is not None:
        shown |= {"enterprise_id": workspace.enterprise_id, "enterprise_name": workspace.name}
    return {"team": shown}


def bots_info(call: Call) -> dict[str, Any]:
    """bots.info: a bot by its `B…` id."""
    wanted = call.arguments.text("bot") or call.installation.bot_id
    for installation in call.state.installations():
        if installation.bot_id == wanted and installation.team == call.team:
            shown = {"id": wanted, "app_id": installation.app.id, "user_id": installation.bot_user, "icons": {}}
            return {
                "bot": shown | {"name": installation.app.config.name, "deleted": installation.dead_because is not None}
            }
    raise SlackError("bot_not_found")


def list_emoji(call: Call) -> dict[str, Any]:
    """emoji.list: custom emoji, of which there are none."""
    return {"emoji": {}, "cache_ts": str(call.engine.clock.now())}
