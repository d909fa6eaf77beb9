"""Modals as people use them: filling in, submitting and closing."""

from __future__ import annotations

from typing import Any

from slack_simulator.delivery.courier import DeliveryResult
from slack_simulator.delivery.elements import choose, find_element, remember, state_of
from slack_simulator.delivery.interactions import Place, common_part, place_of_view
from slack_simulator.engine import Engine
from slack_simulator.errors import NotPossibleError, SlackError
from slack_simulator.methods.views import STACK, checked_view, make_view, replace_payload, stack_of
from slack_simulator.render import view_json
from slack_simulator.workspace import User, View

TROUBLE = "We had some trouble connecting. Try again?"


async def submit_view(engine: Engine, view_id: str, user: User, values: dict[str, Any]) -> DeliveryResult:
    """Fill in `values` (by action_id) and submit; does what the app's `response_action` says.

    Raises:
        NotPossibleError: no such view, nothing to submit, or a required input is empty, which Slack does not send.
    """
    place = place_of_view(engine, view_id, user)
    view = place.view
    if view is None or view.type != "modal":
        raise NotPossibleError("only a modal can be submitted")
    fill_in(engine, place, values)
    view.values = state_of(place.blocks, view.values)
    _refuse_empty(place)
    payload = common_part(engine, place.app, view.team, user, "view_submission")
    payload |= {"view": view_json(view), "response_urls": []}
    payload["trigger_id"] = engine.new_trigger(place.app, view.team, user.id, view=view.id).id
    result = await engine.courier.post_payload(place.app, place.app.actions_url, "view_submission", payload)
    _obey(engine, view, result)
    engine.changes.notify()
    return result


async def close_view(engine: Engine, view_id: str, user: User, *, everything: bool) -> DeliveryResult | None:
    """Close a modal, or the whole stack; the app hears `view_closed` if the view asks for it."""
    place = place_of_view(engine, view_id, user)
    view = place.view
    assert view is not None
    for each in stack_of(engine.state, view) if everything else [view]:
        each.is_open = False
    engine.changes.notify()
    if not view.payload.get("notify_on_close"):
        return None
    payload = common_part(engine, place.app, view.team, user, "view_closed")
    payload |= {"view": view_json(view), "is_cleared": everything}
    return await engine.courier.post_payload(place.app, place.app.actions_url, "view_closed", payload)


def fill_in(engine: Engine, place: Place, values: dict[str, Any]) -> None:
    """Type and choose without sending anything."""
    for action_id, chosen in values.items():
        block, element = find_element(place.blocks, action_id, None)
        offered = engine.offered.get((place.app.id, action_id), [])
        remember(place.chosen, block, element, choose(element, chosen, offered))


def _refuse_empty(place: Place) -> None:
    for block in place.blocks:
        if block["type"] != "input" or block.get("optional"):
            continue
        given = place.view.values[block["block_id"]] if place.view is not None else {}
        for value in given.values():
            if all(content in (None, "", []) for name, content in value.items() if name != "type"):
                raise NotPossibleError(f"{block['block_id']} must be filled in")


def _obey(engine: Engine, view: View, result: DeliveryResult) -> None:
    result.view_id = view.id
    if not result.ok:
        result.shown = TROUBLE
        return
    answer = result.parsed() if result.body.strip() else {}
    action = answer.get("response_action") if isinstance(answer, dict) else "unreadable"
    try:
        match action:
            case None:
                view.is_open = False
            case "errors":
                _show_errors(view, answer.get("errors"), result)
            case "update":
                replace_payload(engine.state, view, checked_view(answer.get("view")))
            case "push":
                result.view_id = _push(engine, view, answer.get("view"))
            case "clear":
                for each in stack_of(engine.state, view):
                    each.is_open = False
            case _:
                result.shown = TROUBLE
    except SlackError as refused:
        result.shown = f"{TROUBLE} ({refused.code}: {refused.fields})"


def _show_errors(view: View, errors: object, result: DeliveryResult) -> None:
    inputs = {block["block_id"] for block in view.payload["blocks"] if block["type"] == "input"}
    # Errors may only stand under input blocks; anything else makes the whole answer worthless.
    if not isinstance(errors, dict) or not errors or not set(errors) <= inputs:
        result.shown = TROUBLE
        return
    view.errors = {block_id: str(text) for block_id, text in errors.items()}
    result.errors = dict(view.errors)


def _push(engine: Engine, view: View, payload: object) -> str:
    if len(stack_of(engine.state, view)) >= STACK:
        raise SlackError("push_limit_reached")
    pushed = make_view(engine.state, checked_view(payload), like=view, below=view)
    engine.state.views[pushed.id] = pushed
    return pushed.id
