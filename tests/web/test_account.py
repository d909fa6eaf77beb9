from tests.web.showroom import connect_acme
from tests.web.world import COOKIE


def test_a_person_sees_which_slack_user_they_are(world):
    connect_acme(world)

    assert "<code>U0ADA</code> in Acme" in world.browser_of("ada").get("/account/").text


def test_a_person_undoes_their_own_link(world):
    integration_id = connect_acme(world)
    ada = world.browser_of("ada")

    ada.post("/account/unlink/", {"workspace": str(integration_id), "chat_user": "U0ADA"})

    assert "U0ADA" not in ada.get("/account/").text


def test_nobody_undoes_the_link_of_somebody_else(world):
    integration_id = connect_acme(world)

    response = world.browser_of("olga").post(
        "/account/unlink/", {"workspace": str(integration_id), "chat_user": "U0ADA"}
    )

    assert response.status_code == 404
    assert "U0ADA" in world.browser_of("ada").get("/account/").text


def test_signing_out_everywhere_ends_every_session(world):
    phone, laptop = world.browser_of("ada"), world.browser_of("ada")
    key = phone.client.cookies[COOKIE]

    laptop.post("/account/sign-out-everywhere/")

    copy = world.stranger()
    copy.cookies.set(COOKIE, key)
    assert copy.get("/account/").status_code == 303


def test_whoever_is_in_no_organization_is_told_what_to_do(world):
    world.unapprove("ada")

    response = world.browser_of("ada").get("/")

    assert response.status_code == 200
    assert "tocsin members add --email ada@example.com" in response.text
