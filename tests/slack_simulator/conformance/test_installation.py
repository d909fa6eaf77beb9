"""Installing by OAuth with slack_sdk's own helpers: https://docs.slack.dev/authentication/installing-with-oauth."""

from contextlib import closing
from http.client import HTTPConnection
from urllib.parse import parse_qs, urlencode, urlsplit
from urllib.request import urlopen

import msgspec
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.oauth import AuthorizeUrlGenerator

from slack_simulator.config import example_config
from slack_simulator.errors import NotPossibleError
from tests.slack_simulator.conftest import TOKEN, new_client

CALLBACK = "http://127.0.0.1:9000/callback"
CLIENT = {"client_id": "1111.2222", "client_secret": "example-client-secret"}


@pytest.fixture
def anybody(sim):
    return new_client(sim, token=None)


def authorize_url(sim, scopes=("chat:write",), client_id="1111.2222"):
    generator = AuthorizeUrlGenerator(
        client_id=client_id,
        scopes=scopes,
        redirect_uri=CALLBACK,
        authorization_url=f"{sim.root}/oauth/v2/authorize",
    )
    return generator.generate("state-1")


def allowed_code(sim, user="ada", **question):
    return query_of(sim.authorize(authorize_url(sim, **question), user=user))["code"]


def query_of(url):
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


def refusal_of(client, **arguments):
    with pytest.raises(SlackApiError) as refused:
        client.oauth_v2_access(**CLIENT | arguments)
    return refused.value.response["error"]


def test_a_yes_sends_the_browser_on_with_code_and_state(sim):
    onward = sim.authorize(authorize_url(sim), user="ada")

    assert onward.startswith(CALLBACK)
    assert query_of(onward).keys() == {"code", "state"}
    assert query_of(onward)["state"] == "state-1"


def test_a_no_sends_the_browser_on_with_access_denied(sim):
    onward = sim.authorize(authorize_url(sim), user="ada", allow=False)

    assert query_of(onward) == {"error": "access_denied", "state": "state-1"}


def test_a_code_is_exchanged_for_a_token_that_works(sim, anybody):
    installed = anybody.oauth_v2_access(**CLIENT, code=allowed_code(sim, user="otto"), redirect_uri=CALLBACK)

    assert (installed["team"]["id"], installed["authed_user"]["id"]) == ("T0PARTNER", "U0OUTSIDE")
    assert new_client(sim, token=installed["access_token"]).auth_test()["user_id"] == installed["bot_user_id"]


def test_installing_again_keeps_the_token(sim, anybody):
    installed = anybody.oauth_v2_access(**CLIENT, code=allowed_code(sim))

    assert installed["access_token"] == TOKEN


def test_installing_after_a_removal_gives_a_new_token_with_the_scopes_asked_for(sim, anybody):
    sim.uninstall()

    installed = anybody.oauth_v2_access(**CLIENT, code=allowed_code(sim))

    assert installed["access_token"] != TOKEN
    assert installed["scope"] == "chat:write"


def test_a_code_works_once(sim, anybody):
    code = allowed_code(sim)
    anybody.oauth_v2_access(**CLIENT, code=code)

    assert refusal_of(anybody, code=code) == "invalid_code"


def test_a_code_works_for_ten_minutes(sim, anybody):
    code = allowed_code(sim)
    sim.clock(advance=601)

    assert refusal_of(anybody, code=code) == "invalid_code"


def test_a_wrong_secret_is_refused(sim, anybody):
    assert refusal_of(anybody, code=allowed_code(sim), client_secret="wrong") == "bad_client_secret"


def test_another_redirect_address_is_refused(sim, anybody):
    assert refusal_of(anybody, code=allowed_code(sim), redirect_uri="http://elsewhere") == "bad_redirect_uri"


def test_an_unknown_app_is_refused(anybody):
    assert refusal_of(anybody, code="x", client_id="9.9") == "invalid_client_id"


@pytest.mark.parametrize(
    ("question", "error"),
    [
        ({"client_id": "9.9"}, "invalid_client_id"),
        ({"scopes": ()}, "no_scopes"),
        ({"scopes": ("fly",)}, "invalid_scope"),
    ],
    ids=["unknown app", "no scopes", "unknown scope"],
)
def test_a_bad_question_is_not_asked(sim, question, error):
    with pytest.raises(NotPossibleError, match=error):
        sim.authorize(authorize_url(sim, **question), user="ada")


def test_an_address_that_was_not_registered_is_not_asked_for(simulate):
    app = msgspec.structs.replace(example_config().apps[0], redirect_urls=("https://watcher.example/",))
    sim = simulate(apps=(app,))

    with pytest.raises(NotPossibleError, match="bad_redirect_uri"):
        sim.authorize(authorize_url(sim), user="ada")


def test_a_guest_may_not_install(sim):
    with pytest.raises(NotPossibleError, match="U0GUEST may not install apps"):
        sim.authorize(authorize_url(sim), user="guest")


def test_the_page_names_the_app_and_what_it_asks_for(sim):
    with urlopen(authorize_url(sim)) as answer:
        page = answer.read().decode()

    assert "Watcher asks to be installed" in page
    assert "chat:write" in page


def test_the_page_sends_the_browser_on(sim):
    place = urlsplit(authorize_url(sim))
    form = urlencode({"user": "U0ADA", "answer": "deny"})

    with closing(HTTPConnection(place.netloc)) as browser:
        browser.request("POST", f"{place.path}?{place.query}", form)
        answer = browser.getresponse()

    assert (answer.status, answer.headers["location"]) == (302, f"{CALLBACK}?error=access_denied&state=state-1")
