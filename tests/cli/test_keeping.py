"""`tocsin projects keep`: how long events are kept, and how many."""

import pytest

from tests.cli.terminal import Terminal


def test_a_project_keeps_what_was_chosen_for_it_or_what_is_usual(acme: Terminal):
    usual = acme.do("projects", "keep", "web")

    acme.do("projects", "keep", "web", "--days", "30", "--events", "5000")
    changed = acme.do("projects", "keep", "web", "--days", "usual")

    assert usual == {"days": 90, "events": 100_000, "stored": 0, "retired": 0, "oldest": None}
    assert changed == usual | {"events": 5000}


@pytest.mark.parametrize("chosen", [("--days", "0"), ("--days", "soon"), ("--events", "0"), ("--events", "-1")])
def test_what_cannot_be_kept_is_refused_and_nothing_changes(acme: Terminal, chosen: tuple[str, str]):
    said = acme.type("projects", "keep", "web", *chosen)

    assert (said.code, acme.do("projects", "keep", "web")["days"]) == (2, 90)
