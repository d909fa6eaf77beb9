"""Interactive elements: what a person can choose in each, and how Slack writes the choice down."""

from __future__ import annotations

from typing import Any

from slack_simulator.errors import NotPossibleError
from slack_simulator.render import interactive_elements

# Where the choice stands in an action and in state.values
# (https://docs.slack.dev/reference/interaction-payloads/block_actions-payload).
CHOICE_FIELDS = {
    "channels_select": "selected_channel",
    "checkboxes": "selected_options",
    "conversations_select": "selected_conversation",
    "datepicker": "selected_date",
    "datetimepicker": "selected_date_time",
    "email_text_input": "value",
    "external_select": "selected_option",
    "multi_channels_select": "selected_channels",
    "multi_conversations_select": "selected_conversations",
    "multi_external_select": "selected_options",
    "multi_static_select": "selected_options",
    "multi_users_select": "selected_users",
    "number_input": "value",
    "overflow": "selected_option",
    "plain_text_input": "value",
    "radio_buttons": "selected_option",
    "rich_text_input": "rich_text_value",
    "static_select": "selected_option",
    "timepicker": "selected_time",
    "url_text_input": "value",
    "users_select": "selected_user",
}
# These forget what was chosen as soon as it was.
_STATELESS = {"button", "overflow", "workflow_button", "feedback_buttons", "icon_button"}
_LISTS = {"selected_options", "selected_users", "selected_channels", "selected_conversations"}
_COPIED = ("text", "value", "style", "placeholder", "accessibility_label")


def find_element(
    blocks: list[dict[str, Any]], action_id: str, block_id: str | None
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The block and the element of that action_id.

    Raises:
        NotPossibleError: there is none; the sentence lists what there is.
    """
    here = [(block, element) for block in blocks for element in interactive_elements(block)]
    for block, element in here:
        if element.get("action_id") == action_id and block_id in {None, block["block_id"]}:
            return block, element
    there = ", ".join(str(element.get("action_id")) for _, element in here) or "nothing"
    raise NotPossibleError(f"there is nothing to use called {action_id}; there is {there}")


def choose(element: dict[str, Any], chosen: object, offered: list[dict[str, Any]]) -> dict[str, Any]:
    """The part of an action that tells the choice, e.g. `{"selected_option": {…}}`; empty for a button.

    `chosen` is an option's value, an id, a date or a text, as the element wants it; a list where several may be chosen.
    `offered` are the options that an app sent for an external select.
    """
    field = CHOICE_FIELDS.get(str(element["type"]))
    if field is None:
        return {}
    if field == "selected_options":
        values = chosen if isinstance(chosen, list) else [chosen]
        return {field: [_option(element, value, offered) for value in values if value is not None]}
    if field == "selected_option":
        return {field: None if chosen is None else _option(element, chosen, offered)}
    if field in _LISTS and not isinstance(chosen, list):
        return {field: [] if chosen is None else [chosen]}
    return {field: chosen}


def action_of(
    block: dict[str, Any], element: dict[str, Any], choice: dict[str, Any], *, action_ts: str
) -> dict[str, Any]:
    """One entry of `actions`."""
    named = {"type": element["type"], "action_id": element["action_id"], "block_id": block["block_id"]}
    copied = {name: element[name] for name in _COPIED if name in element and name not in choice}
    return named | copied | choice | {"action_ts": action_ts}


def state_of(blocks: list[dict[str, Any]], chosen: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """`state.values`: by block_id and action_id what each element that keeps a choice shows now."""
    values: dict[str, dict[str, Any]] = {}
    for block in blocks:
        for element in interactive_elements(block):
            if element["type"] in _STATELESS or element["type"] not in CHOICE_FIELDS:
                continue
            known = chosen.get(block["block_id"], {}).get(element["action_id"])
            values.setdefault(block["block_id"], {})[element["action_id"]] = known or _initial(element)
    return values


def remember(
    chosen: dict[str, dict[str, Any]], block: dict[str, Any], element: dict[str, Any], choice: dict[str, Any]
) -> None:
    """Keep a choice for the next `state.values`."""
    if element["type"] not in _STATELESS:
        chosen.setdefault(block["block_id"], {})[element["action_id"]] = {"type": element["type"]} | choice


def options_of(element: dict[str, Any]) -> list[dict[str, Any]]:
    """All options of an element, those in groups too."""
    groups = element.get("option_groups") or []
    return [*(element.get("options") or []), *(option for group in groups for option in group["options"])]


def _initial(element: dict[str, Any]) -> dict[str, Any]:
    field = CHOICE_FIELDS[element["type"]]
    initial = field.replace("selected_", "initial_").replace("rich_text_value", "initial_value")
    initial = "initial_value" if field == "value" else initial
    empty: list[Any] | None = [] if field in _LISTS else None
    return {"type": element["type"], field: element.get(initial, empty)}


def _option(element: dict[str, Any], chosen: object, offered: list[dict[str, Any]]) -> dict[str, Any]:
    options = options_of(element) or offered
    wanted = chosen.get("value") if isinstance(chosen, dict) else chosen
    for option in options:
        if option.get("value") == wanted:
            return option
    raise NotPossibleError(
        f"{wanted} is not one of the options: {', '.join(str(each.get('value')) for each in options)}"
    )
