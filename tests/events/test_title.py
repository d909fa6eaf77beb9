"""An event is called as a person would call it."""

import pytest

from tocsin.events.schema import Event, ExceptionValue, Frame, LogEntry, Mechanism, Stacktrace
from tocsin.events.title import MAX_TITLE, UNTITLED, title_of

STACK = Stacktrace(frames=[Frame(function="main", module="shop"), Frame(function="total", module="shop.cart")])


@pytest.mark.parametrize(
    ("event", "heading", "detail", "name"),
    [
        (Event(exception=[ExceptionValue(type="KeyError", value="'a'")]), "KeyError", "'a'", "KeyError: 'a'"),
        (Event(exception=[ExceptionValue(type="A"), ExceptionValue(type="B", value="b")]), "B", "b", "B: b"),
        (Event(exception=[ExceptionValue(type="KeyError")]), "KeyError", "", "KeyError"),
        (Event(exception=[ExceptionValue(value="it broke\nbadly")]), "it broke", "it broke\nbadly", "it broke"),
        (Event(exception=[ExceptionValue(type="E", value="a\n  b")]), "E", "a\n  b", "E: a"),
        (Event(exception=[ExceptionValue(type="E", stacktrace=STACK)]), "E", "total", "E: total"),
        (
            Event(
                exception=[ExceptionValue(type="E", value="v", stacktrace=STACK, mechanism=Mechanism(synthetic=True))]
            ),
            "total",
            "v",
            "total: v",
        ),
        (Event(exception=[ExceptionValue()]), UNTITLED, "", UNTITLED),
        (Event(logentry=LogEntry(message="no %s", formatted="no tea")), "no tea", "", "no tea"),
        (Event(logentry=LogEntry(message="\n\n a  b\nc")), "a b", "\n\n a  b\nc", "a b"),
        (
            Event(logentry=LogEntry(message="slow"), exception=[ExceptionValue(value="slow", stacktrace=STACK)]),
            "slow",
            "",
            "slow",
        ),
        (Event(), UNTITLED, "", UNTITLED),
    ],
)
def test_a_heading_a_detail_and_a_name(event: Event, heading: str, detail: str, name: str) -> None:
    title = title_of(event)

    assert (title.heading, title.detail, title.name) == (heading, detail, name)


def test_type_and_value_are_the_exception_s_and_a_message_has_no_type() -> None:
    exception = title_of(Event(exception=[ExceptionValue(type="KeyError", value="'a'")], level="fatal"))
    message = title_of(Event(logentry=LogEntry(message="no tea"), level="info"))

    assert (exception.type, exception.value, exception.level) == ("KeyError", "'a'", "fatal")
    assert (message.type, message.value, message.level) == ("", "no tea", "info")


def test_what_stands_in_one_line_is_never_longer_than_a_list_has_room_for() -> None:
    long = "x" * 1000

    title = title_of(Event(exception=[ExceptionValue(type=long, value=long)], transaction=long))

    assert [len(text) for text in (title.heading, title.name, title.culprit)] == [MAX_TITLE] * 3
    assert title.name.endswith("…")


@pytest.mark.parametrize(
    ("event", "culprit"),
    [
        (Event(transaction="/cart", exception=[ExceptionValue(type="E", stacktrace=STACK)]), "/cart"),
        (Event(exception=[ExceptionValue(type="E", stacktrace=STACK)]), "shop.cart in total"),
        (Event(stacktrace=Stacktrace(frames=[Frame(module="__main__", filename="a.py", function="f")])), "a.py in f"),
        (Event(stacktrace=Stacktrace(frames=[Frame(filename="a.js", function="?")])), "a.js"),
        (Event(stacktrace=Stacktrace(frames=[Frame(function="f")])), "f"),
        (Event(), ""),
    ],
)
def test_a_culprit_is_the_transaction_or_the_innermost_frame(event: Event, culprit: str) -> None:
    assert title_of(event).culprit == culprit
