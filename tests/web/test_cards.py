"""Where an issue stands in Slack, as its page and the list tell it."""

import re

import pytest
from sqlalchemy import update

from tests.web.showroom import fill
from tocsin.deliveries.models import Delivery, DeliveryState
from tocsin.kernel.db import write


@pytest.fixture
def issue_id(sqlite_world):
    """An issue of a busy week: two cards of its first life, two of its second, and replies sent and parked."""
    return fill(sqlite_world)


def cards_of(world, issue_id):
    html = world.browser_of("ada").get(f"/acme/issues/{issue_id}/cards/").text
    words = [" ".join(re.sub(r"<[^>]+>", " ", card).split()) for card in html.split('<div class="card')[1:]]
    return html, words


def change(world, **values):
    """Give every message of the world these values."""
    with write(world.database) as session:
        session.execute(update(Delivery).values(**values))


def test_each_card_is_told_with_its_channel_its_state_and_its_thread(sqlite_world, issue_id):
    _, cards = cards_of(sqlite_world, issue_id)

    assert [re.findall(r"#\S+|Card sent|\d repl\w+ \w+", card) for card in cards] == [
        ["#shop-alerts", "Card sent", "1 reply parked"],
        ["#ops", "Card sent", "1 reply sent"],
        ["#shop-alerts", "Card sent", "1 reply parked"],
        ["#ops", "Card sent", "1 reply sent"],
    ]


def test_a_card_leads_to_its_message_in_slack(sqlite_world, issue_id):
    html, _ = cards_of(sqlite_world, issue_id)

    assert re.findall(r'href="(https://[^"]+/)p\d+"', html)[0] == "https://acme.slack.com/archives/C0CART/"


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (DeliveryState.PENDING, "Card queued"),
        (DeliveryState.SENDING, "Card being sent"),
        (DeliveryState.UNCERTAIN, "Card maybe sent, looking"),
        (DeliveryState.PARKED, "Card parked: the token was revoked"),
        (DeliveryState.DEAD, "Card given up: the token was revoked"),
    ],
)
def test_a_message_that_is_not_sent_says_how_it_stands_and_why(sqlite_world, issue_id, state, words):
    change(sqlite_world, state=state, reason="the token was revoked")

    _, cards = cards_of(sqlite_world, issue_id)

    assert words in cards[0]


@pytest.mark.parametrize(
    ("state", "is_asking_again"),
    [(DeliveryState.SENT, False), (DeliveryState.PARKED, False), (DeliveryState.PENDING, True)],
)
def test_a_page_asks_again_only_while_something_is_under_way(sqlite_world, issue_id, state, is_asking_again):
    change(sqlite_world, state=state)

    html, _ = cards_of(sqlite_world, issue_id)

    assert ("hx-trigger" in html) is is_asking_again


@pytest.mark.usefixtures("issue_id")
def test_the_list_points_at_what_needs_somebodys_eye(sqlite_world):
    change(sqlite_world, state=DeliveryState.PARKED)

    page = sqlite_world.browser_of("ada").get("/acme/issues/?project=web").text

    assert re.search('class="chat parked"[^>]* title="Slack: parked">.*#ops', page)
