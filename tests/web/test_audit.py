"""The page of the audit log: who may read it, how it is narrowed, and as a file."""

import csv
import io
import json
import re
from datetime import timedelta

import pytest

from tests.web.world import NOON
from tocsin.kernel.db import write
from tocsin.members.people import get_member_by_email
from tocsin.organizations.audit import AuditEvent, create_audit_entry_from_user
from tocsin.organizations.permit import Role, Source, Via


def entry(world, event=AuditEvent.TEAM_ADD, *, organization="acme", label="Olga", at=NOON, source=None, **more):
    """One more line of the log."""
    with write(world.database) as session:
        create_audit_entry_from_user(
            session,
            event,
            organization_id=world.organizations[organization],
            user_id=None,
            label=label,
            source=source or Source(Via.PAGE),
            target=more.pop("target", None),
            now=at,
            data=more,
        )


def rows(world, query="", person="mona"):
    """The lines that are shown, as words."""
    html = world.browser_of(person).get(f"/acme/audit/{query}").text
    return [" ".join(re.sub(r"<[^>]+>", " ", row).split()) for row in html.split('<tr id="entry-')[1:]]


@pytest.mark.parametrize(
    ("person", "status"), [("olga", 200), ("mona", 200), ("adam", 403), ("ada", 403), ("ruth", 404)]
)
@pytest.mark.parametrize("page", ["", "export/"])
def test_managers_and_owners_read_the_log_and_nobody_else(world, person, status, page):
    assert world.browser_of(person).get(f"/acme/audit/{page}").status_code == status


def test_whoever_was_refused_the_log_stands_in_it(world):
    world.browser_of("ada").get("/acme/audit/")

    assert "Ada refused verb see_audit organization:1 page" in rows(world, "?event=refused")[0]


def test_only_those_who_may_are_offered_the_log(world):
    offered = {
        each: 'href="/acme/audit/"' in world.browser_of(each).get("/acme/issues/").text for each in ("mona", "adam")
    }

    assert offered == {"mona": True, "adam": False}


def test_a_line_tells_who_did_what_upon_what_and_from_where(sqlite_world):
    slack = Source(Via.SLACK, None, "U0ADA", "C0OPS", "1700000000.000100")
    entry(sqlite_world, AuditEvent.ISSUE_TRIAGE, label="Ada", source=slack, target="issue:12", type="resolved")

    assert "Ada issue.triage type resolved issue:12 slack U0ADA in C0OPS not sealed yet" in rows(sqlite_world)[0]


def test_nothing_of_another_organization_is_told(sqlite_world):
    entry(sqlite_world, organization="rival", label="Ruth the rival")

    assert not any("Ruth" in row for row in rows(sqlite_world))


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("?who=grace", 1),
        ("?who=U0GRACE", 1),
        ("?event=rule.add", 1),
        ("?event=nonsense&who=Hopper", 1),
        ("?target=rule:7", 1),
        ("?target=rule", 1),
        ("?via=slack", 1),
        ("?since=2026-03-20", 1),
        ("?since=2026-03-20&until=2026-03-20", 1),
        ("?since=2026-03-21", 0),
        ("?until=2026-03-19&who=hopper", 0),
        ("?since=nonsense&who=hopper", 1),
        ("?until=9999-12-31&who=hopper", 1),
        ("?who=%25", 0),
    ],
)
def test_the_log_is_narrowed(sqlite_world, query, count):
    source = Source(Via.SLACK, None, "U0GRACE", "C0OPS", "1.1")
    later = NOON.replace(day=20, hour=23, minute=59)
    entry(sqlite_world, AuditEvent.RULE_ADD, label="Grace Hopper", source=source, target="rule:7", at=later)

    assert len(rows(sqlite_world, query)) == count


def test_a_long_log_has_pages(sqlite_world):
    for minute in range(60):
        entry(sqlite_world, AuditEvent.TEAM_ADD, label=f"Number {minute}", at=NOON + timedelta(minutes=minute))

    first, second = (rows(sqlite_world, f"?event=team.add&page={page}") for page in (1, 2))

    assert (len(first), "Number 59" in first[0], "Number 9" in second[0]) == (50, True, True)


def test_what_is_shown_can_be_taken_along_as_a_file(sqlite_world):
    entry(sqlite_world, label='=HYPERLINK("https://evil.example")', target="team:9", slug="pay")
    mona = sqlite_world.browser_of("mona")

    lines = mona.get("/acme/audit/export/?format=jsonl&target=team:9")
    table = mona.get("/acme/audit/export/?format=csv&target=team:9")

    assert [json.loads(line)["data"] for line in lines.text.splitlines()] == [{"slug": "pay"}]
    assert [row[4] for row in csv.reader(io.StringIO(table.text))] == ["actor", '\'=HYPERLINK("https://evil.example")']
    assert lines.headers["Content-Disposition"] == 'attachment; filename="audit-acme-2026-03-14.jsonl"'
    assert table.headers["Content-Type"] == "text/csv; charset=utf-8"


def test_somebody_whose_role_was_lowered_reads_it_no_more(sqlite_world):
    mona = sqlite_world.browser_of("mona")
    with write(sqlite_world.database) as session:
        get_member_by_email(session, sqlite_world.organizations["acme"], "mona@example.com").role = Role.ADMIN

    assert mona.get("/acme/audit/").status_code == 403
