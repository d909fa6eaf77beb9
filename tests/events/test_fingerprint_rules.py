"""A project's own lines say which events are one issue: read strictly, matched in no time, asked before the SDK."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.events.fingerprint_matching import find_rule
from tocsin.events.fingerprint_rules import MAX_RULES, MAX_TEXT, parse_rules, rules_in_force
from tocsin.events.glob import parse_glob
from tocsin.events.grouping import fingerprint_of
from tocsin.events.schema import Event, ExceptionValue, Frame, LogEntry, Stacktrace
from tocsin.kernel.errors import InvalidInputError

FRAMES = [
    Frame(filename="shop/views.py", module="shop.views", function="show", in_app=True),
    Frame(abs_path="C:\\app\\legacy\\cart.cs", module="Shop.Cart", function="Total", in_app=True),
    Frame(filename="lib/db.py", package="/usr/lib/libpq.so", function="query", in_app=False),
]
EVENT = Event(
    exception=[
        ExceptionValue(type="OSError", value="reset by peer"),
        ExceptionValue(type="KeyError", value="Order 17 Timed Out", stacktrace=Stacktrace(frames=FRAMES)),
    ],
    level="warning",
    transaction="/cart",
    environment="production",
    tags={"region": "eu", "odd name": "x*y"},
    fingerprint=["from the sdk"],
)


@pytest.mark.parametrize(
    "condition",
    [
        "type:KeyError",
        "error.type:Key*",
        "type:OSError",
        'value:"*timed out"',
        "message:*RESET*",
        "level:WARNING",
        "transaction:/c*t",
        "environment:production",
        "tags.region:eu",
        "tag.region:e*",
        "tags.region:*",
        "path:*/legacy/*",
        "path:*/views.py",
        "path:shop/*",
        "stack.module:shop.views",
        "function:Total",
        "package:/usr/*",
        "app:no",
        "!type:ValueError",
        "!path:*/other/*",
        "type:KeyError value:*17*",
        "module:Shop.Cart function:T*l app:yes",
        "module:Shop.* !function:delete",
        "release:*",
        'release:""',
    ],
)
def test_a_condition_that_holds(condition: str) -> None:
    assert find_rule(parse_rules(f"{condition} -> x"), EVENT) is not None


@pytest.mark.parametrize(
    "condition",
    [
        "type:keyerror",
        "type:Key",
        "value:timed",
        "level:error",
        "tags.region:us",
        "tags.none:?",
        "path:legacy",
        "function:total",
        "!type:KeyError",
        "!function:show",
        "type:OSError value:*17*",
        "module:shop.views function:Total",
        "app:yes function:query",
        "type:KeyError level:error",
    ],
)
def test_a_condition_that_does_not_hold(condition: str) -> None:
    assert find_rule(parse_rules(f"{condition} -> x"), EVENT) is None


@pytest.mark.parametrize(
    ("right", "components"),
    [
        ("down", ["given down"]),
        ("a, b", ["given a", "given b"]),
        ('"a, b", "say \\"c\\""', ["given a, b", 'given say "c"']),
        ("{{ default }}", ["given from the sdk"]),
        ("{{default}}, {{ tags.region }}", ["given from the sdk", "given eu"]),
        ("all of {{ default }}", ["given all of from the sdk"]),
        ("{{ type }} in {{transaction}}", ["given KeyError in /cart"]),
    ],
)
def test_the_fingerprint_is_what_stands_behind_the_arrow(right: str, components: list[str]) -> None:
    fingerprint = fingerprint_of(EVENT, parse_rules(f"type:KeyError -> {right}"))

    assert (fingerprint.method, fingerprint.components) == ("rule", components)


def test_the_first_line_that_holds_decides() -> None:
    rules = parse_rules("# remark\n\ntype:ValueError -> a\n  type:KeyError -> b\nlevel:* -> c")

    rule = fingerprint_of(EVENT, rules).rule

    assert rule is not None
    assert (rule.number, rule.text) == (4, "type:KeyError -> b")


def test_an_event_that_no_line_speaks_for_is_grouped_as_usual() -> None:
    assert fingerprint_of(EVENT, parse_rules("type:Other -> a")) == fingerprint_of(EVENT)


def test_a_rule_and_an_sdk_that_say_the_same_mean_the_same_issue() -> None:
    by_rule = fingerprint_of(EVENT, parse_rules('type:KeyError -> "from the sdk"'))

    assert by_rule.hash == fingerprint_of(EVENT).hash


def test_a_title_stands_at_the_end() -> None:
    (rule,) = parse_rules('type:A -> a, b title="A key: {{ tags.region }}"')

    assert (rule.fingerprint, rule.title) == (("a", "b"), "A key: {{ tags.region }}")


def test_an_arrow_in_quotes_is_a_part_of_a_pattern() -> None:
    (rule,) = parse_rules('message:"a -> b" -> c')

    assert rule.fingerprint == ("c",)
    assert find_rule((rule,), Event(logentry=LogEntry(formatted="A -> B"))) is rule


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("nonsense", "a rule needs `->`"),
        ("-> b", "a rule needs a condition"),
        ("type:A ->", "a rule needs a fingerprint"),
        ("type:A -> , b", "`, b` is no fingerprint"),
        ("typo:A -> b", "there is no `typo` to look at"),
        ("tags.:A -> b", "there is no `tags.` to look at"),
        ("type:A b -> c", "`b` is no condition"),
        ('type:"A b" c" -> c', "a rule needs `->`"),
        ("type:A -> {{ typo }}", "there is no `{{ typo }}` to fill in"),
        ('type:A -> a title="{{ typo }}"', "there is no `{{ typo }}` to fill in"),
        ("app:perhaps -> b", "`app` is `yes` or `no`"),
        (f"type:{'a' * 201} -> b", "a pattern may have 200 characters"),
        (f"{'type:a ' * 11}-> b", "a rule may have 10 conditions"),
        (f"type:a -> {'a,' * 21}", "a fingerprint may have 20 parts"),
        (f'type:a -> a title="{"t" * 201}"', "a title may have 200 characters"),
    ],
)
def test_a_line_that_is_no_rule_is_named_with_its_number(line: str, told: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        parse_rules(f"# remark\n{line}")

    assert str(refused.value).startswith(f"Line 2: {told}")


def test_of_many_wrong_lines_the_first_are_told() -> None:
    with pytest.raises(InvalidInputError, match=r"^Line 1: .* Line 2: .* Line 3: .* And 2 more\.$"):
        parse_rules("a\nb\nc\nd\ne")


@pytest.mark.parametrize("text", ["type:a -> b\n" * (MAX_RULES + 1), "#" * (MAX_TEXT + 1)], ids=["rules", "characters"])
def test_there_is_an_end_to_rules(text: str) -> None:
    with pytest.raises(InvalidInputError):
        parse_rules(text)


def test_a_line_that_a_later_version_does_not_know_stops_no_event() -> None:
    assert [rule.number for rule in rules_in_force("type:a -> b\nunheard:of -> c")] == [1]


@given(text=st.text(alphabet='a:*"\\->{},! #=\n', max_size=60))
def test_whatever_is_typed_is_rules_or_a_refusal(text: str) -> None:
    try:
        rules = parse_rules(text)
    except InvalidInputError:
        return

    find_rule(rules, EVENT)


@pytest.mark.parametrize(
    ("pattern", "text", "matches"),
    [
        ("*", "", True),
        ("", "", True),
        ("a*", "b", False),
        ("a*a", "a", False),
        ("*a*b*", "xaxbx", True),
        ("*b*a*", "xaxbx", False),
        ("a\\*b", "a*b", True),
        ("a\\*b", "axb", False),
        ("a**b", "ab", True),
    ],
)
def test_a_star_stands_for_anything(pattern: str, text: str, matches: bool) -> None:
    assert parse_glob(pattern, ignores_case=False).matches(text) is matches


def test_no_rule_takes_long() -> None:
    hostile = "*a" * 95 + "*b"
    rules = parse_rules("\n".join(f'value:"{hostile}" function:"{hostile}" -> x{n}' for n in range(20)))
    frames = [Frame(function="a" * 512, filename="a" * 512) for _ in range(250)]
    event = Event(exception=[ExceptionValue(type="A", value="a" * 8192 + "b", stacktrace=Stacktrace(frames=frames))])
    started = time.process_time()

    find_rule(rules, event)

    assert time.process_time() - started < 0.1
