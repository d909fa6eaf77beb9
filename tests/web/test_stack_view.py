"""Exceptions, frames and threads as a page shows them."""

import json

import pytest

from tests.web import events
from tocsin.events.decode import decode_event
from tocsin.web.stack_view import stacks_of, threads_of

MODULE_AND_PACKAGE = (("module", "com.shop.Cart"), ("package", "shop.jar"))
PATH = (("path", "https://shop.example/main.js?v=2"),)


def decoded(sent):
    return decode_event(json.dumps(sent).encode())


def chain(*exceptions, **more):
    return decoded({"exception": {"values": list(exceptions)}, **more})


def exception(kind, value="", frames=(), **mechanism):
    return {
        "type": kind,
        "value": value,
        "mechanism": {"type": "generic", **mechanism},
        "stacktrace": {"frames": list(frames)},
    }


def test_a_group_is_told_with_its_members_and_their_causes():
    event = chain(
        exception("OSError", exception_id=3, parent_id=2),
        exception("ValueError", exception_id=2, parent_id=0),
        exception("TypeError", exception_id=1, parent_id=0),
        exception("ExceptionGroup", exception_id=0, is_exception_group=True),
    )

    told = [(stack.relation, stack.type, stack.depth) for stack in stacks_of(event)]

    assert told == [
        ("", "ExceptionGroup", 0),
        ("Part of the group", "TypeError", 1),
        ("Part of the group", "ValueError", 1),
        ("Caused by", "OSError", 1),
    ]


def test_a_chain_whose_ids_make_no_sense_is_told_one_after_the_other():
    event = chain(exception("A", exception_id=7, parent_id=7), exception("B", parent_id=99), exception("C"))

    assert [(stack.relation, stack.depth) for stack in stacks_of(event)] == [
        ("", 0),
        ("Caused by", 0),
        ("Caused by", 0),
    ]


def test_of_a_long_chain_only_its_ends_are_open():
    event = chain(*(exception(f"E{number}") for number in range(5)))

    assert [stack.is_open for stack in stacks_of(event)] == [True, False, False, False, True]


def test_frames_of_libraries_are_counted_where_they_begin():
    frames = [events.frame("f.py", "f", 1, line="f()", in_app=own) for own in (False, True, False, False, True, False)]

    (stack,) = stacks_of(chain(exception("E", frames=frames)))

    assert [(frame.in_app, frame.run) for frame in stack.frames] == [
        (False, 1),
        (True, 0),
        (False, 2),
        (False, 0),
        (True, 0),
        (False, 1),
    ]


def test_a_recursion_of_hundreds_of_frames_opens_only_a_few():
    frames = [events.frame("deep.py", f"level_{number}", number, line="again()") for number in range(200)]

    (stack,) = stacks_of(chain(exception("RecursionError", frames=frames)))

    assert [sum(frame.is_open for frame in stack.frames), sum(frame.is_first for frame in stack.frames)] == [4, 1]


@pytest.mark.parametrize(
    ("platform", "raw"),
    [
        (
            "python",
            (
                "Traceback (most recent call last):\n"
                '  File "a.py", line 1, in outer\n    inner()\n'
                '  File "b.py", line 2, in inner\n    raise\n'
                "E: gone"
            ),
        ),
        ("javascript", "E: gone\n    at inner (b.py:2)\n    at outer (a.py:1)"),
    ],
)
def test_a_raw_stack_reads_as_in_the_log_of_its_platform(platform, raw):
    frames = [events.frame("a.py", "outer", 1, line="inner()"), events.frame("b.py", "inner", 2, line="raise")]

    (stack,) = stacks_of(chain(exception("E", "gone", frames), platform=platform))

    assert stack.raw == raw


def test_the_stack_of_a_crashed_thread_is_the_exceptions_and_not_told_twice():
    crashed = {"id": 1, "crashed": True, "stacktrace": {"frames": [events.frame("main.c", "main", 3, line="x")]}}
    other = {"id": 2, "name": "pool-1", "stacktrace": {"frames": [events.frame("wait.c", "wait", 9, line="y")]}}
    event = decoded({"exception": [{"type": "SIGSEGV"}], "threads": {"values": [other, crashed]}})

    (stack,), (thread,) = stacks_of(event), threads_of(event)

    assert ([frame.file for frame in stack.frames], thread.name) == (["main.c"], "pool-1")
    assert thread.frames == (("wait (wait.c:9)", True),)


@pytest.mark.parametrize(
    ("sent", "facts"),
    [
        ({"filename": "shop/cart.py", "module": "shop.cart", "abs_path": "/srv/shop/cart.py"}, ()),
        ({"filename": "cart.py", "module": "shop.cart"}, (("module", "shop.cart"),)),
        ({"filename": "Cart.java", "module": "com.shop.Cart", "package": "shop.jar"}, MODULE_AND_PACKAGE),
        ({"filename": "app:///main.js", "abs_path": "https://shop.example/main.js?v=2"}, PATH),
    ],
)
def test_a_frame_says_of_its_place_what_its_file_does_not(sent, facts):
    (stack,) = stacks_of(chain(exception("E", frames=[sent])))

    assert stack.frames[0].facts == facts
