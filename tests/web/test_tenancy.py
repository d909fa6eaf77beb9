"""Nothing of one organization is seen, changed or even noticed from another: walked over every page there is."""

from tests.web import events
from tests.web.routes import OF_A_PROJECT, OF_AN_ORGANIZATION, POSTED, address


def answers(world, person, names, *, organization, project):
    """The status of each of these pages, asked for by `person`."""
    browser = world.browser_of(person)
    statuses = {}
    for name in names:
        method, path = address(world, name, organization=organization, project=project)
        response = browser.post(path, POSTED[name]) if method == "POST" else browser.get(path)
        statuses[name] = response.status_code
    return statuses


def test_no_page_of_another_organization_is_found(world):
    theirs = [*OF_AN_ORGANIZATION, "link", "link.accept"]

    statuses = answers(world, "ruth", theirs, organization="acme", project="web")

    assert statuses == dict.fromkeys(theirs, 404)


def test_nothing_of_another_organization_is_found_under_ones_own_address(world):
    statuses = answers(world, "ruth", OF_A_PROJECT, organization="rival", project="web")

    assert statuses == dict.fromkeys(OF_A_PROJECT, 404)


def test_nothing_of_a_closed_project_is_found_by_whoever_is_in_none_of_its_teams(world):
    statuses = answers(world, "ben", OF_A_PROJECT, organization="acme", project="pay")

    assert statuses == dict.fromkeys(OF_A_PROJECT, 404)


def test_whoever_belongs_to_it_finds_every_page(world):
    shown = [name for name in OF_AN_ORGANIZATION if name not in (*POSTED, "issues.progress")]  # of one's own work alone

    statuses = answers(world, "mona", shown, organization="acme", project="pay")

    assert statuses == dict.fromkeys(shown, 200)


def test_what_may_not_be_seen_answers_like_what_does_not_exist(world):
    hidden = world.report("pay", events.division())
    ben = world.browser_of("ben")

    responses = [ben.get(f"/acme/issues/{each}/") for each in (hidden, 999_999, "x", "9" * 30)]

    assert len({(response.status_code, response.text) for response in responses}) == 1


def test_an_event_of_another_project_is_not_found_under_an_issue_of_this_one(world):
    mine, other = world.report("web", events.division()), world.report("pay", events.division())
    event = f"/acme/issues/{mine}/events/{world.event_ids(other)[0]}/"

    statuses = [world.browser_of("ada").get(event + part).status_code for part in ("", "json/", "markdown/")]

    assert statuses == [404, 404, 404]


def test_an_event_is_shown_under_its_own_issue_alone(world):
    mine, other = world.report("web", events.division()), world.report("web", events.crash("KeyError", "'x'"))
    event = f"events/{world.event_ids(other)[0]}/"
    ada = world.browser_of("ada")

    found = {part: ada.get(f"/acme/issues/{mine}/{event}{part}").headers["Location"] for part in ("", "json/")}

    assert found == {part: f"/acme/issues/{other}/{event}{part}" for part in found}


def test_an_events_id_is_thirty_two_digits_and_nothing_else(world):
    issue_id = world.report("web", events.division())
    ada = world.browser_of("ada")
    others = ["../../../etc/passwd", "%2e%2e", "0" * 31, "g" * 32, "0" * 33]

    statuses = [ada.get(f"/acme/issues/{issue_id}/events/{each}/json/").status_code for each in others]

    assert statuses == [404] * len(others)


def test_the_list_shows_only_what_one_may_see(world):
    world.report("pay", events.crash("SecretError", "not for Ben"))
    world.report("spy", events.crash("RivalError", "not for Acme"))

    texts = {each: world.browser_of(each).get("/acme/issues/?state=all&project=pay").text for each in ("ben", "ada")}

    assert [word in texts["ben"] for word in ("SecretError", "RivalError")] == [False, False]
    assert [word in texts["ada"] for word in ("SecretError", "RivalError")] == [True, False]
