from tests.web import events
from tests.web.slack_world import connect, world_with_slack
from tocsin.kernel.db import write
from tocsin.rules.models import Rule


def comment(world, person, issue_id, text):
    return world.browser_of(person).post(f"/acme/issues/{issue_id}/act/", {"action": "comment", "text": text})


def page_of(world, person, issue_id):
    return world.browser_of(person).get(f"/acme/issues/{issue_id}/").text


def number_of(page):
    return page.split("/comments/")[1].split("/")[0]


def test_a_comment_stands_on_the_page_in_its_own_words(world):
    issue_id = world.report("web", events.division())

    response = comment(world, "ben", issue_id, "<b>the</b> cache\nor the clock")

    page = page_of(world, "ada", issue_id)
    assert response.status_code == 303
    assert "<b>Ben</b> commented on WEB-1" in page
    assert "<blockquote>&lt;b&gt;the&lt;/b&gt; cache\nor the clock</blockquote>" in page


def test_its_author_changes_it_and_takes_it_back(world):
    issue_id = world.report("web", events.division())
    comment(world, "ben", issue_id, "the cache")
    address = f"/acme/issues/{issue_id}/comments/{number_of(page_of(world, 'ben', issue_id))}/"

    world.browser_of("ben").post(address, {"do": "edit", "text": "the clock"})
    changed = page_of(world, "ben", issue_id)
    world.browser_of("ben").post(address, {"do": "remove"})

    assert "<blockquote>the clock</blockquote>" in changed
    assert "removed a comment on WEB-1" in page_of(world, "ben", issue_id)


def test_only_its_author_and_admins_are_offered_to_change_it(world):
    issue_id = world.report("web", events.division())
    comment(world, "ben", issue_id, "the cache")
    number = number_of(page_of(world, "adam", issue_id))

    response = world.browser_of("ada").post(f"/acme/issues/{issue_id}/comments/{number}/", {"do": "remove"})

    assert "/comments/" not in page_of(world, "ada", issue_id)
    assert response.status_code == 403


def test_a_comment_is_not_reached_through_another_issue(world):
    issue_id = world.report("web", events.division())
    comment(world, "ben", issue_id, "the cache")
    number = number_of(page_of(world, "ben", issue_id))
    other = world.report("web", events.message("something else"))

    response = world.browser_of("ben").post(f"/acme/issues/{other}/comments/{number}/", {"do": "remove"})

    assert response.status_code == 404


def test_an_admin_chooses_the_channels_that_are_told_comments(database):
    with world_with_slack(database) as (world, _):
        connect(world)
        world.add_rule("web")
        browser = world.browser_of("adam")

        browser.post("/acme/threads/comments/", {"comments": ["1:C0OPS"]})
        on = browser.get("/acme/threads/").text
        browser.post("/acme/threads/comments/", {})

        assert 'value="1:C0OPS" checked>' in on
        assert 'value="1:C0OPS">' in browser.get("/acme/threads/").text


def test_a_channel_that_no_rule_names_any_more_can_be_switched_off(database):
    with world_with_slack(database) as (world, _):
        connect(world)
        rule_id = world.add_rule("web")
        browser = world.browser_of("adam")
        browser.post("/acme/threads/comments/", {"comments": ["1:C0OPS"]})
        with write(database) as session:
            session.delete(session.get_one(Rule, rule_id))

        left_over = browser.get("/acme/threads/").text
        browser.post("/acme/threads/comments/", {})

        assert 'value="1:C0OPS" checked>' in left_over
        assert "C0OPS" not in browser.get("/acme/threads/").text
