"""Passwords at rest, and what their checking gives away."""

from time import thread_time

import pytest

from tocsin.kernel.errors import InvalidInputError
from tocsin.members.passwords import LONGEST, hash_password, is_password_right


def test_the_password_that_was_hashed_is_right_and_another_is_wrong():
    stored = hash_password("correct horse")

    verdicts = [is_password_right(stored, guess) for guess in ("correct horse", "correct Horse", "")]

    assert verdicts == [True, False, False]


def test_the_same_password_is_stored_differently_each_time_and_as_argon2id():
    first, second = hash_password("correct horse"), hash_password("correct horse")

    assert first != second
    assert first.startswith("$argon2id$")


@pytest.mark.parametrize("password", ["", "x" * (LONGEST + 1)])
def test_a_password_that_cannot_be_stored_is_refused(password):
    with pytest.raises(InvalidInputError, match="1 to 1024"):
        hash_password(password)


def test_no_password_is_right_for_nobody():
    assert not is_password_right(None, "the password of nobody")


def test_asking_for_nobody_costs_as_much_as_asking_for_somebody():
    stored = hash_password("correct horse")
    is_password_right(None, "what nobody's hash takes the first time")

    somebody, nobody = (work_of(lambda each=each: is_password_right(each, "wrong")) for each in (stored, None))

    # Work, not time, and far from close: who looks nothing up is a thousand times cheaper.
    assert somebody / 10 < nobody < somebody * 10


def work_of(call):
    """The CPU seconds of this thread, in which alone a hash of one lane is made."""
    begun = thread_time()
    call()
    return thread_time() - begun
