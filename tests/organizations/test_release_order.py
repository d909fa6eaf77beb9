"""Which of two releases came before, and which one is current."""

from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.acme import NOW
from tocsin.kernel.ids import ReleaseId
from tocsin.organizations.models import Release
from tocsin.organizations.release_order import is_older, newest, parse_version

IN_ORDER = [
    "shop@0.9",
    "shop@1.0.0-alpha",
    "shop@1.0.0-alpha.1",
    "shop@1.0.0-alpha.beta",
    "shop@1.0.0-beta.2",
    "shop@1.0.0-beta.11",
    "shop@1.0.0-rc.1",
    "shop@1.0.0",
    "shop@v1.0.1",
    "shop@1.2.9",
    "shop@1.2.10",
    "shop@1.10",
    "shop@2.0.0.1",
]


def release(version: str, day: int = 0) -> Release:
    """A release that was heard of on the `day`-th day; ids rise with days."""
    return Release(id=ReleaseId(day + 1), version=version, first_seen=NOW + timedelta(days=day))


@pytest.mark.parametrize(("before", "after"), list(pairwise(IN_ORDER)))
def test_versions_of_one_package_are_ordered_by_their_numbers_whenever_they_were_seen(before: str, after: str):
    old, new = release(before, day=5), release(after, day=1)

    assert (is_older(old, new), is_older(new, old)) == (True, False)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("shop@2.0.0", "cart@1.0.0"),
        ("shop@2.0.0", "1.0.0"),
        ("8f3a2c1", "0badcafe"),
        ("20261122", "20251122"),
        ("shop@1.0.0", "8f3a2c1"),
        ("shop@1.0.0+17", "shop@1.0.0+9"),
        ("", "1"),
    ],
)
def test_all_others_are_ordered_by_when_they_were_first_heard_of(first: str, second: str):
    old, new = release(first, day=1), release(second, day=2)

    assert (is_older(old, new), is_older(new, old)) == (True, False)


def test_no_release_is_older_than_itself():
    one = release("shop@1.0.0")

    assert not is_older(one, one)


def test_a_scope_belongs_to_the_package():
    assert parse_version("@acme/shop@1.2.3") == parse_version("@acme/shop@1.2.3.0")
    assert parse_version("@acme/shop@1.2.3") != parse_version("shop@1.2.3")


@pytest.mark.parametrize(
    ("versions", "current"),
    [
        ([], None),
        (["shop@1.0.0"], "shop@1.0.0"),
        (["shop@1.9.0", "shop@1.10.0", "shop@1.8.7"], "shop@1.10.0"),
        (["shop@2.0.0", "8f3a2c1"], "8f3a2c1"),
        (["8f3a2c1", "cart@9.0.0", "shop@1.1.0", "shop@1.0.9"], "shop@1.1.0"),
    ],
)
def test_the_current_release_is_the_highest_of_the_package_that_was_heard_of_last(versions, current):
    found = newest([release(version, day) for day, version in enumerate(versions)])

    assert (found and found.version) == current


@given(st.text(max_size=250))
def test_whatever_an_application_calls_its_release_has_a_place(version: str):
    other = release("shop@1.0.0", day=1)

    assert is_older(release(version), other) != is_older(other, release(version))
