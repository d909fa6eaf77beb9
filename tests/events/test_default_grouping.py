"""What is remembered of frames never answers for another one."""

import pytest
from msgspec.structs import replace

from tocsin.events.default_grouping import LEFT_OUT, judge
from tocsin.events.frame_names import frame_name
from tocsin.events.own_code import Owner, owner_of
from tocsin.events.schema import Frame

FRAME = Frame(filename="app/cart.js", function="t", colno=300, context_line="return sum(items)")
OTHERS = (
    replace(FRAME, filename="app/node_modules/cart.js"),
    replace(FRAME, filename=None, abs_path="https://shop.example/till.js"),
    replace(FRAME, abs_path="https://shop.example/node_modules/cart.js"),
    replace(FRAME, function="total"),
    replace(FRAME, module="till"),
    replace(FRAME, filename=None, function="total", package="/app/till"),
    replace(FRAME, colno=301),
    replace(FRAME, in_app=True),
    replace(FRAME, in_app=False),
    replace(FRAME, function=None, context_line="return total(items)"),
)


@pytest.mark.parametrize("other", OTHERS)
def test_a_frame_that_differs_from_one_before_is_judged_by_itself(other: Frame) -> None:
    judge([FRAME], "javascript")

    names, _ = judge([other], "javascript")

    name = frame_name(other, "javascript")
    assert names == ([name] if name.is_telling else [])


@pytest.mark.parametrize("other", OTHERS)
def test_whose_a_frame_is_counts_whichever_was_asked_about_before(other: Frame) -> None:
    judge([FRAME], "javascript")
    own = Frame(filename="app/own.js", function="total", in_app=True)

    _, reasons = judge([other, own], "javascript")

    owner = owner_of(other)
    assert reasons[0] == ("" if owner == Owner.APPLICATION else LEFT_OUT[owner])
