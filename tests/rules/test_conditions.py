"""When a rule holds."""

import pytest

from tocsin.kernel.errors import InvalidInputError
from tocsin.kernel.ids import IntegrationId
from tocsin.rules.action import RuleDataError, decode_actions, encode_actions, notify_channel
from tocsin.rules.conditions import (
    CONDITIONS,
    Counting,
    decode_conditions,
    encode_conditions,
    parse_condition,
    word_of,
)
from tocsin.rules.occurrence import Occurrence, Tally

NEW = Occurrence(is_first=True)
BACK = Occurrence(is_regression=True)
LOUD = Occurrence(is_escalating=True)
MORE = Occurrence()


@pytest.mark.parametrize(
    ("name", "holds"),
    [
        ("first_seen", [True, False, False, False]),
        ("regressed", [False, True, False, False]),
        ("escalating", [False, False, True, False]),
    ],
)
def test_each_condition_holds_for_its_own_moment(name: str, holds: list[bool]) -> None:
    condition = CONDITIONS[name]()

    assert [condition.matches(moment) for moment in (NEW, BACK, LOUD, MORE)] == holds


@pytest.mark.parametrize(
    ("word", "tally", "holds", "held_before"),
    [
        ("seen_more_than:5:1h", Tally(6, 5), True, False),
        ("seen_more_than:5:1h", Tally(5, 4), False, False),
        ("seen_more_than:5:1h", Tally(60, 6), True, True),
        ("seen_more_than:5:1d", Tally(6, 5), False, False),
        ("more_users_than:5:1h", Tally(6, 5), False, False),
    ],
)
def test_there_are_too_many_where_more_are_counted_in_the_same_window_of_the_same(word, tally, holds, held_before):
    condition = parse_condition(word)

    occurrence = Occurrence(tallies={("events", "1h"): tally})

    assert isinstance(condition, Counting)
    assert (condition.matches(occurrence), condition.held_before(occurrence)) == (holds, held_before)


@pytest.mark.parametrize("word", ["first_seen", "seen_more_than:100:5m", "more_users_than:3:1w"])
def test_a_condition_is_said_as_it_was_named(word: str) -> None:
    assert word_of(parse_condition(word)) == word


@pytest.mark.parametrize(
    "word",
    [
        "",
        "full_moon",
        "first_seen:1",
        "seen_more_than",
        "seen_more_than:100",
        "seen_more_than:100:2h",
        "seen_more_than:0:1h",
        "seen_more_than:-1:1h",
        "seen_more_than:many:1h",
        "seen_more_than:100:1h:x",
    ],
)
def test_what_names_no_condition_is_refused(word: str) -> None:
    with pytest.raises(InvalidInputError):
        parse_condition(word)


@pytest.mark.parametrize("name", CONDITIONS)
def test_each_condition_comes_back_from_json_as_it_went(name: str) -> None:
    condition = CONDITIONS[name]()

    assert decode_conditions(encode_conditions([condition])) == [condition]


def test_an_action_comes_back_from_json_with_its_own_id() -> None:
    action = notify_channel(IntegrationId(3), "C1", "ops")

    assert decode_actions(encode_actions([action])) == [action]


def test_an_action_without_a_channel_is_refused() -> None:
    with pytest.raises(RuleDataError):
        notify_channel(IntegrationId(3), "", "ops")


def test_two_actions_never_share_an_id() -> None:
    first, second = (notify_channel(IntegrationId(3), "C1", "ops") for _ in range(2))

    assert first.uuid != second.uuid
