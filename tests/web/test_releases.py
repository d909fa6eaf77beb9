import re

import pytest
from sqlalchemy import select

from tests.web import events
from tests.web.world import NOON, World
from tocsin.issues.shipping import deploy, set_commits, ship_release
from tocsin.kernel.db import read, write
from tocsin.organizations.models import Project, Release
from tocsin.organizations.permit import Permit, Scope, Via
from tocsin.organizations.releases import CommitFacts

SHA = "8f3a2c1d0e9b8a7f"
NAMELESS = events.division() | {"release": None}
"""An event that names no release."""


def announce(world: World, version: str, *commits: CommitFacts, project: str = "web", to: str | None = None) -> None:
    """Tell of a release as a build does."""
    with write(world.database) as session:
        row = session.get_one(Project, world.projects[project])
        permit = Permit.system("tests", Scope(row.organization_id, row.id), Via.CLI)
        release = ship_release(session, permit, row, version, now=world.clock()).release
        set_commits(session, permit, release, commits, now=world.clock())
        if to is not None:
            deploy(session, permit, release, to, now=world.clock())


def act(world: World, issue_id: int, **fields: str):
    return world.browser_of("ada").post(f"/acme/issues/{issue_id}/act/", fields)


def text_of(page) -> str:
    """The words of a page, as a person reads them."""
    return " ".join(re.sub(r"<[^>]*>", " ", page.text).split())


@pytest.mark.parametrize(
    ("fields", "where"),
    [
        ({"action": "resolve_in_current_release"}, "Resolved in shop@1.1"),
        ({"action": "resolve_in_next_release"}, "Resolved in the next release"),
        ({"action": "resolve_in_release", "release": "shop@1.0"}, "Resolved in shop@1.0"),
        ({"action": "resolve_in_commit", "commit": SHA}, "Resolved in commit 8f3a2c1"),
    ],
)
def test_the_page_resolves_in_releases_and_commits_and_says_so(world, fields, where):
    issue_id = world.report("web", NAMELESS)
    for version in ("shop@1.0", "shop@1.1"):
        announce(world, version)

    act(world, issue_id, **fields)

    assert f">{where}</span>" in world.browser_of("ada").get(f"/acme/issues/{issue_id}/").text


def test_the_menu_offers_what_the_project_has(sqlite_world):
    issue_id = sqlite_world.report("web", NAMELESS)
    before = sqlite_world.browser_of("ada").get(f"/acme/issues/{issue_id}/").text
    announce(sqlite_world, "shop@1.0")
    announce(sqlite_world, "pay@7", project="pay")

    after = sqlite_world.browser_of("ada").get(f"/acme/issues/{issue_id}/").text

    assert "This project has no release yet" in before
    assert "The current release, shop@1.0" in after
    assert "pay@7" not in after


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"action": "resolve_in_release", "release": "shop@9"}, "There is no release &#39;shop@9&#39; here."),
        ({"action": "resolve_in_release"}, "Say in which release the issue is resolved."),
        ({"action": "resolve_in_commit", "commit": "zzz"}, "is no commit: give 7 to 64 hex digits"),
    ],
)
def test_what_cannot_be_resolved_so_is_told_and_stays_open(sqlite_world, fields, words):
    issue_id = sqlite_world.report("web", NAMELESS)
    announce(sqlite_world, "shop@1.0")

    page = act(sqlite_world, issue_id, **fields)

    assert (page.status_code, sqlite_world.issue(issue_id).status) == (400, "unresolved")
    assert words in page.text


def test_a_release_shows_its_commits_its_deploys_and_what_it_fixes(world):
    world.report("web", NAMELESS)
    announce(world, "shop@1.0", CommitFacts(SHA, "Count people\n\nFixes WEB-1", "Grace"), to="production")

    page = text_of(world.browser_of("ada").get("/acme/releases/"))

    assert "shop@1.0 web · first heard of" in page
    assert "1 issue resolved in it In production since" in page
    assert "1 commit 8f3a2c1 Count people by Grace" in page


def test_a_release_that_only_events_name_is_there_too(sqlite_world):
    sqlite_world.report("web", events.division() | {"release": "shop@2.0"})

    assert "<h2>shop@2.0</h2>" in sqlite_world.browser_of("ada").get("/acme/releases/?project=web").text


