"""The page of environments, and the searches that tags lead to."""

import re
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.support.attack_vectors import VECTORS
from tests.web import events
from tocsin.issues.search_query import parse
from tocsin.kernel.db import write
from tocsin.organizations.models import Project
from tocsin.organizations.permit import Permit, Scope, Via
from tocsin.organizations.releases import make_deploy, make_release
from tocsin.web.tag_search import search_for_tag


def deploy(world, version, environment):
    with write(world.database) as session:
        permit = Permit.system("tests", Scope(world.organizations["acme"]), Via.CLI)
        project = session.get_one(Project, world.projects["web"])
        release, _ = make_release(session, permit, project, version, now=world.clock())
        make_deploy(session, permit, release, environment, now=world.clock())


def lines_of(world, person="ada"):
    html = world.browser_of(person).get("/acme/environments/").text
    rows = [" ".join(re.sub(r"<[^>]+>", " ", row).split()) for row in html.split("<tr>")[2:]]
    return html, [row.partition(" Unresolved")[0] for row in rows]


def test_environments_are_told_with_what_runs_there(world):
    world.report("web", events.division())
    deploy(world, "shop@2.4.1", "production")
    deploy(world, "shop@2.5.0", "production")
    deploy(world, "shop@2.5.0", "staging")

    _, lines = lines_of(world)

    assert lines == [
        "production web shop@2.5.0, deployed just now just now",
        "staging web shop@2.5.0, deployed just now none yet",
    ]


def test_an_environment_of_a_project_that_one_may_not_see_is_not_told(sqlite_world):
    sqlite_world.report("pay", events.division(environment="vault"))

    assert ["vault" in lines_of(sqlite_world, person)[0] for person in ("ada", "ben")] == [True, False]


def test_a_project_leads_to_environments(sqlite_world):
    page = sqlite_world.browser_of("ada").get("/acme/projects/web/").text

    assert '<a href="/acme/environments/">Environments</a>' in page.partition("</nav>")[2]


def test_an_environment_leads_to_its_issues(sqlite_world):
    sqlite_world.report("web", events.division(environment='a "b" *'))
    sqlite_world.report("web", events.crash("KeyError", "x", environment="other"))
    html, _ = lines_of(sqlite_world)
    (address,) = [each for each in re.findall(r'href="([^"]*/issues/\?q=[^"]+)"', html) if "b%5C" in each]

    found = sqlite_world.browser_of("ada").get(unescape(address)).text

    assert ("ZeroDivisionError" in found, "KeyError" in found) == (True, False)


@pytest.mark.parametrize("name", ["region", "is", "level", "a b", "tag.x", "naïve:key"])
def test_a_tag_leads_to_a_search_for_exactly_it(name):
    for value in (*VECTORS, "plain"):
        (term,) = parse(search_for_tag(name, value[:60]))

        field = f"tag.{name}" if name == "is" else name
        assert (term.name, term.values[0].text, term.values[0].is_quoted) == (field, value[:60], True)


def test_a_tag_of_an_event_leads_to_the_issues_that_had_it(sqlite_world):
    issue_id = sqlite_world.report("web", events.division())
    html = sqlite_world.browser_of("ada").get(f"/acme/issues/{issue_id}/").text

    addresses = [unescape(each) for each in re.findall(r'<li><a href="([^"]*\?q=[^"]+)"><span>', html)]

    asked = [parse_qs(urlsplit(each).query)["q"] for each in addresses]
    assert ['region:"eu-west"'] in asked
