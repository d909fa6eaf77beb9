"""Secrets are known by their shapes, and numbers with check digits for what they are."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tocsin.events.sensitive import SHAPES, SIGNS, filter_shapes, is_card, is_iban


@pytest.mark.parametrize(
    "number", ["4111111111111111", "5555555555554444", "2223003122003222", "378282246310005", "6011111111111117"]
)
def test_the_test_numbers_of_card_schemes_are_cards_and_their_neighbours_are_not(number: str) -> None:
    assert is_card(number)
    assert not is_card(number[:-1] + str((int(number[-1]) + 1) % 10))


@pytest.mark.parametrize("iban", ["DE89370400440532013000", "GB82 WEST 1234 5698 7654 32", "NO9386011117947"])
def test_the_examples_of_the_iban_registry_are_ibans_and_their_neighbours_are_not(iban: str) -> None:
    assert is_iban(iban)
    assert not is_iban(iban[:-1] + str((int(iban[-1]) + 1) % 10))


SECRETS = (
    ("4111111111111111", "4111 1111 1111 1111", "3782-822463-10005"),
    ("DE89370400440532013000", "GB82 WEST 1234 5698 7654 32"),
    ("-----BEGIN RSA PRIVATE KEY-----MIIE-----END RSA PRIVATE KEY-----",),
    ("Bearer t0k3n-abcdef",),
    ("Basic QWxhZGRpbjpvcGVu",),
    ("postgresql://ada:hunter2@db/shop", "https://0123456789abcdef@host"),
    ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0x.c2ln",),
    ("AKIA" + "Z" * 16, "AIza" + "z" * 35),
    ("ghp_" + "a" * 36, "github_pat_" + "a" * 40, "glpat-" + "a" * 20),
    ("npm_" + "a" * 36,),
    ("xoxb-1234567890",),
    ("hooks.slack.com/services/T0/B0/abcdefgh",),
    ("sk_live_" + "a" * 16, "rk_test_" + "a" * 16, "sk-proj-" + "a" * 20, "sk-ant-" + "a" * 20),
    ("whsec_" + "a" * 16,),
)
"""For each shape, in their order, what it is to find."""

PIECES = st.sampled_from([secret for secrets in SECRETS for secret in secrets])
JOINTS = st.text(st.sampled_from(" -_.:/@'\"\\nrtaA9b{},é"), max_size=3)
DOCUMENTS = st.lists(st.tuples(JOINTS, st.one_of(PIECES, PIECES.map(lambda piece: piece[:-3]))), max_size=6)


@given(DOCUMENTS)
@example([("://", "4111 1111 1111 1111"), (":A9", ""), ("@", "db")])
def test_the_one_look_for_all_signs_loses_no_secret_that_looking_for_each_would_find(
    pieces: list[tuple[str, str]],
) -> None:
    document = "".join(joint + piece for joint, piece in pieces)
    expected, found = document, 0
    for shape in SHAPES:
        expected, more = shape.filter(expected)
        found += more

    assert filter_shapes(document.encode()) == (expected.encode(), found)


@pytest.mark.parametrize(
    ("place", "secret"), [(place, secret) for place, secrets in enumerate(SECRETS) for secret in secrets]
)
def test_a_secret_shows_the_sign_of_its_own_shape(place: int, secret: str) -> None:
    assert SHAPES[place].filter(secret)[1] == 1
    assert place in (SIGNS.Match(secret) or [])


def test_every_shape_has_a_secret_here() -> None:
    assert len(SECRETS) == len(SHAPES)
