"""What a page says about a grouping is what the grouping did."""

import json

from hypothesis import given, settings
from msgspec.structs import replace

from tests.events import real
from tests.events.generated import JSON, events
from tests.events.test_grouping import frames, raised
from tocsin.events.decode import decode_event
from tocsin.events.explain import ExplainedLine, explain_grouping
from tocsin.events.fingerprint_rules import parse_rules
from tocsin.events.grouping import fingerprint_of
from tocsin.events.schema import Event, LogEntry


def test_every_frame_is_told_and_why_it_does_not_count() -> None:
    stack = [*frames("lib.x", in_app=False), *frames("a.f", "a.g", "a.g")]

    explained = explain_grouping(Event(exception=[raised("KeyError", *stack)]))

    assert explained.lines == [
        ExplainedLine("exception", "KeyError", counts=True),
        ExplainedLine("frame", "lib in x", counts=False, reason="not the application's code"),
        ExplainedLine("frame", "a in f", counts=True),
        ExplainedLine("frame", "a in g", counts=True),
        ExplainedLine("frame", "a in g", counts=False, reason="a recursion counts once"),
    ]


def test_the_line_of_the_rules_that_spoke_is_told() -> None:
    explained = explain_grouping(Event(logentry=LogEntry(message="tea")), parse_rules("# x\nmessage:tea -> drinks"))

    assert explained.rule is not None
    assert (explained.rule.number, explained.lines) == (2, [ExplainedLine("given", "drinks", counts=True)])


def test_a_long_line_is_cut_because_it_is_there_to_be_read() -> None:
    event = Event(exception=[raised("E" * 900, *frames(f"a.{'f' * 900}"), *frames(f"b.{'g' * 900}", in_app=False))])

    for explained in (explain_grouping(event), explain_grouping(replace(event, fingerprint=["x" * 900]))):
        assert {len(line.text) for line in explained.lines} == {500}
        assert all(line.text.endswith("…") for line in explained.lines)


def test_what_real_sdks_sent_is_explained_as_it_is_grouped() -> None:
    for name in real.NAMES:
        event = decode_event(real.payload(name))
        explained, fingerprint = explain_grouping(event), fingerprint_of(event)

        assert [f"{each.kind} {each.text}" for each in explained.lines if each.counts] == fingerprint.components


@settings(max_examples=200, deadline=None)
@given(sent=events(faults=True))
def test_whatever_is_sent_is_explained_as_it_is_grouped(sent: dict[str, JSON]) -> None:
    event = decode_event(json.dumps(sent).encode())
    explained, fingerprint = explain_grouping(event), fingerprint_of(event)

    counting = [f"{each.kind} {each.text}".rstrip("… ") for each in explained.lines if each.counts]
    assert explained.hash == fingerprint.hash
    assert all(map(str.startswith, fingerprint.components, counting))
    assert len(counting) == len(fingerprint.components)
