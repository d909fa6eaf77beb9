"""The page of the audit log: who may read it, how it is narrowed, and as a file."""

import csv
import html
import io
import json
import re
from datetime import timedelta

import pytest

from tests.web import events
from tests.web.showroom import connect_acme
from tests.web.world import NOON
from tocsin.activities.models import ActivityType
from tocsin.kernel.db import read, write
from tocsin.members.authorize import find_membership, visible_projects
from tocsin.members.people import get_member_by_email
from tocsin.organizations.audit import AuditEvent, create_audit_entry_from_user
from tocsin.organizations.audit_log import AuditFilter, list_audit
from tocsin.organizations.audit_sealing import seal_entries
from tocsin.organizations.models import Organization
from tocsin.organizations.permit import Role, Source, Verb, Via
from tocsin.web.audit_things import find_things, thing_of
from tocsin.web.audit_words import DOORS, MEANINGS, SENTENCES
from tocsin.web.place import Place

NOT_OF_PEOPLE = {
    ActivityType.FIRST_SEEN,
    ActivityType.RESOLVED_BY_AGE,
    ActivityType.DEPLOYED,
    ActivityType.REGRESSED,
    ActivityType.ESCALATING,
    ActivityType.SEEN_AGAIN,
}
"""What only happens by itself, and so has no entry."""


def entry(
    world, event=AuditEvent.TEAM_ADD, *, organization="acme", label="Olga", at=NOON, source=None, data=None, **more
):
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
            data={**more, **(data or {})},
        )


def page_of(world, query="", person="mona"):
    return world.browser_of(person).get(f"/acme/audit/{query}").text


def words(html):
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def lines(world, query="", person="mona"):
    """The lines that are shown, without what each keeps behind its fold."""
    shown = page_of(world, query, person).partition("</tbody>")[0]
    return [re.sub(r"<details.*?</details>", "", each, flags=re.DOTALL) for each in shown.split('<tr id="entry-')[1:]]


def rows(world, query="", person="mona"):
    """The same as words."""
    return [words(each) for each in lines(world, query, person)]


@pytest.mark.parametrize(
    ("person", "status"), [("olga", 200), ("mona", 200), ("adam", 403), ("ada", 403), ("ruth", 404)]
)
@pytest.mark.parametrize("page", ["", "export/"])
def test_managers_and_owners_read_the_log_and_nobody_else(world, person, status, page):
    assert world.browser_of(person).get(f"/acme/audit/{page}").status_code == status


def test_whoever_was_refused_the_log_stands_in_it(world):
    world.browser_of("ada").get("/acme/audit/")

    said = "Ada was not allowed to see the audit log, asking about the organization Acme on a page"
    assert said in rows(world, "?event=refused")[0]


def test_only_those_who_may_are_offered_the_log(world):
    offered = {
        each: 'href="/acme/audit/"' in world.browser_of(each).get("/acme/issues/").text for each in ("mona", "adam")
    }

    assert offered == {"mona": True, "adam": False}


def test_a_line_tells_who_did_what_upon_what_and_from_where(sqlite_world):
    issue = sqlite_world.report("web", events.division())
    slack = Source(Via.SLACK, None, "U0ADA", "C0OPS", "1700000000.000100")
    entry(sqlite_world, AuditEvent.ISSUE_TRIAGE, label="Ada", source=slack, target=f"issue:{issue}", type="resolved")

    assert "Ada resolved WEB-1 in Slack, C0OPS" in rows(sqlite_world)[0]


@pytest.mark.parametrize(
    ("event", "data", "said"),
    [
        (AuditEvent.PROJECT_EDIT, {"open": False}, "changed the project web every member sees it: no"),
        (
            AuditEvent.PROJECT_EDIT,
            {"retention_days": 90, "retention_events": None},
            "changed the project web days that events are kept: 90 events that are kept: as the server has it",
        ),
        (
            AuditEvent.PROJECT_EDIT,
            {"scrub_rules": {"more_names": ["iban", "bic"], "harmless_names": [], "emails": True}},
            "what is taken out: names taken out: iban, bic; names left in: none; emails: yes",
        ),
        (AuditEvent.PROJECT_EDIT, {"name": "Shop", "was": "web"}, "renamed the project web from “web” to “Shop”"),
        (AuditEvent.PROJECT_KEY_ADD, {"key_id": 5, "label": ""}, "made the key “without a name” of the project web"),
    ],
)
def test_values_are_told_in_words(sqlite_world, event, data, said):
    entry(sqlite_world, event, target=f"project:{sqlite_world.projects['web']}", data=data)

    assert said in rows(sqlite_world)[0]


def test_a_rule_is_told_without_what_a_program_writes_of_lists_and_of_nothing(sqlite_world):
    entry(
        sqlite_world,
        AuditEvent.RULE_ADD,
        target="rule:7",
        name="Loud ones",
        when=["first_seen", "seen_more_than 100 1h"],
        match="any",
        filters=[],
        filter_match="all",
        interval_minutes=None,
    )

    said = "made the rule Loud ones when: first seen, seen more than 100 1h of several conditions: any on a page"
    assert rows(sqlite_world)[0].endswith(said)


