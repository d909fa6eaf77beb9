"""Quotas: windows of a minute and of a day, of keys and of projects."""

from datetime import UTC, datetime, timedelta

import pytest

from tocsin.ingest.errors import RateLimitedError
from tocsin.ingest.quotas import HOLD_OFF_AT_MOST, Quotas, limits_of
from tocsin.kernel.ids import ProjectId, ProjectKeyId
from tocsin.organizations.quotas import UNLIMITED, Quota

NOON = datetime(2026, 3, 14, 12, 0, 20, tzinfo=UTC)
PROJECT, KEY, OTHER_KEY = ProjectId(1), ProjectKeyId(1), ProjectKeyId(2)


class SetClock:
    """A clock that stands still until it is set."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def quotas(clock: SetClock) -> Quotas:
    return Quotas(clock)


def test_without_limits_everything_is_let_in(quotas: Quotas) -> None:
    limits = limits_of(PROJECT, UNLIMITED, KEY, UNLIMITED)

    for _ in range(1000):
        quotas.take(limits)

    assert limits == ()


def test_so_many_are_let_in_and_no_more(quotas: Quotas) -> None:
    limits = limits_of(PROJECT, Quota(per_minute=3), KEY, UNLIMITED)
    for _ in range(3):
        quotas.take(limits)

    with pytest.raises(RateLimitedError) as refused:
        quotas.take(limits)

    assert (refused.value.scope, refused.value.seconds) == ("project", 41)


def test_the_next_minute_is_a_new_one(quotas: Quotas, clock: SetClock) -> None:
    limits = limits_of(PROJECT, Quota(per_minute=1), KEY, UNLIMITED)
    quotas.take(limits)

    clock.now += timedelta(seconds=40)

    quotas.take(limits)


def test_a_limit_of_nothing_lets_nothing_in(quotas: Quotas) -> None:
    with pytest.raises(RateLimitedError):
        quotas.take(limits_of(PROJECT, UNLIMITED, KEY, Quota(per_day=0)))


def test_the_keys_of_a_project_share_its_limit_and_have_their_own(quotas: Quotas) -> None:
    project_quota = Quota(per_minute=3)
    one = limits_of(PROJECT, project_quota, KEY, Quota(per_minute=1))
    other = limits_of(PROJECT, project_quota, OTHER_KEY, UNLIMITED)

    quotas.take(one)
    with pytest.raises(RateLimitedError) as by_key:
        quotas.take(one)
    quotas.take(other)
    quotas.take(other)
    with pytest.raises(RateLimitedError) as by_project:
        quotas.take(other)

    assert (by_key.value.scope, by_project.value.scope) == ("key", "project")


def test_what_one_limit_refuses_no_other_counts(quotas: Quotas, clock: SetClock) -> None:
    limits = limits_of(PROJECT, Quota(per_minute=1, per_day=2), KEY, UNLIMITED)
    quotas.take(limits)
    with pytest.raises(RateLimitedError):
        quotas.take(limits)

    clock.now += timedelta(minutes=1)

    quotas.take(limits)


def test_an_envelope_that_was_let_in_counts_whole(quotas: Quotas) -> None:
    limits = limits_of(PROJECT, Quota(per_minute=2), KEY, UNLIMITED)
    quotas.take(limits)

    quotas.add(limits, 9)

    with pytest.raises(RateLimitedError):
        quotas.take(limits)


def test_what_was_given_back_may_come_again(quotas: Quotas) -> None:
    limits = limits_of(PROJECT, Quota(per_minute=1), KEY, UNLIMITED)
    quotas.take(limits)

    quotas.add(limits, -1)

    quotas.take(limits)


def test_a_day_goes_on_from_what_the_database_knows(quotas: Quotas) -> None:
    limits = limits_of(PROJECT, Quota(per_day=10), KEY, UNLIMITED)

    quotas.catch_up(limits, {("project", PROJECT): 10})

    with pytest.raises(RateLimitedError) as refused:
        quotas.take(limits)
    assert refused.value.seconds == HOLD_OFF_AT_MOST


def test_catching_up_forgets_nothing_that_is_not_saved_yet(quotas: Quotas) -> None:
    limits = limits_of(PROJECT, Quota(per_day=2), KEY, UNLIMITED)
    quotas.take(limits)
    quotas.take(limits)

    quotas.catch_up(limits, {("project", PROJECT): 1})

    with pytest.raises(RateLimitedError):
        quotas.take(limits)
