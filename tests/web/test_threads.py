import re

from tocsin.kernel.db import read
from tocsin.organizations.models import Organization

THREADS = "/acme/threads/"


def organization_of(world):
    with read(world.database) as session:
        return session.get_one(Organization, world.organizations["acme"])


def test_a_manager_chooses_what_is_told(world):
    told = ["resolved:user", "resolved:system", "assigned:user"]

    response = world.browser_of("mona").post(THREADS, {"threads": "on", "told": told})

    kept = organization_of(world).thread_policy
    assert response.status_code == 303
    assert (kept["reopened"], "resolved" in kept) == ({"user": False, "system": False}, False)


def test_a_manager_switches_all_threads_off(world):
    world.browser_of("mona").post(THREADS, {})

    page = world.browser_of("mona").get(THREADS).text
    assert not organization_of(world).threads_enabled
    assert 'name="threads" value="on">' in page


def test_everybody_sees_what_is_told_but_only_managers_change_it(world):
    browser = world.browser_of("adam")

    response = browser.post(THREADS, {"threads": "on"})

    page = browser.get(THREADS).text
    assert response.status_code == 403
    assert "Keep these choices" not in page
    assert 'aria-label="Tell resolved by a person" checked disabled' in page


def test_the_page_says_in_plain_words_what_the_names_of_changes_do_not_tell(world):
    page = world.browser_of("ada").get("/acme/threads/").text

    rows = re.findall(r"<tr>\s*<td>([^<]+?)(?: <|</td>)", page)
    assert "another issue merged into it" in rows
    assert {"absorbed", "split", "undone", "resolved by age"}.isdisjoint(rows)
