"""A forgotten password, on the pages: asking for a link, and choosing another password with it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.web.test_sign_in import fill_in
from tests.web.world import COOKIE, CSRF, NOON, PASSWORD
from tocsin.deliveries.mail import claim_mail, open_secrets
from tocsin.kernel.db import write
from tocsin.members.password_reset import LIFE
from tocsin.settings import Settings

NEW = "another bell in the tower"


@pytest.fixture
def mailing_world(world):
    """A world that can send mail."""
    settings = Settings(base_url="http://testserver", smtp_host="127.0.0.1", smtp_from="bell@example.com")
    return replace(world, deps=replace(world.deps, settings=settings))


def post(client, path, **fields):
    """Send a form as a browser does that was shown it first."""
    client.get("/sign-in/")
    return client.post(path, data={CSRF: client.cookies["tocsin-form"], **fields})


def link_in_mail(world) -> str:
    """The path that the next mail leads to."""
    with write(world.database) as session:
        claimed = claim_mail(session, now=NOON, lease=timedelta(minutes=1))
        assert claimed is not None
        return open_secrets(claimed, world.deps.secrets)["link"].removeprefix("http://testserver")


def test_from_a_forgotten_password_to_the_next_sign_in(mailing_world):
    thief = mailing_world.browser_of("ada")
    client = mailing_world.stranger()
    post(client, "/forgot-password/", email="ada@example.com")
    path = link_in_mail(mailing_world)

    form = client.get(path)
    done = post(client, path, new=NEW, again=NEW)

    assert "for ada@example.com" in form.text
    assert "Your password is changed" in done.text
    assert thief.get("/account/").status_code == 303
    assert fill_in(client, "ada@example.com", NEW).status_code == 303


def test_known_and_unknown_addresses_are_answered_alike(mailing_world):
    client = mailing_world.stranger()

    answers = [post(client, "/forgot-password/", email=f"{name}@example.com") for name in ("ada", "nobody")]

    assert len({(each.status_code, each.text) for each in answers}) == 1
    assert "If somebody here has this address" in answers[0].text


def test_without_mail_the_page_says_whom_to_ask(sqlite_world):
    client = sqlite_world.stranger()

    answers = [client.get("/forgot-password/"), post(client, "/forgot-password/", email="ada@example.com")]

    assert all("tocsin members reset-password" in each.text for each in answers)


def test_asking_too_often_has_to_wait(mailing_world):
    client = mailing_world.stranger()
    for _ in range(10):
        post(client, "/forgot-password/", email="ada@example.com")

    refused = post(client, "/forgot-password/", email="ada@example.com")

    assert (refused.status_code, int(refused.headers["Retry-After"]) > 0) == (429, True)


@pytest.mark.parametrize(("new", "again", "sentence"), [(NEW, "x", "not typed twice alike"), ("x", "x", "at least 8")])
def test_a_password_that_cannot_be_used_is_told_on_the_form_and_the_link_stays_good(
    mailing_world, new, again, sentence
):
    client = mailing_world.stranger()
    post(client, "/forgot-password/", email="ada@example.com")
    path = link_in_mail(mailing_world)

    refused = post(client, path, new=new, again=again)

    assert (refused.status_code, sentence in refused.text) == (400, True)
    assert "Your password is changed" in post(client, path, new=NEW, again=NEW).text


def test_a_link_is_good_once_and_for_an_hour(mailing_world):
    client = mailing_world.stranger()
    post(client, "/forgot-password/", email="ada@example.com")
    used = link_in_mail(mailing_world)
    post(client, used, new=NEW, again=NEW)
    mailing_world.clock.now += LIFE
    post(client, "/forgot-password/", email="ada@example.com")

    answers = [client.get(used), post(client, used, new=PASSWORD, again=PASSWORD), client.get("/reset-password/x/")]

    assert [each.status_code for each in answers] == [404, 404, 404]
    assert fill_in(client, "ada@example.com", NEW).status_code == 303


def test_choosing_needs_the_token_of_the_form_that_was_shown(mailing_world):
    client = mailing_world.stranger()
    post(client, "/forgot-password/", email="ada@example.com")

    forged = client.post(link_in_mail(mailing_world), data={CSRF: "guessed", "new": NEW, "again": NEW})

    assert forged.status_code == 403


def test_the_sign_in_page_leads_to_it(sqlite_world):
    assert 'href="/forgot-password/"' in sqlite_world.stranger().get("/sign-in/").text


def change(browser, old=PASSWORD, new=NEW, again=NEW):
    return browser.post("/account/password/", {"old": old, "new": new, "again": again})


def test_a_changed_password_signs_out_every_other_browser_and_renews_the_key_of_this_one(world):
    here, there = world.browser_of("ada"), world.browser_of("ada")
    old_key = here.client.cookies[COOKIE]

    changed = change(here)

    copy = world.stranger()
    copy.cookies.set(COOKIE, old_key)
    statuses = [each.get("/account/").status_code for each in (here.client, there.client, copy)]
    assert changed.headers["Location"] == "/account/"
    assert statuses == [200, 303, 303]


@pytest.mark.parametrize(
    ("fields", "status", "sentence"),
    [
        ({"old": "wrong"}, 403, "not your present password"),
        ({"again": "x"}, 400, "not typed twice alike"),
        ({"new": "x", "again": "x"}, 400, "at least 8"),
        ({"new": PASSWORD, "again": PASSWORD}, 400, "choose another one"),
    ],
)
def test_a_password_that_was_not_changed_is_told_on_the_page(sqlite_world, fields, status, sentence):
    ada = sqlite_world.browser_of("ada")

    refused = change(ada, **fields)

    assert (refused.status_code, sentence in refused.text) == (status, True)
    assert fill_in(sqlite_world.stranger(), "ada@example.com", PASSWORD).status_code == 303


def test_guessing_the_present_password_from_an_open_browser_has_to_wait(sqlite_world):
    ada = sqlite_world.browser_of("ada")
    for _ in range(10):
        change(ada, old="wrong")

    refused = change(ada)

    assert (refused.status_code, int(refused.headers["Retry-After"]) > 0) == (429, True)


def test_the_account_page_lists_where_one_is_signed_in_and_which_one_this_is(world):
    client = world.stranger()
    client.headers["User-Agent"] = "Lynx/2.8 <script>"
    fill_in(client, "ada@example.com", PASSWORD)

    page = client.get("/account/").text

    assert "Lynx/2.8 &lt;script&gt;" in page
    assert page.count(">this one<") == 1


def test_a_person_signs_out_one_other_browser(world):
    here, there = world.browser_of("ada"), world.browser_of("ada")
    hidden = here.get("/account/").text.split('name="session" value="')[1].split('"')[0]

    here.post("/account/sessions/end/", {"session": hidden})

    assert [each.get("/account/").status_code for each in (here, there)] == [200, 303]


def test_nobody_ends_the_session_of_somebody_else(world):
    first, _second, mona = world.browser_of("ada"), world.browser_of("ada"), world.browser_of("mona")
    hidden = first.get("/account/").text.split('name="session" value="')[1].split('"')[0]

    refused = mona.post("/account/sessions/end/", {"session": hidden})

    assert refused.status_code == 404
    assert hidden in first.get("/account/").text
