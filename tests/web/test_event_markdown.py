"""An event in Markdown: nothing that came from outside stands outside of code."""

import json
import re
from datetime import UTC, datetime

import pytest

from tests.support.attack_vectors import VECTORS
from tests.web import events
from tocsin.events.decode import decode_event
from tocsin.issues.queries import get_issue_line
from tocsin.kernel.db import read
from tocsin.web.event_markdown import block, code, event_markdown
from tocsin.web.event_view import view_event

NOON = datetime(2026, 3, 14, 12, tzinfo=UTC)
SPAN = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)")


@pytest.mark.parametrize(
    ("text", "span"), [("a", "`a`"), ("a`b", "``a`b``"), ("`a", "`` `a ``"), ("a\nb", "`a b`"), ("", "` `")]
)
def test_a_code_span_is_not_ended_by_what_is_in_it(text, span):
    assert code(text) == span


def test_a_code_block_is_not_ended_by_what_is_in_it():
    assert block("```\nx")[0] == "````"


def test_no_vector_gets_out_of_its_code(sqlite_world):
    issue_id = sqlite_world.report("web", events.division())
    with read(sqlite_world.database) as session:
        line = get_issue_line(session, issue_id)

    for vector in VECTORS:
        sent = events.crash(vector, vector, function=vector, tags={"t": vector}, transaction=vector[:200])
        view = view_event(decode_event(json.dumps({**sent, "breadcrumbs": [{"message": vector}]}).encode()))
        text = event_markdown(line, view, happened_at=NOON, address="https://tocsin.example/1/")

        assert not {"<", "@", "!", "["} & set(outside_of_code(text)), vector


def outside_of_code(text):
    """What a reader of Markdown would take for markup, without our own address."""
    kept, fence = [], ""
    for row in text.replace("<https://tocsin.example/1/>", "").splitlines():
        ticks = re.fullmatch(r"`{3,}", row)
        if fence:
            fence = "" if row == fence else fence
        elif ticks:
            fence = row
        else:
            kept.append(SPAN.sub("", row))
    assert not fence
    return "\n".join(kept)
