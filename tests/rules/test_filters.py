"""Which events a rule is asked about."""

import pytest

from tocsin.kernel.errors import InvalidInputError
from tocsin.rules.filters import decode_filters, encode_filters, parse_filter

EVENT = {"level": "error", "environment": "production", "release": "shop@2.4.1", "customer": "acme corp"}


@pytest.mark.parametrize(
    ("typed", "passes"),
    [
        ("level is error", True),
        ("level is not error", False),
        ("level at least warning", True),
        ("level at least error", True),
        ("level at least fatal", False),
        ("environment is production", True),
        ("environment is staging", False),
        ("environment is not staging", True),
        ("release contains @2.4", True),
        ("release does not contain @2.4", False),
        ("customer is acme corp", True),
        ("customer is Acme corp", False),
        ("customer is set", True),
        ("customer is not set", False),
        ("plan is set", False),
        ("plan is not set", True),
        ("plan is not gold", True),
        ("plan contains gold", False),
        ("plan does not contain gold", True),
        ("customer is settled", False),
    ],
)
def test_a_filter_lets_pass_what_it_says(typed: str, passes: bool) -> None:
    wanted = parse_filter(f" {typed} ")

    assert wanted.passes(EVENT) == passes
    assert wanted.words == typed
    assert decode_filters(encode_filters([wanted])) == [wanted]


@pytest.mark.parametrize(
    "typed",
    ["", "level", "level is", "level is worse", "level contains err", "customer is set yes", "a b is c", "x" * 500],
)
def test_what_is_no_filter_is_refused(typed: str) -> None:
    with pytest.raises(InvalidInputError):
        parse_filter(typed)
