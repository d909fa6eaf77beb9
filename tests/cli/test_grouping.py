"""`tocsin grouping rules`: shown, tried out, set and taken away."""

import pytest

from tests.cli.terminal import Terminal
from tests.intake.world import NOW
from tocsin.intake.batch import store_batch
from tocsin.intake.names import NameCache
from tocsin.intake.prepare import prepare_event
from tocsin.kernel.db import Database, write
from tocsin.kernel.ids import ProjectId

RULES = "# keys\ntype:KeyError -> keys\n"


@pytest.fixture
def terminal(bare_terminal: Terminal, sqlite_database_url: str) -> Terminal:
    bare_terminal.setting("DATABASE_URL", sqlite_database_url)
    return bare_terminal


def test_rules_are_tried_out_set_shown_and_taken_away(acme: Terminal, sqlite_database_url: str) -> None:
    payload = b'{"exception": {"values": [{"type": "KeyError"}]}}'
    database = Database.open(sqlite_database_url)
    with write(database) as session:
        event = prepare_event(payload, project_id=ProjectId(1), envelope_event_id=None, now=NOW)
        store_batch(session, [event], NameCache(), now=NOW)
    database.close()

    tried = acme.do("grouping", "rules", "try", "--project", "web", stdin=RULES)
    count = acme.do("grouping", "rules", "set", "--project", "web", stdin=RULES)
    shown = acme.do("grouping", "rules", "show", "--project", "web")
    gone = acme.do("grouping", "rules", "set", "--project", "web", stdin="")

    assert tried == {
        "events": 1,
        "regrouped": [{"issue": "WEB-1", "events": 1, "becomes": "keys", "line": 2}],
        "taken": {"2": 1},
    }
    assert (count["rules"], shown["rules"], gone["rules"]) == (1, RULES.strip(), 0)


@pytest.mark.parametrize(
    ("file", "words"),
    [([], "Line 1: a rule needs `->`"), (["no-such-file"], "no-such-file cannot be read")],
    ids=["no rule", "no file"],
)
def test_what_cannot_be_set_is_told_in_one_line(acme: Terminal, file: list[str], words: str) -> None:
    said = acme.type("grouping", "rules", "set", *file, "--project", "web", stdin="nonsense")

    assert (said.code != 0, words in said.err) == (True, True)
