"""users.* and usergroups.*: who is there."""

from __future__ import annotations

from typing import Any

from slack_simulator.errors import SlackError
from slack_simulator.methods.calls import Call, known_user, page, with_cursor
from slack_simulator.render import user_json, usergroup_json
from slack_simulator.workspace import User


def user_info(call: Call) -> dict[str, Any]:
    """users.info: people of the workspace, and strangers of shared channels without an address."""
    return {"user": _shown(call, known_user(call, call.arguments.text("user")))}


def list_users(call: Call) -> dict[str, Any]:
    """users.list: everybody of the workspace, deactivated people and bots too."""
    own = [user for user in call.state.users.values() if user.team == call.team]
    some, cursor = page(call, own, default=1000, most=1000)
    answer = {"members": [_shown(call, user) for user in some], "cache_ts": int(call.engine.clock.now())}
    return with_cursor(answer, cursor)


def lookup_by_email(call: Call) -> dict[str, Any]:
    """users.lookupByEmail: active members of the own workspace only, others are `users_not_found`."""
    email = call.arguments.required("email").lower()
    for user in call.state.users.values():
        if user.team == call.team and not user.deleted and (user.email or "").lower() == email:
            return {"user": _shown(call, user)}
    raise SlackError("users_not_found")


def profile(call: Call) -> dict[str, Any]:
    """users.profile.get: the profile alone."""
    user = known_user(call, call.arguments.text("user") or call.bot_user)
    return {"profile": _shown(call, user)["profile"]}


def presence(call: Call) -> dict[str, Any]:
    """users.getPresence: bots are always active here, people too."""
    user = known_user(call, call.arguments.text("user") or call.bot_user)
    return {"presence": "away" if user.deleted else "active"}


def list_usergroups(call: Call) -> dict[str, Any]:
    """usergroups.list; members only with `include_users`."""
    shown = [usergroup_json(group) for group in call.state.usergroups.values() if group.team == call.team]
    if not call.arguments.flag("include_users"):
        for group in shown:
            del group["users"]
    return {"usergroups": shown}


def list_usergroup_users(call: Call) -> dict[str, Any]:
    """usergroups.users.list."""
    group = call.state.usergroups.get(call.arguments.required("usergroup"))
    if group is None or group.team != call.team:
        raise SlackError("no_such_subteam")
    return {"users": list(group.users)}


def _shown(call: Call, user: User) -> dict[str, Any]:
    return user_json(user, seen_from=call.team, with_email="users:read.email" in call.installation.scopes)
