"""Which events are the same problem, and why."""

import subprocess
import sys
from typing import Any

import msgspec
import pytest

from tocsin.events.grouping import fingerprint_of
from tocsin.events.schema import Event, ExceptionValue, Frame, LogEntry, Mechanism, Stacktrace, Thread


def frames(*names: str, in_app: bool | None = True) -> list[Frame]:
    """Frames of a module called like the letters before the dot."""
    return [Frame(module=name.split(".")[0], function=name.split(".")[1], in_app=in_app) for name in names]


def raised(kind: str, *stack: Frame, value: str = "", **more: Any) -> ExceptionValue:
    return ExceptionValue(type=kind, value=value, stacktrace=Stacktrace(frames=list(stack)) if stack else None, **more)


KEY_ERROR = Event(exception=[raised("KeyError", *frames("a.f", "a.g"), value="'x'")])


def test_the_application_s_frames_and_the_type_say_what_it_is() -> None:
    fingerprint = fingerprint_of(KEY_ERROR)

    assert fingerprint.method == "in_app_frames"
    assert fingerprint.components == ["exception KeyError", "frame a in f", "frame a in g"]


def test_the_fingerprint_is_the_same_in_every_process() -> None:
    program = (
        "from tests.events.test_grouping import KEY_ERROR; from tocsin.events.grouping import fingerprint_of;"
        "print(fingerprint_of(KEY_ERROR).hash)"
    )

    printed = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout

    assert printed.strip() == fingerprint_of(KEY_ERROR).hash


@pytest.mark.parametrize(
    "same",
    [
        Event(exception=[raised("KeyError", *frames("a.f", "a.g"), value="'y'")]),
        Event(exception=[raised("KeyError", *frames("a.f", "a.g"))], release="2", environment="b", level="fatal"),
        Event(exception=[raised("KeyError", *frames("lib.x", in_app=False), *frames("a.f", "a.g"))]),
        Event(exception=[raised("KeyError", *frames("a.f", "a.g"), *frames("lib.x", in_app=False))]),
        Event(exception=[raised("KeyError", *frames("a.f", "a.g", "a.g", "a.g"))]),
        Event(exception=[raised("KeyError", *frames("a.f", "a.g", "a.f", "a.g", "a.f", "a.g"))]),
        Event(
            exception=[raised("KeyError", *frames("a.f", "a.g"))], transaction="/cart", fingerprint=["{{ default }}"]
        ),
        Event(exception=[raised("KeyError", *frames("a.f", "a.g"))], fingerprint=["{{default}}"], tags={"a": "b"}),
    ],
    ids=["value", "release", "library outside", "library inside", "recursion", "cycle", "default", "default unspaced"],
)
def test_what_does_not_matter_makes_no_new_issue(same: Event) -> None:
    assert fingerprint_of(same) == fingerprint_of(KEY_ERROR)


@pytest.mark.parametrize(
    "other",
    [
        Event(exception=[raised("ValueError", *frames("a.f", "a.g"))]),
        Event(exception=[raised("KeyError", *frames("a.f", "a.h"))]),
        Event(exception=[raised("KeyError", *frames("a.g"))]),
        Event(exception=[raised("OSError"), raised("KeyError", *frames("a.f", "a.g"))]),
        Event(exception=[raised("KeyError", *frames("a.f", "a.g"))], fingerprint=["{{ default }}", "north"]),
        Event(logentry=LogEntry(message="KeyError")),
    ],
    ids=["type", "function", "caller", "cause", "sdk", "message"],
)
def test_what_matters_makes_a_new_issue(other: Event) -> None:
    assert fingerprint_of(other).hash != fingerprint_of(KEY_ERROR).hash


def test_without_a_word_on_whose_code_it_is_every_frame_counts() -> None:
    unknown = Event(exception=[raised("E", *frames("a.f", "lib.x", in_app=None))])
    libraries = Event(exception=[raised("E", *frames("a.f", "lib.x", in_app=False))])

    assert fingerprint_of(unknown).components == ["exception E", "frame a in f", "frame lib in x"]
    assert fingerprint_of(libraries) == fingerprint_of(unknown)


