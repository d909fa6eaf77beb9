"""Headers on every page, and forms that only our own pages can send: walked over every page there is."""

import re

import pytest
from starlette.routing import Route

from tests.web import events
from tests.web.routes import ALL, FORMS, POSTED, PRIVATE, address
from tests.web.world import CSRF, PASSWORD
from tocsin.bootstrap import Process
from tocsin.http.headers import HEADERS

SHOWN = [name for name, (method, _) in ALL.items() if method == "GET"]
NO_PAGES = ("/api/", "/extensions/slack/", "/health/", "/metrics", "/static/")
"""Where addresses begin at which programs are answered, and files lie; no browser signs in there."""


def walk(world, names, ask):
    """What `ask` makes of the name and address of each page, by name."""
    found = {}
    for name in names:
        _, path = address(world, name, organization="acme", project="web")
        found[name] = ask(name, path)
    return found


def test_the_table_has_every_page_of_the_application_whoever_serves_it(world, tmp_path):
    application = Process(world.deps.settings.model_copy(update={"data_dir": tmp_path}), world.database).application()

    served = set()
    for route in application.routes:
        assert isinstance(route, Route), route
        served |= {(route.name, method, route.path) for method in (route.methods or set()) - {"HEAD"}}

    pages = {each for each in served if not each[2].startswith(NO_PAGES)}
    assert pages == {(name, *where) for name, where in ALL.items()}


def test_every_page_carries_the_headers_that_protect_it(world):
    with world.browser_with_slack("olga") as olga:
        found = walk(world, SHOWN, lambda _, path: {name: olga.get(path).headers.get(name) for name in HEADERS})

    locked = {**HEADERS, "Content-Security-Policy": "default-src 'none'; sandbox"}
    files = {"issue.event.json", "issue.event.markdown", "audit.export"}
    assert found == {name: locked if name in files else HEADERS for name in SHOWN}


def test_every_page_answers_a_head_request_as_it_answers_a_get(world):
    with world.browser_with_slack("olga") as olga:
        found = walk(world, SHOWN, lambda _, path: olga.client.head(path).status_code - olga.get(path).status_code)

    assert found == dict.fromkeys(SHOWN, 0)


def test_no_form_is_accepted_without_the_persons_own_token(world):
    olga, mona = world.browser_of("olga"), world.browser_of("mona")
    olga.get("/sign-in/")

    def ask(name, path):
        tokens = ({}, {CSRF: ""}, {CSRF: mona.csrf_token})
        return {olga.client.post(path, data={**POSTED[name], **token}).status_code for token in tokens}

    assert walk(world, FORMS, ask) == {name: {403} for name in FORMS}


def test_no_form_from_another_site_is_accepted_whatever_its_token(world):
    olga = world.browser_of("olga")

    def ask(name, path):
        sites = ("cross-site", "same-site", "x")
        return {olga.post(path, POSTED[name], headers={"Sec-Fetch-Site": site}).status_code for site in sites}

    assert walk(world, FORMS, ask) == {name: {403} for name in FORMS}


def test_nobody_sees_or_does_anything_without_signing_in(world):
    stranger = world.stranger()

    def ask(name, path):
        response = stranger.request(ALL[name][0], path, data=POSTED.get(name))
        return response.status_code, response.headers["Location"].split("?")[0]

    assert walk(world, PRIVATE, ask) == dict.fromkeys(PRIVATE, (303, "/sign-in/"))


def test_a_token_in_the_header_is_as_good_as_one_in_the_form(world):
    _, path = address(world, "issue.act", organization="acme", project="web")
    ada = world.browser_of("ada")

    response = ada.client.post(path, data={"action": "resolve"}, headers={"X-CSRF-Token": ada.csrf_token})

    assert response.status_code == 303


def test_signing_in_needs_the_token_of_the_form_that_was_shown(world):
    client = world.stranger()

    response = client.post("/sign-in/", data={"email": "ada@example.com", "password": PASSWORD, CSRF: "guessed"})

    assert response.status_code == 403


@pytest.mark.parametrize("body", [b"a=" + b"x" * 65 * 1024, b"&".join([b"f=1"] * 101)], ids=["long", "many fields"])
def test_a_form_beyond_any_use_is_refused(world, body):
    ada = world.browser_of("ada")

    response = ada.client.post("/sign-out/", content=body, headers={"X-CSRF-Token": ada.csrf_token})

    assert response.status_code == 400


def test_links_name_the_configured_address_whatever_host_was_asked(world):
    page = world.browser_of("ada").get("/acme/projects/web/", headers={"Host": "evil.example"}).text

    assert ("@testserver/" in page, "evil.example" in page) == (True, False)


def test_what_an_event_says_stays_text(world):
    hostile = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
    event = events.crash(hostile, hostile, place=hostile, function=hostile, tags={"t": hostile}, release=hostile)
    issue_id = world.report("web", event)
    ada = world.browser_of("ada")

    pages = [ada.get(path).text for path in ("/acme/issues/", f"/acme/issues/{issue_id}/")]

    assert all("&lt;script&gt;alert(1)" in page for page in pages)
    assert not any("<script>alert" in page or "<img src=x" in page for page in pages)


@pytest.mark.parametrize("path", ["/invitation/%00/", "/reset-password/a%00b/", "/%00/join/"])
def test_an_address_with_a_character_that_no_database_keeps_leads_nowhere(world, path):
    found = world.stranger().get(path)

    assert found.status_code == 404


@pytest.mark.parametrize("field", ["email", "password"])
def test_a_form_with_a_character_that_no_database_keeps_is_refused(world, field):
    stranger = world.stranger()
    token = re.search(rf'name="{CSRF}" value="([^"]+)"', stranger.get("/sign-in/").text)
    assert token is not None

    answer = stranger.post("/sign-in/", data={CSRF: token[1], "email": "a@b.example", "password": "x", field: "a\0b"})

    assert (answer.status_code, "NUL" in answer.text) == (400, True)


def test_a_query_with_a_character_that_no_database_keeps_is_refused(world):
    answer = world.browser_of("olga").get("/acme/audit/?who=%00", headers={"Accept": "text/html"})

    assert (answer.status_code, "NUL" in answer.text) == (400, True)
