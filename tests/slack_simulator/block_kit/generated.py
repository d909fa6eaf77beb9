"""An oracle by construction: payloads that Slack's documentation allows, and the same with exactly one thing broken.

Written from the documentation and apart from the tables under test: nothing here reads them.
"""

import copy
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from hypothesis import strategies as st

JSON = dict[str, Any]
Path = tuple[str | int, ...]

_CHARACTERS = st.characters(codec="utf-8", exclude_characters="\x00")
_WORDS = st.text(_CHARACTERS, min_size=1, max_size=20)
_URLS = st.builds("https://example.com/{}".format, st.integers(0, 999))
_USERS = st.builds("U{:03}".format, st.integers(0, 999))

any_json = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats() | st.text(max_size=10),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["type", "text", "blocks", "elements", "value", "x"]), inner, max_size=4)
    ),
    max_leaves=12,
)


def text(kind: str, most: int = 60) -> st.SearchStrategy[JSON]:
    extra = {"plain_text": "emoji", "mrkdwn": "verbatim"}[kind]
    return st.fixed_dictionaries(
        {"type": st.just(kind), "text": st.text(_CHARACTERS, min_size=1, max_size=most)},
        optional={extra: st.booleans()},
    )


_PLAIN, _EITHER = text("plain_text", 24), text("plain_text") | text("mrkdwn")
_CONFIRM = st.fixed_dictionaries({"title": _PLAIN, "text": _EITHER, "confirm": _PLAIN, "deny": _PLAIN})


@st.composite
def _options(draw: st.DrawFn, most: int, label: st.SearchStrategy[JSON] = _PLAIN) -> list[JSON]:
    count = draw(st.integers(1, most))
    return [{"text": draw(label), "value": f"value-{number}"} for number in range(count)]


@st.composite
def _element(draw: st.DrawFn, kind: str) -> JSON:
    element: JSON = {"type": kind}
    if draw(st.booleans()):
        element["confirm"] = draw(_CONFIRM)
    match kind:
        case "button":
            element |= {"text": draw(_PLAIN), "value": draw(_WORDS)}
            if draw(st.booleans()):
                element |= {"style": draw(st.sampled_from(["primary", "danger"])), "url": draw(_URLS)}
        case "static_select":
            element |= {"options": draw(_options(4)), "placeholder": draw(_PLAIN)}
            if draw(st.booleans()):
                element["initial_option"] = copy.deepcopy(draw(st.sampled_from(element["options"])))
        case "overflow":
            element["options"] = draw(_options(5))
        case "radio_buttons" | "checkboxes":
            element["options"] = draw(_options(5, _EITHER))
        case "users_select":
            element["initial_user"] = draw(_USERS)
        case "datepicker":
            element["initial_date"] = str(draw(st.dates()))
        case _:
            element["placeholder"] = draw(_PLAIN)
    return element


_PRESSED = (
    "button",
    "static_select",
    "overflow",
    "radio_buttons",
    "checkboxes",
    "users_select",
    "datepicker",
    "external_select",
)
_TYPED = st.fixed_dictionaries(
    {"type": st.just("plain_text_input")},
    optional={"multiline": st.booleans(), "max_length": st.integers(1, 3000), "placeholder": _PLAIN},
)


@st.composite
def _actions(draw: st.DrawFn) -> JSON:
    elements = draw(st.lists(st.sampled_from(_PRESSED).flatmap(_element), min_size=1, max_size=5))
    for number, element in enumerate(elements):
        element["action_id"] = f"action-{number}"
    return {"type": "actions", "elements": elements}


_PARTS = st.one_of(
    st.fixed_dictionaries({"type": st.just("text"), "text": _WORDS}, optional={"style": st.just({"bold": True})}),
    st.fixed_dictionaries({"type": st.just("link"), "url": _URLS}, optional={"text": _WORDS}),
    st.fixed_dictionaries({"type": st.just("user"), "user_id": _USERS}),
    st.fixed_dictionaries({"type": st.just("emoji"), "name": st.just("tada")}),
)
_LINE = st.fixed_dictionaries({"type": st.just("rich_text_section"), "elements": st.lists(_PARTS, max_size=3)})
_RICH = _LINE | st.fixed_dictionaries(
    {
        "type": st.just("rich_text_list"),
        "style": st.sampled_from(["bullet", "ordered"]),
        "elements": st.lists(_LINE, max_size=3),
    },
    optional={"indent": st.integers(0, 8)},
)
_BLOCKS: dict[str, st.SearchStrategy[JSON]] = {
    "section": st.fixed_dictionaries(
        {"type": st.just("section"), "text": _EITHER},
        optional={
            "fields": st.lists(_EITHER, min_size=1, max_size=10),
            "accessory": st.sampled_from(_PRESSED).flatmap(_element),
        },
    ),
    "header": st.fixed_dictionaries({"type": st.just("header"), "text": _PLAIN}),
    "divider": st.fixed_dictionaries({"type": st.just("divider")}),
    "context": st.fixed_dictionaries(
        {"type": st.just("context"), "elements": st.lists(_EITHER, min_size=1, max_size=10)}
    ),
    "image": st.fixed_dictionaries(
        {"type": st.just("image"), "image_url": _URLS, "alt_text": _WORDS}, optional={"title": _PLAIN}
    ),
    "actions": _actions(),
    "input": st.fixed_dictionaries(
        {"type": st.just("input"), "label": _PLAIN, "element": _TYPED}, optional={"optional": st.booleans()}
    ),
    "rich_text": st.fixed_dictionaries({"type": st.just("rich_text"), "elements": st.lists(_RICH, max_size=3)}),
}


