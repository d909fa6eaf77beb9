"""Under faults far beyond a bad day nothing is lost, nothing stands twice, and threads keep their order."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.proof.faults import HARSH, Fate
from tests.proof.many_seeds import tell
from tests.proof.simulation import simulate
from tests.proof.strategies import put_it_aside, say_it_again, take_it_for_said
from tests.proof.verdict import Verdict

RIGHT = Verdict(lost=0, doubled=0, disordered=0, misplaced=0)
STORIES = 250
"""Told by one seed: some 2 500 deliveries, in a few busy channels."""
SEEDS = 1_000
NIGHTLY_SEEDS = 100_000
PARTS = 20
SOME = 60
FEW = 20


def test_whatever_fails_each_sentence_stands_once_and_in_its_order(tmp_path: Path) -> None:
    outcome = simulate(tmp_path, 0, stories=STORIES, faults=HARSH)

    assert (outcome.verdict, outcome.astray) == (RIGHT, 0)


@pytest.mark.parametrize("first", range(0, SEEDS, SEEDS // PARTS))
def test_a_thousand_small_lives_keep_every_sentence(first: int) -> None:
    tally = tell(range(first, first + SEEDS // PARTS))

    assert tally.failing == [], tally.summary()


@pytest.mark.nightly
@pytest.mark.parametrize("first", range(SEEDS, NIGHTLY_SEEDS, NIGHTLY_SEEDS // PARTS))
def test_a_hundred_thousand_small_lives_keep_every_sentence(first: int) -> None:
    tally = tell(range(first, min(first + NIGHTLY_SEEDS // PARTS, NIGHTLY_SEEDS)))

    print(tally.summary())
    assert tally.failing == [], tally.summary()


def test_the_same_lives_without_a_look_before_saying_it_again_double_things() -> None:
    tally = tell(range(SEEDS // PARTS), look=say_it_again)

    assert (tally.wrong["doubled"] > 0, tally.wrong["lost"]) == (True, 0), tally.summary()


def test_what_sleepers_and_latecomers_say_twice_is_taken_back(tmp_path: Path) -> None:
    beyond_all_bounds = replace(HARSH, sleeps=0.03, arrives_late=0.03, lag=40.0)

    outcome = simulate(tmp_path, 1, stories=SOME, faults=beyond_all_bounds)

    assert set(outcome.slack.posts) == set(Fate), "a kind of fault never happened"
    assert outcome.slack.deletions > 0
    assert (outcome.verdict, outcome.astray) == (RIGHT, 0)


def test_one_seed_tells_one_story(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    second.mkdir()

    told = [list(simulate(folder, 7, stories=10, faults=HARSH).slack.standing()) for folder in (first, second)]

    assert [message.text for message in told[0]] == [message.text for message in told[1]]
    assert [message.ts for message in told[0]] == [message.ts for message in told[1]]


def test_saying_it_again_without_looking_says_things_twice(tmp_path: Path) -> None:
    outcome = simulate(tmp_path, 1, stories=FEW, faults=HARSH, look=say_it_again)

    assert (outcome.verdict.lost, outcome.verdict.doubled > 0) == (0, True)


def test_taking_it_for_said_without_looking_loses_things(tmp_path: Path) -> None:
    outcome = simulate(tmp_path, 1, stories=FEW, faults=HARSH, look=take_it_for_said)

    assert (outcome.verdict.lost > 0, outcome.astray > 0) == (True, True)


def test_letting_others_go_first_mixes_up_the_order(tmp_path: Path) -> None:
    outcome = simulate(tmp_path, 1, stories=FEW, faults=HARSH, look=put_it_aside)

    assert outcome.verdict.disordered > 0
