"""Which issues a commit's message says that it fixes."""

import time

import pytest

from tocsin.issues.fixes import named_in


@pytest.mark.parametrize(
    ("message", "named"),
    [
        ("Fixes WEB-12", ["WEB-12"]),
        ("fix web-12", ["WEB-12"]),
        ("Count people.\n\nResolves: WEB-12\n", ["WEB-12"]),
        ("closed WEB-12.", ["WEB-12"]),
        ("Fixes WEB-12, WEB-13 and MY_API-4, and SHOP-EU-5", ["WEB-12", "WEB-13", "MY_API-4", "SHOP-EU-5"]),
        ("Fixes WEB-12. Fixes web-12, resolves WEB-3", ["WEB-12", "WEB-3"]),
        ("(fixes WEB-12)", ["WEB-12"]),
        ("WEB-12 was never fixed", []),
        ("Prefixes WEB-12", []),
        ("hot-fix WEB-12", []),
        ("Fixes the cart of WEB-12", []),
        ("Fixes WEB-", []),
        ("Fixes #12", []),
        ("", []),
    ],
)
def test_only_what_stands_behind_the_word_is_named(message: str, named: list[str]):
    assert named_in(message) == named


def test_a_hostile_message_holds_nobody_up():
    began = time.perf_counter()

    named_in("fixes " + "a-" * 50_000 + "1, and " * 5_000)

    assert time.perf_counter() - began < 1
