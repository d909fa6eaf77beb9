from datetime import timedelta

import pytest

from tests.web.world import COOKIE, CSRF, PASSWORD, build_world


def fill_in(client, email, password, **more):
    """Send the sign-in form as a browser does that was shown it first."""
    client.get("/sign-in/")
    fields = {CSRF: client.cookies["tocsin-form"], "email": email, "password": password, **more}
    return client.post("/sign-in/", data=fields)


def test_whoever_signs_in_comes_to_the_page_they_wanted(world):
    client = world.stranger()
    sent = client.get("/acme/issues/?state=all").headers["Location"]
    client.get(sent)

    response = fill_in(client, "ada@example.com", PASSWORD, next="/acme/issues/?state=all")

    assert sent == "/sign-in/?next=/acme/issues/%3Fstate%3Dall"
    assert response.headers["Location"] == "/acme/issues/?state=all"
    assert client.get("/acme/issues/?state=all").status_code == 200


@pytest.mark.parametrize("email", ["ada@example.com", "nobody@example.com"])
def test_a_wrong_password_and_an_unknown_e_mail_answer_alike(world, email):
    response = fill_in(world.stranger(), email, "wrong")

    assert response.status_code == 401
    assert "This e-mail and password do not fit." in response.text


def test_after_ten_wrong_passwords_one_has_to_wait(world):
    client = world.stranger()
    for _ in range(10):
        fill_in(client, "ada@example.com", "wrong")

    response = fill_in(client, "ada@example.com", PASSWORD)

    assert (response.status_code, int(response.headers["Retry-After"]) > 0) == (429, True)


def test_signing_in_gives_a_new_key_and_ends_the_old_one(world):
    before = world.browser_of("ada")
    old_key = before.client.cookies[COOKIE]

    fill_in(before.client, "ada@example.com", PASSWORD)

    stolen = world.stranger()
    stolen.cookies.set(COOKIE, old_key)
    assert stolen.get("/acme/issues/").status_code == 303
    assert before.get("/acme/issues/").status_code == 200


def test_signing_out_ends_the_session_also_for_a_copy_of_its_cookie(world):
    ada = world.browser_of("ada")
    key = ada.client.cookies[COOKIE]

    response = ada.post("/sign-out/")

    copy = world.stranger()
    copy.cookies.set(COOKIE, key)
    assert "Max-Age=0" in response.headers["Set-Cookie"]
    assert copy.get("/acme/issues/").headers["Location"].startswith("/sign-in/")


def test_nobody_is_sent_to_another_site_after_signing_in(world):
    response = fill_in(world.stranger(), "ada@example.com", PASSWORD, next="//evil.example/")

    assert response.headers["Location"] == "/"


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(world):
    response = fill_in(world.stranger(), "ada@example.com", PASSWORD)

    cookie = response.headers["Set-Cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie


def test_over_tls_the_cookies_are_bound_to_this_very_host(sqlite_world_at):
    world = sqlite_world_at("https://bell.example.com")
    client = world.stranger()
    client.base_url = "https://bell.example.com"

    form = client.get("/sign-in/")

    assert form.headers["Set-Cookie"].startswith("__Host-tocsin-form=")
    assert "Secure" in form.headers["Set-Cookie"]
    assert form.headers["Strict-Transport-Security"] == "max-age=31536000"


def test_a_fragment_that_needs_a_sign_in_makes_the_page_go_there(world):
    response = world.stranger().get(
        "/acme/issues/1/cards/", headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/acme/issues/1/"}
    )

    assert response.headers["HX-Redirect"] == "/sign-in/?next=/acme/issues/1/"


def test_a_session_that_nobody_used_for_two_weeks_is_over(world):
    ada = world.browser_of("ada")

    world.clock.now += timedelta(days=14)

    assert ada.get("/acme/issues/").status_code == 303


def test_a_session_in_use_lives_on(world):
    ada = world.browser_of("ada")

    for _ in range(3):
        world.clock.now += timedelta(days=9)
        ada.get("/acme/issues/")

    assert ada.get("/acme/issues/").status_code == 200


def test_whoever_is_signed_in_already_is_sent_on(world):
    response = world.browser_of("ada").get("/sign-in/?next=/account/")

    assert response.headers["Location"] == "/account/"


def test_the_front_door_leads_to_ones_own_issues(world):
    assert world.browser_of("ruth").get("/").headers["Location"] == "/rival/issues/"


@pytest.fixture
def sqlite_world_at(sqlite_database_url):
    from tocsin.kernel.db import Database

    database = Database.open(sqlite_database_url)
    yield lambda base_url: build_world(database, base_url=base_url)
    database.close()
