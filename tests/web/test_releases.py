import re
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from tests.web import events
from tests.web.world import NOON, World
from tocsin.issues import release_issues
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

    assert "shop@1.0 newest web · first heard of" in page
    assert "1 issue resolved in it In production since" in page
    assert "1 commit 8f3a2c1 Count people by Grace" in page


def test_a_release_that_only_events_name_is_there_too(sqlite_world):
    sqlite_world.report("web", events.division() | {"release": "shop@2.0"})

    assert ">shop@2.0</a>" in sqlite_world.browser_of("ada").get("/acme/releases/?project=web").text


def test_releases_of_projects_that_a_person_may_not_see_are_not_shown(sqlite_world):
    announce(sqlite_world, "pay@7", project="pay")
    announce(sqlite_world, "spy@1", project="spy")

    seen = [
        re.findall(
            "<h2>(?:<a [^>]*>)?(.*?)(?:</a>.*?)?</h2>", sqlite_world.browser_of(person).get("/acme/releases/").text
        )
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


def page_of(world: World, version: str) -> str:
    """The words of the release's page, which the list of releases leads to."""
    ada = world.browser_of("ada")
    found = re.search(rf'href="(/acme/releases/\d+/)">{re.escape(version)}<', ada.get("/acme/releases/").text)
    assert found is not None
    return text_of(ada.get(found[1]))


def part_of(page: str, heading: str, following: str) -> str:
    return page.partition(heading)[2].partition(following)[0]


def test_the_page_of_a_release_tells_which_issues_came_with_it_and_which_it_fixes(world):
    old = world.report("web", events.crash("OldError", "x") | {"release": "shop@1.0"})
    world.clock.now += timedelta(days=1)
    announce(world, "shop@1.1", CommitFacts(SHA, "A new cart", "Grace"), to="production")
    for name in ("NewError", "OldError"):
        world.report("web", events.crash(name, "x") | {"release": "shop@1.1"})
    act(world, old, action="resolve_in_release", release="shop@1.1")

    page = page_of(world, "shop@1.1")

    new, fixed = part_of(page, "New in it", "Resolved in it"), part_of(page, "Resolved in it", "Commits")
    assert ("NewError" in new, "OldError" in new) == (True, False)
    assert ("NewError" in fixed, "OldError" in fixed) == (False, True)
    assert "8f3a2c1 A new cart by Grace" in page
    assert "In production since" in page


def line_of(world: World, version: str) -> str:
    """What the list of releases has of this one, as words."""
    page = world.browser_of("ada").get("/acme/releases/").text
    blocks = page.split('<section class="block release">')[1:]
    html = next(block for block in blocks if f">{version}</a></h2>" in block or f">{version}</a> <span" in block)
    return " ".join(re.sub(r"<[^>]*>", " ", html.partition("</section>")[0]).split())


def test_the_list_tells_how_many_issues_came_with_a_release_and_when_it_was_seen_last(world):
    for name in ("OldError", "OlderError"):
        world.report("web", events.crash(name, "x") | {"release": "shop@1.0"})
    world.clock.now += timedelta(hours=5)
    for name in ("NewError", "OldError"):
        world.report("web", events.crash(name, "x") | {"release": "shop@1.1"})
    world.clock.now += timedelta(minutes=30)

    lines = [line_of(world, version) for version in ("shop@1.0", "shop@1.1")]

    assert "2 new issues" in lines[0]
    assert "last seen 4 h ago" in lines[0]
    assert "1 new issue" in lines[1]
    assert "last seen 30 min ago" in lines[1]


def test_a_release_that_a_build_announced_says_that_nothing_came_of_it_yet(sqlite_world):
    announce(sqlite_world, "shop@1.0")

    line = line_of(sqlite_world, "shop@1.0")

    assert "no event yet" in line
    assert "new issue" not in line


def test_of_a_release_in_very_many_issues_the_newest_are_counted_and_the_list_says_so(sqlite_world, monkeypatch):
    monkeypatch.setattr(release_issues, "LOOKED_AT", 3)
    for name in "ABCD":
        sqlite_world.report("web", events.crash(f"{name}Error", "x") | {"release": "shop@1.0"})

    line = line_of(sqlite_world, "shop@1.0")

    assert "3 or more new issues" in line
    assert "last seen just now or later" in line


def test_a_release_of_the_same_version_in_another_project_brings_this_one_no_issues(sqlite_world):
    sqlite_world.report("pay", events.crash("AError", "x") | {"release": "1.0"})
    announce(sqlite_world, "1.0")

    page = sqlite_world.browser_of("ben").get("/acme/releases/").text

    assert "no event yet" in page
    assert "new issue" not in page


def test_the_newest_release_of_each_project_is_marked_by_its_version_not_by_its_day(world):
    for version in ("shop@1.10", "shop@1.9"):
        announce(world, version)
    announce(world, "pay@0.1", project="pay")

    marked = [version for version in ("shop@1.10", "shop@1.9", "pay@0.1") if "newest" in line_of(world, version)]

    assert marked == ["shop@1.10", "pay@0.1"]


def test_the_last_deploy_of_a_release_stands_first(sqlite_world):
    for environment in ("staging", "production"):
        announce(sqlite_world, "shop@1.0", to=environment)
        sqlite_world.clock.now += timedelta(hours=1)

    assert re.search("In production since .* staging since", line_of(sqlite_world, "shop@1.0"))


def test_the_page_of_a_release_tells_issues_of_one_type_apart(world):
    first = world.report("web", events.crash("KeyError", "'price'", function="total") | {"release": "shop@1.0"})
    world.report("web", events.crash("KeyError", "'count'", level="fatal", function="add") | {"release": "shop@1.0"})
    act(world, first, action="assign", to=f"user:{world.people['olga']}")

    new = part_of(page_of(world, "shop@1.0"), "New in it", "Resolved in it")

    assert re.search("KeyError &#39;price&#39; Level: error .* assigned to Olga", new)
    assert re.search("KeyError &#39;count&#39; Level: fatal .* nobody's", new)


def test_what_an_older_release_had_is_new_in_no_later_one(world):
    for version in ("shop@1.0", "shop@1.1"):
        world.report("web", events.crash("AError", "x") | {"release": version})
        world.clock.now += timedelta(hours=1)

    assert "AError" in part_of(page_of(world, "shop@1.0"), "New in it", "Resolved in it")
    assert "AError" not in part_of(page_of(world, "shop@1.1"), "New in it", "Resolved in it")


def test_the_event_that_told_of_the_release_may_have_come_a_moment_before_it_was_written_down(sqlite_world):
    sqlite_world.report("web", events.crash("AError", "x") | {"release": "shop@1.0"})
    with write(sqlite_world.database) as session:
        session.execute(update(Release).values(first_seen=NOON + timedelta(seconds=30)))

    assert "AError" in part_of(page_of(sqlite_world, "shop@1.0"), "New in it", "Resolved in it")


def test_what_was_there_before_without_naming_a_release_is_not_new(sqlite_world):
    for release, ago in ((None, 60), ("shop@1.0", 0)):
        event = events.crash("AError", "x") | {"release": release}
        sqlite_world.report("web", event, ago=timedelta(minutes=ago))

    assert "AError" not in part_of(page_of(sqlite_world, "shop@1.0"), "New in it", "Resolved in it")


def test_the_page_of_an_issue_leads_to_the_releases_it_was_seen_in(sqlite_world):
    issue_id = sqlite_world.report("web", events.division() | {"release": "shop@2.0"})
    ada = sqlite_world.browser_of("ada")

    links = re.findall(r'href="(/acme/releases/\d+/)">shop@2.0<', ada.get(f"/acme/issues/{issue_id}/").text)

    assert len(links) == 3  # first seen, last seen, and seen in releases
    assert len(set(links)) == 1
    assert "shop@2.0" in text_of(ada.get(links[0]))


@pytest.mark.parametrize("number", ["999", "x", "9" * 30])
def test_a_release_that_is_not_there_is_not_found(sqlite_world, number):
    assert sqlite_world.browser_of("ada").get(f"/acme/releases/{number}/").status_code == 404


def test_names_of_strangers_are_only_words_on_the_page_of_a_release(sqlite_world):
    announce(sqlite_world, "<b>1</b>", CommitFacts(SHA, "<script>alert(1)</script>", "<i>"), to="<u>")
    sqlite_world.report("web", events.crash("<img src=x>", "x") | {"release": "<b>1</b>"})

    page = sqlite_world.browser_of("ada").get(f"/acme/releases/{sqlite_world.release_id('web')}/").text

    assert not re.search("<b>1</b>|<script>alert|<i>|<u>|<img", page)
