"""Whatever day or number an address or a form names, a page answers and does not break."""

import pytest

from tests.web.routes import ALL, address

SHOWN = [name for name, (method, _) in ALL.items() if method == "GET"]
NAMES = (
    *("after", "before", "done", "environment", "event", "first", "from", "graph", "issue", "kind", "level", "page"),
    *(
        "project",
        "release",
        "rule",
        "seen",
        "since",
        "sort",
        "state",
        "tag",
        "target",
        "to",
        "until",
        "who",
        "workspace",
    ),
)
"""Each parameter of an address that some page reads, but for the query, which would be the same refusal on each."""
FAR = (
    *("9999-12-31", "0001-01-01", "9999-12-31T23:59-23:59", "0001-01-01T00:00+23:59", "2026-02-30"),
    *("0", "-1", "9999999", "999999999999999999", "9" * 40, "²", "nan"),
)


def test_a_far_day_or_number_in_an_address_breaks_no_page(world):
    paths = [address(world, name, organization="acme", project="web")[1] for name in SHOWN]

    asked = [(path, value) for path in paths for value in FAR]
    with world.browser_with_slack("olga") as olga:
        found = {each: olga.get(each[0], params=dict.fromkeys(NAMES, each[1])).status_code for each in asked}

    assert [each for each, status in found.items() if status >= 500] == []


def test_a_far_day_or_number_in_a_search_breaks_nothing(world):
    ada = world.browser_of("ada")

    asked = [f'{name}:"{far}"' for name in ("first-seen", "last-seen", "times", "release") for far in ("", *FAR)]
    asked += [each.replace(':"', ':"<=') for each in asked]
    found = {query: ada.get("/acme/issues/", params={"q": query}).status_code for query in asked}

    assert [query for query, status in found.items() if status >= 500] == []


@pytest.mark.parametrize("moment", ["9999-12-31T23:59-23:59", "0001-01-01T00:00+23:59"])
def test_an_issue_is_not_archived_until_a_moment_beyond_the_calendar(sqlite_world, moment):
    issue_id = sqlite_world.report("web", {"logentry": {"formatted": "x"}})
    asked = {"action": "archive", "until": "moment", "moment": moment}

    answer = sqlite_world.browser_of("ada").post(f"/acme/issues/{issue_id}/act/", asked)

    assert (answer.status_code, sqlite_world.issue(issue_id).status) == (400, "unresolved")


def test_the_last_day_of_the_calendar_is_a_day_to_look_until(world):
    olga = world.browser_of("olga")

    pages = [olga.get(f"/acme/{page}/?until=9999-12-31").text for page in ("deliveries", "audit")]

    assert ['value="9999-12-31"' in page for page in pages] == [True, True]
