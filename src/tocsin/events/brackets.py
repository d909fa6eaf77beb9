"""Takes the types out of the names of compiled functions: which of them a name tells depends on who wrote it down."""

import re

OPENING = {"<": ">", "(": ")", "[": "]"}
OPERATOR = re.compile(r"\boperator\s*(?:\(\)|\[\]|(?:new|delete)\b|[-+*/%^&|~!=<>,]{1,3}|\"\"\s*\w+)")
TRAILING = re.compile(r"(?: const\b| volatile\b| &{1,2}| noexcept\b| throws\b| async\b| -> .*)+$", re.DOTALL)
SPEAKING = re.compile(r"^[-+]\[| in | block$| as |^<")
"""Names with spaces that mean something: Objective-C, closures of Swift, implementations of Rust."""


def without_arguments(name: str) -> str:
    """`name` without what stands in brackets behind a word, at any depth: types, parameters, lengths.

    >>> without_arguments("shop::Stack<int, std::allocator<int> >::pop(unsigned long)")
    'shop::Stack::pop'
    """
    operator = OPERATOR.search(name)
    if operator:
        return without_arguments(name[: operator.start()]) + operator[0]
    kept: list[str] = []
    closings: list[str] = []
    dropped_from = 0
    previous = ""
    for sign in name:
        if closings and sign == closings[-1] and previous + sign != "->":
            closings.pop()
            if len(closings) < dropped_from:
                dropped_from, previous = 0, sign
                continue
        elif sign in OPENING:
            closings.append(OPENING[sign])
            if not dropped_from and _opens_arguments(kept):
                dropped_from = len(closings)
        if not dropped_from:
            kept.append(sign)
        previous = sign
    return "".join(kept).strip() or name


def _opens_arguments(kept: list[str]) -> bool:
    """Behind a word or `::` stand arguments; at the begin of a name or behind a space, a part of it."""
    if kept[-2:] == [":", ":"]:
        del kept[-2:]
        return True
    return bool(kept) and (kept[-1].isalnum() or kept[-1] in "_}")


def without_types(name: str) -> str:
    """`name` of a function without the type that it gives back, and without its qualifiers."""
    name = TRAILING.sub("", name)
    return name if SPEAKING.search(name) or "operator" in name else name.rpartition(" ")[2]
