"""Secrets at rest."""

import stat
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from tocsin.kernel.errors import InvalidInputError
from tocsin.kernel.secrets import SecretBox, SecretUnreadableError, load_keys


@pytest.fixture
def old_key() -> str:
    return Fernet.generate_key().decode()


@pytest.fixture
def new_key() -> str:
    return Fernet.generate_key().decode()


def test_a_secret_comes_back_where_it_was_put(old_key: str) -> None:
    box = SecretBox([old_key])

    sealed = box.seal("xoxb-1", context="integration:7:bot_token")

    assert box.open(sealed, context="integration:7:bot_token") == "xoxb-1"


def test_a_secret_that_was_copied_to_another_row_is_refused(old_key: str) -> None:
    box = SecretBox([old_key])
    sealed = box.seal("xoxb-1", context="integration:7:bot_token")

    with pytest.raises(SecretUnreadableError):
        box.open(sealed, context="integration:8:bot_token")


def test_a_secret_moves_to_the_new_key_and_the_old_one_can_go(old_key: str, new_key: str) -> None:
    sealed = SecretBox([old_key]).seal("xoxb-1", context="c")

    resealed = SecretBox([new_key, old_key]).reseal(sealed)

    assert SecretBox([new_key]).open(resealed, context="c") == "xoxb-1"


def test_a_key_that_was_never_ours_reads_nothing(old_key: str, new_key: str) -> None:
    sealed = SecretBox([old_key]).seal("xoxb-1", context="c")

    with pytest.raises(SecretUnreadableError):
        SecretBox([new_key]).open(sealed, context="c")


def test_marks_stay_recognisable_when_a_key_is_put_in_front(old_key: str, new_key: str) -> None:
    mark = SecretBox([old_key]).marker(1, "C1", "")

    assert SecretBox([new_key, old_key]).marker(1, "C1", "") == mark


@pytest.mark.parametrize("keys", [[], ["no key at all"]])
def test_a_useless_setting_is_named(keys: list[str]) -> None:
    with pytest.raises(InvalidInputError, match="TOCSIN_SECRET_KEYS"):
        SecretBox(keys)


def test_without_a_setting_one_key_is_made_for_our_eyes_only_and_kept(tmp_path: Path) -> None:
    first = load_keys(None, tmp_path)
    second = load_keys(None, tmp_path)

    mode = stat.S_IMODE((tmp_path / "secret-keys").stat().st_mode)
    assert (first == second, len(first), mode) == (True, 1, 0o600)


def test_keys_from_the_environment_win_and_touch_no_file(tmp_path: Path) -> None:
    assert (load_keys("new, old", tmp_path), list(tmp_path.iterdir())) == (["new", "old"], [])