def test_what_an_entry_says_exactly_stays_behind_a_fold(sqlite_world):
    entry(sqlite_world, AuditEvent.PROJECT_EDIT, target="project:1", retention_days=None, label="Ölga <b>")

    folded = re.findall(r"<details class=\"exactly\">.*?</details>", page_of(sqlite_world), re.DOTALL)[0]

    kept = words(html.unescape(folded))
    assert all(each in kept for each in ("event project.edit", "target project:1", "at 2026-03-14 12:00:00.000000 UTC"))
    assert 'data {"retention_days": null}' in kept


def test_what_has_a_page_is_a_link_to_it(sqlite_world):
    world = sqlite_world
    issue, rule = world.report("web", events.division()), world.add_rule("web", integration_id=connect_acme(world))
    for target in (f"issue:{issue}", f"rule:{rule}", "member:4", "integration:1", f"project:{world.projects['web']}"):
        entry(world, AuditEvent.REFUSED, target=target, verb="delete", at=world.clock())

    linked = [re.findall(r'<a href="([^"]+)">([^<]+)</a>', each)[0] for each in lines(world, "?event=refused")]

    assert linked == [
        ("/acme/projects/web/", "web"),
        ("/acme/workspace/", "Acme"),
        ("/acme/members/#member-4", "Ada"),
        (f"/acme/projects/web/rules/#rule-{rule}", "first seen or regressed → #ops"),
        (f"/acme/issues/{issue}/", "WEB-1"),
    ]


def test_what_is_there_no_longer_is_named_without_a_link(sqlite_world):
    entry(sqlite_world, AuditEvent.TEAM_DELETE, target="team:9", slug="night", name="Night shift")

    line = lines(sqlite_world)[0]

    assert ("deleted the team #night" in words(line), "<a " in line) == (True, False)


def test_an_entry_does_not_lead_to_what_was_given_its_id_later(sqlite_world):
    team = sqlite_world.team_id
    entry(sqlite_world, AuditEvent.TEAM_DELETE, target=f"team:{team}", slug="old", at=NOON - timedelta(days=1))

    line = lines(sqlite_world)[0]

    assert ("deleted the team #old" in words(line), "pay" in line, "<a " in line) == (True, False, False)


@pytest.mark.parametrize(
    "target", ["project:{spy}", "issue:{issue}", "member:6", "user:{ruth}", "issue:99999999999999999999", "view"]
)
def test_whose_address_was_asked_for_in_vain_is_not_told_what_another_organization_has(sqlite_world, target):
    world = sqlite_world
    known = {
        "spy": world.projects["spy"],
        "issue": world.report("spy", events.division()),
        "ruth": world.people["ruth"],
    }
    entry(world, AuditEvent.REFUSED, label="Mallory", target=target.format_map(known), verb="see")

    line = lines(world)[0]

    assert ("Mallory was not allowed to see it" in words(line), "<a " in line) == (True, False)
    assert not re.search("spy|Ruth", line, re.IGNORECASE)


def test_a_project_that_the_reader_may_not_see_is_not_named(sqlite_world):
    world, seen = sqlite_world, {}
    target = f"project:{world.projects['pay']}"
    entry(world, AuditEvent.PROJECT_EDIT, target=target, open=False)
    with read(world.database) as session:
        written = list_audit(session, world.organizations["acme"], AuditFilter(target=target), limit=1)
        for person in ("mona", "ben"):
            projects = tuple(visible_projects(session, world.people[person], world.organizations["acme"]))
            organization = session.get_one(Organization, world.organizations["acme"])
            membership = find_membership(session, world.people[person], organization.id)
            assert membership is not None
            place = Place(organization, membership, projects, (), ())
            seen[person] = thing_of(written[0], find_things(session, place, written), {})

    assert (seen["mona"].name, seen["ben"].name, seen["ben"].address) == ("pay", target.partition(":")[2], None)


def test_the_seal_is_told_once_and_marked_only_where_it_differs(sqlite_world):
    entry(sqlite_world, target="team:9", slug="night")
    before = page_of(sqlite_world)
    with write(sqlite_world.database) as session:
        while seal_entries(session, now=NOON):
            pass
    sealed = page_of(sqlite_world)
    entry(sqlite_world, target="team:8", slug="day")
    after = page_of(sqlite_world)

    assert [words(each).count("sealed") for each in (before, sealed, after)] == [1, 1, 2]
    assert "None of these is sealed yet" in before
    assert "All of these are sealed." in sealed
    assert "All of these are sealed but 1, which say so" in after


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


def test_everything_the_log_can_tell_has_its_words():
    by_people = set(ActivityType) - NOT_OF_PEOPLE

    assert set(AuditEvent) == SENTENCES.keys()
    assert set(Via) == DOORS.keys()
    assert set(Verb) == MEANINGS["verb"].keys()
    assert by_people == MEANINGS["type"].keys()
