"""The frames that people want to see, and the source around them."""

import pytest

from tocsin.events.schema import Event, ExceptionValue, Frame, Mechanism, Stacktrace, Thread
from tocsin.events.stacktrace import (
    MAX_EXCERPT_LINE,
    SourceLine,
    excerpt_of,
    frames_of,
    innermost_in_app,
    location_of,
    main_exception,
    views_of,
)


def stack(*names: str) -> Stacktrace:
    """Frames by name; those of libraries begin with an underscore."""
    return Stacktrace(frames=[Frame(function=name, in_app=not name.startswith("_")) for name in names])


def names(frames: list[Frame]) -> list[str | None]:
    return [frame.function for frame in frames]


def test_the_innermost_frames_of_the_application_come_innermost_first() -> None:
    event = Event(exception=[ExceptionValue(type="E", stacktrace=stack("main", "a", "_lib", "b", "c", "_deep"))])

    assert names(innermost_in_app(event)) == ["c", "b", "a"]
    assert names(innermost_in_app(event, 1)) == ["c"]
    assert names(innermost_in_app(event, 9)) == ["c", "b", "a", "main"]


def test_where_all_code_is_a_library_s_its_frames_are_shown() -> None:
    event = Event(exception=[ExceptionValue(type="E", stacktrace=stack("_a", "_b"))])

    assert names(innermost_in_app(event)) == ["_b", "_a"]


@pytest.mark.parametrize(
    "script",
    [
        "https://browser.sentry-cdn.com/10.1.0/bundle.min.js",
        "https://js.sentry-cdn.com/0a1b2c3d.min.js",
        "https://shop.example/assets/sentry.min.js?v=7",
        "http://shop.example/sentry-10.1.0.min.js",
        "chrome-extension://kfbdpdaobnofkbopebjglnaadopfikhh/wrap.js",
        "moz-extension://0f8fad5b-d9cb-469f-a165-70867728950e/content.js",
    ],
)
def test_the_script_of_an_sdk_or_extension_is_not_the_application_s(script: str) -> None:
    frames = [Frame(function="pay", filename="https://shop.example/sentry.js", in_app=True)]
    frames += [Frame(function="wt", filename=script, in_app=True)]

    event = Event(exception=[ExceptionValue(type="E", stacktrace=Stacktrace(frames=frames))])

    assert names(innermost_in_app(event)) == ["pay"]


@pytest.mark.parametrize(
    ("file", "location"),
    [
        ("https://shop.example/assets/cart.js?v=7#top", "assets/cart.js in pay"),
        ("app:///cart.js", "cart.js in pay"),
        ("webpack-internal:///(ssr)/./src/cart.tsx", "src/cart.tsx in pay"),
        ("https://shop.example/", "https://shop.example/ in pay"),
        ("/srv/shop/cart.py", "/srv/shop/cart.py in pay"),
    ],
)
def test_a_script_is_called_without_the_server_it_came_from(file: str, location: str) -> None:
    assert location_of(Frame(function="pay", filename=file)) == location


@pytest.mark.parametrize("function", ["?", "<anonymous>", "HTMLButtonElement.<anonymous>", "Object.<anonymous>"])
def test_a_function_without_a_name_is_called_by_its_file(function: str) -> None:
    assert location_of(Frame(function=function, filename="https://shop.example/cart.js")) == "cart.js"


@pytest.mark.parametrize(
    ("event", "shown"),
    [
        (Event(exception=[ExceptionValue(stacktrace=stack("a")), ExceptionValue(stacktrace=stack("b"))]), ["b"]),
        (Event(exception=[ExceptionValue(stacktrace=stack("a")), ExceptionValue(type="B")]), ["a"]),
        (Event(stacktrace=stack("a"), threads=[Thread(stacktrace=stack("t"))]), ["a"]),
        (
            Event(threads=[Thread(current=True, stacktrace=stack("t")), Thread(crashed=True, stacktrace=stack("c"))]),
            ["c"],
        ),
        (Event(threads=[Thread(stacktrace=stack("s")), Thread(current=True, stacktrace=stack("t"))]), ["t"]),
        (Event(threads=[Thread(stacktrace=stack("s"))]), ["s"]),
        (Event(threads=[Thread(stacktrace=stack("s")), Thread(stacktrace=stack("t"))]), []),
        (Event(), []),
    ],
    ids=["caught", "cause", "event", "crashed", "current", "only", "neither", "none"],
)
def test_frames_come_from_the_best_place_that_has_some(event: Event, shown: list[str]) -> None:
    assert names(frames_of(event)) == shown


def test_the_main_exception_is_the_one_that_was_caught() -> None:
    assert main_exception(Event(exception=[ExceptionValue(type="A"), ExceptionValue(type="B")])) == ExceptionValue(
        type="B"
    )
    assert main_exception(Event()) is None


CODE = Frame(lineno=10, pre_context=["a", "b", "c"], context_line="d", post_context=["e", "f", "g"])


def test_an_excerpt_numbers_its_lines_and_marks_the_current_one() -> None:
    assert excerpt_of(CODE, around=1) == [
        SourceLine(9, "c", is_current=False),
        SourceLine(10, "d", is_current=True),
        SourceLine(11, "e", is_current=False),
    ]
    assert [line.text for line in excerpt_of(CODE)] == ["b", "c", "d", "e", "f"]
    assert [line.text for line in excerpt_of(CODE, around=0)] == ["d"]


@pytest.mark.parametrize(
    ("frame", "excerpt"),
    [
        (Frame(lineno=10), []),
        (Frame(pre_context=["a"]), []),
        (Frame(context_line="d"), [SourceLine(None, "d", is_current=True)]),
        (Frame(lineno=1, context_line="d\r\n"), [SourceLine(1, "d", is_current=True)]),
    ],
)
def test_an_excerpt_shows_what_there_is(frame: Frame, excerpt: list[SourceLine]) -> None:
    assert excerpt_of(frame) == excerpt


@pytest.mark.parametrize(("column", "shown"), [(None, "start"), (5, "start"), (500, "HERE"), (1004, "end")])
def test_of_a_minified_line_the_part_around_the_column_is_shown(column: int | None, shown: str) -> None:
    line = "start" + "x" * 495 + "HERE" + "y" * 497 + "end"

    (excerpt,) = excerpt_of(Frame(context_line=line, colno=column))

    assert shown in excerpt.text
    assert len(excerpt.text) <= MAX_EXCERPT_LINE + 2
    assert excerpt.text.endswith("…") is (shown != "end")


def test_a_page_shows_the_caught_exception_first_and_its_innermost_frame_on_top() -> None:
    frames = [
        Frame(function="f", filename="a.py", lineno=3, in_app=False),
        Frame(vars={"a": 1}, context_line="x", module="m"),
    ]
    event = Event(
        exception=[
            ExceptionValue(type="OSError"),
            ExceptionValue(value="v", mechanism=Mechanism(handled=False), stacktrace=Stacktrace(frames=frames)),
        ]
    )

    caught, cause = views_of(event)

    assert (caught.type, caught.value, caught.is_handled) == ("Error", "v", False)
    assert (cause.type, cause.value, cause.is_handled, cause.frames) == ("OSError", "", None, [])
    inner, outer = caught.frames
    assert (inner.function, inner.file, inner.in_app, inner.variables) == ("<unknown>", "m", True, {"a": 1})
    assert (outer.function, outer.file, outer.line, outer.in_app, outer.source) == ("f", "a.py", 3, False, [])
    assert inner.source == [SourceLine(None, "x", is_current=True)]
