"""What nobody would see, or would turn a page around, is shown as a sign."""

import pytest

from tests.support.attack_vectors import VECTORS
from tocsin.http.visible import visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain\ttext\n", "plain\ttext\n"),
        ("\x00\x1b[31m\x7f", "⟨U+0000⟩⟨U+001B⟩[31m⟨U+007F⟩"),
        ("\u202egnp.exe", "⟨U+202E⟩gnp.exe"),
        ("a\u200bb\ufeff", "a⟨U+200B⟩b⟨U+FEFF⟩"),
        ("\U000e0041", "⟨U+E0041⟩"),
        ("\U0001f468\u200d\U0001f469", "\U0001f468\u200d\U0001f469"),
        ("عربي\u200f!", "عربي\u200f!"),
    ],
)
def test_hidden_characters_get_a_sign_and_languages_stay_whole(text, shown):
    assert visible(text) == shown


def test_what_was_made_visible_stays_as_it_is():
    once = [visible(vector) for vector in VECTORS]

    assert [visible(text) for text in once] == once
