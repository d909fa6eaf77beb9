"""At whatever named point a server dies, the next one keeps every promise."""

import re
from pathlib import Path

import pytest

import tocsin
from tests.crash.story import die_and_live_on, die_with_a_post_under_way
from tocsin.kernel.crash_points import CRASH_POINTS, arm
from tocsin.kernel.errors import InvalidInputError

SOURCES = Path(tocsin.__file__).parent
LATER = ("drain.claimed:5", "drain.answered:4", "intake.after_commit:3")
"""In the middle of a fan-out, and after a server has got going."""


EVERYWHERE = [*CRASH_POINTS, *LATER]
LIVES = 4
"""Stories in which the points are met one after the other, so that two workers share them."""


@pytest.mark.crash
@pytest.mark.parametrize("first", range(LIVES))
def test_servers_that_die_everywhere_have_broken_no_promise(tmp_path: Path, first: int) -> None:
    assert die_and_live_on(tmp_path, *EVERYWHERE[first::LIVES]) == []


@pytest.mark.crash
@pytest.mark.nightly
@pytest.mark.parametrize("where", EVERYWHERE)
def test_whoever_dies_there_has_broken_no_promise(tmp_path: Path, where: str) -> None:
    assert die_and_live_on(tmp_path, where) == []


@pytest.mark.crash
@pytest.mark.nightly
@pytest.mark.parametrize("where", EVERYWHERE)
def test_whoever_dies_there_on_postgresql_has_broken_no_promise(
    tmp_path: Path, postgresql_url: str, where: str
) -> None:
    assert die_and_live_on(tmp_path, where, database_url=postgresql_url) == []


@pytest.mark.crash
def test_whoever_dies_while_slack_has_not_answered_has_broken_no_promise(tmp_path: Path) -> None:
    assert die_with_a_post_under_way(tmp_path) == []


def test_every_point_of_the_table_stands_in_the_code() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in SOURCES.rglob("*.py"))

    placed = re.findall(r'crash_point\("([^"]+)"\)', text)

    assert set(placed) == set(CRASH_POINTS)


@pytest.mark.parametrize("where", ["drain.unheard_of", "drain.claimed:0", "drain.claimed:soon"])
def test_a_point_that_does_not_exist_is_refused(where: str) -> None:
    with pytest.raises(InvalidInputError, match="TOCSIN_CRASH_AT"):
        arm(where)
