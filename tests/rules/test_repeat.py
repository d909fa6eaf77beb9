"""What a rule does where the card of the issue stands already."""

from datetime import UTC, datetime, timedelta

import pytest

from tocsin.kernel.errors import InvalidInputError
from tocsin.kernel.ids import IntegrationId
from tocsin.rules.action import decode_actions, encode_actions, notify_channel
from tocsin.rules.repeat import REPEAT_WORDS, Repeat, loudest, opens_new_card, parse_new_card_after

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("new_card_after", "is_of_this_period", "days_old", "opens"),
    [
        ("resolve", True, 80, False),
        ("resolve", False, 0, True),
        ("never", False, 80, False),
        (7, True, 6.9, False),
        (7, True, 7, True),
        (7, False, 6.9, False),
    ],
)
def test_when_a_new_card_is_opened_beside_an_old_one(new_card_after, is_of_this_period, days_old, opens):
    opened_at = NOW - timedelta(days=days_old)

    assert opens_new_card(new_card_after, is_of_this_period=is_of_this_period, opened_at=opened_at, now=NOW) is opens


def test_of_several_rules_that_mean_one_channel_the_loudest_wins():
    assert loudest([Repeat.THREAD, Repeat.UPDATE_ONLY]) == Repeat.THREAD
    assert loudest([Repeat.THREAD, Repeat.NEW_CARD, Repeat.THREAD_AND_BROADCAST]) == Repeat.NEW_CARD


@pytest.mark.parametrize(("said", "meant"), [("resolve", "resolve"), ("never", "never"), ("1", 1), ("365", 365)])
def test_when_a_new_card_comes_is_said_in_a_word_or_in_days(said, meant):
    assert parse_new_card_after(said) == meant


@pytest.mark.parametrize("said", ["", "0", "366", "-1", "1.5", "always", "9" * 400, "\u0663"])
def test_anything_else_is_refused_with_what_can_be_said(said):
    with pytest.raises(InvalidInputError, match="never"):
        parse_new_card_after(said)


@pytest.mark.parametrize("new_card_after", ["resolve", "never", 30])
def test_the_choices_come_back_from_json_as_they_were_stored(new_card_after):
    action = notify_channel(IntegrationId(3), "C1", "ops", repeat=Repeat.UPDATE_ONLY, new_card_after=new_card_after)

    assert decode_actions(encode_actions([action])) == [action]


def test_every_choice_has_its_words():
    assert set(REPEAT_WORDS) == set(Repeat)
