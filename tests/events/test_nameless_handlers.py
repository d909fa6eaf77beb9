"""Handlers and scripts without a name of a function: told apart by their source, else by what went wrong in them."""

from typing import Any

import pytest

from tocsin.events.explain import explain_grouping
from tocsin.events.grouping import fingerprint_of
from tocsin.events.schema import Event, ExceptionValue, Frame, Mechanism, Stacktrace

PAGE = "https://shop.example/js/cart.js"
BUNDLE = "https://shop.example/js/main.{}.js"


def crashed(value: str, *stack: Frame, kind: str = "TypeError", platform: str = "javascript", **more: Any) -> Event:
    exception = ExceptionValue(type=kind, value=value, stacktrace=Stacktrace(frames=list(stack)), **more)
    return Event(exception=[exception], platform=platform)


def handler(file: str = PAGE, line: int = 1, **more: Any) -> Frame:
    return Frame(filename=file, lineno=line, in_app=True, **more)


READS = "Cannot read properties of undefined (reading 'total')"
CALLS = "pay is not a function"
SYNTHETIC = Mechanism(synthetic=True)

SAME = [
    ("another line", crashed(READS, handler(line=10)), crashed(READS, handler(line=88))),
    (
        "another name for no name",
        crashed(READS, handler(function="?")),
        crashed(READS, handler(function="<anonymous>")),
    ),
    ("another order", crashed("no order 17", handler()), crashed("no order 18", handler())),
    (
        "another page of the same script",
        crashed(READS, handler("https://shop.example/js/cart.js?v=1")),
        crashed(READS, handler("https://www.example/js/cart.js?v=2")),
    ),
    (
        "the same source, indented otherwise",
        crashed("no order 17", handler(context_line="  send( order );")),
        crashed("gone", handler(context_line="\tsend(  order );", line=88)),
    ),
    (
        "another build of a bundle",
        crashed(READS, handler(BUNDLE.format("3f2a9c1b"), colno=18_222)),
        crashed(READS, handler(BUNDLE.format("99aabbcc"), colno=9_001)),
    ),
    (
        "another build of a bundle that calls its functions otherwise",
        crashed(READS, handler(BUNDLE.format("3f2a9c1b"), colno=18_222, function="t")),
        crashed(READS, handler(BUNDLE.format("99aabbcc"), colno=9_001, function="Xe")),
    ),
    (
        "another build with its source in one line",
        crashed(READS, handler("app:///app.js", context_line="a" * 400)),
        crashed(READS, handler("app:///app.js", context_line="b" * 400)),
    ),
    (
        "a handler with a name",
        crashed(READS, handler(function="onClick")),
        crashed(CALLS, handler(function="onClick", line=88)),
    ),
    (
        "a property of the page in another build",
        crashed("no order 17", handler(BUNDLE.format("3f2a9c1b"), function="e.onclick")),
        crashed("no order 18", handler(BUNDLE.format("99aabbcc"), function="t.onclick")),
    ),
    (
        "a property of a component in another build",
        crashed("no order 17", handler(BUNDLE.format("3f2a9c1b"), function="onClick")),
        crashed("no order 18", handler(BUNDLE.format("99aabbcc"), function="Object.onClick")),
    ),
    (
        "functions that V8 names by where they stand",
        crashed(READS, handler(function="h.<computed> [as k17]")),
        crashed(READS, handler(function="t.<computed> [as k20417]")),
    ),
    (
        "a handler in a function with a name",
        crashed(READS, handler(function="openCart"), handler()),
        crashed(CALLS, handler(function="openCart"), handler(line=88)),
    ),
    (
        "a type that the SDK made up",
        crashed(READS, handler(), kind="Error", mechanism=SYNTHETIC),
        crashed(READS, handler(), kind="UnhandledRejection", mechanism=SYNTHETIC),
    ),
]

DIFFERENT = [
    (
        "two properties of the page",
        crashed(READS, handler(function="HTMLButtonElement.onclick")),
        crashed(CALLS, handler(function="HTMLButtonElement.onclick", line=88)),
    ),
    (
        "two properties of components in a bundle",
        crashed(READS, handler(BUNDLE.format("3f2a9c1b"), function="onClick")),
        crashed(CALLS, handler(BUNDLE.format("3f2a9c1b"), function="onClick")),
    ),
    (
        "two computed methods",
        crashed(READS, handler(function="h.<computed>")),
        crashed(CALLS, handler(function="h.<computed>")),
    ),
    (
        "two initializers",
        crashed(READS, handler(function="<instance_members_initializer>")),
        crashed(CALLS, handler(function="<instance_members_initializer>")),
    ),
    ("two handlers of a file", crashed(READS, handler(line=10)), crashed(CALLS, handler(line=88))),
    (
        "two handlers of a file on a server",
        crashed(READS, handler(), platform="node"),
        crashed(CALLS, handler(), platform="node"),
    ),
    ("two files", crashed(READS, handler()), crashed(READS, handler("https://shop.example/js/user.js"))),
    ("two types", crashed("gone", handler()), crashed("gone", handler(), kind="RangeError")),
    (
        "two lines of source",
        crashed(READS, handler(context_line="send(order);")),
        crashed(READS, handler(context_line="pay(order);")),
    ),
    (
        "two long lines of source",
        crashed(READS, handler(context_line=f"send({'order, ' * 20}last);")),
        crashed(CALLS, handler(context_line=f"pay({'order, ' * 20}last);")),
    ),
    (
        "two handlers called by others without names",
        crashed(READS, handler("https://shop.example/js/router.js"), handler()),
        crashed(CALLS, handler("https://shop.example/js/router.js"), handler()),
    ),
    (
        "two handlers with names",
        crashed(READS, handler(function="onClick")),
        crashed(READS, handler(function="onSubmit")),
    ),
    (
        "two crashes of a bundle",
        crashed(READS, handler(BUNDLE.format("3f2a9c1b"))),
        crashed(CALLS, handler(BUNDLE.format("3f2a9c1b"))),
    ),
    (
        "two lines of a script without functions",
        crashed("Undefined variable $total", handler("/srv/shop/cart.php"), kind="ErrorException", platform="php"),
        crashed("Division by zero", handler("/srv/shop/cart.php"), kind="ErrorException", platform="php"),
    ),
    (
        "two of a type that the SDK made up",
        crashed(READS, handler(), mechanism=SYNTHETIC),
        crashed(CALLS, handler(), mechanism=SYNTHETIC),
    ),
]


def name(row: tuple[str, Event, Event]) -> str:
    return row[0]


@pytest.mark.parametrize("row", SAME, ids=name)
def test_the_same_fault_of_a_handler_is_one_issue(row: tuple[str, Event, Event]) -> None:
    _, one, other = row

    assert fingerprint_of(one) == fingerprint_of(other)


@pytest.mark.parametrize("row", DIFFERENT, ids=name)
def test_two_faults_of_a_file_are_two_issues(row: tuple[str, Event, Event]) -> None:
    _, one, other = row

    assert fingerprint_of(one).hash != fingerprint_of(other).hash


def test_the_page_says_that_what_was_said_counts() -> None:
    explained = explain_grouping(crashed(READS, handler()))

    assert [(line.kind, line.text) for line in explained.lines if line.counts] == [
        ("exception", f"TypeError: {READS}"),
        ("frame", "js/cart.js"),
    ]
