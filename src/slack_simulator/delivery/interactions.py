"""What people do in messages and views: pressing, choosing, typing ahead and shortcuts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from slack_simulator.delivery.courier import DeliveryResult
from slack_simulator.delivery.elements import action_of, choose, find_element, options_of, remember, state_of
from slack_simulator.engine import Engine
from slack_simulator.errors import NotPossibleError
from slack_simulator.render import message_json, view_json
from slack_simulator.workspace import App, Channel, Message, User, View

# A select asks after this many characters unless it says otherwise (min_query_length's default).
MIN_QUERY_LENGTH = 3
MOST_OPTIONS = 100


@dataclass(frozen=True, slots=True)
class Place:
    """Where something is used: the app that owns it, the blocks that are there, and how Slack describes the place."""

    app: App
    team: str
    blocks: list[dict[str, Any]]
    chosen: dict[str, dict[str, Any]]
    described: dict[str, Any]
    view: View | None = None
    message: Message | None = None


async def press(
    engine: Engine, place: Place, user: User, action_id: str, *, block_id: str | None = None, chosen: object = None
) -> DeliveryResult:
    """Use an element: press a button, choose in a select. The app gets `block_actions`; Slack never retries it."""
    payload = payload_of_press(engine, place, user, action_id, block_id=block_id, chosen=chosen)
    return await _deliver(engine, place.app, "block_actions", payload)


def payload_of_press(
    engine: Engine, place: Place, user: User, action_id: str, *, block_id: str | None = None, chosen: object = None
) -> dict[str, Any]:
    """What the app is sent for a press; its trigger_id and response_url live from now on."""
    block, element = find_element(place.blocks, action_id, block_id)
    seen_by = element.get("visible_to_user_ids")
    if seen_by and user.id not in seen_by:
        raise NotPossibleError(f"{user.id} does not see {action_id}")
    if block["type"] == "input" and not block.get("dispatch_action"):
        raise NotPossibleError(f"{action_id} stands in an input block without dispatch_action: nothing is sent")
    choice = choose(element, chosen, engine.offered.get((place.app.id, action_id), []))
    remember(place.chosen, block, element, choice)
    payload = _common(engine, place, user, "block_actions") | place.described
    payload["actions"] = [action_of(block, element, choice, action_ts=engine.state.next_ts())]
    state = {"values": state_of(place.blocks, place.chosen)}
    if place.view is not None:
        payload["view"] = view_json(place.view) | {"state": state}
    else:
        payload["state"] = state
        payload["response_url"] = _response_url(engine, place, user)
    payload["trigger_id"] = _trigger(engine, place, user)
    return payload


async def type_ahead(engine: Engine, place: Place, user: User, action_id: str, text: str) -> DeliveryResult:
    """Type into an external select; the app answers `block_suggestion` with at most 100 options."""
    block, element = find_element(place.blocks, action_id, None)
    if element["type"] not in {"external_select", "multi_external_select"}:
        raise NotPossibleError(f"{action_id} does not ask the app for options")
    if len(text) < element.get("min_query_length", MIN_QUERY_LENGTH):
        raise NotPossibleError(
            f"{action_id} asks from {element.get('min_query_length', MIN_QUERY_LENGTH)} characters on"
        )
    payload = _common(engine, place, user, "block_suggestion") | place.described
    payload |= {"action_id": action_id, "block_id": block["block_id"], "value": text}
    if place.view is not None:
        payload["view"] = view_json(place.view) | {"state": {"values": state_of(place.blocks, place.chosen)}}
    result = await engine.courier.post_payload(place.app, place.app.options_url, "block_suggestion", payload)
    answer = result.parsed()
    if not result.ok or not isinstance(answer, dict):
        result.shown = "No options: the app did not answer."
    else:
        result.options = options_of(answer)
    if len(result.options) > MOST_OPTIONS:
        result.shown, result.options = "No options: more than 100 were sent.", []
    engine.offered[place.app.id, action_id] = result.options
    engine.changes.notify()
    return result


async def use_shortcut(
    engine: Engine,
    app: App,
    user: User,
    callback_id: str,
    *,
    channel: Channel | None = None,
    message: Message | None = None,
) -> DeliveryResult:
    """A global shortcut, or one on a message, which also carries the message and a response_url."""
    place = Place(app, user.team, [], {}, {})
    if channel is None or message is None:
        payload = _common(engine, place, user, "shortcut")
    else:
        payload = _common(engine, place, user, "message_action")
        payload |= {"channel": _channel(channel), "message": message_json(message, channel, with_metadata=False)}
        payload |= {"message_ts": message.ts}
        payload["response_url"] = engine.new_response_url(app, user.team, channel.id, user.id, ts=None)
    payload |= {"callback_id": callback_id, "action_ts": engine.state.next_ts()}
    payload["trigger_id"] = _trigger(engine, place, user)
    return await _deliver(engine, app, str(payload["type"]), payload)


def place_of_message(engine: Engine, channel: Channel, message: Message, user: User, action_id: str) -> Place:
    """The part of `message` that holds `action_id`: its own blocks, an attachment's or an unfurl's."""
    if message.only_for not in {None, user.id}:
        raise NotPossibleError(f"{user.id} does not see this message")
    if channel.is_private and user.id not in channel.members:
        raise NotPossibleError(f"{user.id} is not in {channel.id}")
    described: dict[str, Any] = {
        "container": {
            "type": "message",
            "message_ts": message.ts,
            "channel_id": channel.id,
            "is_ephemeral": message.only_for is not None,
        },
        "channel": _channel(channel),
    }
    if message.thread_ts is not None:
        described["container"]["thread_ts"] = message.thread_ts
    if message.only_for is None:
        described["message"] = message_json(message, channel, with_metadata=False)
    blocks, app_id = message.blocks, message.app_id
    for number, attachment in enumerate([*message.attachments, *message.unfurls.values()], start=1):
        if any(_holds(block, action_id) for block in attachment.get("blocks", [])):
            blocks, app_id = attachment["blocks"], attachment.get("app_id", message.app_id)
            more = {"type": "message_attachment", "attachment_id": number, "is_app_unfurl": "from_url" in attachment}
            described["container"] |= more | {"app_unfurl_url": attachment.get("from_url")}
    if app_id is None:
        raise NotPossibleError("no app owns this message")
    return Place(engine.state.apps[app_id], message.team, blocks, message.chosen, described, message=message)


def place_of_view(engine: Engine, view_id: str, user: User | None) -> Place:
    """An open view, for the person who sees it."""
    view = engine.state.views.get(view_id)
    if view is None or not view.is_open:
        raise NotPossibleError(f"there is no open view {view_id}")
    if user is not None and view.user != user.id:
        raise NotPossibleError(f"{user.id} does not see {view_id}")
    described = {"container": {"type": "view", "view_id": view.id}}
    return Place(engine.state.apps[view.app], view.team, view.payload["blocks"], view.values, described, view=view)


def user_part(user: User) -> dict[str, Any]:
    """`user` as interactivity payloads have it; the team tells an outsider of a shared channel."""
    return {"id": user.id, "username": user.name, "name": user.name, "team_id": user.team}


def common_part(engine: Engine, app: App, team: str, user: User, kind: str) -> dict[str, Any]:
    """What every interactivity payload begins with."""
    workspace = engine.state.workspaces[team]
    enterprise = None if workspace.enterprise_id is None else {"id": workspace.enterprise_id, "name": workspace.name}
    return {
        "type": kind,
        "user": user_part(user),
        "api_app_id": app.id,
        "token": engine.verification_token(app),
        "team": {"id": workspace.id, "domain": workspace.domain},
        "enterprise": enterprise,
        "is_enterprise_install": False,
    }


def _common(engine: Engine, place: Place, user: User, kind: str) -> dict[str, Any]:
    return common_part(engine, place.app, place.team, user, kind)


def _holds(block: dict[str, Any], action_id: str) -> bool:
    elements = [*block.get("elements", []), block.get("accessory"), block.get("element")]
    return any(isinstance(element, dict) and element.get("action_id") == action_id for element in elements)


def _channel(channel: Channel) -> dict[str, str]:
    name = {"im": "directmessage", "private_channel": "privategroup"}.get(channel.kind, channel.name)
    return {"id": channel.id, "name": name}


def _response_url(engine: Engine, place: Place, user: User) -> str:
    assert place.message is not None
    return engine.new_response_url(place.app, place.team, place.message.channel, user.id, ts=place.message.ts)


def _trigger(engine: Engine, place: Place, user: User) -> str:
    return engine.new_trigger(place.app, place.team, user.id, view=None if place.view is None else place.view.id).id


async def _deliver(engine: Engine, app: App, kind: str, payload: dict[str, Any]) -> DeliveryResult:
    result = await engine.courier.post_payload(app, app.actions_url, kind, payload)
    if not result.ok:
        result.shown = "This app is not responding." if result.status == 0 else "This app responded with an error."
    engine.changes.notify()
    return result