def test_the_members_of_a_group_count_by_kind_and_not_by_number() -> None:
    whole = raised("ExceptionGroup", *frames("a.f"))
    two = Event(exception=[raised("ValueError", value="1"), raised("ValueError", value="2"), whole])
    one = Event(exception=[raised("ValueError", value="3"), whole])

    assert fingerprint_of(two) == fingerprint_of(one)


def test_an_exception_without_frames_is_known_by_its_type_and_what_it_says() -> None:
    fingerprint = fingerprint_of(Event(exception=[raised("KeyError", value="order 17")]))

    assert (fingerprint.method, fingerprint.components) == ("exception", ["exception KeyError: order <n>"])


def test_minified_frames_say_nothing_so_the_exception_speaks() -> None:
    builds = [
        Event(
            exception=[
                raised(
                    "TypeError",
                    Frame(filename=f"https://a.example/main.{build}.js", function=name, colno=9000),
                    value="x is 3",
                )
            ]
        )
        for build, name in (("3f2a9c1b", "t"), ("99aabbcc", "Xe"))
    ]

    one, other = map(fingerprint_of, builds)

    assert (one.method, one.components) == ("exception", ["exception TypeError: x is <n>"])
    assert one == other


def test_a_type_that_the_sdk_made_up_does_not_count() -> None:
    made_up = Mechanism(synthetic=True)
    one = Event(exception=[raised("Error", *frames("a.f"), mechanism=made_up)])
    other = Event(exception=[raised("UnhandledRejection", *frames("a.f"), mechanism=made_up)])

    assert fingerprint_of(one) == fingerprint_of(other)
    assert fingerprint_of(one).components == ["frame a in f"]


@pytest.mark.parametrize(
    "event",
    [
        Event(logentry=LogEntry(message="order 17 failed")),
        Event(logentry=LogEntry(formatted="order 18 failed")),
        Event(
            logentry=LogEntry(message="order 17 failed"),
            threads=[Thread(current=True, stacktrace=Stacktrace(frames=frames("a.f")))],
        ),
        Event(
            logentry=LogEntry(message="order 17 failed"),
            exception=[ExceptionValue(value="order 17 failed", stacktrace=Stacktrace(frames=frames("a.f")))],
        ),
    ],
    ids=["message", "formatted", "with a thread", "wrapped in an exception"],
)
def test_a_message_is_known_by_what_it_says(event: Event) -> None:
    fingerprint = fingerprint_of(event)

    assert (fingerprint.method, fingerprint.components) == ("message", ["message order <n> failed"])


def test_a_template_counts_and_not_what_was_put_into_it() -> None:
    one = Event(logentry=LogEntry(message="no %s", formatted="no tea"))
    other = Event(logentry=LogEntry(message="no %s", formatted="no cups"))

    assert fingerprint_of(one) == fingerprint_of(other)


def test_an_event_that_says_nothing_has_a_fingerprint_too() -> None:
    assert fingerprint_of(Event()).method == "nothing"
    assert fingerprint_of(Event(transaction="/a")).hash != fingerprint_of(Event(transaction="/b")).hash


@pytest.mark.parametrize(
    ("given", "components"),
    [
        (["bank"], ["given bank"]),
        (["bank", "{{ default }}"], ["given bank", "exception KeyError", "frame a in f", "frame a in g"]),
        (["{{ error.type }} in {{ tags.bank }}"], ["given KeyError in north"]),
        (["{{type}}", "{{ value }}", "{{ transaction }}"], ["given KeyError", "given 'x'", "given /cart"]),
        (["{{ stack.function }}", "{{ module }}", "{{ level }}"], ["given g", "given a", "given error"]),
        (["{{ tags.none }}", "{{ unheard.of }}"], ["given ", "given {{ unheard.of }}"]),
    ],
)
def test_what_the_application_says_is_followed(given: list[str], components: list[str]) -> None:
    event = msgspec.structs.replace(KEY_ERROR, fingerprint=given, tags={"bank": "north"}, transaction="/cart")

    fingerprint = fingerprint_of(event)

    assert (fingerprint.method, fingerprint.components) == ("sdk", components)