@st.composite
def sound_blocks(draw: st.DrawFn, most: int = 6) -> list[JSON]:
    """Blocks that Slack accepts on every surface."""
    blocks = draw(st.lists(st.sampled_from(sorted(_BLOCKS)).flatmap(_BLOCKS.__getitem__), min_size=1, max_size=most))
    for number, block in enumerate(blocks):
        if draw(st.booleans()):
            block["block_id"] = f"block-{number}"
    return blocks


class Case(NamedTuple):
    """Blocks, and what was broken in them; None where nothing was."""

    blocks: Any
    broken: str | None


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Half of them sound, half with one thing broken."""
    blocks = draw(sound_blocks())
    if draw(st.booleans()):
        return Case(blocks, None)
    name = draw(st.sampled_from(sorted(BREAKS)))
    damaged = copy.deepcopy(blocks)
    places = [path for path in walk(damaged) if BREAKS[name].fits(damaged, path)]
    if not places:
        return Case(blocks, None)
    path = draw(st.sampled_from(places))
    BREAKS[name].do(damaged, path)
    return Case(damaged, f"{name} at {path}")


@st.composite
def spliced(draw: st.DrawFn) -> Any:
    """Sound blocks with some other JSON in place of one part; nobody says whether that is accepted."""
    blocks = copy.deepcopy(draw(sound_blocks(most=3)))  # parts of them belong to the strategies
    path = draw(st.sampled_from(list(walk(blocks))))
    put(blocks, path, draw(any_json))
    return blocks


def walk(value: Any, path: Path = ()) -> Iterator[Path]:
    """The path of every value below `value`."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in pairs:
        yield (*path, key)
        yield from walk(inner, (*path, key))


def at(value: Any, path: Path) -> Any:
    for key in path:
        value = value[key]
    return value


def put(value: Any, path: Path, new: Any) -> None:
    at(value, path[:-1])[path[-1]] = new


class Break(NamedTuple):
    fits: Callable[[Any, Path], bool]
    do: Callable[[Any, Path], None]


def _always(_root: Any, _path: Path) -> bool:
    return True


def _is(kind: type) -> Callable[[Any, Path], bool]:
    return lambda root, path: type(at(root, path)) is kind


def _named(*names: str) -> Callable[[Any, Path], bool]:
    return lambda _root, path: path[-1] in names


def _belongs(kind: str, name: str) -> Callable[[Any, Path], bool]:
    return lambda root, path: path[-1] == name and at(root, path[:-1]).get("type") == kind


def _is_limited_text(root: Any, path: Path) -> bool:
    if path[-1] == "text":
        return at(root, path[:-1]).get("type") in {"plain_text", "mrkdwn"}
    return path[-1] in {"alt_text", "block_id", "action_id"}


def _is_block(_root: Any, path: Path) -> bool:
    return len(path) == 1


def _drop(root: Any, path: Path) -> None:
    del at(root, path[:-1])[path[-1]]


def _same_id(root: Any, path: Path) -> None:
    at(root, path)["block_id"] = "same"
    root.append({"type": "divider", "block_id": "same"})


BREAKS: dict[str, Break] = {
    "null": Break(_always, lambda root, path: put(root, path, None)),
    "another type": Break(_always, lambda root, path: put(root, path, 3.5)),
    "an object for text": Break(_is(str), lambda root, path: put(root, path, {})),
    "a list for an object": Break(_is(dict), lambda root, path: put(root, path, [])),
    "an unknown key": Break(_is(dict), lambda root, path: at(root, path).update(bogus=1)),
    "an unknown type": Break(_named("type"), lambda root, path: put(root, path, "bogus")),
    "no type": Break(_named("type"), _drop),
    "empty text": Break(_is_limited_text, lambda root, path: put(root, path, "")),
    "long text": Break(_is_limited_text, lambda root, path: put(root, path, "x" * 3001)),
    "a dead link": Break(_named("url", "image_url"), lambda root, path: put(root, path, "not a link")),
    "no elements": Break(_belongs("actions", "elements"), lambda root, path: put(root, path, [])),
    "no options": Break(_named("options"), lambda root, path: put(root, path, [])),
    "no value": Break(lambda _root, path: path[-1] == "value" and "options" in path, _drop),
    "no label": Break(_named("label"), _drop),
    "mrkdwn for plain": Break(
        _belongs("header", "text"), lambda root, path: put(root, path, {"type": "mrkdwn", "text": "x"})
    ),
    "a foreign initial option": Break(
        _named("initial_option"), lambda root, path: at(root, path).update(value="never offered")
    ),
    "a twin action": Break(
        _belongs("actions", "elements"), lambda root, path: at(root, path).append(copy.deepcopy(at(root, path)[0]))
    ),
    "a twin block": Break(_is_block, _same_id),
    "too many blocks": Break(_is_block, lambda root, _path: root.extend({"type": "divider"} for _ in range(50))),
    "a foreign style": Break(_named("style"), lambda root, path: put(root, path, "gaudy")),
}
