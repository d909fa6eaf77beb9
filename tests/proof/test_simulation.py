"""Under faults far beyond a bad day nothing is lost, nothing stands twice, and threads keep their order."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.proof.faults import HARSH, Fate
from tests.proof.simulation import simulate
from tests.proof.strategies import put_it_aside, say_it_again, take_it_for_said
from tests.proof.verdict import Verdict

RIGHT = Verdict(lost=0, doubled=0, disordered=0, misplaced=0)
STORIES = 250
"""Told by one seed: some 2 500 deliveries."""
SOME = 60
FEW = 20


@pytest.mark.parametrize("seed", range(4))
def test_whatever_fails_each_sentence_stands_once_and_in_its_order(tmp_path: Path, seed: int) -> None:
    outcome = simulate(tmp_path, seed, stories=STORIES, faults=HARSH)

    assert (outcome.verdict, outcome.astray) == (RIGHT, 0)


@pytest.mark.nightly
@pytest.mark.parametrize("seed", range(100, 141))
def test_a_hundred_thousand_deliveries_stand_once_and_in_their_order(tmp_path: Path, seed: int) -> None:
    outcome = simulate(tmp_path, seed, stories=STORIES, faults=HARSH)

    assert (outcome.verdict, outcome.astray) == (RIGHT, 0)


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
