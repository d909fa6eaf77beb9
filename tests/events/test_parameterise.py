"""What changes from time to time is taken out of a message, and what tells problems apart stays."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.events.parameterise import MAX_PARAMETERISED, parameterise


@pytest.mark.parametrize(
    ("message", "template"),
    [
        ("order 17 failed", "order <n> failed"),
        ("took 3.5 s, 1,024 bytes, 12ms, -4 %", "took <n> s, <n> bytes, <n>ms, <n> %"),
        ("retry #3 of v2", "retry #<n> of v<n>"),
        ("no user 'ada' in \"shop\" or `db`", "no user <quoted> in <quoted> or <quoted>"),
        ("can't find the users' cart", "can't find the users' cart"),
        ("id 550e8400-e29b-41d4-a716-446655440000 gone", "id <uuid> gone"),
        ("at 0x7fff12AB in <Cart object at 0x7f12>", "at <hex> in <Cart object at <hex>>"),
        ("commit deadbeef01 is missing", "commit <n> is missing"),
        ("the facade is decadent", "the facade is decadent"),
        ("2026-01-02T03:04:05.123Z boom", "<time> boom"),
        ("on 2026-01-02 10:15:00, due 1/2/2026", "on <date> <time>, due <date>"),
        ("connect to 10.0.0.1:5432 failed", "connect to <address> failed"),
        ("no route to fe80::1ff:fe23:4567:890a", "no route to <address>"),
        ("GET https://shop.example/cart?id=1 said 503", "GET <url> said <n>"),
        ("no file /var/lib/shop/17.db.", "no file <path>."),
        ("in C:\\Users\\ada\\cart.txt and src/cart.py:12", "in <path> and <path>"),
        ("application/json and/or text/html", "application/json and/or text/html"),
        ("mail to ada.l@example.co.uk bounced", "mail to <email> bounced"),
        ("charge ch_3MtwBwLkdIwHu7ix28a3tqPa failed", "charge <token> failed"),
        ("no index order-number-2-of-10", "no index order-number-<n>-of-<n>"),
        ("id=deadbeef01, id=1000000001", "id=<n>, id=<n>"),
        ("key(id)=(17) exists", "key(id)=(<n>) exists"),
        ("  two\n lines\tof text ", "two lines of text"),
        ("cannot read properties (reading 'total')", "cannot read properties (reading 'total')"),
        ("'NoneType' object has no attribute 'sum'", "'NoneType' object has no attribute 'sum'"),
        ("name 'total' is not defined", "name 'total' is not defined"),
        ("no user with name 'ada'", "no user with name <quoted>"),
        ("No module named 'shop.cart'", "No module named 'shop.cart'"),
        ("no table 'tmp_20260102'", "no table 'tmp_<n>'"),
        ("no column 'the whole name'", "no column <quoted>"),
        ("order-550e8400-e29b-41d4-a716-446655440000 gone", "order-<uuid> gone"),
        ("id=550e8400-e29b-41d4-a716-446655440000, at=10.0.0.1", "id=<uuid>, at=<address>"),
        ("since Mon, 02 Jan 2026 10:15:00 GMT", "since <date> <time> GMT"),
        ("since 01-Feb-2026", "since <date>"),
        ("ids [1, 2, 3] and ['a', 'b']", "ids [<n>] and [<quoted>]"),
        ("GET /cart/17?page=2 failed", "GET /cart/<n> failed"),
        ("POST /users/550e8400-e29b-41d4-a716-446655440000/cart", "POST /users/<uuid>/cart"),
        ("stock of %s is below %d", "stock of %s is below %d"),
        ("ошибка 17 в 'корзине'", "ошибка <n> в <quoted>"),
        ("", ""),
    ],
)
def test_what_varies_is_named_by_its_kind(message: str, template: str) -> None:
    assert parameterise(message) == template


@pytest.mark.parametrize(("one", "other"), [("disk full", "disk gone"), ("HTTP timeout", "HTTP reset"), ("a b", "ab")])
def test_different_sentences_stay_different(one: str, other: str) -> None:
    assert parameterise(one) != parameterise(other)


@given(number=st.integers(0, 10**12), other=st.integers(0, 10**12))
def test_no_number_makes_a_difference(number: int, other: int) -> None:
    assert parameterise(f"order {number}: failed after {number} s") == parameterise(
        f"order {other}: failed after {other} s"
    )


@given(message=st.text())
def test_any_text_has_a_template_in_which_white_space_does_not_count(message: str) -> None:
    assert parameterise(f"\n  {message} \t") == parameterise(message)


@pytest.mark.parametrize(
    "piece",
    [
        "a1",
        "'",
        "1:",
        "a-",
        "0x",
        "1.1.",
        "//",
        "@.",
        "a@",
        "{{",
        "-",
        "1,",
        "f:",
        "../",
        "::",
        "aB1",
        "A_",
        "A1_",
        "-x2",
        "“",
        "„a”",
        "é“",
        "utf",
        "http/",
        "ORA",
        "a=",
        "aB/",
        "Ab1C",
        "=-",
        "-b-2",
    ],
)
def test_no_message_takes_long(piece: str) -> None:
    message = piece * (1_000_000 // len(piece))
    started = time.process_time()

    parameterise(message)
    for cut in range(MAX_PARAMETERISED - 20, MAX_PARAMETERISED):
        parameterise(message[:cut] + "!")

    assert time.process_time() - started < 0.2
