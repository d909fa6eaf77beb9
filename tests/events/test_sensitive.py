"""Numbers with check digits are known for what they are."""

import pytest

from tocsin.events.sensitive import is_card, is_iban


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
