"""Which user an event hit."""

import pytest

from tocsin.events.identity import user_key_of

ADA = {"id": "7", "email": "ada@example.com", "username": "ada", "ip_address": "203.0.113.9"}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (ADA, {"id": "7"}),
        ({"id": "7"}, {"id": 7}),
        ({"id": " 7 "}, {"id": "7"}),
        ({"email": "ada@example.com", "ip_address": "203.0.113.9"}, {"email": "ada@example.com"}),
        ({"username": "ada", "ip_address": "203.0.113.9"}, {"username": "ada"}),
        ({"id": "", "ip_address": "203.0.113.9"}, {"id": None, "ip_address": "203.0.113.9"}),
        ({"id": "[Filtered]", "username": "ada"}, {"username": "ada"}),
    ],
)
def test_one_user_is_known_again_by_the_surest_of_what_an_event_says(one, other):
    keys = {user_key_of(one), user_key_of(other)}

    assert len(keys) == 1
    assert keys != {None}


@pytest.mark.parametrize(("one", "other"), [({"id": "7"}, {"id": "8"}), ({"id": "ada"}, {"username": "ada"})])
def test_two_users_have_two_keys(one, other):
    assert user_key_of(one) != user_key_of(other)


@pytest.mark.parametrize(
    "user",
    [
        None,
        {},
        {"geo": {"city": "London"}},
        {"id": ""},
        {"id": None},
        {"id": True},
        {"id": 1.5},
        {"id": ["7"]},
        {"email": "[Filtered]"},
        {"ip_address": "{{auto}}"},
    ],
)
def test_an_event_that_names_nobody_hit_nobody(user):
    assert user_key_of(user) is None


@pytest.mark.parametrize("number", range(40))
def test_a_key_fits_into_a_column_of_sixty_four_bits(number):
    key = user_key_of({"id": number})

    assert key is not None
    assert -(2**63) <= key < 2**63
