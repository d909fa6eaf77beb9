"""`tocsin issues archive` and `priority`: how long an issue is put aside, and how urgent it is."""

import pytest
from sqlalchemy import select

from tests.cli.terminal import Terminal
from tests.support.acme import make_issue
from tocsin.activities.describe import describe, plain_text
from tocsin.activities.models import Activity
from tocsin.kernel.db import Database, read
from tocsin.kernel.ids import ProjectId


@pytest.fixture
def issue(acme: Terminal, database_url: str) -> int:
    assert acme.do("issues", "list") == []
    database = Database.open(database_url)
    made = make_issue(database, ProjectId(1), title="ZeroDivisionError")
    database.close()
    return made


def newest_sentence(database_url: str) -> str:
    database = Database.open(database_url)
    with read(database) as session:
        sentence = describe(session.scalars(select(Activity).order_by(Activity.id.desc()).limit(1)).one())
    database.close()
    assert sentence is not None
    return plain_text(sentence, issue="WEB-1")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ([], "until it escalates"),
        (["--until", "escalating"], "until it escalates"),
        (["--until", "forever"], "forever"),
        (["--until-time", "2026-12-24T09:00"], "until 24 December 2026 09:00 UTC"),
        (["--until-time", "2026-12-24T09:00+01:00"], "until 24 December 2026 08:00 UTC"),
        (["--events", "100"], "until 100 more events"),
        (["--users", "10", "--within", "60"], "until 10 users within 60 minutes"),
    ],
)
def test_an_issue_is_archived_as_the_options_say(
    acme: Terminal, issue: int, database_url: str, options: list[str], words: str
):
    acme.do("issues", "archive", issue, *options)

    assert newest_sentence(database_url).endswith(f" archived WEB-1 {words}")


def test_what_became_of_it_is_said(acme: Terminal, issue: int):
    said = acme.type("issues", "archive", issue, "--events", "100").out

    assert said == "WEB-1 is archived until 100 more events.\n"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--for", "soon"], "30m, 2h, 3d or 1w"),
        (["--until-time", "tomorrow"], "2026-12-24T09:00"),
        (["--until-time", "2001-01-01"], "a moment in the future"),
        (["--events", "0"], "from 1 to 1,000,000"),
        (["--events", "5", "--users", "5"], "only one of"),
        (["--for", "2h", "--within", "5"], "--within goes with --events or --users"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_what_to_do(acme: Terminal, issue: int, options: list[str], words: str):
    refused = acme.type("issues", "archive", issue, *options)

    assert refused.code != 0
    assert words in refused.err
    assert acme.do("issues", "show", issue)["status"] == "unresolved"


def test_a_person_says_how_urgent_an_issue_is(acme: Terminal, issue: int):
    acme.do("issues", "priority", issue, "low")

    assert acme.do("issues", "show", issue)["priority"] == "low"
    assert acme.do("issues", "list", "priority:high") == []
    assert [line["id"] for line in acme.do("issues", "list", "priority:low")] == [issue]
