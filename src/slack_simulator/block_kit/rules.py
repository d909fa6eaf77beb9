"""What ties several fields of one Block Kit object together: either this or that, this equal to one of those.

Each rule sees an object whose fields are sound by themselves, and yields what is wrong between them.
"""

from collections.abc import Iterator
from decimal import Decimal

from slack_simulator.block_kit.problems import Problem, already_exists, failed
from slack_simulator.block_kit.shapes import JSONObject, Rule


def text_or_fields(section: JSONObject, pointer: str) -> Iterator[Problem]:
    """Slack's own sentence and place (https://github.com/slackapi/java-slack-sdk/issues/1017)."""
    if "text" not in section and "fields" not in section:
        yield failed("must define either `text` or `fields`", f"{pointer}/type", "all_of")


def exactly_one(first: str, second: str) -> Rule:
    """One of two fields and never both."""

    def rule(value: JSONObject, pointer: str) -> Iterator[Problem]:
        if (first in value) == (second in value):
            yield failed(f"must define either `{first}` or `{second}`", pointer, "one_of")

    return rule


def at_least_one(*names: str) -> Rule:
    def rule(value: JSONObject, pointer: str) -> Iterator[Problem]:
        if not any(name in value for name in names):
            yield failed(f"must define one of {', '.join(f'`{name}`' for name in names)}", pointer, "any_of")

    return rule


def initial_option_is_offered(select: JSONObject, pointer: str) -> Iterator[Problem]:
    """`initial_option` and each of `initial_options` must equal an option in every field."""
    offered = _offered(select)
    if "initial_option" in select and select["initial_option"] not in offered:
        yield failed("must match one of the options", f"{pointer}/initial_option", "enum")
    for index, option in enumerate(_list(select, "initial_options")):
        if option not in offered:
            yield failed("must match one of the options", f"{pointer}/initial_options/{index}", "enum")


def _offered(select: JSONObject) -> list[JSONObject]:
    grouped = [option for group in _list(select, "option_groups") for option in _list(group, "options")]
    return _list(select, "options") + grouped


def initial_choices_fit(initial: str) -> Rule:
    """No more preselected items in `initial` than `max_selected_items` allows."""

    def rule(select: JSONObject, pointer: str) -> Iterator[Problem]:
        allowed = select.get("max_selected_items")
        chosen = len(_list(select, initial))
        if isinstance(allowed, int) and chosen > allowed:
            message = f"no more than {allowed} items allowed"
            yield failed(message, f"{pointer}/{initial}", "max_items", expected=allowed, got=chosen)

    return rule


def lengths_in_order(text_input: JSONObject, pointer: str) -> Iterator[Problem]:
    shortest, longest = text_input.get("min_length"), text_input.get("max_length")
    if isinstance(shortest, int) and isinstance(longest, int) and shortest > longest:
        yield failed(
            "must be less than `max_length`", f"{pointer}/min_length", "maximum", expected=longest, got=shortest
        )


def numbers_in_order(number_input: JSONObject, pointer: str) -> Iterator[Problem]:
    """`min_value` ≤ `initial_value` ≤ `max_value`, all written as strings."""
    lowest, initial, highest = (
        Decimal(str(number_input[name])) if name in number_input else None
        for name in ("min_value", "initial_value", "max_value")
    )
    if lowest is not None and highest is not None and lowest > highest:
        yield failed("must be less than `max_value`", f"{pointer}/min_value", "maximum", expected=str(highest))
    if initial is not None and lowest is not None and initial < lowest:
        yield failed(f"must be greater than {lowest}", f"{pointer}/initial_value", "minimum", expected=str(lowest))
    if initial is not None and highest is not None and initial > highest:
        yield failed(f"must be less than {highest}", f"{pointer}/initial_value", "maximum", expected=str(highest))


def whole_unless_decimal(number_input: JSONObject, pointer: str) -> Iterator[Problem]:
    if number_input.get("is_decimal_allowed"):
        return
    for name in ("min_value", "initial_value", "max_value"):
        if "." in str(number_input.get(name, "")):
            yield failed("must be an integer", f"{pointer}/{name}", "format", got=number_input[name])


def action_ids_differ(block: JSONObject, pointer: str) -> Iterator[Problem]:
    """Within one block (https://docs.slack.dev/reference/block-kit/block-elements/button-element)."""
    seen: set[str] = set()
    for index, element in enumerate(_list(block, "elements")):
        action_id = element.get("action_id")
        if isinstance(action_id, str) and action_id in seen:
            yield already_exists("action_id", action_id, f"{pointer}/elements/{index}")
        seen.add(str(action_id))


def first_row_is_plain(table: JSONObject, pointer: str) -> Iterator[Problem]:
    """A data table's header row holds no rich text (https://docs.slack.dev/reference/block-kit/blocks/data-table-block)."""
    header = _rows(table)[0]
    for index, cell in enumerate(header):
        if cell.get("type") == "rich_text":
            yield failed("unsupported type: rich_text", f"{pointer}/rows/0/{index}/type", "enum", got="rich_text")


def rows_are_equally_long(table: JSONObject, pointer: str) -> Iterator[Problem]:
    width = len(_rows(table)[0])
    for index, row in enumerate(_rows(table)):
        if len(row) != width:
            message = f"must provide exactly {width} items"
            yield failed(message, f"{pointer}/rows/{index}", "min_items", expected=width, got=len(row))


def cells_fit(table: JSONObject, pointer: str) -> Iterator[Problem]:
    """At most 10 000 characters over all cells (https://docs.slack.dev/reference/block-kit/blocks/table-block)."""
    count = sum(_text_length(cell) for row in _rows(table) for cell in row)
    if count > TABLE_CHARACTERS:
        message = f"must be less than {TABLE_CHARACTERS + 1} characters"
        yield failed(message, f"{pointer}/rows", "max_length", expected=TABLE_CHARACTERS, got=count)


def collapsed_needs_collapsible(container: JSONObject, pointer: str) -> Iterator[Problem]:
    if container.get("default_collapsed") and not container.get("is_collapsible"):
        yield failed(
            "must define `is_collapsible` to use `default_collapsed`", f"{pointer}/default_collapsed", "all_of"
        )


TABLE_CHARACTERS = 10_000


def _text_length(value: object) -> int:
    if isinstance(value, dict):
        own = value.get("text")
        return (len(own) if isinstance(own, str) else 0) + _text_length(value.get("elements"))
    return sum(_text_length(item) for item in value) if isinstance(value, list) else 0


def _list(value: JSONObject, name: str) -> list[JSONObject]:
    items = value.get(name)
    return items if isinstance(items, list) else []


def _rows(table: JSONObject) -> list[list[JSONObject]]:
    rows = table["rows"]
    assert isinstance(rows, list), "the shape of `rows` was checked before its rules"
    return rows