def test_releases_of_projects_that_a_person_may_not_see_are_not_shown(sqlite_world):
    announce(sqlite_world, "pay@7", project="pay")
    announce(sqlite_world, "spy@1", project="spy")

    seen = [
        re.findall("<h2>(.*?)</h2>", sqlite_world.browser_of(person).get("/acme/releases/").text)
        for person in ("ada", "ben")
    ]

    assert seen == [["pay@7"], ["No release yet"]]
    assert sqlite_world.browser_of("ben").get("/acme/releases/?project=pay").status_code == 404


def test_names_of_strangers_are_only_words_on_the_page(sqlite_world):
    announce(sqlite_world, "<b>1</b>", CommitFacts(SHA, "<script>alert(1)</script>", "<i>"), to="<u>")

    page = sqlite_world.browser_of("ada").get("/acme/releases/").text

    assert not re.search("<b>1</b>|<script>alert|<i>|<u>", page)


def test_many_releases_are_turned_over_page_by_page(sqlite_world):
    for number in range(31):
        announce(sqlite_world, f"shop@1.{number}")

    pages = [sqlite_world.browser_of("ada").get(f"/acme/releases/?page={page}").text for page in ("1", "2", "x")]

    assert [page.count('class="block release"') for page in pages] == [30, 1, 30]


def test_an_admin_chooses_what_happens_in_a_project_by_itself(world):
    fields = {"resolve_after_days": "30", "assign_new_to": f"team:{world.team_id}"}

    answer = world.browser_of("adam").post("/acme/projects/pay/settings/", fields)

    with read(world.database) as session:
        project = session.scalars(select(Project).where(Project.slug == "pay")).one()
    assert answer.status_code == 303
    assert (project.resolve_after_days, project.assign_new_to_team_id) == (30, world.team_id)


def test_an_empty_form_switches_both_off_again(sqlite_world):
    adam = sqlite_world.browser_of("adam")
    chosen = {"resolve_after_days": "30", "assign_new_to": f"user:{sqlite_world.people['olga']}"}
    adam.post("/acme/projects/web/settings/", chosen)

    adam.post("/acme/projects/web/settings/", {"resolve_after_days": "", "assign_new_to": ""})

    with read(sqlite_world.database) as session:
        project = session.get_one(Project, sqlite_world.projects["web"])
    assert (project.resolve_after_days, project.assign_new_to_user_id) == (None, None)


def test_an_admin_chooses_how_many_events_are_kept_and_the_page_tells_how_many_there_are(sqlite_world):
    sqlite_world.report("web", events.division(), times=3)
    adam = sqlite_world.browser_of("adam")
    usual = adam.get("/acme/projects/web/").text

    adam.post("/acme/projects/web/settings/", {"retention_days": "30", "retention_events": "5000"})

    page = adam.get("/acme/projects/web/").text
    assert ('placeholder="90" value=""' in usual, 'placeholder="100000" value=""' in usual) == (True, True)
    assert ('placeholder="90" value="30"' in page, 'placeholder="100000" value="5000"' in page) == (True, True)
    assert re.search(r'id="stored">3 events kept, the oldest of <time[^>]*>[^<]*</time>; 0 retired', page)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"retention_days": "0"}, "kept for 1 to 3650 days, not for 0"),
        ({"retention_events": "0"}, "can keep 1 to 100000000 events, not 0"),
        ({"retention_events": "many"}, "Give a whole number of events"),
        ({"resolve_after_days": "soon"}, "Give a whole number of days"),
        ({"resolve_after_days": "0"}, "after 1 to 3650 days, not after 0"),
        ({"assign_new_to": "cat:3"}, "Choose a person, a team or nobody."),
        ({"assign_new_to": "user:999"}, "There is no such person"),
    ],
)
def test_a_choice_that_cannot_be_is_told_and_nothing_is_kept(sqlite_world, fields, words):
    answer = sqlite_world.browser_of("adam").post("/acme/projects/web/settings/", fields)

    with read(sqlite_world.database) as session:
        project = session.get_one(Project, sqlite_world.projects["web"])
    assert (answer.status_code, words in answer.text) == (400, True)
    assert (project.resolve_after_days, project.assign_new_to_user_id) == (None, None)


def test_the_release_of_an_event_is_kept_once(sqlite_world):
    sqlite_world.report("web", events.division() | {"release": "shop@2.0"}, times=3)
    announce(sqlite_world, "shop@2.0")

    with read(sqlite_world.database) as session:
        assert [row.first_seen for row in session.scalars(select(Release))] == [NOON]