MANY_FRAMES = frames(*(f"a{n}.{'f' * 500}{n}" for n in range(50)))
A_LOT = Event(exception=[raised("KeyError", *MANY_FRAMES, value="v" * 8000)], tags={"bank": "north"})


@pytest.mark.parametrize("variable", ["{{default}}", "{{value}}", "{{ tags.bank }}", "x"])
def test_a_fingerprint_does_not_grow_with_how_often_it_names_the_same(variable: str) -> None:
    given = [variable * (8192 // len(variable))] * 20

    components = fingerprint_of(msgspec.structs.replace(A_LOT, fingerprint=given)).components

    assert max(len(component) for component in components) < 1100
    assert len(components) == 20


def test_the_usual_lines_are_told_once() -> None:
    event = msgspec.structs.replace(KEY_ERROR, fingerprint=["bank", *["{{ default }}"] * 18, "north"])

    components = fingerprint_of(event).components

    assert components == ["given bank", "exception KeyError", "frame a in f", "frame a in g", "given north"]


@pytest.mark.parametrize(
    ("given", "more"),
    [
        (["{{ value }}"], {"exception": [raised("KeyError", *MANY_FRAMES, value="v" * 7999 + "w")]}),
        (["as {{ default }}"], {"exception": [raised("KeyError", *frames("b.f"), *MANY_FRAMES[1:], value="v")]}),
        (["{{ value }} {{ tags.bank }}"], {"tags": {"bank": "south"}}),
        (["x" * 4000 + "{{ tags.bank }}"], {"tags": {"bank": "south"}}),
    ],
    ids=["value", "default", "behind a long value", "behind a long text"],
)
def test_what_differs_far_behind_makes_a_new_issue(given: list[str], more: dict[str, Any]) -> None:
    event = msgspec.structs.replace(A_LOT, fingerprint=given)
    other = msgspec.structs.replace(event, **more)

    assert fingerprint_of(other).hash != fingerprint_of(event).hash


def member(kind: str, id_: int, parent: int, *stack: Frame) -> ExceptionValue:
    return raised(kind, *stack, mechanism=Mechanism(exception_id=id_, parent_id=parent))


def group_of(*members: ExceptionValue) -> Event:
    whole = Mechanism(exception_id=0, is_exception_group=True)
    return Event(exception=[*members, raised("ExceptionGroup", *frames("a.f"), mechanism=whole)])


def test_the_order_in_which_members_of_a_group_failed_says_nothing() -> None:
    one = group_of(member("OSError", 2, 0, *frames("a.x")), member("KeyError", 1, 0, *frames("a.y")))
    other = group_of(member("KeyError", 2, 0, *frames("a.y")), member("OSError", 1, 0, *frames("a.x")))

    assert fingerprint_of(one) == fingerprint_of(other)


def test_a_member_stays_with_its_own_cause() -> None:
    causes_a = group_of(member("Cause", 3, 1), member("B", 2, 0), member("A", 1, 0, *frames("a.x")))
    causes_b = group_of(member("Cause", 3, 2), member("B", 2, 0), member("A", 1, 0, *frames("a.x")))

    assert fingerprint_of(causes_a).hash != fingerprint_of(causes_b).hash


@pytest.mark.parametrize(
    "members",
    [
        [member("A", 1, 1), member("B", 2, 0)],
        [member("A", 1, 2), member("B", 2, 1)],
        [member("A", 1, 0), member("B", 1, 0)],
        [member("A", 1, 9), member("B", 2, 0)],
        [raised("A"), member("B", 2, 0)],
    ],
    ids=["own parent", "circle", "equal ids", "no such parent", "no ids"],
)
def test_a_group_whose_ids_are_no_tree_counts_as_it_was_sent(members: list[ExceptionValue]) -> None:
    fingerprint = fingerprint_of(group_of(*members))

    assert fingerprint.components == ["exception A", "exception B", "exception ExceptionGroup", "frame a in f"]


@pytest.mark.parametrize(
    "library",
    [
        Frame(filename="webpack:///./node_modules/react-dom/index.js", function="dispatch", in_app=True),
        Frame(filename="/v/lib/python3.12/site-packages/lib/a.py", function="call"),
        Frame(filename="/usr/local/go/src/net/http/server.go", function="ServeHTTP"),
        Frame(filename="/srv/vendor/laravel/Router.php", function="dispatch"),
        Frame(filename="/b/gems/rack-3.0.8/lib/rack.rb", function="call"),
        Frame(module="org.springframework.web.Servlet", function="doGet"),
        Frame(module="java.lang.reflect.Method", function="invoke"),
        Frame(module="System.Threading.Tasks.Task", function="Run"),
        Frame(function="core::ops::function::FnOnce::call_once"),
        Frame(package="/usr/lib/libc.so.6", function="abort"),
        Frame(filename="<anonymous>", function="Array.map", in_app=True),
        Frame(filename="<frozen runpy>", function="run", in_app=True),
        Frame(filename="<internal:array>", function="each"),
        Frame(module="a", function="f.<locals>.<listcomp>", in_app=True),
    ],
    ids=lambda frame: frame.filename or frame.module or frame.package or frame.function,
)
def test_frames_that_are_not_the_application_s_own_do_not_count_beside_its_own(library: Frame) -> None:
    own = frames("a.f", in_app=library.in_app)

    fingerprint = fingerprint_of(Event(exception=[raised("E", *own, library)]))

    assert fingerprint.components == ["exception E", "frame a in f"]


def test_an_innermost_frame_that_a_minifier_named_does_not_count_beside_others() -> None:
    minified = Frame(filename="https://a.example/main.3f2a9c1b.js", function="t", colno=9000, in_app=True)
    named = Frame(filename="https://a.example/main.3f2a9c1b.js", function="e.confirmOrder", colno=8000, in_app=True)

    fingerprint = fingerprint_of(Event(exception=[raised("E", named, minified)], platform="javascript"))

    assert fingerprint.components == ["exception E", "frame main.<hash>.js in confirmOrder"]


@pytest.mark.parametrize(
    ("entry", "template"),
    [
        (LogEntry(message="%s", formatted="order 17 failed"), "order <n> failed"),
        (LogEntry(message="{}: {}", formatted="shop: order 17 failed"), "shop: order <n> failed"),
        (LogEntry(message="%s failed", formatted="order 17 failed"), "%s failed"),
        (LogEntry(message="%(what)s", formatted="order 17 failed"), "order <n> failed"),
        (LogEntry(message="%s"), "%s"),
    ],
)
def test_a_template_that_says_nothing_gives_way_to_what_was_said(entry: LogEntry, template: str) -> None:
    assert fingerprint_of(Event(logentry=entry)).components == [f"message {template}"]


@pytest.mark.parametrize("blank", [[""], ["  ", ""], ["{{ default }}", " "], ["{{ DEFAULT }}"], ["{{  default}}"]])
def test_a_fingerprint_that_says_nothing_is_none(blank: list[str]) -> None:
    assert fingerprint_of(msgspec.structs.replace(KEY_ERROR, fingerprint=blank)) == fingerprint_of(KEY_ERROR)


def test_what_a_tag_says_is_not_taken_for_the_usual_grouping() -> None:
    event = msgspec.structs.replace(KEY_ERROR, fingerprint=["{{ tags.a }}"], tags={"a": "{{ default }}"})

    assert fingerprint_of(event).components == ["given {{ default }}"]


def test_only_the_innermost_frames_count() -> None:
    stack = frames(*(f"a.f{n}" for n in range(60)))

    assert fingerprint_of(Event(exception=[raised("E", *stack)])).components == [
        "exception E",
        *(f"frame a in f{n}" for n in range(10, 60)),
    ]
