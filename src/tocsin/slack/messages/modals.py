"""Forms: their inputs in, a view within Slack's limits out (https://docs.slack.dev/reference/views/modal-views)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tocsin.slack.messages.buttons import plain
from tocsin.slack.messages.limits import MRKDWN_TEXT
from tocsin.slack.messages.menus import Option, draw_options

TITLE_TEXT = 24
View = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Choose:
    """One of some options; the first is chosen at first unless `first` names another value."""

    name: str
    label: str
    options: tuple[Option, ...]
    first: str | None = None
    hint: str | None = None


@dataclass(frozen=True, slots=True)
class TypeAhead:
    """One of very many: the choices come from us while somebody types (`slack.options:OPTIONS`)."""

    name: str
    label: str
    hint: str | None = None


@dataclass(frozen=True, slots=True)
class Write:
    """Words; `lines` for more than one."""

    name: str
    label: str
    lines: bool = False
    most: int = 3000
    required: bool = False
    hint: str | None = None


@dataclass(frozen=True, slots=True)
class Count:
    """A whole number."""

    name: str
    label: str
    most: int
    hint: str | None = None


@dataclass(frozen=True, slots=True)
class Say:
    """A sentence of ours between the inputs (mrkdwn)."""

    text: str


Input = Choose | TypeAhead | Write | Count | Say


def draw_form(*, callback_id: str, title: str, submit: str, sealed: str, inputs: tuple[Input, ...]) -> View:
    """A form whose values come back by the names of its inputs, which are also the ids of their blocks."""
    return {
        "type": "modal",
        "callback_id": callback_id,
        "private_metadata": sealed,
        "title": plain(title),
        "submit": plain(submit),
        "close": plain("Cancel"),
        "blocks": [_draw(each) for each in inputs],
    }


def draw_notice(title: str, sentence: str) -> View:
    """What stands in a form's place once it can no longer be taken: a sentence (mrkdwn), and nothing to press."""
    said = _say(Say(sentence))
    return {"type": "modal", "title": plain(title), "close": plain("Close"), "blocks": [said]}


def draw_errors(errors: Mapping[str, str]) -> dict[str, Any]:
    """The answer that keeps a form open, with a sentence under each wrong input."""
    return {"response_action": "errors", "errors": dict(errors)}


def draw_replacement(view: View) -> dict[str, Any]:
    """The answer that shows `view` in the form's place."""
    return {"response_action": "update", "view": view}


def _draw(each: Input) -> dict[str, Any]:
    match each:
        case Say():
            return _say(each)
        case Choose():
            return _input(each, _select(each), optional=False)
        case TypeAhead():
            element = {"type": "external_select", "min_query_length": 0, "placeholder": plain("Type to search")}
            return _input(each, element, optional=True)
        case Write():
            element = {"type": "plain_text_input", "multiline": each.lines, "max_length": each.most}
            return _input(each, element, optional=not each.required)
        case Count():
            bounds = {"min_value": "1", "max_value": str(each.most), "is_decimal_allowed": False}
            return _input(each, {"type": "number_input", **bounds}, optional=True)


def _input(each: Choose | TypeAhead | Write | Count, element: dict[str, Any], *, optional: bool) -> dict[str, Any]:
    drawn = {
        "type": "input",
        "block_id": each.name,
        "label": plain(each.label),
        "element": element | {"action_id": each.name},
        "optional": optional,
    }
    return drawn if each.hint is None else drawn | {"hint": plain(each.hint)}


def _select(each: Choose) -> dict[str, Any]:
    options = list(draw_options(each.options))
    first = next((option for option in options if option["value"] == each.first), options[0])
    return {"type": "static_select", "options": options, "initial_option": first}


def _say(each: Say) -> dict[str, Any]:
    text = {"type": "mrkdwn", "text": each.text[:MRKDWN_TEXT], "verbatim": True}
    return {"type": "section", "text": text}
