"""When a rule holds."""

import pytest

from tocsin.kernel.ids import IntegrationId
from tocsin.rules.action import RuleDataError, decode_actions, encode_actions, notify_channel
from tocsin.rules.conditions import CONDITIONS, decode_conditions, encode_conditions
from tocsin.rules.occurrence import Occurrence

NEW = Occurrence(is_first=True, is_regression=False)
BACK = Occurrence(is_first=False, is_regression=True)
LOUD = Occurrence(is_first=False, is_regression=False, is_escalating=True)
MORE = Occurrence(is_first=False, is_regression=False)


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
