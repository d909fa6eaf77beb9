"""views.*: modals and Home tabs (https://docs.slack.dev/reference/views)."""

from __future__ import annotations

from typing import Any, cast

from slack_simulator.block_kit import validate_view
from slack_simulator.engine import Trigger
from slack_simulator.errors import SlackError, invalid_arguments
from slack_simulator.methods.calls import Call, known_user
from slack_simulator.methods.content import refuse_problems
from slack_simulator.render import view_json, with_block_ids
from slack_simulator.state import State
from slack_simulator.workspace import View

STACK = 3


def open_view(call: Call) -> dict[str, Any]:
    """views.open: a modal for whoever caused the trigger."""
    payload = _read_view(call, "modal")
    trigger = call.engine.use_trigger(call.arguments.text("trigger_id"), call.app)
    return _keep(call, _new_view(call, payload, trigger.user))


def push_view(call: Call) -> dict[str, Any]:
    """views.push: a modal on top of the one where the trigger was caused; three at most."""
    payload = _read_view(call, "modal")
    trigger = call.engine.use_trigger(call.arguments.text("trigger_id"), call.app)
    return _keep(call, _new_view(call, payload, trigger.user, below=_view_below(call, trigger)))


def update_view(call: Call) -> dict[str, Any]:
    """views.update: by `view_id` or `external_id`; with `hash` only if nobody was faster."""
    payload = _read_view(call, None)
    view = _find_view(call)
    if view is None or not view.is_open:
        raise SlackError("not_found")
    refuse_stale(call.arguments.text("hash"), view)
    if payload["type"] != view.type:
        raise invalid_arguments("view type does not match existing view [json-pointer:/view/type]")
    _refuse_duplicate_external_id(call, payload, besides=view)
    replace_payload(call.state, view, payload)
    call.engine.changes.notify()
    return {"view": view_json(view)}


def publish_view(call: Call) -> dict[str, Any]:
    """views.publish: the Home tab of one user."""
    payload = _read_view(call, "home")
    if not call.app.config.home_tab:
        raise SlackError("not_enabled")
    user = known_user(call, call.arguments.required("user_id"))
    for view in call.state.views.values():
        if (view.app, view.user, view.type) == (call.app.id, user.id, "home"):
            refuse_stale(call.arguments.text("hash"), view)
            replace_payload(call.state, view, payload)
            call.engine.changes.notify()
            return {"view": view_json(view)}
    return _keep(call, _new_view(call, payload, user.id))


def refuse_stale(given: str | None, view: View) -> None:
    if given is not None and given != view.hash:
        raise SlackError("hash_conflict")


def replace_payload(state: State, view: View, payload: dict[str, Any]) -> None:
    """Show `payload` in `view`; what was typed into blocks that are still there stays."""
    view.payload = payload | {"blocks": with_block_ids(payload["blocks"], state)}
    view.hash = new_hash(state)
    view.errors = {}
    remaining = {block["block_id"] for block in view.payload["blocks"]}
    view.values = {block_id: values for block_id, values in view.values.items() if block_id in remaining}


def new_hash(state: State) -> str:
    return f"{state.next_ts()}.{state.new_secret()[:8]}"


def make_view(state: State, payload: dict[str, Any], *, like: View, below: View | None) -> View:
    """A view of the same app and user as `like`, on top of `below`."""
    view_id = state.new_id("V")
    return View(
        view_id,
        like.team,
        like.app,
        like.bot_id,
        like.user,
        payload | {"blocks": with_block_ids(payload["blocks"], state)},
        new_hash(state),
        below.root_id if below is not None else view_id,
        None if below is None else below.id,
    )


def stack_of(state: State, view: View) -> list[View]:
    """The open views from `view` down to its root."""
    stack = [view]
    while (previous := state.views.get(stack[-1].previous_id or "")) is not None:
        stack.append(previous)
    return stack


def checked_view(view: object) -> dict[str, Any]:
    """The view if Slack would take it; raises `invalid_arguments` or `view_too_large`."""
    refuse_problems(validate_view(view), otherwise="invalid_arguments")
    return cast("dict[str, Any]", view)


def _read_view(call: Call, wanted: str | None) -> dict[str, Any]:
    if "view" not in call.arguments:
        raise invalid_arguments("missing required field: view")
    view = checked_view(call.arguments.structure("view", otherwise="invalid_arguments"))
    if wanted is not None and view["type"] != wanted:
        raise invalid_arguments(f"must be the type {wanted} [json-pointer:/view/type]")
    return view


def _new_view(call: Call, payload: dict[str, Any], user: str, *, below: View | None = None) -> View:
    _refuse_duplicate_external_id(call, payload, besides=None)
    like = View("", call.team, call.app.id, call.installation.bot_id, user, {}, "", "")
    return make_view(call.state, payload, like=like, below=below)


def _keep(call: Call, view: View) -> dict[str, Any]:
    call.state.views[view.id] = view
    call.engine.changes.notify()
    return {"view": view_json(view)}


def _view_below(call: Call, trigger: Trigger) -> View:
    below = call.state.views.get(trigger.view or "")
    if below is None or not below.is_open:
        raise SlackError("not_found")
    if len(stack_of(call.state, below)) >= STACK:
        raise SlackError("push_limit_reached")
    return below


def _find_view(call: Call) -> View | None:
    view_id, external_id = call.arguments.text("view_id"), call.arguments.text("external_id")
    if view_id is None and external_id is None:
        raise invalid_arguments("either view_id or external_id is required")
    for view in call.state.views.values():
        is_it = view.id == view_id if view_id is not None else view.payload.get("external_id") == external_id
        if is_it and view.app == call.app.id and view.team == call.team:
            return view
    return None


def _refuse_duplicate_external_id(call: Call, payload: dict[str, Any], *, besides: View | None) -> None:
    external_id = payload.get("external_id")
    for view in call.state.views.values():
        same = view.payload.get("external_id") == external_id and view.team == call.team and view.app == call.app.id
        if external_id and same and view.is_open and view is not besides:
            raise SlackError("duplicate_external_id")
